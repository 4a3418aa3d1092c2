import { expect, test } from "bun:test";
import { alertEvent, alertsOf } from "../../core/alert.ts";
import type { Threshold } from "../../watches/settings.ts";
import { trialText } from "./alerts.ts";

const limit: Threshold = { name: "mine", metric: "gpu/*/pwr", direction: "above", limit: 1, lasting: { steps: 1 }, severity: "warn" };
const said = alertsOf([
  alertEvent(
    { phase: "raised", key: "spike", watch: "spike", severity: "warn", cause: "The loss jumped.", evidence: [], actions: [] },
    { stage: 2, at: 1, step: 7 },
  ),
]);

test("a trial on a run tells what would have been said, and which limits are on what the run has not logged", () => {
  expect(trialText({ said, absent: [] }, "long")).toEqual(["▲ stage 2, step 7 · spike: The loss jumped."]);
  expect(trialText({ said: [], absent: [limit] }, "long")).toEqual([
    "mine: long has logged no gpu/*/pwr, so nothing can be said of it.",
    "With these settings nothing would have been said of long.",
  ]);
});
