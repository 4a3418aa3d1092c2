import { expect, test } from "bun:test";
import { evidenceText } from "./alerts.ts";
import { FakeData, START } from "./fake-data.ts";
import { type Given, lineText, panelLines, panelScene, panelShown } from "./panel-fixture.ts";

const raise = (data: FakeData, key: string, severity: "warn" | "bad", seconds: number): FakeData => {
  const evidence = [{ metric: "train/loss_raw", value: 101.06, compared: "median of the 64 steps before", against: 2.2195 }];
  const body = { phase: "raised", key, watch: "spike", severity, cause: `The loss jumped (${key})`, evidence, actions: [] };
  return data.event("alert", body, { step: 1204, at: START + seconds * 1000 });
};

const lines = (data: FakeData, given: Given = {}): string[] =>
  panelLines("alerts", data, { facts: { now: START + 60_000 }, ...given }).map(lineText);

test("numbers of an alert's evidence have their thousands apart", () => {
  const evidence = { metric: "train/tok_per_sec", value: 2265, compared: "your limit (below)", against: 900_000 };
  expect(evidenceText(evidence)).toBe("train/tok_per_sec 2,265 · your limit (below): 900,000");
});

test("open alerts come first, with their evidence, and who knows of them", () => {
  const data = raise(raise(new FakeData(), "a", "warn", 0), "b", "bad", 10);
  data.event("alert", { phase: "cleared", key: "a", why: "it came back" }, { at: START + 30_000 });
  data.event("alert", { phase: "acknowledged", key: "b", from: "tui" }, { at: START + 31_000 });
  expect(lines(data)).toEqual([
    "· The loss jumped (b)  step 1,204, 50s ago",
    "  train/loss_raw 101.0600 · median of the 64 steps before: 2.2195",
    "  acknowledged",
    "○ The loss jumped (a)  step 1,204, 1m 00s ago",
    "  over after 30s: it came back",
  ]);
  expect(panelScene("alerts", data)).toMatchObject({ title: "alerts 0" });
  expect(lines(data, { options: { over: false, evidence: false } })).toEqual([
    "· The loss jumped (b)  step 1,204, 50s ago",
    "  acknowledged",
  ]);
});

test("an open alert says what its metric is now, where anything new has been told of it", () => {
  const data = raise(new FakeData(), "a", "warn", 0).put(1, "train/loss_raw", [1204, 101.06]);
  const told = "  train/loss_raw 101.0600 · median of the 64 steps before: 2.2195";
  expect(lines(data, { width: 100 })[1]).toBe(told);
  expect(lines(data.put(1, "train/loss_raw", [1290, 2.13]), { width: 100 })[1]).toBe(`${told} · now 2.1300`);
});

test("what somebody knows of comes after what nobody does, and one that became worse since says so", () => {
  const data = raise(raise(new FakeData(), "a", "warn", 0), "b", "warn", 10);
  for (const key of ["a", "b"]) data.event("alert", { phase: "acknowledged", key, from: "tui" }, { at: START + 20_000 });
  raise(data, "a", "bad", 30);
  expect(lines(data, { options: { evidence: false }, width: 100 })).toEqual([
    "✕ Worse than when it was acknowledged: The loss jumped (a)  step 1,204, 1m 00s ago",
    "· The loss jumped (b)  step 1,204, 50s ago",
    "  acknowledged",
  ]);
  expect(panelScene("alerts", data)).toMatchObject({ title: "alerts 1", tone: "bad" });
});

test("one that comes and goes is one row, which says how often it came", () => {
  const data = new FakeData();
  for (const [from, to] of [
    [0, 5],
    [10, 15],
    [20, 25],
  ] as const) {
    raise(data, "a", "warn", from).event("alert", { phase: "cleared", key: "a", why: "it came back" }, { at: START + to * 1000 });
  }
  expect(lines(data, { width: 100 })).toEqual([
    "○ Again (2 times within 10 minutes): The loss jumped (a)  step 1,204, 40s ago",
    "  over after 5.0s: it came back",
  ]);
  // Each that was worse than what came after it stays.
  raise(data, "a", "bad", 30).event("alert", { phase: "cleared", key: "a", why: "it came back" }, { at: START + 35_000 });
  raise(data, "a", "warn", 40);
  expect(lines(data, { options: { evidence: false }, width: 100 }).map((line) => line.slice(0, 1))).toEqual(["▲", "○", " ", "○", " "]);
});

test("when there is none it says whether anybody watches", () => {
  expect(panelShown("alerts", new FakeData(), { width: 120 })).toContain("all is well so far");
  expect(panelShown("alerts", new FakeData(), { facts: { liveness: "unattended" } })).toContain("Nobody watches this run");
  expect(panelShown("alerts", new FakeData(), { facts: { liveness: "ended" } })).toContain("Nothing was said of this run");
});
