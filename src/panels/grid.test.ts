import { expect, test } from "bun:test";
import type { Scene } from "../core/scene.ts";
import { FakeData } from "./fake-data.ts";
import { type Given, lineText, panelInput, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";

const WIDE: Given = { width: 124, height: 20 };

function many(count: number): FakeData {
  const data = new FakeData();
  for (let i = 0; i < count; i++) data.put(1, `mine/m${i}`, [0, i], [100, i + 1]);
  return data.put(1, "time/wall", [0, 0], [100, 50]).put(0, "host/cpu", [0, 1]);
}

const heads = ({ blocks }: Scene): string[] =>
  blocks.flatMap(({ block }) => (block.kind === "text" ? block.lines.map((line) => lineText(line).split(" ")[0]!) : []));
const columns = ({ blocks }: Scene): unknown[] => blocks.flatMap(({ block, across }) => (block.kind === "plot" ? [across] : []));

test("every metric has a chart of its own, in as many columns as have room, in the order of their names", () => {
  const scene = panelScene("grid", many(5), WIDE);
  expect(heads(scene)).toEqual(["mine/m0", "mine/m1", "mine/m2", "mine/m3", "mine/m4"]);
  expect(columns(scene)).toEqual([
    [0, 3],
    [1, 3],
    [2, 3],
    [0, 3],
    [1, 3],
  ]);
  const rows = panelShown("grid", many(5), WIDE).split("\n");
  expect(rows[1]).toMatch(/mine\/m0 .* mine\/m1 .* mine\/m2 /);
  expect(rows[10]).toMatch(/mine\/m3 .* mine\/m4 /);
});

test("what has no room is counted and paged to, and the last page is the furthest", () => {
  const grid = findPanel("grid")!;
  const data = many(20);
  const at = (scroll: number): Scene => panelScene("grid", data, { ...WIDE, view: { scroll } });
  expect(at(0).note).toBe("1–6 of 20");
  const next = grid.scroll!(panelInput("grid", data, WIDE), 18).scroll!;
  expect(heads(at(next))[0]).toBe("mine/m6");
  expect(at(1e9).note).toBe("16–20 of 20");
});

test("a filter that is typed takes a part of a name or a pattern, and says when nothing is meant", () => {
  const filtered = (filter: string): Scene => panelScene("grid", many(12), { ...WIDE, view: { filter } });
  expect(heads(filtered("M1"))).toEqual(["mine/m1", "mine/m10", "mine/m11"]);
  expect(heads(filtered("mine/m2|m1 -m10 -m11"))).toEqual(["mine/m1", "mine/m2"]);
  expect(heads(filtered("mine/*0"))).toEqual(["mine/m0", "mine/m10"]);
  expect(filtered("loss").blocks[0]?.block).toEqual({
    kind: "empty",
    why: "No metric is called “loss”",
    remedy: "esc clears the filter",
  });
});

test("what every training has comes first, the loss at its head", () => {
  const data = many(1).put(1, "core/metric", [0, 0]).put(1, "train/loss", [0, 3]).put(1, "a/b", [0, 0]);
  expect(heads(panelScene("grid", data, WIDE))).toEqual(["loss", "CORE", "a/b", "mine/m0"]);
});

test("so many columns and rows as are asked for, and the machine's metrics where they are wanted", () => {
  const asked = panelScene("grid", many(12), { ...WIDE, options: { columns: 2, rows: 3, host: true } });
  expect(columns(asked)).toHaveLength(6);
  expect(heads(asked)[0]).toBe("CPU");
});

test("charts that go by the clock are told so in the border, once, and not in the head of each", () => {
  const data = many(0).put(0, "host/load1", [0, 1], [2000, 2]).put(0, "host/cpu", [0, 1], [2000, 2]);
  const machine = panelScene("grid", data, { ...WIDE, options: { metrics: ["host/*"] } });
  expect(machine.settings).toBe("clock · linear");
  expect(machine.note).toBe("By the clock: the host has no steps");
  expect(JSON.stringify(machine.blocks)).not.toContain("By the clock");
  expect(panelScene("grid", many(2), { ...WIDE, options: { metrics: ["mine/*", "host/*"] } }).settings).toBe("step, clock · linear");
});

test("what a chart leaves out is told in its head, shorter where all of it has no room", () => {
  const data = new FakeData();
  data.put(1, "mine/spiky", ...Array.from({ length: 200 }, (_, i): [number, number] => [i, i === 100 ? 1e6 : i % 7]));
  expect(panelShown("grid", data, { width: 60, height: 12 })).toContain("mine/spiky 3  1 clipped above ");
  expect(panelShown("grid", data, { width: 36, height: 12 })).toMatch(/mine\/spiky 3 {2}1 clipped +│/);
});
