import { expect, test } from "bun:test";
import fc from "fast-check";
import { CONFIG_DESIGNS, designFor, EVAL_DESIGNS, RUNS_DESIGNS, solve, TRAIN_DESIGNS } from "./layout.ts";

test("panels never overlap and never leave the screen, in any size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom(TRAIN_DESIGNS, RUNS_DESIGNS, CONFIG_DESIGNS, EVAL_DESIGNS),
      (width, height, designs) => {
        const taken = new Uint8Array(width * height);
        for (const { rect } of solve(designFor(designs, width, height), { x: 0, y: 0, width, height })) {
          expect(rect.x + rect.width).toBeLessThanOrEqual(width);
          expect(rect.y + rect.height).toBeLessThanOrEqual(height);
          for (let y = rect.y; y < rect.y + rect.height; y++) for (let x = rect.x; x < rect.x + rect.width; x++) taken[y * width + x]!++;
        }
        expect(Math.max(...taken)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 150 },
  );
});

test("in the sizes that people have, every panel of Train has a place, and room for its border and a row", () => {
  for (const [width, height] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [240, 70],
  ] as const) {
    const slots = solve(designFor(TRAIN_DESIGNS, width, height), { x: 0, y: 1, width, height: height - 3 });
    expect(slots.flatMap(({ panes }) => panes).sort()).toEqual([
      "checkpoints",
      "events",
      "host",
      "log",
      "loss",
      "progress",
      "samples",
      "validation",
    ]);
    for (const { rect } of slots) expect(Math.min(rect.height, rect.width)).toBeGreaterThanOrEqual(4);
  }
});
