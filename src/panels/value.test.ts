import { expect, test } from "bun:test";
import { valueText } from "./value.ts";

const exact = (metric: string, value: number): string => valueText(metric, value, { exact: true });

test("a time below a second is read in the unit of its axis", () => {
  expect([exact("train/dt", 0.069539), exact("train/dt", 0.9999), exact("train/dt", 1.5)]).toEqual([
    "69.539 ms",
    "999.900 ms",
    "1.500000 s",
  ]);
  expect(exact("train/dt", -0.046)).toBe("-46.000 ms");
});

test("a whole number of a metric that nobody knows has no decimals; a loss has its own, whatever it is", () => {
  expect([exact("neg", -300), valueText("rare", 296), valueText("rare", 296.5)]).toEqual(["-300", "296", "296.5000"]);
  expect([valueText("train/epoch", 2), exact("train/epoch", 2)]).toEqual(["2", "2"]);
  expect([valueText("train/loss", 2), valueText("train/lrm", 1), valueText("mine", 1e8)]).toEqual(["2.0000", "1.0000", "1.00e+8"]);
});
