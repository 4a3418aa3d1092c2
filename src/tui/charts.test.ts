/** Charts by keys and by mouse: zoom, pan, cursor, other runs beside, copies and files. */
import { afterEach, expect, test } from "bun:test";
import { fail } from "../core/result.ts";
import type { Plot } from "../core/scene.ts";
import { fakeState, START } from "../panels/fake-data.ts";
import { picture } from "./chart-view.ts";
import { FakeRun } from "./fake-terminal.ts";
import { type Started, settle, start, stopAll, straightRun } from "./shell-fixture.ts";

afterEach(stopAll);

const plotOf = ({ shell }: Pick<Started, "shell">): Plot => picture(shell.scene("loss")) as Plot;
const range = (started: Started): number[] => [plotOf(started).x.from, plotOf(started).x.to].map(Math.round);

/** Where the loss panel's field of dots stands on the screen. */
function field({ terminal }: Started): { left: number; right: number; y: number } {
  const rows = terminal.shown.split("\n");
  const y = rows.findIndex((row) => row.includes("╭ loss"));
  const left = (rows[y] ?? "").indexOf("╭ loss") + 2 + 8;
  return { left, right: (rows[y] ?? "").lastIndexOf("╮") - 2, y: y + 3 };
}

test("keys zoom at the newest end, then pan, and each says why it cannot", async () => {
  const started = await start(straightRun());
  const { terminal } = started;
  terminal.press("+", "+");
  expect(range(started)).toEqual([750, 1000]);
  terminal.press("left");
  expect(range(started)).toEqual([688, 938]);
  terminal.press("h", "shift+left", "home");
  expect(range(started)).toEqual([0, 250]);
  terminal.press("-");
  expect(range(started)).toEqual([0, 500]);
  terminal.press("end");
  expect(range(started)).toEqual([500, 1000]);
  terminal.press("0", "l");
  expect(terminal.shown).toContain("everything is shown; c sets a cursor to");
});

test("where the stage has no steps yet the cursor stands on what is drawn by the clock, and the axis is said", async () => {
  const run = new FakeRun(fakeState());
  for (let second = 0; second <= 60; second++) run.reader.put(0, "host/cpu", [START / 1000 + second, second]);
  const { terminal, shell } = await start(run);
  shell.showScreen("machine");
  shell.focus("host");
  terminal.press("c");
  expect(shell.notices.all.at(-1)?.text).toBe("Cursor: there is nothing on this axis yet");
  shell.focus("grid");
  shell.draw();
  terminal.press("c", "left");
  expect(shell.notices.all.at(-1)?.text).toBe("By clock: there are no steps to read this at; x changes the axis");
  const { cursor, x } = picture(shell.scene("grid")) as Plot;
  expect([x.from, x.to]).toEqual([START, START + 60_000]);
  expect(cursor?.x).toBeLessThan(START + 60_000);
  terminal.press("c", "x");
  expect(shell.state.chart).toMatchObject({ cursor: null, axis: "step" });
  terminal.press("x");
  expect(shell.state.chart.axis).toBe("wall");
});

test("a run of elsewhere without a loss is zoomed and read by whatever it has, as far as any of it reaches", async () => {
  const run = new FakeRun(fakeState({ status: "done", endedAt: new Date(START).toISOString() }), "ended");
  // What comes first is logged seldom, and ends before the others.
  for (let step = 0; step <= 800; step += 200) run.reader.put(1, "eval/accuracy", [step, step / 1000]);
  for (let step = 0; step <= 1000; step++) run.reader.put(1, "a/score", [step, 5 - step / 1000]);
  const { terminal, shell } = await start(run);
  shell.showScreen("metrics");
  shell.draw();
  expect(terminal.shown).toContain("metrics 2");
  const shown = (): number[] => {
    const { x } = picture(shell.scene("grid")) as Plot;
    return [x.from, x.to].map(Math.round);
  };
  shell.focus("grid");
  terminal.press("+", "+");
  expect(shown()).toEqual([750, 1000]);
  terminal.press("home");
  expect(shown()).toEqual([0, 250]);
  terminal.press("0", "c");
  expect(shell.state.chart.cursor).toBe(1000);
  expect(terminal.shown).toContain("score 4 @ 1,000");
  terminal.press("home", "right");
  expect(shell.state.chart.cursor).toBeGreaterThan(0);
  terminal.press("esc", "+");
  expect(shown()).toEqual([500, 1000]);
});

test("a window that reaches the newest step goes on with the run, one that does not stays", async () => {
  const started = await start(straightRun());
  started.terminal.press("+");
  const grow = async (step: number): Promise<void> => {
    const { series } = started.run.reader;
    series.set("1 train/loss", [...series.get("1 train/loss")!, [step, 1]]);
    started.run.changed = true;
    started.tick(2000);
    await settle(() => !started.run.changed);
  };
  await grow(2000);
  await settle(() => started.terminal.shown.includes("loss 1.0000"));
  expect(range(started)).toEqual([1000, 2000]);
  started.terminal.press("left");
  const before = range(started);
  await grow(4000);
  started.tick(2000);
  started.terminal.press("L", "L");
  expect(range(started)).toEqual(before);
  // What is told is what is to be seen.
  expect(started.terminal.shown).toContain("loss 4.0000");
});

test("c sets a cursor at the newest step that keys move and esc takes away; zoom keeps it in place", async () => {
  const started = await start(straightRun());
  const { terminal } = started;
  terminal.press("c");
  expect(terminal.shown).toContain("loss 4.000000 @ 1,000");
  terminal.press("home");
  expect(terminal.shown).toContain("loss 5.000000 @ 0");
  terminal.press("end", "shift+left");
  const at = started.shell.state.chart.cursor!;
  expect(at).toBeLessThan(950);
  expect(terminal.shown).toContain(`loss ${(5 - Math.round(at) / 1000).toFixed(6)} @ ${Math.round(at)}`);
  terminal.press("+");
  expect(range(started)[1]! - range(started)[0]!).toBe(500);
  terminal.press("+", "+", "+", "+", "+", "left", "left");
  expect(Math.round(at - started.shell.state.chart.cursor!)).toBe(2);
  terminal.press("esc");
  expect(started.shell.state.chart.cursor).toBeNull();
});

test("the cursor and what is looked at stay the same part of the run when the axis changes", async () => {
  const started = await start(straightRun());
  started.terminal.press("+", "c", "home", "x");
  expect(started.shell.state.chart).toMatchObject({ axis: "tokens", cursor: 256_000 });
  expect(started.terminal.shown).toContain("loss 4.500000 @ 256,000");
  started.terminal.press("left", "left", "x");
  expect(started.terminal.shown).toContain("this run has no FLOPs, training");
  expect(started.shell.state.chart.axis).toBe("wall");
  started.terminal.press("x");
  expect(started.shell.state.chart.axis).toBe("step");
  expect(started.shell.state.chart.cursor).toBeLessThan(500);
});

test("the wheel zooms around the mouse, so that what lies under it stays there", async () => {
  const started = await start(straightRun());
  const { left, right, y } = field(started);
  const x = left + Math.floor((right - left) / 4);
  const share = (x - left + 0.5) / (right - left + 1);
  for (let i = 0; i < 6; i++) started.terminal.events?.mouse({ kind: "wheel", x, y, rows: -3 });
  const { from, to } = plotOf(started).x;
  expect(to - from).toBeCloseTo(1000 / 1.25 ** 6, 3);
  expect(from + (to - from) * share).toBeCloseTo(1000 * share, 3);
  for (let i = 0; i < 20; i++) started.terminal.events?.mouse({ kind: "wheel", x, y, rows: 3 });
  expect(range(started)).toEqual([0, 1000]);
});

test("a drag chooses a part, shown while it is chosen; it may end outside of the chart", async () => {
  const started = await start(straightRun());
  const { left, right, y } = field(started);
  const middle = left + Math.round((right - left + 1) / 2);
  started.terminal.events?.mouse({ kind: "press", x: middle, y, rows: 0 });
  started.terminal.events?.mouse({ kind: "drag", x: middle + 5, y: 0, rows: 0 });
  expect(plotOf(started).selected?.[1]).toBeGreaterThan(plotOf(started).selected![0]);
  started.terminal.events?.mouse({ kind: "drag", x: 500, y: 0, rows: 0 });
  started.terminal.events?.mouse({ kind: "release", x: 500, y: 0, rows: 0 });
  const [from, to] = range(started);
  expect(from).toBeGreaterThan(480);
  expect(from).toBeLessThan(540);
  expect(to).toBe(1000);
  expect(plotOf(started).selected).toBeUndefined();
});

test("the first click on a chart takes the focus, the next one sets the cursor", async () => {
  const started = await start(straightRun());
  const { left, right, y } = field(started);
  started.shell.focus("samples");
  const middle = left + Math.round((right - left + 1) / 2);
  started.terminal.clickAt(middle, y);
  expect(started.shell.state.focus.train).toBe("loss");
  expect(started.shell.state.chart.cursor).toBeNull();
  started.terminal.clickAt(middle, y);
  expect(Math.abs(started.shell.state.chart.cursor! - 500)).toBeLessThan(20);
});

test("y copies what is visible as a table, and under a cursor what is read there", async () => {
  const started = await start(straightRun());
  started.terminal.press("y");
  const [head, first] = started.terminal.copied[0]!.split("\n");
  expect(head).toBe("step from\tstep to\tema 0.9");
  expect(first).toMatch(/^0\t/);
  started.terminal.press("c", "home", "y");
  expect(started.terminal.copied[1]).toBe("step\t0\nema 0.9\t5.000000\n");
  expect(started.shell.notices.all.at(-1)?.text).toBe("Copied loss: 2 lines");
  started.terminal.press("esc", ..."+++++".split(""), "y");
  const [few = "", ...points] = started.terminal.copied[2]!.trimEnd().split("\n");
  expect(few).toBe("step\tema 0.9");
  const steps = points.map((row) => Number(row.split("\t")[0]));
  expect(steps.length).toBeGreaterThan(3);
  expect(steps).toEqual(steps.map((_, i) => steps[0]! + i));
});

test("E writes the chart to a file that is named, and asks before it replaces one", async () => {
  const started = await start(straightRun());
  started.terminal.press("E");
  expect(started.terminal.shown).toContain("pocket-loss.svg");
  started.terminal.press("enter");
  await settle(() => started.services.charts.has("pocket-loss.svg"));
  started.terminal.press("E", "enter");
  await settle(() => started.shell.overlays.current !== null);
  started.shell.draw();
  expect(started.terminal.shown).toContain("Replace the file");
  started.terminal.press("esc");
  // What cannot be written is still there to be mended.
  started.services.saveChart = async () => fail("not-found", "There is no folder /nowhere", { remedy: "Make it first" });
  started.terminal.press("E", "enter");
  await settle(() => started.terminal.shown.includes("There is no folder /nowhere"));
  started.shell.draw();
  expect(started.terminal.shown).toMatch(/› pocket-loss\.svg/);
  started.terminal.press("esc");
  started.shell.focus("log");
  // From beside them it is the first of the charts, which are all zoomed as one.
  started.terminal.press("E");
  expect(started.terminal.shown).toMatch(/› pocket-loss\.svg/);
  started.terminal.press("esc");
  started.shell.showScreen("logs");
  started.shell.draw();
  started.terminal.press("E");
  expect(started.terminal.shown).toContain("no chart is to be seen");
});

test("in a grid the mouse is read on the axis of the column that it is over", async () => {
  const started = await start(straightRun());
  const { shell, terminal } = started;
  // Metrics is the last screen but one, and before the first is the last.
  terminal.press("[", "[");
  const rows = terminal.shown.split("\n");
  const y = rows.findIndex((row) => row.includes("loss 4.0000"));
  const second = rows[y]!.indexOf("tokens 512k");
  expect(second).toBeGreaterThan(0);
  const click = (x: number): void => {
    for (const kind of ["press", "release", "press", "release"] as const) terminal.events?.mouse({ kind, x, y: y + 3, rows: 0 });
  };
  click(second + 8);
  expect(shell.state.chart.cursor).toBeLessThan(50);
  click(rows[y]!.indexOf("loss 4.0000") + 8);
  expect(shell.state.chart.cursor).toBeLessThan(50);
});

test("/ filters the focused panel as one types, each for itself, and esc takes it back", async () => {
  const { terminal } = await start(straightRun());
  // Metrics is the last screen but one, and before the first is the last.
  terminal.press("[", "[");
  expect(terminal.shown).toContain("metrics 2");
  terminal.press("/");
  terminal.type("tok");
  expect(terminal.shown).toContain("metrics 1");
  expect(terminal.shown).not.toContain("loss 4.0000");
  terminal.press("enter");
  expect(terminal.shown).toContain("/tok");
  expect(terminal.shown).toContain("settings");
  terminal.press("esc");
  expect(terminal.shown).toContain("metrics 2");
});

test("on the Runs tab the cursor and the zoom go by the run that is previewed, and Train forgets a place that its run does not have", async () => {
  const long = new FakeRun(fakeState({ id: "20260102-110000-long", name: "long", status: "done" }), "ended");
  long.reader.put(1, "train/loss", [0, 5], [4999, 2.5]);
  const { terminal, shell, tick } = await start(straightRun(), {}, [160, 40], (services) => {
    services.add(long);
  });
  terminal.press("6");
  await settle(() => shell.runs.loaded);
  shell.state.selected.runs = shell.runs.shown("").findIndex(({ id }) => id === long.id);
  await settle(() => {
    tick(200);
    return shell.runs.preview?.id === long.id;
  });
  shell.focus("preview");
  shell.draw();
  terminal.press("+");
  expect(shell.state.chart.window).toMatchObject({ kind: "last" });
  terminal.press("left");
  expect(shell.state.chart.window).toMatchObject({ kind: "range", to: expect.closeTo(4374, 0) });
  terminal.press("0", "c");
  expect(shell.state.chart.cursor).toBe(4999);
  expect(terminal.row(-2)).toContain("esc cursor off");
  terminal.press("4");
  expect(shell.state.chart.cursor).toBeNull();
});
