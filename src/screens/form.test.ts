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
