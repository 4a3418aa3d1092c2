import { expect, test } from "bun:test";
import type { Plot, Scene, Table } from "../core/scene.ts";
import { FakeData } from "./fake-data.ts";
import { type Given, lineText, panelScene, panelShown } from "./panel-fixture.ts";

const steps = (value: (i: number) => number, count = 100) => Array.from({ length: count }, (_, i) => [i, value(i)] as const);

/** A step takes a second, of which a tenth is not measured; data becomes slow halfway. */
function timed(): FakeData {
  const data = new FakeData().put(1, "train/dt", ...steps(() => 1));
  data.put(1, "timer/data", ...steps((i) => (i < 50 ? 0.05 : 0.25))).put(1, "timer/forward", ...steps(() => 0.25));
  data.put(1, "timer/backward", ...steps((i) => (i < 50 ? 0.5 : 0.3))).put(1, "timer/optimizer", ...steps(() => 0.1));
  return data.put(1, "timer/eval", [0, 3], [50, 4]).put(1, "timer/save", [50, 0.5]);
}

const rowsOf = (scene: Scene): string[] => {
  const table = scene.blocks.map(({ block }) => block).find((block): block is Table => block.kind === "table");
  return (table?.rows ?? []).map((row) =>
    row
      .map(lineText)
      .join("|")
      .replace(/[━╸─]+/, ""),
  );
};
const plotOf = (scene: Scene): Plot => scene.blocks.map(({ block }) => block).find((block): block is Plot => block.kind === "plot")!;
const WIDE: Given = { width: 80, height: 24 };

test("each part has its share and time of the newest step and its mean; what no timer measured is the rest", () => {
  const scene = panelScene("timers", timed(), WIDE);
  expect(scene.title).toBe("timers · step 1.0s");
  expect(rowsOf(scene)).toEqual([
    "d data||25%|250 ms|150 ms",
    "f forward||25%|250 ms|250 ms",
    "b backward||30%|300 ms|400 ms",
    "o optimizer||10%|100 ms|100 ms",
    "· other||10%|100 ms|100 ms",
    "evaluations|2 so far||4.0s|",
    "saves|1 so far||500 ms|",
  ]);
});

test("under a cursor it is that step", () => {
  expect(rowsOf(panelScene("timers", timed(), { ...WIDE, at: 10 }))[0]).toBe("d data||5.0%|50 ms|150 ms");
});

test("parts are stacked in the order in which a step makes them, with air between two", () => {
  const plot = plotOf(panelScene("timers", timed(), { ...WIDE, options: { unit: "time" } }));
  expect(plot.series.map(({ name, marker }) => `${marker} ${name}`)).toEqual([
    "d data",
    "f forward",
    "b backward",
    "o optimizer",
    "· other",
  ]);
  const last = plot.series.map(({ min, max }) => [min.at(-1)!, max.at(-1)!] as const);
  expect(last.map(([, max]) => Number(max.toFixed(2)))).toEqual([0.25, 0.5, 0.8, 0.9, 1]);
  for (const [i, [min]] of last.entries()) if (i > 0) expect(min).toBeGreaterThan(last[i - 1]![1]);
  expect(plotOf(panelScene("timers", timed(), WIDE)).y).toMatchObject({ to: 100, unit: "%" });
});

test("where there is no room for a chart the table stays, narrower ones without means and bars", () => {
  const scene = panelScene("timers", timed(), { width: 34, height: 8 });
  expect(scene.blocks).toHaveLength(1);
  expect(rowsOf(scene)[0]).toBe("d data|25%|250 ms");
  expect(panelShown("timers", timed(), { width: 34, height: 8 })).toContain("· other");
});

test("parts that are longer than the step's own clock make the step, not a share above all", () => {
  const data = new FakeData().put(1, "train/dt", [0, 0.5]).put(1, "timer/forward", [0, 0.4]).put(1, "timer/backward", [0, 0.6]);
  expect(rowsOf(panelScene("timers", data, WIDE))).toEqual([
    "f forward||40%|400 ms|400 ms",
    "b backward||60%|600 ms|600 ms",
    "· other||0%|0 ms|0 ms",
  ]);
});

test("a script that cannot be taken apart says why", () => {
  const reason = "its step is not made of calls that are known";
  const data = new FakeData().event("hello", { capabilities: { timers: { available: false, reason, how: "" } } });
  expect(panelShown("timers", data)).toContain(`No step is taken apart: ${reason}`);
});
