import { afterEach, expect, test } from "bun:test";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("r replays the attached run; the status bar says how fast and when, and r goes back", async () => {
  const { terminal, services, shell } = await start(trainedRun());
  terminal.press("r");
  await settle(() => shell.run?.replay !== undefined);
  shell.draw();
  expect(terminal.shown).toMatch(/REPLAY 60× · \d\d:\d\d:\d\d/);
  expect(services.replays).toEqual([{}]);
  terminal.press("r");
  await settle(() => shell.run?.replay === undefined);
  shell.draw();
  expect(terminal.shown).not.toContain("REPLAY");
});

test("keys change the speed, hold it, and go through the run", async () => {
  const { terminal, shell } = await start(trainedRun(), { replay: { speed: 60 } });
  const replay = shell.run!.replay!;
  terminal.press(">");
  expect(terminal.shown).toContain("REPLAY 120×");
  terminal.press("<", "<");
  expect(terminal.shown).toContain("REPLAY 30×");
  for (let i = 0; i < 9; i++) terminal.press(">");
  expect(replay.speed).toBe(1000);
  expect(terminal.shown).toContain("faster it cannot go");
  terminal.press("space");
  expect(replay.paused).toBe(true);
  expect(terminal.shown).toContain("REPLAY ⏸");
  terminal.press(".", ".", ",");
  expect(replay.at).toBe(replay.from + 10_000);
  terminal.press("G");
  terminal.type("70");
  terminal.press("enter");
  expect(replay.at).toBe(replay.from + 70_000);
  terminal.press("G");
  terminal.type("900");
  expect(terminal.shown).toContain("It never came to step 900");
  terminal.press("esc", "B");
  expect(replay.at).toBe(replay.from);
  for (let i = 0; i < 11; i++) terminal.press(".");
  expect(terminal.shown).toContain("REPLAY end");
});

test("nothing can be asked of a run that is shown again, and nobody is called for what happened in it", async () => {
  const { terminal, services, shell, run, tick } = await start(trainedRun(), { replay: {} });
  for (const key of ["s", "S", "p", "v", "g", "P", "A"]) {
    terminal.press(key);
    expect(terminal.shown).toContain("this is a replay");
    terminal.press("esc");
  }
  expect(services.asked).toEqual([]);
  expect(services.adopted).toEqual([]);
  run.reader.event("alert", { key: "nan", state: "raised", severity: "bad", what: "NaN", cause: "x", evidence: [], actions: [] });
  shell.run!.refresh = () => ({ points: true, events: true, log: true, state: true });
  tick();
  expect(services.mannersAsked).toBe(0);
});

test("in the list, r replays the selected run", async () => {
  const { terminal, services, shell } = await start(trainedRun());
  terminal.press("6");
  await settle(() => shell.runs.loaded);
  terminal.press("r");
  await settle(() => shell.run?.replay !== undefined);
  expect(shell.state.tab).toBe("train");
  expect(services.replays).toHaveLength(1);
});
