/** Terminals that have 16 colours, or none: the bytes they get have no other ones in them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Sandbox } from "../drivers/sandbox.ts";
import { mortalRun } from "../fixtures/mortal-run.ts";

const CTRL_Q = "\x11";

let box: Sandbox;
let id: string;
beforeAll(async () => {
  ({ box, id } = await mortalRun("few"));
});
afterAll(() => box.close());

/** Colours of SGR sequences beyond the terminal's own 16: those of 24 bits, and of a palette those from 16 on. */
const beyondSixteen = (raw: string): string[] => {
  const colours = raw.match(/[34]8[;:](2[;:\d]*|5[;:]\d+)/g) ?? [];
  return [...new Set(colours)].filter((colour) => !/^[34]8[;:]5[;:](\d|1[0-5])$/.test(colour));
};

test.each([
  ["xterm", "", "16"],
  ["xterm-256color", "truecolor", "16"],
  ["xterm", "", "none"],
  ["xterm-256color", "truecolor", "none"],
])("TERM=%s COLORTERM=%s --theme %s: nothing but the terminal's own colours is written", async (TERM, COLORTERM, theme) => {
  const pty = box.tui(["runs", "attach", id, "--theme", theme], { cols: 80, rows: 24, env: { TERM, COLORTERM } });
  await pty.ready();
  await pty.until(/\d steps/);
  pty.type("?");
  await pty.until("esc closes");
  pty.type("\x1b");
  await pty.until((screen) => !screen.includes("esc closes"));
  pty.resize(100, 30);
  await pty.until(() => /TRAIN/.test(pty.rows()[29] ?? ""));
  pty.type(CTRL_Q);
  expect(await pty.exited()).toBe(0);
  expect(beyondSixteen(pty.raw)).toEqual([]);
});
