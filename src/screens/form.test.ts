import { expect, test } from "bun:test";
import { findPanel } from "../panels/registry.ts";
import { formRows } from "./form.ts";

const smoothing = (options?: Record<string, number>) =>
  formRows({ panel: "loss", ...(options === undefined ? {} : { options }) }, findPanel("loss")!).find(
    ({ title }) => title === "Smoothing",
  )!;

test("a number that nobody has set is an empty field, not a word that reads as a value", () => {
  expect(smoothing()).toMatchObject({ value: "", own: false });
  expect(smoothing({ smoothing: 0.5 })).toMatchObject({ value: "0.5", own: true });
});

test("an emptied field, and none, give a number back to what is usual", () => {
  for (const text of ["", " ", "none"]) expect(smoothing({ smoothing: 0.5 }).type(text)).toEqual({ spec: { panel: "loss" } });
  expect(smoothing().type("0.9")).toEqual({ spec: { panel: "loss", options: { smoothing: 0.9 } } });
  expect(smoothing().type("2")).toMatchObject({ problem: expect.stringContaining("0.9999 or less") });
});

test("ends of an axis that no file may have are refused where they are typed, in the same words", () => {
  const refused = (panel: string, title: string, text: string, options: Record<string, number | string>) =>
    formRows({ panel, options }, findPanel(panel)!)
      .find((row) => row.title === title)!
      .type(text);
  expect(refused("chart", "Y to", "2", { from: 5 })).toEqual({ problem: "from (5) must be below to (2)." });
  expect(refused("heat", "Lightest at", "9", { to: 3 })).toEqual({ problem: "from (9) must be below to (3)." });
  expect(refused("chart", "Scale", "log", { from: 0 })).toEqual({ problem: "from (0) must be above 0 where scale is log." });
  expect(refused("chart", "Y from", "2", { to: 5 })).toMatchObject({ spec: { options: { from: 2, to: 5 } } });
  expect(refused("chart", "Y to", "none", { from: 5, to: 2 })).toEqual({ spec: { panel: "chart", options: { from: 5 } } });
});
