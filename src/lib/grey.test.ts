import { expect, test } from "bun:test";
import { dithered, fitted, scaled } from "./grey.ts";

const flat = (width: number, height: number, value: number) => ({ width, height, light: new Uint8Array(width * height).fill(value) });

test("a smaller picture has the means of what each point covers", () => {
  const four = { width: 4, height: 2, light: Uint8Array.from([0, 100, 200, 200, 100, 200, 0, 0]) };
  expect([...scaled(four, 2, 1).light]).toEqual([100, 100]);
  expect([...scaled(four, 8, 2).light.subarray(0, 8)]).toEqual([0, 0, 100, 100, 200, 200, 200, 200]);
  expect([...scaled(flat(7, 5, 33), 3, 9).light].every((value) => value === 33)).toBe(true);
});

test("a picture keeps its shape in whatever room it has", () => {
  expect(fitted({ width: 640, height: 480 }, 100, 200)).toEqual({ across: 100, down: 75 });
  expect(fitted({ width: 10_000, height: 1 }, 50, 50)).toEqual({ across: 50, down: 1 });
  expect(fitted({ width: 1, height: 1 }, 7, 3)).toEqual({ across: 3, down: 3 });
});

test("there are as many dots as the picture is bright", () => {
  for (const value of [0, 64, 128, 200, 255]) {
    const dots = dithered(flat(40, 40, value)).reduce((sum, dot) => sum + dot, 0);
    expect(Math.abs(dots / 1600 - value / 255)).toBeLessThan(0.02);
  }
});
