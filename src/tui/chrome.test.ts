import { afterEach, expect, test } from "bun:test";
import type { Value } from "../core/plan.ts";
import { fakePlan } from "../panels/fake-data.ts";
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

test("it drops from the right as it narrows: clock, W&B, machine, screen; mode and run stay", async () => {
  expect(await status({ run: "d12" })).toMatch(/TRAIN │ ● running \S+ 300\/600 50% │ Overview │ W&B ● on │ \d\d:\d\d$/);
  expect(await status({ run: "d12" }, {}, 78)).toMatch(/TRAIN │ ● running \S+ 300\/600 50% │ Overview │ W&B ● on$/);
  expect(await status({ run: "d12" }, {}, 62)).toMatch(/TRAIN │ ● running \S+ 300\/600 50%$/);
});

test("toasts lie above the keys and cover no tab, no breadcrumb and not what is typed into", async () => {
  const { terminal, shell } = await start();
  for (let i = 0; i < 5; i++) shell.notify("warn", `Something number ${i} is to be known of, and it takes more than one row to say so`);
  shell.draw();
  expect(terminal.row(0)).toContain("› base_train");
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
