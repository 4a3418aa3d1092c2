import { expect, test } from "bun:test";
import type { Checkpoint } from "../core/checkpoint.ts";
import { usualKey } from "../core/keys.ts";
import type { Imported } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { clock } from "../lib/format.ts";
import { activity, awaited } from "./activity.ts";
import { checkpointListPanel, figuresText, presetListPanel } from "./chat.ts";
import { bestOf, checkpointBrowserPanel } from "./checkpoint-browser.ts";
import { parameterPanel } from "./config.ts";
import { bestPoint, type RunFacts, type Size } from "./data.ts";
import { requestText } from "./events.ts";
import { FakeData, fakeFacts, fakePlan, fakeStage, fakeState, START } from "./fake-data.ts";
import { usualOptions } from "./kind.ts";
import { lossKind } from "./loss.ts";
import { eventMarks } from "./marks.ts";
import { paint } from "./paint.ts";
import { lineText, panelShown } from "./panel-fixture.ts";
import { progressPanel } from "./progress.ts";
import { sceneText } from "./scene-text.ts";
import { unsaved, unsavedText } from "./unsaved.ts";
import { validationKind } from "./validation.ts";
import { type ChartView, INITIAL_CHART, INITIAL_VIEW } from "./view.ts";
import { resumable } from "./way-on.ts";

const SIZE = { width: 60, height: 12 };
const CHART = INITIAL_CHART;

function screen(scene: Scene, width = 64, height = 14): string {
  const canvas = new Canvas(width, height);
  paint(scene, canvas.region(), { symbols: "braille", focused: false });
  return canvas.toText();
}

const input = (facts: RunFacts, size: Size, chart: ChartView) => ({
  facts,
  size,
  view: { ...INITIAL_VIEW, chart },
  thresholds: [],
  baselines: [],
});
const lossPanel = (facts: RunFacts, size: Size, chart: ChartView): Scene =>
  lossKind.scene({ ...input(facts, size, chart), options: usualOptions(lossKind) });
const validationPanel = (facts: RunFacts, size: Size, chart: ChartView): Scene =>
  validationKind.scene({ ...input(facts, size, chart), options: usualOptions(validationKind) });

function training(): FakeData {
  const data = new FakeData().event("config", { derived: { totalSteps: 2520, tokensPerStep: 524288 } });
  data.put(1, "train/loss", [1202, 3.0131], [1203, 3.0127]).put(1, "train/loss_raw", [1202, 3.1], [1203, 2.9]);
  data.put(1, "train/dt", [1203, 0.533]).put(1, "train/tok_per_sec", [1203, 983_000]).put(1, "train/lrm", [1203, 1]);
  return data;
}

test("progress tells step, percent, tokens, rate and time left, and that a pocket model is one", () => {
  const shown = screen(progressPanel(fakeFacts(training(), { now: START + 1203_500 }), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("1,204 / 2,520 steps");
  expect(shown).toContain("48%");
  expect(shown).toContain("tokens 631M / 1.32B");
  expect(shown).toContain("983k tok/s");
  expect(shown).toContain("dt 533 ms");
  expect(shown).toContain("eta ~11m");
  expect(shown).toContain("pocket model");
});

test("progress tells tokens a parameter and what it costs where the plan has figures", () => {
  const model = {
    depth: 12,
    dim: 768,
    heads: 6,
    vocabulary: 65_536,
    vocabularyAssumed: false,
    groups: [],
    parameters: 186e6,
    scalingParameters: 110e6,
    flopsPerToken: 1,
  };
  const horizon = { steps: 2520, tokens: 1.32e9, ratio: 12, flops: 1, shards: null };
  const cost = { hours: 0.7, mfu: 0.4, basis: "", dollarsPerHour: 24, dollars: 17 };
  const figures = [
    { stage: "01-base_train", model, batch: null, horizon, learning: null, checkpoint: null, memory: null, cost, unknown: [] },
  ];
  const facts = fakeFacts(training(), { now: START + 1_200_000, plan: { ...fakePlan(), figures } });
  const shown = screen(progressPanel(facts, { width: 80, height: 6 }, { afterwards: null }), 84, 8);
  expect(shown).toMatch(/tokens 631M \/ 1.32B {3}eta ~11m 41s \(.*\) {3}elapsed 20m 00s {3}ratio 5.74 of 12/);
  expect(screen(progressPanel(facts, { width: 100, height: 6 }, { afterwards: null }), 104, 8)).toContain("tokens/param 5.74 of 12");
  expect(shown).toContain("$8.00 of ~$17");
});

test("what is not known is a dash, never a zero", () => {
  const shown = screen(progressPanel(fakeFacts(new FakeData()), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("– / – steps");
  expect(shown).toContain("tokens – / –");
  expect(shown).toContain("– tok/s");
});

test("in few rows the line that says what is going on stays", () => {
  for (const height of [1, 2, 3, 4, 5]) {
    const scene = progressPanel(fakeFacts(training(), { now: START + 1203_500 }), { width: 60, height }, { afterwards: null });
    expect(screen(scene, 64, height + 2)).toContain("● training");
  }
});

test("what the newest step's time went to is told where there is room, and what was not measured is left out", () => {
  const data = training().put(1, "timer/data", [1203, 0.0053]).put(1, "timer/forward", [1203, 0.16]).put(1, "timer/backward", [1203, 0.32]);
  data.put(1, "timer/optimizer", [900, 0.1]);
  const facts = fakeFacts(data, { now: START + 1203_500 });
  const roomy = screen(progressPanel(facts, { width: 60, height: 6 }, { afterwards: null }), 64, 8);
  expect(roomy).toMatch(/dt 533 ms.*\n│ data 1.0% {3}forward 30% {3}backward 60%(?! *optimizer)/);
  expect(roomy).toContain("● training");
  expect(screen(progressPanel(facts, { width: 60, height: 5 }, { afterwards: null }), 64, 7)).not.toContain("forward");
  expect(screen(progressPanel(fakeFacts(training()), { width: 60, height: 6 }, { afterwards: null }), 64, 8)).not.toContain("data");
  data.put(1, "timer/optimizer", [1203, 0.042]);
  expect(screen(progressPanel(facts, { width: 60, height: 6 }, { afterwards: null }), 64, 8)).toContain("backward 60%   optimizer 7.9%");
  expect(screen(progressPanel(facts, { width: 46, height: 6 }, { afterwards: null }), 50, 8)).toContain("bwd 60%   opt 7.9%");
});

const activityOf = (data: FakeData, rest: Parameters<typeof fakeFacts>[1] = {}): string =>
  screen(progressPanel(fakeFacts(data, rest), SIZE, { afterwards: null }), 80, 9);

test("a start that takes long says what it is doing, and since when", () => {
  const at = START + 20_000;
  expect(activityOf(new FakeData(), { now: at })).toContain("◐ starting Python for 20s");
  const hello = new FakeData().event("hello", {}, { at: START + 8_000 });
  expect(activityOf(hello, { now: at })).toContain("loading the script and its model for 12s");
  const config = hello.event("config", {}, { at: START + 15_000 }).say("Building the model");
  expect(activityOf(config, { now: at })).toContain("preparing the first step for 5.0s · Building the model");
});

test("an open phase is told, a closed one is not", () => {
  const data = training().event("phase", { name: "eval", state: "begin" }, { at: START });
  expect(activityOf(data, { now: START + 12_000 })).toContain("◐ evaluating for 12s");
  data.event("phase", { name: "eval", state: "end", seconds: 12 }, { at: START + 12_000 });
  expect(activityOf(data, { now: START + 13_000 })).toContain("● training");
});

test("a training that has stopped moving is said to have, with the usual time of a step", () => {
  const data = training();
  data.lastAt = START;
  expect(activityOf(data, { now: START + 40_000 })).toContain("▲ no step for 40s");
});

test("an end says how, after what time and why", () => {
  const failed = fakeStage(1, "base_train", {
    status: "failed",
    endedAt: new Date(START + 61_000).toISOString(),
    reason: "CUDA out of memory",
  });
  const state = fakeState({ status: "failed", stages: [failed] });
  expect(activityOf(training(), { state, liveness: "ended" })).toContain("✕ failed after 1m 01s: CUDA out of memory");
});

test("a run that nobody looks after says so, and what to press", () => {
  expect(activityOf(training(), { liveness: "unattended" })).toContain("A adopts it");
});

test("the loss has its value in the title and its settings at the right", () => {
  const shown = screen(lossPanel(fakeFacts(training()), SIZE, CHART));
  expect(shown).toContain("╭ loss 3.0127 ─");
  expect(shown).toContain("step · linear · ema 0.9 ╮");
});

test("a single spike is left outside the range, and counted; the steep start stays in", () => {
  const points = Array.from({ length: 400 }, (_, i) => [i, i === 200 ? 500 : 2 + 3 * Math.exp(-i / 40)] as const);
  const data = new FakeData().put(1, "train/loss", ...points).put(1, "train/loss_raw", ...points);
  const scene = lossPanel(fakeFacts(data), { width: 208, height: 20 }, { ...CHART, smoothing: "off" });
  expect(scene.note).toContain("1 clipped above");
  const [block] = scene.blocks;
  expect(block?.block.kind === "plot" && block.block.y.to).toBeGreaterThan(5);
  expect(block?.block.kind === "plot" && block.block.y.to).toBeLessThan(10);
});

test("losses that are no number are marked and counted", () => {
  const data = new FakeData().put(1, "train/loss", [0, 3], [1, 2]).put(1, "train/loss_raw", [0, 3], [1, Number.NaN], [2, 2]);
  const scene = lossPanel(fakeFacts(data), SIZE, CHART);
  expect(scene.note).toContain("1 NaN or Inf");
});

test("zooming keeps the newest end and says what part is shown", () => {
  const data = new FakeData().put(1, "train/loss", ...Array.from({ length: 101 }, (_, i) => [i, i] as const));
  const scene = lossPanel(fakeFacts(data), SIZE, { ...CHART, window: { kind: "last", part: 1 / 4 } });
  const block = scene.blocks[0]?.block;
  expect(block?.kind === "plot" && [block.x.from, block.x.to]).toEqual([75, 100]);
  expect(scene.settings).toContain("last 1/4");
});

test("validation marks its best evaluation, and says when there is none because it is off", () => {
  const data = training().put(1, "val/bpb", [0, 3.2], [500, 0.9312], [1000, 0.95]);
  expect(validationPanel(fakeFacts(data), SIZE, CHART).note).toBe("★ best 0.9312 @ 500");
  const off = validationPanel(fakeFacts(training(), { plan: fakePlan({ eval_every: -1 }) }), SIZE, CHART);
  expect(screen(off)).toContain("eval_every is off");
});

test("the best point of a metric is found to the very step among many", () => {
  const data = new FakeData().put(1, "val/bpb", ...Array.from({ length: 20_000 }, (_, i) => [i, Math.abs(i - 13_337)] as const));
  expect(bestPoint(data, 1, "val/bpb", "lower")).toMatchObject({ key: 13_337, value: 0 });
});

test("a request is told with how far it has got", () => {
  const request = { id: "1", kind: "save" as const, path: null, bytes: null, reason: null, at: new Date(START).toISOString() };
  expect(requestText({ ...request, phase: "seen", step: 812 })).toBe("save now · seen at step 812");
  expect(requestText({ ...request, phase: "refused", step: null, reason: "the run has ended" })).toBe(
    "save now · refused: the run has ended",
  );
});

test("a pause is told with when the trainer came to stand still, and once it goes on with how long it stood", () => {
  const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
  const pause = { id: "1", kind: "pause" as const, path: null, bytes: null, reason: null, step: 413, appliedAt: iso(0) };
  const began = clock(START, true);
  expect(requestText({ ...pause, phase: "applied", at: iso(0) })).toBe(`pause · applied at step 413 · since ${began}`);
  expect(requestText({ ...pause, phase: "done", at: iso(20) })).toBe(`pause · done at step 413 · 20s from ${began}`);
  const { appliedAt: _, ...untold } = pause;
  expect(requestText({ ...untold, phase: "done", at: iso(20) })).toBe("pause · done at step 413");
});

test("a patch is told with what it is to change, then with what it did change", () => {
  const patch = {
    id: "2",
    kind: "patch" as const,
    path: null,
    bytes: null,
    reason: null,
    at: "",
    values: { eval_every: 50, matrix_lr: 0.1 * 3 },
  };
  expect(requestText({ ...patch, phase: "seen", step: 7 })).toBe("patch eval_every → 50, matrix_lr → 0.3 · seen at step 7");
  const changes = [{ name: "eval_every", from: 100, to: 50 }];
  expect(requestText({ ...patch, changes, phase: "done", step: 9 })).toBe("patch eval_every 100 → 50 · done at step 9");
});

test("an applied patch is a mark on the chart and a line in its border, wherever the axis puts its step", () => {
  const data = new FakeData().put(1, "train/loss", [0, 3], [100, 2]).put(1, "train/tokens", [0, 0], [100, 5000]);
  const changes = [{ name: "eval_every", from: 100, to: 50 }];
  data.event("request", { id: "p", kind: "patch", phase: "seen" }, { step: 38 });
  data.event("request", { id: "p", kind: "patch", phase: "applied", changes }, { step: 40 });
  data.event("request", { id: "p", kind: "patch", phase: "done", changes }, { step: 40 });
  expect(eventMarks(fakeFacts(data), "step")).toEqual([{ x: 40, glyph: "patch" }]);
  const chart = INITIAL_CHART;
  expect(lossPanel(fakeFacts(data), SIZE, chart).note).toBe("✎ eval_every 100 → 50 @ 40");
});

test("beside the schedule's multiplier stands what all rates were patched by, until that is taken back", () => {
  const data = training();
  const shown = (): string => screen(progressPanel(fakeFacts(data), { width: 80, height: 6 }, { afterwards: null }), 84, 8);
  const patch = (from: number, to: number) =>
    data.event("request", { kind: "patch", phase: "applied", changes: [{ name: "lr_scale", from, to }] }, { step: 300 });
  expect(shown()).not.toContain("patched");
  patch(1, 0.5);
  expect(shown()).toMatch(/lr ×\d\.\d\d × 0\.5 patched/);
  patch(0.5, 1);
  expect(shown()).not.toContain("patched");
});

test("how a stage ended is said once, without the sentence that says it again", () => {
  const ended = (status: "stopped" | "lost" | "failed", reason: string): string => {
    const stages = [fakeStage(1, "base_train", { status, reason, startedAt: null, endedAt: null })];
    return activity(fakeFacts(training(), { liveness: "ended", state: fakeState({ status, reason, stages }) }), null).text;
  };
  expect(ended("stopped", "scripts.base_train was stopped as asked at step 1,219; its checkpoint is in /b/d4.")).toStartWith(
    "stopped: at step 1,219; its checkpoint is in /b/d4.",
  );
  expect(ended("stopped", "scripts.base_train was stopped as asked.")).toBe("stopped");
  expect(ended("lost", "scripts.base_train was lost: its processes are gone.")).toStartWith("lost: its processes are gone.");
  expect(ended("failed", "scripts.base_train ended with exit code 1.")).toStartWith("failed: scripts.base_train ended with exit code 1.");
});

test("a paused run says since when, and tells no time left", () => {
  const data = new FakeData().put(1, "train/loss", [9, 3]).put(1, "train/dt", [9, 1]);
  data.event("config", { derived: { totalSteps: 100 } }).event("phase", { name: "pause", state: "begin" }, { at: START });
  const facts = fakeFacts(data, { now: START + 120_000, state: fakeState({ status: "paused" }) });
  expect(activity(facts, { key: 9, at: START, value: 3 })).toMatchObject({ glyph: "⏸", text: "paused for 2m 00s · P lets it go on" });
  expect(activity({ ...facts, isReplayed: true }, null).text).toBe("paused for 2m 00s");
  expect(screen(progressPanel(facts, SIZE, { afterwards: null }), 64, 8)).toContain("eta –");
});

test("what a request waits for is the next step, or the end of what goes on before it", () => {
  const data = new FakeData().put(1, "train/loss", [9, 3]);
  const now = START + 41_000;
  expect(awaited(fakeFacts(data, { now }), { key: 9, at: START, value: 3 })).toBe("no step for 41s: it is answered at the next step");
  expect(awaited(fakeFacts(new FakeData(), { now }), null)).toMatch(/^starting Python for .*: it is answered at the next step$/);
  data.event("phase", { name: "save", state: "begin" }, { at: START });
  expect(awaited(fakeFacts(data, { now }), null)).toBe("saving a checkpoint for 41s: it is answered after that");
});

test("a full disk of the run directory is told as that, not as a trainer that stands still", () => {
  const data = new FakeData().put(1, "train/loss", [9, 3]).put(1, "train/dt", [9, 1]);
  const at = { key: 9, at: START, value: 3 };
  const disk = { free: 0, isFull: true, isApart: true };
  expect(activity(fakeFacts(data, { now: START + 120_000 }), at).text).toContain("no step for");
  expect(activity(fakeFacts(data, { now: START + 120_000, disk }), at)).toMatchObject({
    tone: "warn",
    text: expect.stringMatching(/^the run directory's disk is full: the trainer goes on/),
  });
});

test("what ending now would lose is counted from the last checkpoint, and before one from the start", () => {
  const data = new FakeData().put(1, "train/loss", [44, 3]);
  data.lastAt = START + 130_000;
  expect(unsavedText(unsaved(fakeFacts(data)))).toBe("45 steps are lost (2m 10s): there is no checkpoint of this stage.");
  data.event("checkpoint", {}, { step: 40, at: START + 100_000 });
  expect(unsavedText(unsaved(fakeFacts(data)))).toBe("5 steps are lost (30s): the last checkpoint is of step 40.");
  data.event("checkpoint", {}, { step: 45, at: START + 130_000 });
  expect(unsavedText(unsaved(fakeFacts(data)))).toBe("No training step is lost: the last checkpoint is of step 45.");
  expect(unsavedText(unsaved(fakeFacts(new FakeData())))).toBe("No training step is lost: none has been made.");
});

test("a script without a last step shows how far it is, not how far of nothing", () => {
  const data = new FakeData().put(1, "train/loss", [209, 0.02]).put(1, "train/tokens", [209, 53_500]);
  const shown = screen(progressPanel(fakeFacts(data), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("│ 210 steps  ");
  expect(shown).toContain("tokens 53.5k   eta");
  data.say("step 00209 (59.17%) | loss: 0.020000 | lrm: 0.82", "something else");
  expect(screen(progressPanel(fakeFacts(data), SIZE, { afterwards: null }), 64, 8)).toMatch(/│ 210 steps {2}━+.* 59% │/);
});

const CHECKPOINT: Checkpoint = {
  stage: "base",
  tag: "20260101-120000-pocket",
  step: 400,
  dir: "/b",
  files: [],
  bytes: 1,
  writtenAt: "",
  valBpb: 1.5,
  modelConfig: null,
  userConfig: null,
  broken: null,
};

test("a figure of an earlier evaluation is told as such in every list of checkpoints", () => {
  const list = [
    { ...CHECKPOINT, step: 601, evaluated: false },
    { ...CHECKPOINT, step: 600, evaluated: true },
    { ...CHECKPOINT, step: 500, evaluated: null },
  ];
  const usual = { selected: 0, now: START, problem: null, filter: "" };
  const chat = checkpointListPanel(list, { width: 46, height: 6 }, { ...usual, loaded: null, against: null, canSave: true });
  const browser = checkpointBrowserPanel(list, { width: 60, height: 6 }, { ...usual, best: bestOf(list), baseDir: "/b", keyOf: usualKey });
  expect(screen(browser, 64, 8)).toMatch(/600 +★ 1\.5000/);
  expect(bestOf(list.filter(({ evaluated }) => !evaluated))).toEqual(new Set());
  for (const scene of [chat, browser]) {
    const shown = screen(scene, 64, 8);
    expect(shown).toMatch(/601 .*~1\.5000/);
    expect(shown).toMatch(/600 +(★ )?1\.5000/);
    expect(shown).toMatch(/500 +~1\.5000/);
    expect(scene.note).toStartWith("~ of an evaluation at its step or before it");
  }
  expect(browser.note).toEndWith(" · ★ the best without it");
});

test("checkpoints of one model are told apart by their step, however long its name is", () => {
  const list = [
    { ...CHECKPOINT, step: 601 },
    { ...CHECKPOINT, step: 450, broken: "model_000450.pt is missing" },
  ];
  const shown = screen(
    checkpointListPanel(
      list,
      { width: 36, height: 6 },
      { selected: 1, loaded: { ...list[0]! }, against: null, now: START, problem: null, filter: "", canSave: true },
    ),
    40,
    8,
  );
  expect(shown).toMatch(/● +base 202…\S+ +601 +1\.5000/);
  expect(shown).toMatch(/✕ +base 202…\S+ +450/);
  expect(shown).toContain("model_000450.pt is missing");
});

test.each([
  [733, "12m 13s"],
  [86_399, "23h 59m"],
  [8_640_000, "100d"],
])("an age of %i s stands whole in the list of the chat as soon as it has a column", (seconds, age) => {
  const one = { ...CHECKPOINT, writtenAt: new Date(START - seconds * 1000).toISOString() };
  const options = { selected: 0, loaded: null, against: null, now: START, problem: null, filter: "", canSave: true };
  const shown = screen(checkpointListPanel([one], { width: 72, height: 6 }, options), 76, 8);
  expect(shown).toMatch(new RegExp(` ${age} +│`));
  // Before it has one, the name is whole, by which one chooses.
  expect(screen(checkpointListPanel([one], { width: 56, height: 6 }, options), 60, 8)).toContain(`${one.stage} ${one.tag} `);
});

test("under a reply stand its first token, its length and its rate", () => {
  const figures = { firstTokenSeconds: 0.027, seconds: 2, tokensOut: 41, reason: "length" as const };
  expect(figuresText(figures)).toBe("first token 27 ms · 41 tokens in 2.0s · 20.5 tok/s · cut at the length limit");
});

test("a stage that trains nothing says what it does, in place of a loss that would never come", () => {
  const plan = fakePlan();
  const stageOf = (name: string) => [{ ...plan.stages[0]!, name: `01-${name}`, script: `scripts.${name}`, bridged: false, values: [] }];
  const facts = (name: string, status: "running" | "done" = "running") =>
    fakeFacts(new FakeData().sayIn(1, "Progress: 40%"), {
      plan: { ...plan, stages: stageOf(name) },
      state: fakeState({ stages: [fakeStage(1, name, { status })] }),
    });
  const work = "dataset downloads the shards of text that training reads";
  expect(lossPanel(facts("dataset"), SIZE, CHART).blocks[0]?.block).toEqual({
    kind: "empty",
    why: `No loss: ${work}`,
    remedy: "the log tells how far it is",
  });
  expect(validationPanel(facts("tok_train", "done"), SIZE, CHART).blocks[0]?.block).toEqual({
    kind: "empty",
    why: "No validation: tok_train makes the tokenizer that all models share",
  });
  expect(JSON.stringify(lossPanel(facts("my_own"), SIZE, CHART))).toContain("my_own has no training loop that was found");
  const own = facts("base_train", "done");
  const log: Imported = { kind: "log", files: ["/l"], wandb: null, head: null, at: "", readAt: "", complete: true };
  const imported = { ...own, state: { ...own.state, imported: log } };
  expect(validationPanel(imported, SIZE, CHART).blocks[0]?.block).toEqual({ kind: "empty", why: "No validation: the log has none" });
  const core = validationKind.scene({ ...input(imported, SIZE, CHART), options: { ...usualOptions(validationKind), what: "chatcore" } });
  expect(core.blocks[0]?.block).toEqual({ kind: "empty", why: "No ChatCORE: the log has none" });
  const shown = screen(progressPanel(facts("dataset"), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain(work);
  expect(shown).toContain("◐ at work for 1m 00s · Progress: 40%");
  expect(shown).not.toContain("step");
});

test("a reason that has no room is told to go on", () => {
  const scene: Scene = { title: "t", blocks: [{ block: { kind: "empty", why: "No samples yet: they come every 500 steps" } }] };
  const rows = screen(scene, 20, 4).split("\n");
  expect(rows[2]).toMatch(/\S…/);
  expect(screen(scene, 20, 6)).not.toContain("…");
});

test("a failed pretraining says from which checkpoint it can go on; others do not", () => {
  const data = new FakeData().event("checkpoint", { path: "/b/base_checkpoints/d4" }, { step: 40 });
  const state = fakeState({ status: "failed" });
  expect(resumable({ state, data })).toEqual({ name: "base/d4@40", step: 40 });
  expect(resumable({ state: { ...state, status: "done" }, data })).toBeNull();
  const figures = { loss: null, valBpb: null, tokensPerSecond: null, etaSeconds: null };
  const at = (totalSteps: number) => ({ ...state, progress: { stage: 1, step: 40, totalSteps, ...figures } });
  expect(resumable({ state: at(41), data })?.step).toBe(40);
  expect(resumable({ state: at(40), data })).toBeNull();
  expect(resumable({ state, data: new FakeData() })).toBeNull();
});

test("of a long metric both ends are shown: tasks of one benchmark begin alike", () => {
  const data = new FakeData()
    .put(1, "core/bigbench_language_identification", [0, 0.1])
    .put(1, "core/bigbench_conceptual_combinations", [0, 0.2]);
  const shown = panelShown("metrics", data, { width: 60, height: 8 });
  expect(shown).toMatch(/core\S+…\S*ification/);
  expect(shown).toMatch(/core\S+…\S*nations/);
});

test("a unit stands beside values only where their text does not tell it", () => {
  const data = new FakeData().put(1, "timer/eval", [0, 0.589]).put(1, "train/loss", [0, 2]);
  const row = (metric: string): string | undefined =>
    panelShown("metrics", data, { width: 110, height: 8 })
      .split("\n")
      .find((line) => line.includes(metric));
  expect(row("timer/eval")).toMatch(/589 ms +589 ms +589 ms +0 /);
  expect(row("train/loss")).toMatch(/2\.0000 +nats /);
});

test("of the file that a setting is from both ends are shown", () => {
  const value = {
    ...fakePlan({ depth: 24 }).stages[0]!.values[0]!,
    origin: { layer: "prefab" as const, name: "speedrun", file: "/home/somebody/nanochat-cli/prefabs/speedrun.yaml", line: 28 },
  };
  const block = parameterPanel(value, { width: 50, height: 9 }).blocks[0]?.block;
  const lines = block?.kind === "text" ? block.lines.map(lineText) : [];
  const from = lines.find((line) => line.startsWith("from"))!;
  expect(from).toMatch(/ · \/home\S*…\S*\.yaml$/);
  expect(from.length).toBeLessThanOrEqual(50);
});

test("names of presets take no more cells than the longest, so that what they are for is read", () => {
  const preset = { name: "story", title: "A beginning to go on from", messages: [], options: {} };
  const { blocks } = presetListPanel([preset as never], { width: 36, height: 6 }, { selected: 0, keyOf: usualKey });
  expect(sceneText({ title: "", blocks }, { width: 40, height: 6 }, { border: true, symbols: "braille" })).toContain(
    "story  A beginning to go on from",
  );
});
