import { expect, test } from "bun:test";
import type { RunState } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import { activity } from "./activity.ts";
import { FakeData, fakeFacts, fakeStage, fakeState, START } from "./fake-data.ts";
import { sceneShown, training } from "./panel-fixture.ts";
import { progressPanel } from "./progress.ts";
import { unsaved, unsavedText } from "./unsaved.ts";
import { resumable } from "./way-on.ts";

const SIZE = { width: 60, height: 12 };

const activityOf = (data: FakeData, rest: Parameters<typeof fakeFacts>[1] = {}): string =>
  sceneShown(progressPanel(fakeFacts(data, rest), SIZE, { afterwards: null }), 80, 9);

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

test("the reason of an end has all the rows that are left, and shows where it goes on beyond them", () => {
  const reason = "scripts.base_train ended with exit code 1. Its last words: No checkpoints found in /data/base_checkpoints.";
  const state = fakeState({ status: "failed", stages: [fakeStage(1, "base_train", { status: "failed", reason })] });
  const rows = (height: number): string[] => {
    const scene = progressPanel(fakeFacts(training(), { state }), { width: 60, height }, { afterwards: null });
    const inside = sceneShown(scene, 64, height + 2)
      .split("\n")
      .slice(1, -1);
    return inside.map((row) => row.replaceAll("│", "").trim()).filter((row) => row !== "");
  };
  expect(rows(12).join(" ")).toEndWith("No checkpoints found in /data/base_checkpoints.");
  expect(rows(5).at(-1)).toMatch(/^✕ failed.*…$/);
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

test("of a run of several stages it is said whose time a time is", () => {
  const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
  const stages = [
    fakeStage(1, "base_train", { status: "done", endedAt: at(600) }),
    fakeStage(2, "chat_sft", { status: "done", startedAt: at(623), endedAt: at(638) }),
  ];
  const told = (stage: number, state: Partial<RunState>): string =>
    sceneShown(progressPanel(fakeFacts(training(), { state: fakeState({ stages, ...state }), stage }), SIZE, { afterwards: null }), 80, 9);
  const ended = told(2, { status: "done", endedAt: at(638) });
  expect(ended).toContain("○ chat_sft done after 15s, the run after 10m 38s");
  expect(ended).toContain("chat_sft took 15s");
  const goesOn = told(1, {});
  expect(goesOn).toContain("○ base_train done after 10m 00s");
  expect(goesOn).not.toContain("the run");
});

test("a run that nobody looks after says so, and what to press", () => {
  expect(activityOf(training(), { liveness: "unattended" })).toContain("A adopts it");
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
  const alone = activity({ ...facts, liveness: "unattended" }, null).text;
  expect(alone).toContain("A adopts it; the trainer waits, paused");
  expect(alone).not.toContain("goes on");
  expect(sceneShown(progressPanel(facts, SIZE, { afterwards: null }), 64, 8)).toContain("eta –");
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

test("a reason that has no room is told to go on", () => {
  const scene: Scene = { title: "t", blocks: [{ block: { kind: "empty", why: "No samples yet: they come every 500 steps" } }] };
  const rows = sceneShown(scene, 20, 4).split("\n");
  expect(rows[2]).toMatch(/\S…/);
  expect(sceneShown(scene, 20, 6)).not.toContain("…");
});

test("a failed pretraining says from which checkpoint it can go on; others do not", () => {
  const data = new FakeData().event("checkpoint", { path: "/b/base_checkpoints/d4" }, { step: 40 });
  const state = fakeState({ status: "failed" });
  expect(resumable({ state, data })).toEqual({ step: 40, args: "base/d4@40", why: null });
  expect(resumable({ state: { ...state, status: "done" }, data })).toBeNull();
  const figures = { loss: null, valBpb: null, tokensPerSecond: null, etaSeconds: null };
  const at = (totalSteps: number) => ({ ...state, progress: { stage: 1, step: 40, totalSteps, ...figures } });
  expect(resumable({ state: at(41), data })?.step).toBe(40);
  expect(resumable({ state: at(40), data })).toBeNull();
  expect(resumable({ state, data: new FakeData() })).toBeNull();
});

test("a failed pretraining goes on from the newest checkpoint that was saved while the loss was finite, and says why", () => {
  const path = "/b/base_checkpoints/night";
  const data = new FakeData();
  for (const step of [500, 1000, 1500, 2000]) data.event("checkpoint", { path }, { step });
  // The loss of step 1,000 is that of the weights which were saved under this number.
  data.put(1, "train/loss_raw", [499, 2], [500, 2], [999, 2], [1000, Number.NaN], [1499, Number.NaN], [1999, Number.POSITIVE_INFINITY]);
  const state = fakeState({ status: "failed", stages: [fakeStage(1, "base_train", { status: "failed" })] });
  const why = "when @2,000 was saved the loss was NaN or infinite already";
  expect(resumable({ state, data })).toEqual({ step: 500, args: "base/night@500 --as night-2", why });
  expect(activity(fakeFacts(data, { liveness: "ended", state }), null).text).toContain(`resumes it from step 500: ${why}`);
  const never = new FakeData().event("checkpoint", { path }, { step: 500 }).put(1, "train/loss", [499, Number.NaN]);
  expect(resumable({ state, data: never })).toBeNull();
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
  data.event("config", { derived: { countsFrom: 1 } }).put(1, "train/loss", [50, 2]);
  expect(unsaved(fakeFacts(data)).steps).toBe(5);
});

test("a save that failed is told with what would be lost, until one succeeds", () => {
  const data = new FakeData().put(1, "train/loss", [44, 3]);
  const said = (): string => unsavedText(unsaved(fakeFacts(data)));
  data.event("request", { id: "a", kind: "save", phase: "refused", reason: "scripts.base_train ended" });
  expect(said()).not.toContain("failed");
  data.event("request", { id: "b", kind: "stop", phase: "applied" });
  data.event("request", { id: "b", kind: "stop", phase: "refused", reason: "saving step 20 failed: no space; the run trains on" });
  expect(said()).toEndWith("of this stage. The last save failed: saving step 20 failed: no space; the run trains on.");
  data.event("checkpoint", {}, { step: 40 });
  expect(said()).not.toContain("failed");
});
