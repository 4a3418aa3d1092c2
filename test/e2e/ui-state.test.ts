/** What was on the screen is back after the program was killed, and after it was left. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../drivers/cli.ts";
import { type Pty, ROOT } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";

const CTRL_Q = "\x11";

let box: Sandbox;
let id: string;
beforeAll(async () => {
  box = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
  box.prefab("mortal", "name: mortal\nstages:\n  - script: scripts.base_train\n    set: {step_seconds: 0.05}\n");
  id = (await box.json<{ id: string }>(["train", "mortal", "--name", "long", "--detach"])).id;
  await eventually("the first step", () => (box.state(id).progress?.step ?? -1) >= 0);
});
afterAll(() => box.close());

const file = () => join(box.home, "ui-state.json");
const kept = (): string => (existsSync(file()) ? readFileSync(file(), "utf8") : "");

async function open(...args: string[]): Promise<Pty> {
  const pty = box.tui(args, { resume: true });
  await pty.ready();
  return pty;
}

async function leave(pty: Pty): Promise<void> {
  pty.type(CTRL_Q);
  expect(await pty.exited()).toBe(0);
}

test("kill -9: run, tab, filter, axis scale and theme are back, and so is an unsaved edit of a plan", async () => {
  const pty = await open("runs", "attach", id);
  await pty.until(/step \d+/);
  pty.type("L");
  await pty.until(/ log · /);
  pty.type("2"); // the plan of the run
  await pty.until("step_seconds");
  pty.type("/step_seconds\r");
  await pty.until(/filter: step_seconds|\/step_seconds/);
  pty.type("\r");
  await pty.until("sets it");
  pty.type("\x150.5\r");
  await pty.until(/step_seconds +0\.5/);
  pty.type("t");
  await eventually("all of it in the file", () => kept().includes('"theme":"light"') && kept().includes('"value":0.5'));
  for (const pid of pty.children()) process.kill(pid, "SIGKILL");
  expect(await pty.exited()).toBe(137);
  expect(statSync(file()).mode & 0o777).toBe(0o600);

  const again = await open();
  await again.until(/step_seconds +0\.5/);
  await again.until(/CONFIG │ . running long /);
  again.type("4");
  await again.until(/ log · /);
  expect(kept()).toContain('"theme":"light"');
  again.type(CTRL_Q);
  await again.until("It is back at the next start");
  again.type("y");
  expect(await again.exited()).toBe(0);
});

test("what is asked for wins, --fresh begins anew, and a broken file is told and kept aside", async () => {
  const asked = await open("runs", "attach", id);
  await asked.until(/TRAIN │/);
  await leave(asked);
  const fresh = await open("--fresh");
  await fresh.until(/RUNS │ no run/);
  await leave(fresh);
  writeFileSync(file(), "{");
  const broken = await open();
  await broken.until("begins anew");
  await leave(broken);
});
