import { afterEach, expect, test } from "bun:test";
import { fakeStage, START } from "../panels/fake-data.ts";
import { type FakeRun, fakeRow } from "./fake-terminal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("the list of runs has the live one first; enter attaches, A adopts what nobody looks after", async () => {
  const { terminal, services, shell, tick } = await start(trainedRun());
  services.rows.push(fakeRow("20260102-orphan", { status: "running", liveness: "unattended" }), fakeRow("20260103-old"));
  terminal.press("6");
  await settle(() => shell.runs.rows.length === 3);
  tick(300);
  await settle(() => terminal.shown.includes("20260103-old"));
  const order = terminal.shown.split("\n").flatMap((row) => row.match(/^│ {3}(2026010\d)-/)?.[1] ?? []);
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
  run.reader.event("checkpoint", { path: "/b/chatsft_checkpoints/d4", bytes: 1 }, { step: 400 });
  const { terminal, services, shell, tick } = await start(run);
  expect(terminal.shown).toContain("C chat with the new checkpoint");
  terminal.press("C");
  await settle(() => shell.chat.loaded !== null);
  terminal.type("what is Paris?");
  expect(terminal.shown).toContain("› what is Paris?");
  terminal.press("enter");
  await settle(() => shell.chat.conversations.replies.length === 1);
  tick(100);
  await settle(() => terminal.shown.includes("first token 27 ms · 3 tokens in 500 ms · 6.0 tok/s"));
  expect(terminal.shown).toContain("Paris is it.");
  expect(services.sent[0]?.options).toMatchObject({ mode: "chat", temperature: 0 });
});

test("after the end a checkpoint that was saved with a loss that is no number is not offered without a word", async () => {
  const run = trainedRun({ status: "stopped", stages: [fakeStage(1, "base_train", { status: "stopped" })] });
  run.reader.put(1, "train/loss_raw", [301, Number.NaN]).event("checkpoint", { path: "/b/base_checkpoints/d4", bytes: 1 }, { step: 302 });
  const { terminal } = await start(run);
  expect(terminal.shown).toContain("C chat with the new checkpoint (its loss is NaN)");
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
  await settle(() => shell.chat.conversations.replies.at(-1)?.reply.reason === "cancelled");
  expect(shell.chat.conversations.replies.at(-1)?.text).toBe("Paris is it.");
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

function end(run: FakeRun): void {
  run.reader.event("checkpoint", { path: "/b/chatsft_checkpoints/d4", bytes: 1 }, { step: 400 });
  run.record = { ...run.record, status: "done", endedAt: new Date(START).toISOString() };
  run.alive = "ended";
  run.changed = true;
}

test("the end of a run takes nobody away from what is looked at: it is told, and marked at the tab until that is come to", async () => {
  const { services, shell, terminal, run, tick } = await start(trainedRun());
  end(run);
  tick();
  expect(shell.notices.all.at(-1)?.text).toBe("The run is done and the model can talk: C goes to it");
  tick(10_000);
  expect(shell.state.tab).toBe("train");
  expect(services.sent).toEqual([]);
  expect(terminal.row(0)).toContain("5 Eval ◆");
  terminal.press("C");
  await settle(() => shell.state.tab === "eval" && shell.chat.loaded !== null);
  shell.draw();
  expect(terminal.row(0)).not.toContain("◆");
});

test("while a screen is edited the end of a run is told with the way out of the editor", async () => {
  const { shell, terminal, run, tick } = await start(trainedRun());
  terminal.press("e");
  end(run);
  tick();
  expect(shell.notices.all.at(-1)?.text).toBe("The run is done and the model can talk: esc, then C goes to it");
});

test("elsewhere than on Train the end of a run is told with the key that works there; a run without a checkpoint has nothing to mark", async () => {
  const { shell, terminal, run, tick } = await start(trainedRun());
  terminal.press("6");
  end(run);
  tick();
  expect(shell.state.tab).toBe("runs");
  expect(shell.notices.all.at(-1)?.text).toBe("The run is done and the model can talk: 5 Eval, or on Train C, goes to it");
  const bare = await start(trainedRun());
  bare.run.record = { ...bare.run.record, status: "done" };
  bare.run.changed = true;
  bare.tick();
  expect(bare.terminal.row(0)).not.toContain("◆");
});

function beginSecondStage(run: FakeRun): void {
  const [first] = run.record.stages;
  run.record = {
    ...run.record,
    stages: [
      { ...first!, status: "done" },
      { ...first!, index: 2, name: "02-chat_sft", status: "running" },
    ],
  };
  run.changed = true;
}

test("who looks at a place of a stage stays there when the next one begins; the key that is named goes on, without cursor and zoom", async () => {
  const run = trainedRun();
  run.plan = { ...run.plan, stages: [...run.plan.stages, { ...run.plan.stages[0]!, name: "02-chat_sft", script: "scripts.chat_sft" }] };
  const { shell, terminal, tick } = await start(run);
  terminal.press("c", "+");
  const { cursor } = shell.state.chart;
  expect(cursor).not.toBeNull();
  beginSecondStage(run);
  tick();
  expect(shell.notices.all.at(-1)?.text).toBe("chat_sft has begun: } goes to it");
  expect(shell.state.chart.cursor).toBe(cursor);
  expect(shell.facts()?.stage).toBe(1);
  expect(terminal.row(-2)).toContain("} next stage");
  terminal.press("}");
  expect(terminal.row(-2)).not.toContain("} next stage");
  expect(shell.state.stage).toBeNull();
  expect(shell.state.chart).toMatchObject({ cursor: null, window: { kind: "all" } });
});

test("a zoom that goes with the run, and a cursor that nobody looks at, end with their stage", async () => {
  const { shell, terminal, run, tick } = await start(trainedRun());
  terminal.press("c", "+", "6");
  beginSecondStage(run);
  tick();
  expect(shell.state.chart).toMatchObject({ cursor: null, window: { kind: "all" } });
  expect(shell.state.stage).toBeNull();
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
    return terminal.shown.includes("300/600  50%");
  });
  expect(terminal.shown).toContain("2.5000");
});
