import { expect, test } from "bun:test";
import { maskedLine, typeInto } from "./masked-prompt.ts";

test.each([
  ["abc\r", "abc", "enter"],
  ["ab\x7fc", "ac", null],
  ["wrong\x15right\n", "right", "enter"],
  ["\x1b[Aab\x1b[3~c\x1bOP", "abc", null],
  ["\x1b[200~pasted\x1b[201~\r", "pasted", "enter"],
  ["abc\x03", "", "cancelled"],
  ["\x04", "", "cancelled"],
  ["ab\x04c", "abc", null],
  ["\x7f\x7f", "", null],
] as const)("keys %j", (keys, value, end) => {
  expect(typeInto("", keys)).toEqual({ value, end });
});

test("what is drawn holds nothing of what was typed", () => {
  expect(maskedLine("Key", "abc")).toBe("\r\x1b[KKey: ***");
  expect(maskedLine("Key", "x".repeat(40))).toBe("\r\x1b[KKey: ******** (40 characters)");
});
