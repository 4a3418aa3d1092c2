import { expect, test } from "bun:test";
import { Painter, type Placed } from "./painter.ts";

const placed = (beat: string): Placed => ({
  pane: { id: "log", groups: [], look: "", beat, everyMs: 100, scene: () => ({ title: beat, blocks: [] }) },
  rect: { x: 0, y: 0, width: 20, height: 3 },
  focused: false,
  slot: ["log"],
  behind: [],
});

test("data that comes too soon after a drawing is waited for, and drawn when its time has come", () => {
  const painter = new Painter(() => "ascii");
  painter.update([placed("one")], 5, false, 0);
  expect(painter.waiting).toBe(false);
  painter.update([placed("two")], 5, false, 50);
  expect(painter.waiting).toBe(true);
  expect(painter.canvas("log")?.toText()).toContain("one");
  painter.update([placed("two")], 5, false, 100);
  expect(painter.waiting).toBe(false);
  expect(painter.canvas("log")?.toText()).toContain("two");
});
