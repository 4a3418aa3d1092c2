import { expect, test } from "bun:test";
import type { PatchField } from "../core/bridge.ts";
import { patchProblem, readNumber } from "./patch.ts";

const field = (name: string, rest: Partial<PatchField> = {}): PatchField => ({
  name,
  type: "int",
  value: 100,
  min: 1,
  max: null,
  effect: "",
  frozen: null,
  ...rest,
});

const FIELDS = [
  field("eval_every"),
  field("matrix_lr", { type: "float", min: 0, max: 10 }),
  field("final_lr_frac", { type: "float", min: null, max: 1 }),
  field("depth", { frozen: "The model is built; start another run." }),
];

test("a value of the right type and within the range will do", () => {
  for (const [name, value] of [
    ["eval_every", 1],
    ["eval_every", "50"],
    ["matrix_lr", "1e-2"],
    ["matrix_lr", 0],
    ["final_lr_frac", "-3"],
  ] as const)
    expect(patchProblem(FIELDS, name, value)).toBeNull();
});

test("a value of the wrong type, out of range or no number is told with what would do", () => {
  const whole = "eval_every takes a whole number of at least 1, and";
  expect(patchProblem(FIELDS, "eval_every", 2.5)).toBe(`${whole} 2.5 is not one: give such a number.`);
  expect(patchProblem(FIELDS, "eval_every", 0)).toBe(`${whole} 0 is not one: give such a number.`);
  expect(patchProblem(FIELDS, "eval_every", "often")).toBe(`${whole} often is not one: give such a number.`);
  expect(patchProblem(FIELDS, "matrix_lr", "11")).toContain("a number from 0 to 10");
  expect(patchProblem(FIELDS, "final_lr_frac", 2)).toContain("a number of at most 1");
  expect(patchProblem(FIELDS, "matrix_lr", Number.POSITIVE_INFINITY)).toContain("Infinity is not one");
});

test("a frozen field says why", () => {
  expect(patchProblem(FIELDS, "depth", 8)).toBe("depth cannot be patched: The model is built; start another run.");
});

test("a mistyped field gets the nearest one, a strange one all of them", () => {
  expect(patchProblem(FIELDS, "evl_every", 1)).toBe("There is no field evl_every. Did you mean eval_every?");
  expect(patchProblem(FIELDS, "zzz", 1)).toBe("There is no field zzz. What can be patched: eval_every, matrix_lr, final_lr_frac.");
  expect(patchProblem([], "zzz", 1)).toBe("There is no field zzz. Nothing of this script can be patched.");
});

test("text is a number only when a command line would take it for one", () => {
  expect(["1", "-2", "+.5", "3.", "1e-3"].map(readNumber)).toEqual([1, -2, 0.5, 3, 0.001]);
  for (const text of ["", " ", "0x10", "1,000", "1e", "nan", "Infinity", "1 2"]) expect(readNumber(text)).toBeNaN();
});
