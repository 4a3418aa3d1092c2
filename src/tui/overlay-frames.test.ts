import { afterEach, expect, test } from "bun:test";
import { start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

const statusOf = (shown: string): string => shown.split("\n").at(-1) ?? "";

test("a key that an overlay takes draws the overlay, and what lies under it when the keys pause", async () => {
  const { shell, terminal, tick } = await start();
  terminal.press(":");
  const before = statusOf(terminal.shown);
  // Nothing says that it is different: nobody has touched it.
  shell.state.tab = "runs";
  terminal.press("l");
  expect(terminal.shown).toContain("› l");
  expect(statusOf(terminal.shown)).toBe(before);
  terminal.press("o");
  expect(terminal.shown).toContain("› lo");
  expect(statusOf(terminal.shown)).toBe(before);
  tick(250);
  expect(statusOf(terminal.shown)).toStartWith(" RUNS");
});

test("where a key changes more than an overlay, all of it is drawn: what it says, its end, and another one in its place", async () => {
  const { shell, terminal } = await start();
  terminal.press(":");
  terminal.press("l");
  shell.overlays.current = { ...shell.overlays.current!, key: () => shell.setTab("runs"), draw: () => null };
  terminal.press("x");
  expect(statusOf(terminal.shown)).toStartWith(" RUNS");
  shell.overlays.close();
  shell.setTab("train");
  terminal.press("?");
  expect(terminal.shown).toContain("╭ help");
  terminal.press("esc");
  expect(terminal.shown).not.toContain("╭ help");
  expect(statusOf(terminal.shown)).toStartWith(" TRAIN");
});

test("an overlay that shrinks leaves nothing behind, and one stays whole when the terminal gets another size", async () => {
  const { terminal } = await start();
  const bare = terminal.shown;
  terminal.press(":");
  for (const letter of "zzzz") terminal.press(letter);
  expect(terminal.shown).toContain("Nothing is called that");
  const rows = bare.split("\n");
  // Under the one row that is left of the list stands what stood there before.
  expect(terminal.shown.split("\n").slice(8, -2)).toEqual(rows.slice(8, -2));
  // A key may come before the toolkit tells of it.
  Object.assign(terminal, { width: 70, height: 20 });
  terminal.press("z");
  expect(terminal.shown).toContain("› zzzzz");
  expect(terminal.canvas).toMatchObject({ width: 70, height: 20 });
});

test("the mouse finds under an overlay's frame what it found before", async () => {
  const { shell, terminal } = await start();
  terminal.press(":");
  terminal.press("l");
  terminal.press("esc");
  const row = terminal.shown.split("\n")[0] ?? "";
  terminal.events?.mouse({ kind: "press", x: row.indexOf("Runs"), y: 0, rows: 0 });
  expect(shell.state.tab).toBe("runs");
});
