import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSplit, type ScreenNode } from "../core/screen.ts";
import { arrange, type Measure } from "./arrange.ts";
import { readScreen, screenValue } from "./document.ts";
import {
  addPanel,
  type Direction,
  duplicatePanel,
  type Edited,
  fixFlow,
  movePanel,
  placePanel,
  removePanel,
  resizePanel,
  swapPanels,
} from "./edit.ts";
import { empty, leaves, nodeAt, split } from "./tree.ts";

const measure: Measure = () => ({ width: 10, height: 4 });
const BODY = { x: 0, y: 0, width: 120, height: 40 };

const kinds = (root: ScreenNode): string[] => leaves(root).map(({ spec }) => spec.panel);
const done = (edited: Edited): { root: ScreenNode; path: readonly number[] } => {
  if ("reason" in edited) throw new Error(edited.reason);
  return edited;
};
const LOSS = { panel: "loss" };
const LOG = { panel: "log" };
const HOST = { panel: "host" };

test("a panel is added to an empty screen, then behind and beside another", () => {
  const one = done(addPanel(empty(), null, LOSS));
  const two = done(addPanel(one.root, one.path, LOG));
  expect([kinds(two.root), nodeAt(two.root, two.path)]).toEqual([["loss", "log"], LOG]);
  const three = done(addPanel(two.root, [0], HOST, "beside"));
  expect(kinds(three.root)).toEqual(["loss", "host", "log"]);
  expect(nodeAt(three.root, [0])).toMatchObject({ split: "columns" });
  expect(nodeAt(three.root, three.path)).toEqual(HOST);
});

test("beside and below are what they say, whichever way the split goes: four make two rows of two", () => {
  const one = done(addPanel(empty(), null, LOSS));
  const two = done(addPanel(one.root, one.path, LOG, "beside"));
  expect(nodeAt(two.root, [0])).toMatchObject({ split: "columns", parts: [LOSS, LOG] });
  const three = done(addPanel(two.root, two.path, HOST, "below"));
  const four = done(addPanel(three.root, [0, 0], { panel: "timers" }, "below"));
  expect(nodeAt(four.root, [0])).toMatchObject({
    split: "columns",
    parts: [
      { split: "rows", parts: [LOSS, { panel: "timers" }] },
      { split: "rows", parts: [LOG, HOST] },
    ],
  });
  expect(nodeAt(four.root, four.path)).toEqual({ panel: "timers" });
});

test("removing the last but one panel of a split leaves the other in its place, with the split's size", () => {
  const root = split("columns", { ...split("rows", LOSS, LOG), size: { share: 2 } }, HOST);
  const { root: changed } = done(removePanel(root, [0, 1]));
  expect(changed).toEqual(split("columns", { ...LOSS, size: { share: 2 } }, HOST));
});

test("the only panel of rows that somebody wrote leaves a flow: empty rows could not be kept", () => {
  expect(done(removePanel({ split: "rows", parts: [LOSS] }, [0])).root).toEqual(empty());
});

test("a copy stands behind what was copied, with its settings", () => {
  const root = split("rows", { panel: "log", title: "mine" }, LOSS);
  const { root: changed, path } = done(duplicatePanel(root, [0]));
  expect(kinds(changed)).toEqual(["log", "log", "loss"]);
  expect(nodeAt(changed, path)).toEqual({ panel: "log", title: "mine" });
});

test("moving goes past a neighbour, into a split beside it, out of its own, and to the side of all", () => {
  const root = split("columns", LOSS, split("rows", LOG, HOST));
  expect(kinds(done(movePanel(root, [0], "right")).root)).toEqual(["loss", "log", "host"]);
  expect(done(movePanel(root, [0], "right")).root).toEqual(split("rows", LOSS, LOG, HOST));
  expect(done(movePanel(root, [1, 0], "down")).root).toEqual(split("columns", LOSS, split("rows", HOST, LOG)));
  expect(kinds(done(movePanel(root, [1, 1], "left")).root)).toEqual(["loss", "host", "log"]);
  expect(done(movePanel(split("rows", LOSS, LOG), [1], "right")).root).toEqual(split("columns", LOSS, LOG));
  expect(movePanel(LOSS, [], "left")).toEqual({ reason: "it is the only panel" });
  expect(movePanel(split("columns", LOSS, LOG), [0], "left")).toEqual({ reason: "it is at the edge already" });
});

test("a panel is taken from its place to one beside or below another", () => {
  const parts = [LOSS, LOG, HOST];
  const beside = done(placePanel(split("flow", ...parts), [2], [0], "beside"));
  expect(beside).toMatchObject({ root: { split: "flow", parts: [{ split: "columns", parts: [LOSS, HOST] }, LOG] }, path: [0, 1] });
  const below = done(placePanel(split("rows", ...parts), [2], [0], "below"));
  expect(below).toEqual({ root: split("rows", LOSS, HOST, LOG), path: [1] });
  // The same panel twice, as a copy of it is.
  const twice = done(placePanel(split("columns", LOSS, LOG, LOSS), [2], [1], "below"));
  expect(twice).toEqual({ root: split("columns", LOSS, split("rows", LOG, LOSS)), path: [1, 1] });
  expect(done(placePanel(split("columns", LOSS, LOG), [0], [1], "below")).root).toEqual(split("rows", LOG, LOSS));
  expect(placePanel(split("columns", LOSS, LOG), [0], [0], "below")).toHaveProperty("reason");
});

test("panels of one split that change places, or are moved past one another, take their sizes along", () => {
  const [chart, host] = [
    { ...LOSS, size: { share: 26 } },
    { ...HOST, size: { share: 6 } },
  ];
  const root = split("rows", chart, host, LOG);
  expect(done(movePanel(root, [1], "up"))).toEqual({ root: split("rows", host, chart, LOG), path: [0] });
  expect(done(swapPanels(root, [0], [2])).root).toEqual(split("rows", LOG, host, chart));
});

test("panels of two splits that change places leave each place its size: a share is one of its own split", () => {
  const root = split("columns", { ...LOSS, size: { cells: 20 } }, split("rows", LOG, { ...HOST, size: { share: 6 } }));
  const { root: changed } = done(swapPanels(root, [0], [1, 1]));
  expect(changed).toEqual(split("columns", { ...HOST, size: { cells: 20 } }, split("rows", LOG, { ...LOSS, size: { share: 6 } })));
});

test("resizing moves the border by as many cells, and stops before a panel is gone", () => {
  const root = split("columns", LOSS, LOG);
  const wider = done(resizePanel(root, [0], "columns", 6, arrange(root, BODY, measure)));
  expect(arrange(wider.root, BODY, measure).rects.get("0")?.width).toBe(66);
  expect(resizePanel(root, [0], "columns", 58, arrange(root, BODY, measure))).toEqual({ reason: "there is no room left on that side" });
  expect(resizePanel(root, [0], "rows", 1, arrange(root, BODY, measure))).toEqual({ reason: "nothing stands above or below it" });
});

test("a flow is made rows and columns as it stands", () => {
  const root = split("flow", LOSS, LOG, HOST);
  const standing = arrange(root, BODY, measure);
  const fixed = done(fixFlow(root, [0], standing));
  expect(fixed.root).toMatchObject({ split: "columns" });
  expect(arrange(fixed.root, BODY, measure).slots.map(({ rect }) => rect)).toEqual(standing.slots.map(({ rect }) => rect));
});

test("a stack that the tree does not speak of is said where something is resized, and made rows as it stands", () => {
  const wide: Measure = () => ({ width: 40, height: 4 });
  const narrow = { x: 0, y: 0, width: 70, height: 40 };
  const root = split("flow", HOST, split("columns", LOSS, LOG));
  const standing = arrange(root, narrow, wide);
  expect(standing.slots).toHaveLength(3);
  const refused = resizePanel(root, [1, 0], "columns", 2, standing);
  expect(refused).toMatchObject({ reason: "side by side these panels do not fit in 70 columns, so they are stacked" });
  const fixed = done(fixFlow(root, [1, 1], standing));
  expect(JSON.stringify(fixed.root)).not.toContain("columns");
  expect(nodeAt(fixed.root, fixed.path)).toMatchObject(LOG);
  expect(arrange(fixed.root, narrow, wide).slots.map(({ rect }) => rect)).toEqual(standing.slots.map(({ rect }) => rect));
});

const DIRECTIONS: readonly Direction[] = ["left", "right", "up", "down"];

/** What a restless hand does. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom("add", "beside", "below", "duplicate", "remove", "move", "swap", "place", "resize", "fix"),
    at: fc.nat(20),
    to: fc.nat(20),
    direction: fc.constantFrom(...DIRECTIONS),
    by: fc.integer({ min: -5, max: 5 }),
  }),
  { maxLength: 60 },
);

test("no sequence of edits loses or doubles a panel, breaks the tree, or makes a file that cannot be read again", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let root: ScreenNode = empty();
      for (const { what, at, to, direction, by } of all) {
        const panels = leaves(root);
        const path = panels[at % Math.max(1, panels.length)]?.path ?? null;
        const other = panels[to % Math.max(1, panels.length)]?.path ?? null;
        if (path === null && what !== "add") continue;
        const standing = arrange(root, BODY, measure);
        const edited: Edited =
          what === "add" || what === "beside" || what === "below"
            ? addPanel(root, path, { panel: "loss" }, what === "add" ? "after" : what)
            : what === "duplicate"
              ? duplicatePanel(root, path!)
              : what === "remove"
                ? removePanel(root, path!)
                : what === "move"
                  ? movePanel(root, path!, direction)
                  : what === "swap"
                    ? swapPanels(root, path!, other!)
                    : what === "place"
                      ? placePanel(root, path!, other!, by > 0 ? "beside" : "below")
                      : what === "fix"
                        ? fixFlow(root, path!, standing)
                        : resizePanel(root, path!, direction === "left" || direction === "right" ? "columns" : "rows", by, standing);
        if ("reason" in edited) continue;
        const difference = what === "remove" ? -1 : ["add", "beside", "below", "duplicate"].includes(what) ? 1 : 0;
        expect(leaves(edited.root).length).toBe(panels.length + difference);
        root = edited.root;
        if (leaves(root).length > 0 && what !== "remove") {
          const node = nodeAt(root, edited.path);
          expect(node !== undefined && !isSplit(node)).toBe(true);
        }
        if (leaves(root).length > 90 || depthOf(root) > 11) break;
        const read = readScreen("one", screenValue({ name: "one", title: "One", layout: root }));
        expect(read.mistakes).toEqual([]);
        expect(read.screen?.layout).toEqual(root);
      }
    }),
    { numRuns: 300 },
  );
});

const depthOf = (node: ScreenNode): number => (isSplit(node) ? 1 + Math.max(0, ...node.parts.map(depthOf)) : 0);
