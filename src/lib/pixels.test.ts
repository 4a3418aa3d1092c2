import { expect, test } from "bun:test";
import { SIXTEEN } from "./colour.ts";
import { dithered, fitted, greyOf, inColours, scaled } from "./pixels.ts";

const flat = (width: number, height: number, value: number) => ({ width, height, rgb: new Uint8Array(width * height * 3).fill(value) });
/** Grey points. */
const greys = (width: number, height: number, values: readonly number[]) => ({
  width,
  height,
  rgb: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const firsts = (rgb: Uint8Array): number[] => [...rgb].filter((_, i) => i % 3 === 0);

test("a smaller picture has the means of what each point covers", () => {
  const four = greys(4, 2, [0, 100, 200, 200, 100, 200, 0, 0]);
  expect(firsts(scaled(four, 2, 1).rgb)).toEqual([100, 100]);
  expect(firsts(scaled(four, 8, 2).rgb).slice(0, 8)).toEqual([0, 0, 100, 100, 200, 200, 200, 200]);
  expect([...scaled(flat(7, 5, 33), 3, 9).rgb].every((value) => value === 33)).toBe(true);
  const colours = { width: 2, height: 1, rgb: Uint8Array.from([255, 0, 10, 1, 0, 20]) };
  expect([...scaled(colours, 1, 1).rgb]).toEqual([128, 0, 15]);
});

test("a picture keeps its shape in whatever room it has", () => {
  expect(fitted({ width: 640, height: 480 }, 100, 200)).toEqual({ across: 100, down: 75 });
  expect(fitted({ width: 10_000, height: 1 }, 50, 50)).toEqual({ across: 50, down: 1 });
  expect(fitted({ width: 1, height: 1 }, 7, 3)).toEqual({ across: 3, down: 3 });
});

test("there are as many dots as the picture is bright", () => {
  for (const value of [0, 64, 128, 200, 255]) {
    const dots = dithered(greyOf(flat(40, 40, value))).reduce((sum, dot) => sum + dot, 0);
    expect(Math.abs(dots / 1600 - value / 255)).toBeLessThan(0.02);
  }
});

test("brightness is that of eyes, and of the negative where it is wanted", () => {
  const three = { width: 3, height: 1, rgb: Uint8Array.from([255, 0, 0, 0, 255, 0, 255, 255, 255]) };
  expect([...greyOf(three).light]).toEqual([76, 150, 255]);
  expect([...greyOf(three, true).light]).toEqual([179, 105, 0]);
});

test("in few colours a picture is mixed of them, and one of them stays itself", () => {
  const red = { width: 4, height: 4, rgb: Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === 0 ? 205 : 0)) };
  expect([...new Set(inColours(red, SIXTEEN))]).toEqual([1]);
  const sum = [0, 0, 0];
  for (const number of inColours(flat(40, 40, 60), SIXTEEN)) for (const i of [0, 1, 2]) sum[i]! += SIXTEEN[number]![i]!;
  for (const part of sum) expect(Math.abs(part / 1600 - 60)).toBeLessThan(6);
});
