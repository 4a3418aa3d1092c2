import { afterEach, expect, test } from "bun:test";
import { fakeState } from "../panels/fake-data.ts";
import { FakeRun } from "./fake-terminal.ts";
import { start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("it comes once: the key that closes it works, and it is kept that it was seen", async () => {
  const first = await start(undefined, { tour: true });
  first.tick(2000);
  expect(first.terminal.shown).toContain("welcome");
  expect(first.terminal.shown).toMatch(/: \? +find everything by its name/);
  first.terminal.press("s");
  expect(first.terminal.shown).not.toContain("welcome");
  expect(first.services.asked.map(([, kind]) => kind)).toEqual(["save"]);
  first.tick(2000);
  const again = await start(trainedRun(), { tour: true, kept: { value: first.services.ui as Record<string, unknown>, problem: null } });
  again.tick(2000);
  expect(again.terminal.shown).not.toContain("welcome");
});

test("not before the run that one waits for has a step to show", async () => {
  const { terminal, tick } = await start(new FakeRun(fakeState()), { tour: true });
  tick(2000);
  expect(terminal.shown).not.toContain("welcome");
});

test("a read-only window, which cannot keep that it was seen, does not come with it; asked for it says nothing of what is refused there", async () => {
  const { terminal, shell, tick } = await start(undefined, { tour: true, readOnly: true });
  tick(2000);
  expect(terminal.shown).not.toContain("welcome");
  shell.runAction("tour");
  shell.draw();
  expect(terminal.shown).toContain("welcome");
  expect(terminal.shown).not.toContain("save, patch, stop");
});

test("the palette shows it again, a click closes it, and a small terminal goes without", async () => {
  const { terminal, shell } = await start();
  expect(terminal.shown).not.toContain("welcome");
  shell.runAction("tour");
  shell.draw();
  terminal.click("welcome");
  expect(terminal.shown).not.toContain("welcome");
  shell.runAction("tour");
  terminal.width = 40;
  shell.draw();
  expect(terminal.shown).not.toContain("welcome");
});
