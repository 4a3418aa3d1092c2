import { expect, test } from "bun:test";
import { alertEvent, alertsOf } from "../../core/alert.ts";
import type { Threshold } from "../../watches/settings.ts";
import { missingProgram, trialText, wellText } from "./alerts.ts";

const limit: Threshold = { name: "mine", metric: "gpu/*/pwr", direction: "above", limit: 1, lasting: { steps: 1 }, severity: "warn" };
const said = alertsOf([
  alertEvent(
    { phase: "raised", key: "spike", watch: "spike", severity: "warn", cause: "The loss jumped.", evidence: [], actions: [] },
    { stage: 2, at: 1, step: 7 },
  ),
]);

const trial = { run: "long", said: [], absent: [], logged: ["train/loss", "mine/lr"] };

test("a limit on what nobody knows is told with the name that is near: of what is known, or of what the run has logged", () => {
  const near = (metric: string): string => trialText({ ...trial, absent: [{ ...limit, metric }] })[0]?.split("of it.")[1] ?? "";
  expect(near("train/tokens_per_sec")).toBe(" Did you mean train/tok_per_sec?");
  expect(near("train/lss")).toBe(" Did you mean train/loss?");
  expect(near("mine/lrr")).toBe(" Did you mean mine/lr?");
  expect([near("throughput"), near("tok/s"), near("step time")]).toEqual([
    " Did you mean train/tok_per_sec?",
    " Did you mean train/tok_per_sec?",
    " Did you mean train/dt?",
  ]);
  expect([near("no/such_metric"), near("val/bpb"), near("gpu/*/pwr")]).toEqual(["", "", ""]);
});

test("a trial on a run tells what would have been said, and which limits are on what the run has not logged", () => {
  expect(trialText({ ...trial, said, absent: [] })).toEqual(["▲ stage 2, step 7 · spike: The loss jumped."]);
  expect(trialText({ ...trial, said: [], absent: [limit] })).toEqual([
    "mine: long has not logged gpu/*/pwr, so nothing can be said of it.",
    "With these settings nothing would have been said of long.",
  ]);
});

test("all is well only where every limit is on something", () => {
  const files = [{ path: "/h/alerts.yaml" }];
  expect(wellText([], [])).toContain("There is no alerts.yaml");
  expect(wellText(files, [])).toBe("/h/alerts.yaml: all well.");
  expect(wellText(files, [limit])).toBe("/h/alerts.yaml: no mistake, but nothing can be said of mine.");
});

test("a command that is not there is no way to be told", () => {
  expect(missingProgram(null)).toBeNull();
  expect(missingProgram(["sh", "-c", "true"])).toBeNull();
  expect(missingProgram(["/nonexistent/ring"])).toContain("/nonexistent/ring is no file that can be run");
  expect(missingProgram(["no-such-program-here"])).toContain("is on no PATH that is searched");
  // It is run in another folder than this one.
  expect(missingProgram(["./bin/nanochat-cli"])).toContain("./bin/nanochat-cli is no file that can be run");
});
