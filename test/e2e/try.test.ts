import { afterEach, beforeEach, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { cli } from "../drivers/cli.ts";
import { POCKET, Sandbox, shortPocket } from "../drivers/sandbox.ts";

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
  box.prefab("pocket", shortPocket(60));
});
afterEach(() => box.close());

test("without a terminal, try prints progress and ends 0, naming the checkpoint and a sample", async () => {
  const ran = await box.cli(["try"]);
  expect(ran.stderr).toContain("base_train");
  expect(ran.stdout).toMatch(/^checkpoint {2}sft\/\S+@\d+ in /m);
  expect(ran.stdout).toMatch(/^you +What is the capital of France\?$/m);
  expect(ran.stdout).toMatch(/^pocket +\S/m);
  expect(ran.code).toBe(0);
}, 120_000);

test("try leaves the last workspace used as it is, and its commands lead to the pocket", async () => {
  const bare = (args: readonly string[]) => cli(args, { cwd: box.dir, env: { ...box.env, NANOCHAT_DIR: "" } });
  const mine = join(box.dir, "nanochat");
  cpSync(POCKET, mine, { recursive: true });
  expect((await bare(["describe", "--workspace", mine])).code).toBe(0);
  const ran = await bare(["try"]);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^Talk to it: .* --workspace pocket$/m);
  expect((await bare(["describe"])).stdout).toContain(`${mine} (the last one used)`);
}, 120_000);

test("in a terminal, try trains, shows it, says when the model can talk, and one key goes to it", async () => {
  const pty = box.tui(["try"], { cols: 120, rows: 36 });
  await pty.until(/\d+ \/ 60 steps/);
  await pty.until("C chat with the new checkpoint", 90_000);
  pty.type("C");
  await pty.until("Say something", 20_000);
  pty.type("Who are you?\r");
  await pty.until(/first token .* tok\/s/, 60_000);
  pty.type("\x11"); // ctrl+q
  await pty.until("Not saved: the conversation with");
  pty.type("y");
  await pty.until(() => !pty.alternate, 20_000);
  expect(await pty.exited()).toBe(0);
}, 180_000);
