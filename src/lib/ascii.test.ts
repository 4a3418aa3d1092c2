import { expect, test } from "bun:test";
import { SEVERITY_SIGNS } from "../core/alert.ts";
import { toAscii } from "./ascii.ts";
import { Canvas } from "./canvas.ts";

function twin(text: string): string {
  const canvas = new Canvas(40, 1);
  canvas.region().put(0, 0, text);
  toAscii(canvas);
  return canvas.toText().trim();
}

test("what is cut or asks further does not end like a sentence", () => {
  expect(twin("eta ~11s · Sav… · Stop… · Done.")).toBe("eta ~11s . Sav~ . Stop~ . Done.");
});

test("a warning and what is bad stay apart", () => {
  expect(twin(SEVERITY_SIGNS.warn)).not.toBe(twin(SEVERITY_SIGNS.bad));
});
