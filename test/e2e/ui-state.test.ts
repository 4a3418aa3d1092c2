/** What was on the screen is back after the program was killed, and after it was left. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../drivers/cli.ts";
import type { Pty } from "../drivers/pty.ts";
import type { Sandbox } from "../drivers/sandbox.ts";
import { mortalRun } from "../fixtures/mortal-run.ts";

const CTRL_Q = "\x11";

let box: Sandbox;
let id: string;
beforeAll(async () => {
  ({ box, id } = await mortalRun("long"));
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
  await again.until("Not saved: 1 unsaved edit");
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

test("of two windows the one that leaves later keeps what the other has in no file", async () => {
  const [one, other] = [await open("runs", "attach", id), await open("runs", "attach", id)];
  await one.until(/TRAIN │/);
  await other.until(/TRAIN │/);
  one.type("et");
  await one.until("Title of the screen");
  one.type("Mine\r");
  await one.until("Mine •");
  one.type(CTRL_Q);
  await one.until("Not saved");
  one.type("y");
  expect(await one.exited()).toBe(0);
  expect(one.screen()).toContain("unsaved changes of the screen Mine. It is back when");
  other.type("x");
  await leave(other);
  expect(kept()).toContain('"title":"Mine"');
  const again = await open("runs", "attach", id);
  await again.until("Mine •");
  // It was asked about already.
  await leave(again);
});

// SGR parameters of colours: 30–49, 90–107, and the extended 38 and 48 (ECMA-48 §8.3.117).
const COLOUR = /\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:]\d+)*m/;

test("NO_COLOR wins over a theme that was chosen before, which is there again without it", async () => {
  const pty = await open("runs", "attach", id);
  await pty.until(/step \d+/);
  pty.type("t");
  await pty.until("Theme ");
  await leave(pty);
  const chosen = JSON.parse(kept()).theme;
  expect(chosen).toBeString();

  const plain = box.tui(["runs", "attach", id], { resume: true, env: { NO_COLOR: "1" } });
  await plain.ready();
  await plain.until(/step \d+/);
  await leave(plain);
  expect(COLOUR.exec(plain.raw)?.[0]).toBeUndefined();
  expect(JSON.parse(kept()).theme).toBe(chosen);
});
