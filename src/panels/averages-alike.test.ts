import { expect, test } from "bun:test";
import { chartOf, plotIn } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts } from "./fake-data.ts";
import type { ChartView } from "./view.ts";

/** A run that made the steps from one to another; at the same step all of them have the same loss. */
function went(from: number, to: number): FakeData {
  const data = new FakeData();
  for (let step = from; step < to; step++) data.put(1, "train/loss_raw", [step, 2 + 1000 / (step + 500)]);
  return data;
}

/** What the legend of a run tells of another. */
const told = (own: FakeData, other: FakeData, smoothing: ChartView["smoothing"] = "strong") =>
  plotIn(chartOf(own, ["train/loss_raw"], { baselines: [{ name: "other", facts: fakeFacts(other) }], chart: { smoothing } })).series.at(-1)
    ?.value;

test("averages that began at different steps have no distance, whichever run was resumed", () => {
  expect(told(went(0, 132), went(58, 132))).toMatch(/^\d\.\d{4}$/);
  expect(told(went(58, 132), went(0, 132))).toMatch(/^\d\.\d{4}$/);
});

test("values of the steps have one wherever the runs began, and so have averages of one beginning", () => {
  expect(told(went(0, 132), went(58, 132), "script")).toContain("Δ0.0000");
  expect(told(went(58, 132), went(58, 132))).toContain("Δ0.0000");
});

test("averages that have forgotten where they began have one again", () => {
  expect(told(went(0, 1057), went(58, 1057))).not.toContain("Δ");
  expect(told(went(0, 1058), went(58, 1058))).toContain("+0.0%");
});
