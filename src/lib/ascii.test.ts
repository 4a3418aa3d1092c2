import { expect, test } from "bun:test";
import { toAscii } from "./ascii.ts";
import { Canvas } from "./canvas.ts";

function twin(text: string): string {
  const canvas = new Canvas(40, 1);
  canvas.region().put(0, 0, text);
  toAscii(canvas);
  return canvas.toText().trim();
}

test("what is cut or asks further has another sign than what is estimated", () => {
  expect(twin("eta ~11s · Stop…")).toBe("eta ~11s . Stop.");
});
