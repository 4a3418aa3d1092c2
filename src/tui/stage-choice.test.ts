import { afterEach, expect, test } from "bun:test";
import { fakeStage } from "../panels/fake-data.ts";
import { fakeCheckpoint } from "./fake-terminal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

/** Pretraining is over at step 299, the second stage has just begun. */
function inSecondStage() {
  const stages = [fakeStage(1, "base_train", { status: "done" }), fakeStage(2, "chat_sft", { status: "running" })];
  const run = trainedRun({ stages });
  run.plan = { ...run.plan, stages: [...run.plan.stages, { ...run.plan.stages[0]!, name: "02-chat_sft", script: "scripts.chat_sft" }] };
  run.reader.put(2, "train/loss", [0, 3], [6, 2]).sayIn(2, "sft line");
  return run;
}

const statusBar = (shown: string): string => shown.split("\n").at(-1) ?? "";

test("an earlier stage is looked at without losing sight of the run", async () => {
  const { terminal } = await start(inSecondStage());
  await settle(() => terminal.shown.includes("sft line"));
  terminal.press("{");
  expect(terminal.shown).toContain("› base_train (chosen)");
  await settle(() => terminal.shown.includes("this stage only"));
  expect(terminal.shown).not.toContain("sft line");
  expect(statusBar(terminal.shown)).toMatch(/pocket 7 steps\b/);
});

test("where it is narrow the stage that was chosen is named whole, before the run and the screen", async () => {
  for (const [width, says] of [
    [120, "pocket › base_train (chosen) › Overview"],
    [110, "base_train (chosen) › Overview"],
    [98, "base_train (chosen)"],
  ] as const) {
    const { terminal } = await start(inSecondStage(), {}, [width, 30]);
    terminal.press("{");
    const top = terminal.shown.split("\n")[0]!;
    expect(top.slice(top.indexOf("Runs") + 4).trim()).toBe(says);
  }
});

test("back at the current stage, the view goes on with the run", async () => {
  const run = inSecondStage();
  const { terminal, shell, tick } = await start(run);
  terminal.press("{");
  terminal.press("}");
  expect(shell.state.stage).toBeNull();
  run.record = {
    ...run.record,
    stages: [run.record.stages[0]!, { ...run.record.stages[1]!, status: "done" }, fakeStage(3, "chat_rl", { status: "running" })],
  };
  run.changed = true;
  tick(1000);
  expect(terminal.shown).toContain("progress · chat_rl");
});

test("of the stages the bar names the way to the one that runs, and beyond the first and the last there is none", async () => {
  const run = inSecondStage();
  run.record = { ...run.record, stages: [...run.record.stages, fakeStage(3, "chat_rl", { status: "pending" })] };
  const { terminal } = await start(run);
  const bar = (): string => terminal.row(-2);
  terminal.press("}");
  expect(bar()).toContain("{ previous stage");
  expect(bar()).not.toContain("next stage");
  terminal.press("}");
  expect(terminal.shown).toContain("Next stage: this is the last stage");
  terminal.press("{", "{");
  expect(bar()).toContain("} next stage");
  terminal.press("{");
  expect(terminal.shown).toContain("Previous stage: this is the first stage");
});

test("the palette tells the two adoptions apart", async () => {
  const { terminal } = await start();
  terminal.press(":");
  terminal.type("adopt");
  expect(terminal.shown).toContain("Adopt selected");
  expect(terminal.shown).toContain("Adopt this run");
});

/** Both stages have written: what is newest is of the second. */
function bothWritten() {
  const run = inSecondStage();
  run.reader.event("checkpoint", { path: "/b/base_checkpoints/d4", bytes: 1 }, { step: 200 });
  run.reader.event("checkpoint", { path: "/b/base_checkpoints/d4", bytes: 1 }, { step: 300 });
  run.reader.event("checkpoint", { path: "/b/chatsft_checkpoints/d4", bytes: 1 }, { step: 40, stage: 2 });
  const base = (step: number) => fakeCheckpoint({ stage: "base", tag: "d4", dir: "/b/base_checkpoints/d4", step });
  const sft = fakeCheckpoint({ stage: "sft", tag: "d4", dir: "/b/chatsft_checkpoints/d4", step: 40 });
  return { run, base, sft };
}

test("the chat is with the newest checkpoint of the stage that is looked at, and says which that is", async () => {
  const { run, base, sft } = bothWritten();
  const { terminal, services, shell } = await start(run);
  services.list = [sft, base(300), base(200)];
  terminal.press("{", "C");
  await settle(() => shell.chat.loaded !== null);
  expect(shell.chat.loaded).toMatchObject({ stage: "base", step: 300 });
  expect(shell.notices.all.at(-1)?.text).toBe("base d4 @ 300 is the newest of base_train");
  const told = shell.notices.all.length;
  terminal.press("esc", "4", "}", "C");
  await settle(() => shell.chat.loaded?.stage === "sft");
  expect(shell.notices.all).toHaveLength(told);
});

test("from the list of runs the chat is with the run's newest checkpoint, whatever stage is looked at", async () => {
  const { run, base, sft } = bothWritten();
  const { terminal, services, shell } = await start(run);
  services.list = [sft, base(300)];
  terminal.press("{", "6");
  await settle(() => shell.runs.rows.length > 0);
  terminal.press("C");
  await settle(() => shell.chat.loaded !== null);
  expect(shell.chat.loaded).toMatchObject({ stage: "sft", step: 40 });
});

test("a chosen stage without a checkpoint says so, and which key goes to one that has", async () => {
  const run = inSecondStage();
  run.reader.event("checkpoint", { path: "/b/chatsft_checkpoints/d4", bytes: 1 }, { step: 40, stage: 2 });
  const { terminal, shell } = await start(run);
  terminal.press("{", "C");
  expect(shell.notices.all.at(-1)?.text).toBe("Chat: base_train has no checkpoint: } goes to chat_sft, which has one");
  expect(shell.state.tab).toBe("train");
});

test("while the stage that runs has none, the chat is with what the one before wrote, and says so", async () => {
  const run = inSecondStage();
  run.reader.event("checkpoint", { path: "/b/base_checkpoints/d4", bytes: 1 }, { step: 300 });
  const { terminal, services, shell } = await start(run);
  services.list = [fakeCheckpoint({ stage: "base", tag: "d4", dir: "/b/base_checkpoints/d4", step: 300 })];
  terminal.press("C");
  await settle(() => shell.chat.loaded !== null);
  expect(shell.notices.all.at(-1)?.text).toBe("chat_sft has no checkpoint yet: base d4 @ 300 is the newest of base_train");
});
