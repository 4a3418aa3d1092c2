/** Screens in a real terminal: made while a run trains, kept, broken with an editor and mended, printed by command. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { refused } from "../drivers/refused.ts";
import type { Sandbox } from "../drivers/sandbox.ts";
import { mortalRun } from "../fixtures/mortal-run.ts";

const [CTRL_Q, CTRL_S, ESC] = ["\x11", "\x13", "\x1b"];

let box: Sandbox;
let id: string;
beforeAll(async () => {
  ({ box, id } = await mortalRun("screens"));
});
afterAll(() => box.close());

const fileOf = (name: string): string => join(box.home, "screens", `${name}.yaml`);

test("a screen is made by keys while the run trains, and is a file that can be broken and mended", async () => {
  const pty = box.tui(["runs", "attach", id], { cols: 120, rows: 40 });
  await pty.ready();
  await pty.until(/step \d+/);
  pty.type("N");
  await pty.until("This screen has no panels");
  for (const panel of ["progress", "log"]) {
    pty.type("a");
    await pty.until("add a panel");
    pty.type(panel);
    await pty.until(new RegExp(`› ${panel}`));
    pty.type("\r");
    await pty.until(new RegExp(`╭ ${panel}`));
  }
  pty.type(CTRL_S);
  await pty.until("Save the screen as");
  pty.type("\r");
  await pty.until("Kept in");
  expect(readFileSync(fileOf("screen-1"), "utf8")).toContain("- progress");
  writeFileSync(fileOf("screen-1"), "title: Mine\nlayout:\n  rows: [progress, lgo]\n");
  await pty.until("line 3: There is no panel lgo");
  await pty.until(/╭ log/);
  writeFileSync(fileOf("screen-1"), "title: Mine\nlayout:\n  rows: [progress, events]\n");
  await pty.until(/╭ events/);
  await pty.until("Mine");
  pty.type(ESC);
  await pty.until((screen) => !screen.includes("editing"));
  pty.type(CTRL_Q);
  expect(await pty.exited()).toBe(0);
  expect(box.state(id).status).toBe("running");
});

test("screens are listed, checked with lines, and printed as they would stand", async () => {
  const { screens } = await box.json<{ screens: Array<{ name: string; ours: boolean }> }>(["screens", "list"]);
  expect(screens.find(({ name }) => name === "overview")).toMatchObject({ ours: true });
  expect(await box.json(["screens", "show", "Overview"])).toMatchObject({ name: "overview" });
  const rendered = await box.json<{ rows: string[] }>(["screens", "render", id, "overview", "--size", "120x36"]);
  expect(rendered.rows[0]).toMatch(/^╭ progress/);
  expect(rendered.rows.every((row) => [...row].length <= 120)).toBe(true);
  writeFileSync(fileOf("bad"), "layout:\n  rows:\n    - panel: loss\n      share: 0\n");
  writeFileSync(fileOf("twice"), "layout: {rows: [loss]}\nlayout: {rows: [log]}\n");
  expect(refused(await box.cli(["screens", "validate", fileOf("twice"), "--json"])).why).toContain(
    "line 2: a name stands twice in the same place",
  );
  const missing = refused(await box.cli(["screens", "validate", fileOf("missing"), "--json"]));
  expect(missing).toMatchObject({ code: "not-found", what: `There is no ${fileOf("missing")}` });
  const bad = refused(await box.cli(["screens", "validate", fileOf("bad"), "--json"]));
  expect(bad.what).toBe("The file is no screen");
  expect([bad.exit, bad.why]).toEqual([2, expect.stringContaining("line 4: share must be a number above 0")]);
  const unknown = refused(await box.cli(["screens", "render", id, "overviw", "--json"]));
  expect([unknown.exit, unknown.remedy]).toEqual([4, "Did you mean overview?"]);
});

test("a screen of the user's is deleted only after a yes", async () => {
  writeFileSync(fileOf("mine"), "title: Mine\nlayout:\n  rows: [loss]\n");
  expect(refused(await box.cli(["screens", "delete", "mine", "--json"]))).toMatchObject({ exit: 3, what: "Nothing was deleted" });
  expect(existsSync(fileOf("mine"))).toBe(true);
  await box.json(["screens", "delete", "mine", "--yes"]);
  expect(existsSync(fileOf("mine"))).toBe(false);
  expect(refused(await box.cli(["screens", "delete", "overview", "--json"])).what).toContain("comes with the program");
});
