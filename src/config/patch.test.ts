import { expect, test } from "bun:test";
import type { PatchField, ValueBefore } from "../core/bridge.ts";
import { effectOf, expected, patchDoubts, patchProblem, readNumber } from "./patch.ts";

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
  field("depth", { frozen: "the model has been built with it" }),
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
  expect(patchProblem(FIELDS, "eval_every", 2.5)).toBe("eval_every takes a whole number, not 2.5");
  expect(patchProblem(FIELDS, "eval_every", 0)).toBe("eval_every takes 1 or more, not 0");
  expect(patchProblem(FIELDS, "eval_every", "often")).toBe("eval_every takes a whole number, not often");
  expect(patchProblem(FIELDS, "eval_every", "")).toBe("eval_every takes a whole number, not nothing");
  expect(patchProblem(FIELDS, "eval_every", "99999999999999999999")).toContain("takes at most 9007199254740991");
  expect(patchProblem(FIELDS, "matrix_lr", "11")).toBe("matrix_lr takes at most 10, not 11");
  expect(patchProblem(FIELDS, "final_lr_frac", 2)).toBe("final_lr_frac takes at most 1, not 2");
  expect(patchProblem(FIELDS, "matrix_lr", Number.POSITIVE_INFINITY)).toContain("a finite number, not Infinity");
});

test("too few tokens to evaluate on are refused with the reason", () => {
  expect(patchProblem([field("eval_tokens", { min: 16384 })], "eval_tokens", 3)).toBe(
    "eval_tokens takes 16384 or more (less evaluates on nothing), not 3",
  );
});

const RATES = [
  field("eval_every"),
  field("matrix_lr", { type: "float", value: 0.02 }),
  field("embedding_lr", { type: "float", value: 0.3 }),
  field("lr_scale", { type: "float", value: 1 }),
  field("weight_decay", { type: "float", value: 0.28 }),
];

test("a rate beyond all sense is doubted, one that is only large is not", () => {
  expect(patchDoubts(RATES, { matrix_lr: 0.15, lr_scale: 2, eval_every: 1000 })).toEqual([]);
  expect(patchDoubts(RATES, { matrix_lr: 1e9, lr_scale: 1e3 })).toEqual([
    expect.stringContaining("matrix_lr would be 1000000000, which is more than 10"),
    expect.stringContaining("lr_scale would be 1000, which is more than 100"),
  ]);
});

test("a rate that changes tenfold at one step is doubted in either direction, with what to do", () => {
  const doubt = (name: string, value: number): string => patchDoubts(RATES, { [name]: value }).join();
  expect(doubt("matrix_lr", 0.2)).toBe(
    "matrix_lr would be 0.2, 10 times the 0.02 of now: the loss may climb, or become NaN. Save first, or go there in smaller steps",
  );
  expect(doubt("embedding_lr", 0.003)).toBe(
    "embedding_lr would be 0.003, 1/100 of the 0.3 of now: it may hardly learn any more. Go there in smaller steps if you are not sure",
  );
  expect(doubt("embedding_lr", 3)).toContain("10 times the 0.3");
  expect(doubt("lr_scale", 0.1)).toContain("1/10 of the 1 of now");
  expect(doubt("matrix_lr", 0)).toContain("stops learning");
  expect([doubt("matrix_lr", 0.19), doubt("matrix_lr", 0.0021), doubt("eval_every", 5000)]).toEqual(["", "", ""]);
});

test("a weight decay beyond all sense, or tenfold at one step, is doubted; a small one is not", () => {
  const doubt = (value: number): string => patchDoubts(RATES, { weight_decay: value }).join();
  expect(doubt(1e9)).toBe("weight_decay would be 1000000000, which is more than 10: the weights shrink away, or the loss becomes NaN");
  expect(doubt(5)).toContain("18 times the 0.28 of now");
  expect([doubt(2), doubt(0.001), doubt(0)]).toEqual(["", "", ""]);
});

test.each([
  ["to what it began with, which was computed", { first: 0.020000000000000004, last: 0.2 }, 2, 0.02],
  ["nearer to what it began with", { first: 0.02, last: 0.02 }, 2, 0.15],
  ["up again", { first: 0.02, last: 0.02 }, 0.0002, 0.02],
  ["before the last patch, which has led farther away", { first: 0.02, last: 0.01 }, 0.1, 0.01],
] as const)("a rate that goes back is not doubted, however far it is: %s", (_, was, now, to) => {
  const rate = field("matrix_lr", { type: "float", value: now });
  expect(patchDoubts([rate], { matrix_lr: to })).toHaveLength(1);
  expect(patchDoubts([rate], { matrix_lr: to }, new Map([["matrix_lr", was]]))).toEqual([]);
});

test("a rate that goes past what it began with, or to a leap that was taken back, is doubted", () => {
  const doubt = (was: ValueBefore, now: number, to: number): string =>
    patchDoubts([field("lr_scale", { type: "float", value: now })], { lr_scale: to }, new Map([["lr_scale", was]])).join();
  expect(doubt({ first: 1, last: 1 }, 50, 0.5)).toContain("1/100 of the 50 of now");
  expect(doubt({ first: 1, last: 50 }, 1, 50)).toContain("50 times the 1 of now");
  expect(doubt({ first: 1, last: 1 }, 3000, 1000)).toContain("more than 100");
});

test("what a field takes is told in words", () => {
  expect(FIELDS.map(expected)).toEqual([
    "a whole number, 1 or more",
    "a number from 0 to 10",
    "a number, at most 1",
    "a whole number, 1 or more",
  ]);
  expect(expected({ type: "float", min: null, max: null })).toBe("a number");
});

test("an interval of 0 and less does what its script says, where it says it", () => {
  const every = field("save_every", { effect: "saves every so many steps", off: "off: no more checkpoints before the end" });
  expect([50, 0, -1].map((value) => effectOf(every, value))).toEqual([every.effect, every.off ?? "", every.off ?? ""]);
  expect(effectOf(field("top_k", { effect: "samples only from the likeliest" }), 0)).toBe("samples only from the likeliest");
});

test("a frozen field says why", () => {
  expect(patchProblem(FIELDS, "depth", 8)).toBe("depth cannot be changed while it runs: the model has been built with it");
});

test("a mistyped field gets the nearest one, a strange one all of them", () => {
  expect(patchProblem(FIELDS, "evl_every", 1)).toBe("There is no setting evl_every: did you mean eval_every?");
  expect(patchProblem(FIELDS, "zzz", 1)).toBe("There is no setting zzz: what can be patched is eval_every, matrix_lr, final_lr_frac");
  expect(patchProblem([], "zzz", 1)).toBe("There is no setting zzz: nothing of this script can be patched");
});

test("text is a number only when a command line would take it for one", () => {
  expect(["1", "-2", "+.5", "3.", "1e-3"].map(readNumber)).toEqual([1, -2, 0.5, 3, 0.001]);
  for (const text of ["", " ", "0x10", "1,000", "1e", "nan", "Infinity", "1 2"]) expect(readNumber(text)).toBeNaN();
});
