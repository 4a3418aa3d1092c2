/** What is asked of a run by keys: saves, stops, evaluations, pauses, patches, and why something cannot be asked. */
import { afterEach, expect, test } from "bun:test";
import { fakeStage, START } from "../panels/fake-data.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("save now asks the run, and its end is told", async () => {
  const { terminal, services, shell, run, tick } = await start();
  run.changed = true;
  tick();
  terminal.press("s");
  await settle(() => terminal.shown.includes("Asked for a checkpoint"));
  expect(services.asked).toEqual([["20260101-120000-pocket", "save"]]);
  run.reader.asked.push({
    id: "1",
    kind: "save",
    phase: "done",
    step: 302,
    path: "/x",
    bytes: 2048,
    reason: null,
    at: new Date(START).toISOString(),
  });
  run.changed = true;
  tick(100);
  expect(terminal.shown).toContain("save now · done at step 302 · 2.00 KiB");
  // Of one request the newest word counts: two would cover the panel below for nothing. Both stay in the history.
  expect(terminal.shown).not.toContain("Asked for a checkpoint");
  expect(shell.notices.all.map(({ text }) => text).join()).toContain("Asked for a checkpoint");
});

test("what is not answered for some seconds says what it waits for, once, until it is done", async () => {
  const { terminal, shell, run, tick } = await start();
  const asked = { id: "1", kind: "save" as const, phase: "seen" as const, step: null, path: null, bytes: null, reason: null };
  const at = new Date(shell.now).toISOString();
  run.changed = true;
  tick();
  run.reader.asked.push({ ...asked, at, askedAt: at });
  run.changed = true;
  tick(4000);
  const told = () => shell.notices.all.filter(({ text }) => text.includes("it stays asked for"));
  expect(told()).toEqual([]);
  run.changed = false;
  tick(1000);
  expect(told()[0]?.text).toMatch(/^save now · .*: it is answered at the next step; it stays asked for$/);
  expect(terminal.shown).toContain("· save now · ");
  run.changed = true;
  tick(5000);
  expect(told()).toHaveLength(1);
  run.reader.asked[0] = { ...asked, phase: "done", step: 302, at, askedAt: at };
  run.changed = true;
  tick(100);
  expect(terminal.shown).toContain("save now · done at step 302");
  expect(terminal.shown).not.toContain("it stays");
});

test("what cannot be done says why, and asks nobody", async () => {
  const run = trainedRun({ status: "done", endedAt: new Date(START).toISOString() });
  const { terminal, services } = await start(run);
  terminal.press("s");
  expect(terminal.shown).toContain("Save now: the run has ended");
  expect(services.asked).toEqual([]);
});

test("a script without the capability refuses with its own reason", async () => {
  const run = trainedRun();
  run.reader.allEvents.length = 0;
  run.reader.event("hello", { capabilities: { save: { available: false, reason: "its save branch was not found" } } });
  const { terminal } = await start(run);
  terminal.press("s");
  expect(terminal.shown).toContain("its save branch was not found");
});

test("evaluate, sample and pause ask the run; P lets a paused one go on", async () => {
  const { terminal, services, run, shell, tick } = await start();
  terminal.press("v", "g", "P");
  run.record = { ...run.record, status: "paused" };
  run.changed = true;
  tick();
  terminal.press("v", "P");
  await settle(() => services.asked.length === 5);
  expect(services.asked.map(([, kind]) => kind)).toEqual(["evaluate", "sample", "pause", "evaluate", "resume"]);
  expect(shell.notices.all.map(({ text }) => text)).toContain("Asked for an evaluation: it comes once the run goes on (P)");
});

test("P pressed twice pauses and goes on, though the run has not come to either", async () => {
  const { terminal, services } = await start();
  terminal.press("P", "P", "P");
  await settle(() => services.asked.length === 3);
  expect(services.asked.map(([, kind]) => kind)).toEqual(["pause", "resume", "pause"]);
});

const EVAL_EVERY = {
  name: "eval_every",
  type: "int",
  value: 250,
  min: 1,
  max: null,
  effect: "Evaluates every so many steps.",
  frozen: null,
};

test("a patch is typed, looked at and applied; p and T open it", async () => {
  const run = trainedRun();
  run.reader.event("config", { derived: {}, fields: [EVAL_EVERY] });
  const { terminal, services } = await start(run, {}, [80, 24]);
  terminal.press("T");
  expect(terminal.shown).toContain("Evaluates every so many steps.");
  terminal.press("esc", "p");
  terminal.type("50");
  terminal.press("enter", "tab", "enter");
  await settle(() => services.patches.length === 1);
  expect(services.patches).toEqual([{ eval_every: 50 }]);
});

test("a patch form that was opened for a stage is not sent to the next one, and says which runs now", async () => {
  const run = trainedRun({ stages: [fakeStage(1, "base_train"), fakeStage(2, "chat_sft", { status: "pending" })] });
  run.reader.event("config", { derived: {}, fields: [EVAL_EVERY] });
  const { terminal, services, tick } = await start(run, {}, [80, 24]);
  terminal.press("p");
  terminal.type("50");
  terminal.press("enter", "tab");
  run.record = { ...run.record, stages: [fakeStage(1, "base_train", { status: "done" }), fakeStage(2, "chat_sft")] };
  run.changed = true;
  tick(1000);
  terminal.press("enter");
  expect(terminal.shown.replace(/[│\s]+/g, " ")).toContain("chat_sft runs now, and this form is for base_train, which is over");
  expect(services.patches).toEqual([]);
});

test("a patch before the trainer has told its fields says why not", async () => {
  const { terminal } = await start();
  terminal.press("p");
  expect(terminal.shown).toContain("Patch…: the trainer has not said yet");
});

test("the stop dialog names what is lost without a checkpoint", async () => {
  const run = trainedRun();
  run.reader.event("checkpoint", { bytes: 1 }, { step: 290 });
  const { terminal } = await start(run);
  terminal.press("S");
  expect(terminal.shown).toContain("10 steps are lost");
});

test("what the stop dialog says is lost grows as the run goes on behind it", async () => {
  const run = trainedRun();
  run.reader.event("checkpoint", { bytes: 1 }, { step: 290 });
  const { terminal, tick } = await start(run);
  terminal.press("S");
  run.reader.put(1, "train/loss", [309, 2.4]);
  run.changed = true;
  tick(1000);
  expect(terminal.shown).toContain("20 steps are lost");
  run.reader.event("checkpoint", { bytes: 1 }, { step: 310 });
  run.changed = true;
  tick(1000);
  expect(terminal.shown).toContain("No training step is lost");
});

test("the stop dialog says that a model whose loss is no number any more is hardly worth keeping", async () => {
  const run = trainedRun();
  run.reader.put(1, "train/loss", [301, Number.POSITIVE_INFINITY]);
  const { terminal } = await start(run);
  terminal.press("S");
  expect(terminal.shown).toContain("Its loss is Inf: what is saved now");
});

test("enter in the stop dialog keeps training; only its own key stops", async () => {
  const { terminal, services } = await start();
  terminal.press("S");
  expect(terminal.shown).toContain("Stop and save");
  terminal.press("enter");
  expect(terminal.shown).not.toContain("Stop and save");
  expect(services.asked).toEqual([]);
  terminal.press("S", "y");
  await settle(() => services.asked.length === 1);
  expect(services.asked[0]?.[1]).toBe("stop");
  terminal.press("S", "K");
  await settle(() => services.asked.length === 2);
  expect(services.asked[1]?.[1]).toBe("stop-now");
});
