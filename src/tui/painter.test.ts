import { expect, test } from "bun:test";
import { Painter, type Placed, withBehind } from "./painter.ts";

const placed = (beat: string): Placed => ({
  pane: { id: "log", groups: [], look: "", beat, everyMs: 100, scene: () => ({ title: beat, blocks: [] }) },
  rect: { x: 0, y: 0, width: 20, height: 3 },
  focused: false,
  slot: ["log"],
  behind: [],
});

test("data that comes too soon after a drawing is waited for, and drawn when its time has come", () => {
  const painter = new Painter(() => ({ symbols: "ascii", onLight: false, colours: "none" }));
  painter.update([placed("one")], 5, false, 0);
  expect(painter.waiting).toBe(false);
  painter.update([placed("two")], 5, false, 50);
  expect(painter.waiting).toBe(true);
  expect(painter.canvas("log")?.toText()).toContain("one");
  painter.update([placed("two")], 5, false, 100);
  expect(painter.waiting).toBe(false);
  expect(painter.canvas("log")?.toText()).toContain("two");
});

test("panels behind another are named as far as there is room, the others counted", () => {
  const names = ["host", "log", "samples", "events"];
  expect(withBehind("a note", names, 60)).toBe("a note · tab host · log · samples · events");
  expect(withBehind("a note", names, 32)).toBe("a note · tab host · log · 2 more");
  expect(withBehind("a note", names, 22)).toBe("a note · tab 4 panels");
  expect(withBehind(undefined, ["ledger"], 20)).toBe("tab stages");
  expect(withBehind("a note", [], 20)).toBe("a note");
});
