/** How alerts are told as they come and go. */
import { afterEach, expect, test } from "bun:test";
import { DELIVERY, FILE_IS_WELL, IDLE_LIMIT, stageHasEnded, stageWasLost } from "../core/alert.ts";
import { fakeState, START } from "../panels/fake-data.ts";
import { raise, SPIKE, tell, withAlert } from "./alert-fixture.ts";
import { FakeRun } from "./fake-terminal.ts";
import { notification, oscText } from "./osc.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("an open alert is counted in the status bar until it is over; what there was before is not told again", async () => {
  const { terminal, run, tick } = await withAlert();
  expect(terminal.row(-1)).toContain("▲1");
  expect(terminal.signals).toEqual([]);
  expect(terminal.shown).not.toContain("a lists the alerts");
  tell(run, { phase: "cleared", key: "spike", why: "The loss is back at 2.6" }, START + 60_000);
  tick();
  expect(terminal.row(-1)).not.toContain("▲");
});

test("where it is narrow the count of alerts stays, rather than what is left, the share and the steps", async () => {
  const run = trainedRun();
  raise(run);
  const row = async (width: number): Promise<string> => (await start(run, {}, [width, 16])).terminal.row(-1).trim();
  expect(await row(60)).toBe("TRAIN │ ● running pocket 300/600 50% │ ▲1 │ Overview");
  expect(await row(50)).toBe("TRAIN │ ● running pocket 50% │ ▲1 │ Overview");
  expect(await row(42)).toBe("TRAIN │ ● running pocket │ ▲1 │ Overview");
  expect(await row(30)).toBe("TRAIN │ ● running pocket │ ▲1");
  expect(await row(24)).toMatch(/^TRAIN │ ▲1 │ ● running/);
});

test("a raised alert makes a toast, rings the bell and is shown on the desktop, once", async () => {
  const { terminal, run, tick } = await start();
  raise(run);
  tick();
  expect(terminal.shown).toContain("The loss jumped to 4.1000 at step 250");
  expect(terminal.row(-1)).toContain("▲1");
  await settle(() => terminal.signals.length > 0);
  expect(terminal.signals).toEqual([{ bell: true, desktop: { title: `nanochat ${run.id}`, text: SPIKE.cause } }]);
  tick(1000);
  raise(run, { severity: "bad", cause: "It is worse." });
  tick();
  await settle(() => terminal.signals.length > 1);
  expect(terminal.signals[1]?.desktop?.text).toBe("It is worse.");
  expect(terminal.row(-1)).toContain("✕1");
});

test("warnings and what is bad are counted apart, by signs of their own", async () => {
  const run = trainedRun();
  raise(run);
  raise(run, { key: "nonfinite", severity: "bad", cause: "The loss is NaN." });
  const { terminal } = await start(run);
  expect(terminal.row(-1)).toContain("✕1 ▲1");
  terminal.press("a");
  for (const told of [/▲ .*spike/, /✕ .*nonfinite/]) expect(terminal.shown).toMatch(told);
});

test("an alert that comes again soon says so with a count, and rings no bell", async () => {
  const { terminal, run, tick } = await start();
  for (let i = 0; i < 3; i++) {
    const at = START + 60_000 + i * 20_000;
    tell(run, { phase: "raised", ...SPIKE }, at);
    tick(1000);
    if (i < 2) tell(run, { phase: "cleared", key: "spike", why: "The loss is back at 2.6" }, at + 5000);
    tick(1000);
  }
  expect(terminal.shown).toContain("Again (2 times within 10 minutes): The loss jumped");
  raise(run, { key: "gpu-idle/0", cause: "It does nothing." });
  tick(1000);
  await settle(() => terminal.signals.length > 1);
  expect(terminal.signals.map(({ desktop }) => desktop?.text)).toEqual([SPIKE.cause, "It does nothing."]);
  terminal.press("a");
  expect(terminal.shown).toContain("Again (2 times within 10 minutes): The loss jumped");
});

test("what ends with its stage is told in one word, and neither what somebody knew of nor what was over before", async () => {
  const run = trainedRun();
  for (const key of ["plateau", "spike", "throughput"]) raise(run, { key });
  const over = (key: string, why: string): void => tell(run, { phase: "cleared", key, why }, START + 60_000);
  const { terminal, shell, tick } = await start(run);
  raise(run, { key: "gpu-idle/0" });
  over("throughput", "It is as fast as before");
  tell(run, { phase: "acknowledged", key: "plateau", from: "cli" });
  tick();
  const told = shell.notices.all.length;
  for (const key of ["plateau", "spike", "gpu-idle/0"]) over(key, stageHasEnded("01-base_train"));
  tick();
  const ended = "2 alerts ended with the stage base_train: spike, gpu-idle/0 · a lists the alerts";
  expect(shell.notices.all.slice(told).map(({ text }) => text)).toEqual([ended]);
  expect(terminal.shown).toContain("2 alerts ended with the stage base_train");
  run.changed = true;
  tick();
  expect(shell.notices.all).toHaveLength(told + 1);
  // What has been so when one comes to a run is history.
  await shell.attach(run.id);
  tick();
  expect(shell.notices.all).toHaveLength(told + 1);
});

test("what is over because a followed run was lost is told as what ends with its stage", async () => {
  const { shell, run, tick } = await start();
  raise(run);
  tick();
  tell(run, { phase: "cleared", key: "spike", why: stageWasLost("01-base_train", "its file is gone") }, START + 60_000);
  tick();
  expect(shell.notices.all.at(-1)?.text).toContain("1 alert ended with the stage base_train");
});

test("an alert that ends with its stage is told in place of the toast that told it", async () => {
  const run = trainedRun();
  const { shell, terminal, tick } = await start(run);
  const told = (): string[] => shell.notices.visible(shell.now).map(({ text }) => text);
  terminal.press("e");
  raise(run, { severity: "bad" });
  tick();
  expect(told()).toEqual([`${SPIKE.cause} · esc, then a lists the alerts`]);
  terminal.press("esc");
  tell(run, { phase: "cleared", key: "spike", why: stageHasEnded("01-base_train") }, START + 60_000);
  tick();
  expect(told()).toEqual([`1 alert ended with the stage base_train: ${SPIKE.cause} · a lists the alerts`]);
});

test("what the supervisor could not do is told as it happens, and not what there was before, nor what others say", async () => {
  const run = trainedRun();
  const problem = (source: string, what: string): void => {
    run.reader.event("problem", { source, code: "usage", what, why: "no such watch", remedy: "Mend it" });
    run.changed = true;
  };
  problem("supervisor", "/home/alerts.yaml:1 is wrong");
  const { shell, terminal, tick } = await start(run);
  problem("supervisor", "/home/alerts.yaml:2 is wrong");
  problem("process-log", "It ran out of memory");
  tick();
  tick();
  run.reader.event("note", { tag: FILE_IS_WELL, what: "alerts.yaml is mended, and counts as it is now" });
  run.reader.event("note", { tag: IDLE_LIMIT, what: "The limit low is on nothing" });
  run.reader.event("note", { tag: "another", what: "nothing for people" });
  run.changed = true;
  tick();
  tick();
  expect(shell.notices.all.map(({ text }) => text)).toEqual([
    "/home/alerts.yaml:2 is wrong: no such watch. Mend it.",
    "alerts.yaml is mended, and counts as it is now",
    "The limit low is on nothing",
  ]);
  expect(terminal.signals).toEqual([]);
});

test("that an alert was told to nobody outside is told here, once for each reason", async () => {
  const run = trainedRun();
  const { shell, tick } = await start(run);
  const deliver = (outcome: string, why: string | null): void => {
    run.reader.event("note", { tag: DELIVERY, fields: { key: "spike", way: "webhook", outcome, why } });
    run.changed = true;
    tick();
    tick();
  };
  for (const why of ["hooks.org could not be reached.", "hooks.org could not be reached.", "hooks.org answered with 500."])
    deliver("failed", why);
  deliver("sent", null);
  expect(shell.notices.all.map(({ level, text }) => [level, text])).toEqual(
    ["hooks.org could not be reached.", "hooks.org answered with 500."].map((why) => [
      "bad",
      `An alert was not told by the webhook: ${why} \`nanochat-cli alerts test\` tries it again`,
    ]),
  );
});

test("why something cannot be done is of no use any more when something else was", async () => {
  const { terminal } = await start(trainedRun(), {}, [120, 36]);
  terminal.press("A");
  expect(terminal.shown).toContain("Adopt");
  terminal.press("x");
  expect(terminal.shown).not.toContain("Adopt");
});

test.each([
  ["somebody knows of its alert, from here or elsewhere", { phase: "acknowledged", key: "spike", from: "cli" }],
  ["what it tells is over", { phase: "cleared", key: "spike", why: "The loss is back at 2.6" }],
] as const)("a toast that stays until it was seen goes when %s", async (_, body) => {
  const { terminal, run, tick } = await start();
  raise(run, { severity: "bad" });
  tick();
  tick(60_000);
  expect(terminal.shown).toContain("The loss jumped to 4.1000");
  expect(terminal.shown).toContain("a lists the alerts");
  tell(run, body, START + 60_000);
  tick();
  expect(terminal.shown).not.toContain("a lists the alerts");
});

test("whoever looks at the list has seen the toasts; one of a run that is left names it", async () => {
  const { terminal, services, shell, run, tick } = await start();
  raise(run, { severity: "bad" });
  tick();
  expect(terminal.shown).toMatch(/ [▲✕] The loss jumped/);
  services.add(new FakeRun(fakeState({ id: "other", name: "other" }), "owned"));
  await shell.attach("other");
  tick();
  expect(terminal.shown).toContain(` ${run.record.name}: The loss jumped`);
  terminal.press("a", "esc");
  expect(terminal.shown).not.toContain("The loss jumped");
});

test("what was refused to a run that is left names it, once, and no answer of another run takes its place", async () => {
  const { shell, services, run, tick } = await start();
  const told = (): string[] => shell.notices.visible(shell.now).map(({ text }) => text);
  const answer = (of: FakeRun, phase: "refused" | "done"): void => {
    const at = new Date(START).toISOString();
    of.reader.asked.push({ id: phase, kind: "save", phase, step: 1, path: null, bytes: null, reason: "too late", at });
    of.changed = true;
    tick();
    tick();
  };
  run.changed = true;
  tick();
  answer(run, "refused");
  expect(told()).toEqual(["save now · refused: too late"]);
  const others = ["other", "third"].map((id) => new FakeRun(fakeState({ id, name: id }), "owned"));
  for (const other of others) {
    services.add(other);
    await shell.attach(other.id);
    other.changed = true;
    tick();
    answer(other, "done");
  }
  expect(told()[0]).toBe(`${run.record.name}: save now · refused: too late`);
});

test("what is said once more stands there once", async () => {
  const { terminal, shell, tick } = await start();
  for (let i = 0; i < 3; i++) shell.notify("info", "By clock");
  tick();
  expect(terminal.shown.match(/By clock/g)).toHaveLength(1);
  expect(shell.notices.all.filter(({ text }) => text === "By clock")).toHaveLength(3);
});

test("in quiet hours the toast alone tells", async () => {
  const { terminal, services, run, tick } = await start();
  services.manners = { bell: false, desktop: false };
  raise(run);
  tick();
  await settle(() => services.mannersAsked > 0);
  expect(terminal.signals).toEqual([]);
  expect(terminal.shown).toContain("The loss jumped");
});

test("nothing that a terminal would obey gets into a notification", () => {
  expect(oscText("a\x1b]0;title\x07b\nc;d")).toBe("ab c d");
  const sent = notification({ title: "4;run", text: "loss \x1b[31mred\x07" });
  expect(sent).toBe("\x1b]9;#4 run: loss red\x07\x1b]777;notify;4 run;loss red\x07");
});
