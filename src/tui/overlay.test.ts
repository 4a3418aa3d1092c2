import { afterEach, expect, test } from "bun:test";
import { start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("keys that the lower border of an overlay names do on a click what they do when they are pressed", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 40]);
  const current = () => shell.overlays.current?.constructor.name;
  terminal.press("?");
  const [few] = terminal.shown.match(/\d+ more below/) ?? [];
  terminal.click("? all keys");
  expect(terminal.shown).not.toContain("? all keys");
  expect(terminal.shown.match(/\d+ more below/)?.[0]).not.toBe(few);
  terminal.click("esc closes");
  expect(current()).toBeUndefined();
  terminal.press("n");
  expect(terminal.shown).toContain("╭ notices");
  terminal.click("esc closes");
  expect(current()).toBeUndefined();
  terminal.press(":");
  terminal.type("next screen");
  const before = shell.screens.name;
  terminal.click("enter takes it");
  expect(current()).toBeUndefined();
  expect(shell.screens.name).not.toBe(before);
});
