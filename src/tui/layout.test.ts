import { expect, test } from "bun:test";
import fc from "fast-check";
import { CONFIG_DESIGNS, designFor, EVAL_DESIGNS, RUNS_DESIGNS, solve } from "./layout.ts";

test("panels never overlap and never leave the screen, in any size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom(RUNS_DESIGNS, CONFIG_DESIGNS, EVAL_DESIGNS),
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
