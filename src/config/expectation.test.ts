import { expect, test } from "bun:test";
import { join } from "node:path";
import { costText, expectationOf } from "./expectation.ts";
import { loadPrefab } from "./prefab.ts";
import { a100, CPU, h100 } from "./rules/fixtures.ts";

const OURS = [{ dir: join(import.meta.dir, "..", "..", "prefabs"), layer: "prefab" as const }];
function ours(name: string) {
  const prefab = loadPrefab(name, OURS);
  if (!prefab.ok) throw new Error(prefab.failure.what);
  return prefab.value;
}

test("another machine than the prefab's is named, the same and an unknown one are not", () => {
  const differs = (machine: Parameters<typeof expectationOf>[1]) => expectationOf(ours("speedrun"), machine)?.differs;
  expect(differs(h100(8))).toBeNull();
  expect(differs(null)).toBeNull();
  expect(differs(h100(1))).toBe("1×H100");
  expect(differs(a100(8))).toBe("8×A100");
  expect(differs(CPU)).toBe("a CPU");
  expect(expectationOf(ours("runcpu"), h100(1))?.differs).toBeNull(); // which says in words what it wants
});

test("hardware is inherited, what was measured of another plan is not", () => {
  expect(ours("budget-10")).toMatchObject({ hardware: { gpu: "H100", count: 8, words: "8×H100 80 GB" }, cost: undefined });
});

test("every published cost names where it is published", () => {
  const { cost } = ours("speedrun");
  expect(cost && costText(cost)).toBe("1h 39m, $39.60 (pretraining; README.md@92d63d4)");
  for (const name of ["runcpu", "budget-1000"]) expect(ours(name).cost?.source).toMatch(/@[0-9a-f]{7}$/);
});
