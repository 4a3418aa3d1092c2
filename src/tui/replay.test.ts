import { afterEach, expect, test } from "bun:test";
import { fakeStage } from "../panels/fake-data.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("r replays the attached run; the status bar says how fast and when, and r goes back", async () => {
  const { terminal, services, shell } = await start(trainedRun());
  terminal.press("r");
  await settle(() => shell.run?.replay !== undefined);
  shell.draw();
  expect(terminal.shown).toMatch(/REPLAY 60× · step \d+ · \d\d:\d\d:\d\d/);
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
  expect(terminal.shown).toContain(", 71 of 600 steps made");
  terminal.press("enter");
  expect(replay.at).toBe(replay.from + 70_000);
  expect(terminal.shown).toContain("REPLAY ⏸ · step 70 · ");
  terminal.press("G");
  terminal.type("900");
  expect(terminal.shown).toContain("has steps 0 to 99, and no 900");
  terminal.press("esc", "B");
  expect(replay.at).toBe(replay.from);
  for (let i = 0; i < 11; i++) terminal.press(".");
  expect(terminal.shown).toContain("REPLAY end");
});

test("a replay stands at the step that was asked for, and says what goes on", async () => {
  const { terminal, shell } = await start(trainedRun(), { replay: { speed: 120 } });
  const replay = shell.run!.replay!;
  terminal.press("G");
  terminal.type("70");
  terminal.press("enter");
  expect([replay.paused, replay.at]).toEqual([true, replay.from + 70_000]);
  expect(terminal.shown).toContain("Held at step 70: space goes on");
  terminal.press("space");
  expect(terminal.shown).not.toContain("Held at step 70");
  expect(replay.paused).toBe(false);
});

test("who has not said how fast is told what was chosen, and who has is not", async () => {
  const said = async (speed?: number): Promise<string[]> => {
    const { shell } = await start(trainedRun(), { replay: speed === undefined ? {} : { speed } });
    return shell.notices.all.map(({ text }) => text).filter((text) => text.startsWith("Replay"));
  };
  expect(await said()).toEqual(["Replay at 60×: all of the run in about 1.7s · < and > change that"]);
  expect(await said(30)).toEqual([]);
});

test.each([">", "<", "space"])("what was said of the pace is gone once %s has changed it", async (key) => {
  const { terminal, shell } = await start(trainedRun(), { replay: {} });
  shell.draw();
  expect(terminal.shown).toContain("Replay at 60×: all of the run");
  terminal.press(key);
  expect(terminal.shown).not.toContain("Replay at");
});

test("what was said of the pace is gone once the run is shown as it is", async () => {
  const { terminal, shell, run } = await start(trainedRun(), { replay: {} });
  await shell.attach(run.id);
  shell.draw();
  expect(terminal.shown).not.toContain("Replay at");
});

test("G names the steps of each stage, and goes into another one by its name", async () => {
  const stages = [fakeStage(1, "base_train"), fakeStage(2, "chat_sft", { status: "pending" })];
  const { terminal, shell } = await start(trainedRun({ stages }), { replay: { speed: 60 } });
  const replay = shell.run!.replay!;
  terminal.press("G");
  expect(terminal.shown).toContain("base_train has steps 0 to 99. chat_sft has steps 0 to 19: `chat_sft");
  terminal.type("900");
  expect(terminal.shown).toContain("base_train has steps 0 to 99, and no 900");
  terminal.press("ctrl+u");
  terminal.type("rl 3");
  expect(terminal.shown).toContain("No stage is called rl: base_train has steps 0 to 99");
  terminal.press("ctrl+u");
  terminal.type("sft 10");
  shell.state.stage = 1;
  terminal.press("enter");
  expect(replay.at).toBe(replay.from + 10_000);
  expect(shell.state.stage).toBeNull();
  expect(terminal.shown).toContain("chat_sft has steps 0 to 19");
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

test("on the screen of a replay the list of runs has that run as it was then, and no result that is still to come", async () => {
  const { terminal, shell, services, tick } = await start(trainedRun(), { replay: { speed: 60 } }, [160, 40]);
  const id = shell.run!.state().id;
  const end = { stage: 1, step: 599, totalSteps: 600, loss: 0.1, valBpb: 9.9, tokensPerSecond: null, etaSeconds: null };
  services.rows = services.rows.map((row) => ({ ...row, status: "done", liveness: "ended", stage: "base_train", progress: end }));
  shell.showScreen("compare");
  await settle(() => {
    tick(1000);
    return shell.runs.loaded && terminal.shown.includes(id);
  });
  const row = terminal.shown.split("\n").find((one) => one.includes(id));
  expect(row).toMatch(/ – +– +– +– /);
});
