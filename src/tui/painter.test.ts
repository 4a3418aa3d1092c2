import { expect, spyOn, test } from "bun:test";
import type { Scene } from "../core/scene.ts";
import { Painter, type Placed, withBehind } from "./painter.ts";
import type { Pane } from "./pane.ts";

const placed = (beat: string, pane: Partial<Pane> = {}, chosen = false): Placed => ({
  pane: { id: "log", groups: [], look: "", beat, everyMs: 100, scene: () => ({ title: beat, blocks: [] }), ...pane },
  rect: { x: 0, y: 0, width: 20, height: 3 },
  focused: chosen,
  chosen,
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

test("when there is time for one, it is the panel that was chosen, else the chart that is drawn the soonest", () => {
  let now = 0;
  const clock = spyOn(performance, "now").mockImplementation(() => now);
  try {
    const painter = new Painter(() => ({ symbols: "ascii", onLight: false, colours: "none" }));
    const drawn: string[] = [];
    const works = (id: string, ms: number, groups: Pane["groups"], look: string, chosen = false): Placed => {
      const scene = (): Scene => {
        drawn.push(id);
        now += ms;
        return { title: id, blocks: [] };
      };
      return placed("", { id, groups, look, scene }, chosen);
    };
    const update = (budgetMs: number, look: string, chosen: boolean): string => {
      drawn.length = 0;
      const panels = [works("log", 0, ["log"], look), works("timers", 6, ["chart"], look, chosen), works("loss", 1, ["chart"], look)];
      painter.update(panels, budgetMs, true, 0);
      return drawn.join();
    };
    expect(update(100, "at first", false)).toBe("timers,loss,log");
    expect(update(0.5, "zoomed", false)).toBe("loss");
    expect(update(0.5, "zoomed", false)).toBe("timers");
    expect(update(0.5, "zoomed again", true)).toBe("timers");
  } finally {
    clock.mockRestore();
  }
});

test("panels behind another are named as far as there is room, the others counted", () => {
  const names = ["host", "log", "samples", "events"];
  expect(withBehind("a note", names, 60)).toBe("a note · tab host · log · samples · events");
  expect(withBehind("a note", names, 32)).toBe("a note · tab host · log · 2 more");
  expect(withBehind("a note", names, 22)).toBe("a note · tab 4 panels");
  expect(withBehind(undefined, ["ledger"], 20)).toBe("tab stages");
  expect(withBehind("a note", [], 20)).toBe("a note");
});
