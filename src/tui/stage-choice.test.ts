import { afterEach, expect, test } from "bun:test";
import { fakeStage } from "../panels/fake-data.ts";
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
  expect(statusBar(terminal.shown)).toMatch(/pocket 7\b/);
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
