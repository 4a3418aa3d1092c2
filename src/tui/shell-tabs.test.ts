import { afterEach, expect, test } from "bun:test";
import { fakeStage, START } from "../panels/fake-data.ts";
import { type FakeTerminal, fakeRow } from "./fake-terminal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("the list of runs has the live one first; enter attaches, A adopts what nobody looks after", async () => {
  const { terminal, services, shell, tick } = await start(trainedRun());
  services.rows.push(fakeRow("20260102-orphan", { status: "running", liveness: "unattended" }), fakeRow("20260103-old"));
  terminal.press("6");
  await settle(() => shell.runs.rows.length === 3);
  tick(300);
  await settle(() => terminal.shown.includes("20260103-old"));
  const order = terminal.shown.split("\n").flatMap((row) => row.match(/^│ (2026010\d)-/)?.[1] ?? []);
  expect(order).toEqual(["20260101", "20260102", "20260103"]);
  terminal.press("A");
  expect(terminal.shown).toContain("somebody looks after it already");
  terminal.press("j", "A");
  await settle(() => services.adopted.length === 1);
  expect(services.adopted).toEqual(["20260102-orphan"]);
  terminal.press("k", "enter");
  await settle(() => shell.state.tab === "train");
});

test("a run that cannot be opened is told in a sentence, and nothing else is lost", async () => {
  const { terminal, services, shell } = await start();
  services.rows.push(fakeRow("20259999-gone"));
  terminal.press("6");
  await settle(() => terminal.shown.includes("20259999-gone"));
  terminal.press("end", "enter");
  await settle(() => terminal.shown.includes("There is no run 20259999-gone"));
  expect(shell.run?.id).toBe("20260101-120000-pocket");
});

test("the configuration shows each value with where it came from", async () => {
  const { terminal, shell } = await start();
  terminal.press("2");
  await settle(() => shell.config.draft !== null);
  shell.draw();
  expect(terminal.shown).toMatch(/depth +4 +pocket/);
  expect(terminal.shown).toContain("what depth is for");
  terminal.press("/");
  terminal.type("eval");
  expect(terminal.shown).toContain("eval_every");
  expect(terminal.shown).not.toContain("save_every ");
});

test("after the end one key goes to a chat with the newest checkpoint, which streams and tells its figures", async () => {
  const run = trainedRun({
    status: "done",
    endedAt: new Date(START).toISOString(),
    stages: [fakeStage(1, "base_train", { status: "done" })],
  });
  run.reader.event("checkpoint", { dir: "/b", bytes: 1 }, { step: 600 });
  const { terminal, services, shell, tick } = await start(run);
  expect(terminal.shown).toContain("C chat with the new checkpoint");
  terminal.press("C");
  await settle(() => shell.chat.loaded !== null);
  terminal.type("what is Paris?");
  expect(terminal.shown).toContain("› what is Paris?");
  terminal.press("enter");
  await settle(() => shell.chat.records.length === 1);
  tick(100);
  await settle(() => terminal.shown.includes("first token 27 ms · 3 tokens in 500 ms · 6.0 tok/s"));
  expect(terminal.shown).toContain("Paris is it.");
  expect(services.sent[0]?.options).toMatchObject({ mode: "chat", temperature: 0 });
});

test("esc stops a reply that is being written; what has come of it stays", async () => {
  const run = trainedRun();
  const { terminal, services, shell } = await start(run, { initialTab: "eval" });
  const release = Promise.withResolvers<void>();
  services.gate = release.promise;
  await shell.chatWithRun();
  terminal.type("hello");
  terminal.press("enter");
  await settle(() => shell.chat.generating);
  terminal.press("esc");
  expect(services.cancelled).toBe(true);
  release.resolve();
  await settle(() => shell.chat.records.at(-1)?.reply.reason === "cancelled");
  expect(shell.chat.records.at(-1)?.text).toBe("Paris is it.");
});

test("a base model continues what is typed, without a conversation", async () => {
  const { terminal, services, shell } = await start();
  terminal.press("5");
  await settle(() => /base .*600/.test(terminal.shown));
  shell.focus("models");
  terminal.press("down", "enter");
  await settle(() => shell.chat.loaded !== null);
  terminal.type("Once");
  terminal.press("enter");
  await settle(() => services.sent.length === 1);
  expect(services.sent[0]?.options.mode).toBe("continue");
});

test("asked to, it goes to the chat by itself when the run ends well", async () => {
  const { services, shell, run, tick } = await start(trainedRun(), { afterRun: "chat" });
  expect(services.sent).toEqual([]);
  run.reader.event("checkpoint", { dir: "/b", bytes: 1 }, { step: 600 });
  run.record = { ...run.record, status: "done", endedAt: new Date(START).toISOString() };
  run.alive = "ended";
  run.changed = true;
  tick();
  await settle(() => shell.state.tab === "eval" && shell.chat.loaded !== null);
});

test.each([
  ["while a screen is edited", (terminal: FakeTerminal) => terminal.press("e")],
  ["under a dialog", (terminal: FakeTerminal) => terminal.press("?")],
  ["just after a key", (terminal: FakeTerminal) => terminal.press("x")],
] as const)("the end of a run takes the keys from nobody: %s it says how to get to the chat", async (_what, begin) => {
  const { services, shell, terminal, run, tick } = await start(trainedRun(), { afterRun: "chat" });
  begin(terminal);
  run.record = { ...run.record, status: "done", endedAt: new Date(START).toISOString() };
  run.alive = "ended";
  run.changed = true;
  tick();
  expect(shell.state.tab).toBe("train");
  expect(shell.notices.all.at(-1)?.text).toBe("The model can talk: C goes to it");
  tick(10_000);
  expect(shell.state.tab).toBe("train");
  expect(services.sent).toEqual([]);
});

test("a cursor and a zoom are of the stage that they were set in; one of a stage that was chosen stays", async () => {
  const { shell, terminal, run, tick } = await start(trainedRun());
  const next = (): void => {
    const [first] = run.record.stages;
    run.record = {
      ...run.record,
      stages: [
        { ...first!, status: "done" },
        { ...first!, index: 2, name: "02-chat_sft", status: "running" },
      ],
    };
    run.changed = true;
    tick();
  };
  terminal.press("c");
  terminal.press("+");
  expect(shell.state.chart.cursor).not.toBeNull();
  next();
  expect(shell.state.chart).toMatchObject({ cursor: null, window: { kind: "all" } });
  expect(shell.notices.all.at(-1)?.text).toBe("The next stage has begun: the cursor was put away");
});

test("the list of runs says of the attached run what its journal says, not what was written a second ago", async () => {
  const run = trainedRun();
  const progress = { stage: 1, step: 290, totalSteps: 600, loss: 2.6, valBpb: null, tokensPerSecond: null, etaSeconds: null };
  const { terminal, tick } = await start(run, {}, [120, 36], (services) => {
    services.rows = [fakeRow(run.id, { status: "running", liveness: "owned", progress })];
  });
  terminal.press("6");
  await settle(() => {
    tick(1000);
    return terminal.shown.includes("300/600   50%");
  });
  expect(terminal.shown).toContain("2.5000");
});
