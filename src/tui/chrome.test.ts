import { afterEach, expect, test } from "bun:test";
import { alertEvent } from "../core/alert.ts";
import type { Value } from "../core/plan.ts";
import type { Liveness, RunState } from "../core/run.ts";
import { fakePlan, fakeStage, fakeState, START } from "../panels/fake-data.ts";
import { FakeRun } from "./fake-terminal.ts";
import { start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

async function status(values: Record<string, Value>, env: Record<string, string> = {}, width = 140): Promise<string> {
  const run = trainedRun();
  run.plan = { ...fakePlan(values as Record<string, number>), env };
  const { terminal } = await start(run, {}, [width, 36]);
  return terminal.row(-1);
}

test("the status bar tells whether the stage logs to W&B", async () => {
  expect(await status({ run: "d12" })).toContain("W&B ● on");
  expect(await status({ run: "d12" }, { WANDB_MODE: "offline" })).toContain("W&B ◐ offline");
  expect(await status({ run: "dummy" })).toContain("W&B ○ off");
  expect(await status({ depth: 4 })).not.toContain("W&B");
});

test("what one can do without goes as it narrows: W&B, then clock and screen; mode and run stay", async () => {
  expect(await status({ run: "d12" })).toMatch(/TRAIN │ ● running pocket 300\/600 50% eta ~15s │ Overview │ W&B ● on │ \d\d:\d\d$/);
  expect(await status({ run: "d12" }, {}, 69)).toMatch(/TRAIN │ ● running pocket 300\/600 50% eta ~15s │ Overview │ \d\d:\d\d$/);
  expect(await status({ run: "d12" }, {}, 61)).toMatch(/TRAIN │ ● running pocket 300\/600 50% eta ~15s │ Overview$/);
  expect(await status({ run: "d12" }, {}, 54)).toMatch(/TRAIN │ ● running pocket 300\/600 50% eta ~15s$/);
});

test("while a run is paused the status bar tells no time that is left", async () => {
  const progress = { stage: 1, step: 299, totalSteps: 600, etaSeconds: 15, loss: null, valBpb: null, tokensPerSecond: null };
  const running = await start(trainedRun({ progress }));
  expect(running.terminal.row(-1)).toContain("300/600 50% eta ~15s");
  const nearly = await start(trainedRun({ progress: { ...progress, etaSeconds: 0.4 } }));
  expect(nearly.terminal.row(-1)).toContain("50% eta <1s");
  const paused = await start(trainedRun({ progress, status: "paused" }));
  expect(paused.terminal.row(-1)).toContain("pocket 300/600 50% │");
});

test("a run that stands still is not said to run, and has no time left; of one that nobody records it is said since when", async () => {
  const progress = { stage: 1, step: 299, totalSteps: 600, etaSeconds: 15, loss: null, valBpb: null, tokensPerSecond: null };
  const stalled = trainedRun({ progress });
  stalled.reader.lastAt = START;
  const still = await start(stalled);
  expect(still.terminal.row(-1)).toContain("▲ stalled pocket 300/600 50% │");
  expect(still.terminal.shown).toContain("▲ no step for 1m 00s");
  const unrecorded = trainedRun({ progress });
  unrecorded.record = { ...unrecorded.record, heartbeatAt: new Date(START + 20_000).toISOString() };
  unrecorded.reader.lastAt = START;
  const unknown = await start(unrecorded);
  expect(unknown.terminal.row(-1)).toMatch(/│ as of \d\d:\d\d pocket 300\/600 50% │/);
  expect(unknown.terminal.shown).toContain("nothing was recorded for 40s");
  expect(unknown.terminal.shown).not.toContain("no step for");
  const alone = trainedRun({ progress });
  alone.alive = "unattended";
  const unattended = await start(alone);
  expect(unattended.terminal.row(-1)).toMatch(/│ ▲ unattended pocket 300\/600 50% as of \d\d:\d\d:\d\d │/);
});

test("the status bar says which stages follow on the time that is left, and leaves that out first", async () => {
  const progress = { stage: 1, step: 299, totalSteps: 600, etaSeconds: 15, loss: null, valBpb: null, tokensPerSecond: null };
  const pending = (index: number, script: string) => fakeStage(index, script, { status: "pending" });
  const two = [fakeStage(1, "base_train"), pending(2, "chat_sft")];
  const shown = async (rest: Partial<RunState>, width = 140, liveness: Liveness = "owned") => {
    const run = trainedRun({ progress, ...rest });
    run.alive = liveness;
    return (await start(run, {}, [width, 36])).terminal.row(-1);
  };
  expect(await shown({ stages: two })).toMatch(/50% eta ~15s, then chat_sft │ Overview │ \d\d:\d\d$/);
  expect(await shown({ stages: [...two, pending(3, "chat_rl")] })).toContain("eta ~15s, then chat_sft and 1 more │");
  expect(await shown({ stages: two }, 81)).toContain("eta ~15s, then chat_sft │ Overview");
  expect(await shown({ stages: two }, 80)).toMatch(/eta ~15s │ Overview │ \d\d:\d\d$/);
  expect(await shown({ stages: two, status: "stopping" })).not.toContain("then");
  expect(await shown({ stages: two, status: "paused" })).not.toContain("then");
  expect(await shown({ stages: two }, 140, "gone")).not.toContain("then");
});

test("of a script without a last step the status bar tells what it says itself of how far it is", async () => {
  const progress = { stage: 1, step: 131, totalSteps: null, etaSeconds: 8, loss: 1, valBpb: null, tokensPerSecond: null, share: 0.812 };
  const run = new FakeRun(fakeState({ progress }), "owned");
  run.reader.put(1, "train/loss", [0, 5], [131, 1]);
  const { terminal } = await start(run);
  expect(terminal.row(-1)).toContain("pocket 132 steps 81% eta ~8.0s");
});

test("in a replay the status bar says one step, and beside it the share that is made", async () => {
  const { terminal } = await start(trainedRun(), { replay: {} });
  expect(terminal.row(-1)).toMatch(/REPLAY 60× · step \d+ · [\d:]+ │ ● running pocket 50%/);
});

test("a terminal without room for the row of screens says which one of how many it shows, and the keys to the others", async () => {
  const { terminal } = await start(trainedRun(), {}, [80, 24]);
  expect(terminal.row(-1)).toContain("│ Overview 1/11 [ ]");
  terminal.press("]");
  expect(terminal.row(-1)).toContain("│ Loss 2/11 [ ]");
});

test("without a row of screens what is told of the run gets shorter before the name of the screen goes", async () => {
  const run = trainedRun({ name: "a-name-of-some-length" });
  for (const severity of ["bad", "warn"] as const) {
    const raised = alertEvent(
      { phase: "raised", key: severity, watch: "spike", severity, cause: "So.", evidence: [], actions: [] },
      { stage: 1, at: START, step: 250 },
    );
    run.reader.event("alert", raised.body, { at: START, step: 250 });
  }
  const shown = async (width: number) => (await start(run, { readOnly: true }, [width, 24])).terminal.row(-1);
  const before = " TRAIN │ READ-ONLY │ ● running ";
  expect(await shown(104)).toBe(`${before}a-name-of-some-length 300/600 50% eta ~15s │ ✕1 ▲1 │ Overview 1/11 [ ]`);
  expect(await shown(100)).toBe(`${before}a-name-of-some-length 300/600 50% eta ~15s │ ✕1 ▲1 │ Overview`);
  expect(await shown(80)).toBe(`${before}a-name-of-some-length 50% │ ✕1 ▲1 │ Overview`);
  expect(await shown(64)).toMatch(/^ TRAIN │ READ-ONLY │ ● running a-na….{0,4} 50% │ ✕1 ▲1 │ Overview/);
});

test("while a screen is edited the status bar says so", async () => {
  const { terminal } = await start(trainedRun(), {}, [80, 24]);
  terminal.press("e");
  expect(terminal.row(-1)).toContain("EDITING │");
  terminal.press("esc");
  expect(terminal.row(-1)).toContain("TRAIN │");
});

test("the breadcrumb is the run's name and the screen", async () => {
  const { terminal, shell } = await start();
  expect(terminal.row(0)).toMatch(/ pocket › Overview$/);
  shell.setTab("runs");
  shell.draw();
  expect(terminal.row(0)).toMatch(/ pocket$/);
});

test("what cannot be done now gives its place in the footer to what can", async () => {
  const running = await start(trainedRun(), {}, [120, 36]);
  expect(running.terminal.row(-2)).toBe(
    " s save now  S stop…  c cursor  b baseline…  x axis  z maximise  e edit screen  : palette  ? help  q leave",
  );
  const ended = await start(trainedRun({ status: "done", endedAt: "2026-01-01T13:00:00.000Z" }), {}, [120, 36]);
  expect(ended.terminal.row(-2)).toContain("] next screen");
  expect(ended.terminal.row(-2)).not.toContain("save now");
});

test("the footer names the way back: from a panel that is maximised, from a cursor, from a filter", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 24]);
  expect(terminal.row(-2)).not.toContain("esc");
  terminal.press("z");
  expect(terminal.row(-2)).toStartWith(" esc restore");
  expect(terminal.row(-2)).not.toContain("maximise");
  terminal.press("c");
  expect(terminal.row(-2)).toContain("esc cursor off  arrows move it");
  terminal.width = 160;
  shell.draw();
  expect(terminal.row(-2)).toContain("z restore");
  terminal.press("tab");
  expect(terminal.row(-2)).toContain("esc cursor off");
  terminal.press("esc");
  expect(shell.state.chart.cursor).toBeNull();
  expect(terminal.row(-2)).toStartWith(" esc restore");
  terminal.press("esc");
  expect(terminal.row(-2)).not.toContain("esc");
  expect(terminal.row(-2)).toContain("z maximise");
  terminal.press("6", "/", "x", "enter");
  expect(terminal.row(-2)).toContain("esc clear filter");
});

test("the footer names a key that puts the cursor away also where esc is for something nearer", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 36]);
  terminal.press("z", "c");
  shell.notify("bad", "the disk is full");
  shell.draw();
  expect(terminal.row(-2)).toContain("c cursor off");
  expect(terminal.row(-2)).toContain("z restore");
  terminal.press("c");
  expect(shell.state.chart.cursor).toBeNull();
});

test("esc takes one layer back at a time: an error that covers something first, then what lies under it", async () => {
  const { terminal, shell } = await start();
  terminal.press("z");
  shell.notify("bad", "the disk is full");
  terminal.press("esc");
  expect(terminal.shown).not.toContain("the disk is full");
  expect(shell.state.maximised).toBe(true);
  terminal.press("esc");
  expect(shell.state.maximised).toBe(false);
});

test("toasts lie above the keys and cover no tab, no breadcrumb and not what is typed into", async () => {
  const { terminal, shell } = await start();
  for (let i = 0; i < 5; i++) shell.notify("warn", `Something number ${i} is to be known of, and it takes more than one row to say so`);
  shell.draw();
  expect(terminal.row(0)).toContain("pocket › Overview");
  expect(terminal.row(1)).toContain("Overview");
  expect(terminal.row(-3)).toMatch(/than one row to say so|say so/);
  expect(terminal.row(-2)).toContain("s save now");
  expect(terminal.shown).not.toContain("number 1");
  shell.setTab("eval");
  shell.draw();
  const prompt = terminal.shown.split("\n").findIndex((row) => row.includes("╭ prompt") || row.includes("╭ message"));
  const toast = terminal.shown.split("\n").findLastIndex((row) => row.includes("say so"));
  expect(toast).toBeLessThan(prompt === -1 ? 33 : prompt);
});

test.each([
  [80, 24, false],
  [200, 60, false],
  [80, 24, true],
  [200, 60, true],
])("a toast has its rows from edge to edge, and nothing of the panels beneath in them: %i×%i, ASCII %p", async (width, height, ascii) => {
  const { terminal, shell } = await start(trainedRun(), { ascii }, [width, height]);
  shell.notify("info", "Copied 3 lines");
  shell.notify("good", `Saved ${"somewhere ".repeat(20)}`);
  shell.draw();
  const rows = terminal.shown.split("\n").slice(0, -2);
  const first = rows.findIndex((row) => row.includes("Copied 3 lines"));
  expect(rows[first]).toBe(ascii ? " . Copied 3 lines" : " · Copied 3 lines");
  expect(rows.length - first).toBe(1 + Math.ceil(206 / (width - 4)));
  for (const row of rows.slice(first)) expect(row).not.toMatch(/[│─╭╮╰╯|+]/);
});

test("what is copied is told by its name and how much it is", async () => {
  const { terminal, shell } = await start();
  shell.focus("log");
  shell.draw();
  terminal.press("y", "y");
  expect(shell.notices.all.at(-1)?.text).toMatch(/^Copied log: \d+ lines$/);
  expect(terminal.shown.match(/Copied log/g)).toHaveLength(1);
});

test("the answer to a key that does nothing now is no problem that waits to be seen, and only the newest one is shown", async () => {
  const { terminal, shell, tick } = await start();
  shell.showScreen("logs");
  shell.draw();
  terminal.press("x", "L", "o");
  expect(terminal.shown).toContain("Smoothing: nothing here is smoothed");
  expect(terminal.shown).not.toContain("Log scale:");
  expect(terminal.row(-1)).not.toContain("notice");
  tick(6000);
  expect(terminal.shown).not.toContain("Smoothing:");
});

test("the footer offers neither another panel nor a filter where there is none", async () => {
  const { terminal } = await start(null, { initialTab: "train" }, [120, 36]);
  expect(terminal.row(-2)).not.toContain("next panel");
  expect(terminal.row(-2)).not.toContain("filter");
});
