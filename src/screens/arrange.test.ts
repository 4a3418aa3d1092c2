import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSplit, type ScreenNode, type SplitKind } from "../core/screen.ts";
import { arrange, type Measure } from "./arrange.ts";
import { divide, partition } from "./divide.ts";
import { leaves, split } from "./tree.ts";

const NEEDS: Readonly<Record<string, { width: number; height: number; rows?: number }>> = {
  progress: { width: 40, height: 7, rows: 8 },
  loss: { width: 30, height: 8 },
  log: { width: 40, height: 6 },
  host: { width: 40, height: 5, rows: 8 },
};
const measure: Measure = (panel) => NEEDS[panel] ?? { width: 20, height: 4 };

const panel = fc.constantFrom("progress", "loss", "log", "host", "other").map((name): ScreenNode => ({ panel: name }));
const sized = (node: fc.Arbitrary<ScreenNode>) =>
  fc
    .tuple(
      node,
      fc.option(
        fc.oneof(
          fc.integer({ min: 1, max: 50 }).map((cells) => ({ cells })),
          fc.integer({ min: 1, max: 9 }).map((share) => ({ share })),
        ),
      ),
    )
    .map(([one, size]): ScreenNode => (size === null ? one : { ...one, size }));
/** Any tree of panels. */
const tree: fc.Arbitrary<ScreenNode> = fc.letrec<{ node: ScreenNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    sized(panel),
    sized(
      fc
        .tuple(fc.constantFrom<SplitKind>("rows", "columns", "flow"), fc.array(tie("node"), { maxLength: 5 }))
        .map(([kind, parts]): ScreenNode => ({ split: kind, parts })),
    ),
  ),
})).node;

test("every panel has one place, no two places overlap, and none is outside, whatever the tree and the size", () => {
  fc.assert(
    fc.property(
      tree,
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 80 }),
      fc.array(fc.nat(20)),
      (root, width, height, some) => {
        const idle = leaves(root).flatMap(({ id }, i) => (some.includes(i) ? [id] : []));
        const { slots } = arrange(root, { x: 0, y: 0, width, height }, measure, idle);
        const shown = slots.flatMap(({ panes }) => panes);
        expect([...shown].sort()).toEqual(
          leaves(root)
            .map(({ id }) => id)
            .sort(),
        );
        const taken = new Uint8Array(width * height);
        for (const { rect } of slots) {
          expect(rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= width && rect.y + rect.height <= height).toBe(true);
          for (let y = rect.y; y < rect.y + rect.height; y++) for (let x = rect.x; x < rect.x + rect.width; x++) taken[y * width + x]!++;
        }
        expect(Math.max(...taken)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 400 },
  );
});

test("a tree without empty splits fills the whole body", () => {
  const root = split("columns", split("rows", { panel: "progress" }, { panel: "log" }), { panel: "loss" });
  const { slots } = arrange(root, { x: 0, y: 1, width: 120, height: 33 }, measure);
  expect(slots.map(({ rect }) => rect.width * rect.height).reduce((a, b) => a + b)).toBe(120 * 33);
});

const FLOW = split("flow", { panel: "progress" }, { panel: "loss" }, { panel: "log" }, { panel: "host" }, { panel: "other" });

test("a flow has one column at 80 cells, two at 120, three at 200", () => {
  const charts = split("flow", ...Array.from({ length: 5 }, () => ({ panel: "loss" })));
  const columns = (width: number, height: number): number =>
    new Set(arrange(charts, { x: 0, y: 1, width, height }, measure).slots.map(({ rect }) => rect.x)).size;
  expect([columns(80, 21), columns(120, 33), columns(200, 57)]).toEqual([1, 2, 3]);
});

test("a panel that wants few rows has no column to itself", () => {
  const flow = { ...FLOW, parts: [{ panel: "progress" }, { panel: "loss", size: { share: 3 } }, { panel: "log", size: { share: 3 } }] };
  const { slots } = arrange(flow as ScreenNode, { x: 0, y: 1, width: 240, height: 66 }, measure);
  expect(slots.find(({ panes }) => panes.includes("progress"))?.rect.height).toBe(8);
});

test("at 80×24 panels stand below each other in their order, and those without room share the last place", () => {
  const { slots } = arrange(FLOW, { x: 0, y: 1, width: 80, height: 21 }, measure);
  expect(slots.map(({ panes }) => panes)).toEqual([["progress"], ["loss"], ["log", "other", "host"]]);
});

test("of those that share a place what has use for few rows lies behind the others, and stands before them where both have room", () => {
  const root = split("flow", ...["progress", "loss", "host", "log", "other"].map((name) => ({ panel: name })));
  const places = (height: number): Array<readonly string[]> =>
    arrange(root, { x: 0, y: 0, width: 100, height }, measure).slots.map(({ panes }) => panes);
  expect(places(21)).toEqual([["progress"], ["loss"], ["log", "other", "host"]]);
  expect(places(26)).toEqual([["progress"], ["loss"], ["host"], ["log", "other"]]);
});

test("under 60×16 there is one panel at a time, the first one in front", () => {
  expect(arrange(FLOW, { x: 0, y: 0, width: 59, height: 21 }, measure).slots).toHaveLength(1);
  expect(arrange(FLOW, { x: 0, y: 0, width: 80, height: 12 }, measure).slots[0]?.panes[0]).toBe("progress");
});

test("columns without room for their panels become a stack", () => {
  const root = split("columns", { panel: "progress" }, { panel: "loss" }, { panel: "log" });
  const { slots } = arrange(root, { x: 0, y: 0, width: 100, height: 40 }, measure);
  expect(new Set(slots.map(({ rect }) => rect.x)).size).toBe(1);
});

test("sizes fill the whole exactly, and none is below its least when the leasts fit", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          least: fc.integer({ min: 1, max: 12 }),
          size: fc.option(
            fc.oneof(
              fc.record({ cells: fc.integer({ min: 1, max: 60 }) }),
              fc.record({ share: fc.double({ min: 0.1, max: 9, noNaN: true }) }),
            ),
            {
              nil: undefined,
            },
          ),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      fc.integer({ min: 0, max: 120 }),
      (parts, more) => {
        const whole = parts.reduce((sum, { least }) => sum + least, 0) + more;
        const sizes = divide(whole, parts);
        expect(sizes.reduce((a, b) => a + b)).toBe(whole);
        for (const [index, size] of sizes.entries()) expect(size).toBeGreaterThanOrEqual(parts[index]!.least);
      },
    ),
  );
});

test("two shares of one to three are so", () => {
  expect(
    divide(40, [
      { least: 3, size: { share: 1 } },
      { least: 3, size: { share: 3 } },
    ]),
  ).toEqual([10, 30]);
});

test("a flow's columns hold all panels in order, none of them empty", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      (needs, columns) => {
        const counts = partition(needs, columns);
        expect(counts.reduce((a, b) => a + b)).toBe(needs.length);
        expect(counts.length).toBe(Math.min(columns, needs.length));
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
      },
    ),
  );
});

test("a node's place is known wherever it stands as it is written", () => {
  const root = split("columns", { panel: "loss" }, { panel: "log" });
  const { rects } = arrange(root, { x: 0, y: 0, width: 120, height: 30 }, measure);
  expect(rects.get("1")).toEqual({ x: 60, y: 0, width: 60, height: 30 });
  expect(isSplit(root)).toBe(true);
});

test("panels that have nothing to show share the place of the first, which has only the rows to say why", () => {
  const root = split("flow", { panel: "log", size: { share: 3 } }, { panel: "host" }, { panel: "other" }, { panel: "loss" });
  const { slots } = arrange(root, { x: 0, y: 0, width: 100, height: 40 }, measure, ["log", "other"]);
  expect(slots.map(({ panes, rect }) => [panes, rect.height])).toEqual([
    [["log", "other"], 6],
    [["host"], 8],
    [["loss"], 26],
  ]);
});

test("a split of panels that all lie behind another takes no place", () => {
  const root = split("columns", split("rows", { panel: "log" }, { panel: "loss" }), split("rows", { panel: "a" }, { panel: "b" }));
  const { slots } = arrange(root, { x: 0, y: 0, width: 100, height: 40 }, measure, ["log", "a", "b"]);
  expect(slots.map(({ panes, rect }) => [panes, rect.width, rect.height])).toEqual([
    [["log", "a", "b"], 100, 6],
    [["loss"], 100, 34],
  ]);
});

test("where not all have room, a panel that has nothing to show lies behind those that have", () => {
  const root = split("rows", { panel: "host" }, { panel: "log" }, { panel: "loss" });
  const { slots } = arrange(root, { x: 0, y: 0, width: 100, height: 16 }, measure, ["log"]);
  expect(slots.map(({ panes }) => panes)).toEqual([["host"], ["loss", "log"]]);
});

test("of three columns of a flow none stands half empty: its panels come below others", () => {
  const flow = (...shares: number[]) => split("flow", ...shares.map((share): ScreenNode => ({ panel: "loss", size: { share } })));
  const columns = (root: ScreenNode): number[] =>
    [...new Set(arrange(root, { x: 0, y: 0, width: 180, height: 40 }, measure).slots.map(({ rect }) => rect.x))].sort((a, b) => a - b);
  expect(columns(flow(3, 3, 1))).toEqual([0, 90]);
  expect(columns(flow(3, 3, 2))).toEqual([0, 60, 120]);
  expect(columns(flow(5, 1))).toEqual([0, 90]);
});
