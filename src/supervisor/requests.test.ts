import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PatchField } from "../core/bridge.ts";
import type { JournalEvent } from "../core/journal.ts";
import type { RequestKind } from "../core/run.ts";
import { SupervisorLog } from "./log.ts";
import { type DeskStage, RequestDesk } from "./requests.ts";
import type { Hello } from "./watch.ts";

const YES = { available: true, reason: null, how: "test" };
const HELLO: Hello = {
  python: null,
  torch: null,
  capabilities: { save: YES, stop: YES, evaluate: YES, sample: YES, pause: YES, patch: YES },
};
const EVAL_EVERY: PatchField = { name: "eval_every", type: "int", value: 100, min: 1, max: null, effect: "", frozen: null };
const DEPTH: PatchField = { ...EVAL_EVERY, name: "depth", frozen: "the model has been built with it" };

let folder: string;
let events: JournalEvent[];
let hello: Hello | null;
let fields: PatchField[] | null;
let terminated: number;
let desk: RequestDesk;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  mkdirSync(mailbox());
  events = [];
  hello = HELLO;
  fields = null;
  terminated = 0;
  desk = newDesk();
  desk.beginStage(stage());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mailbox = () => join(folder, "requests");
const control = () => join(folder, "control.json");
const sink = { event: (event: JournalEvent) => void events.push(event), log: () => {} };
const newDesk = () => {
  const log = new SupervisorLog();
  log.keepIn(sink);
  return new RequestDesk(mailbox(), sink, log);
};
const stage = (change: Partial<DeskStage> = {}): DeskStage => ({
  index: 1,
  script: "scripts.base_train",
  bridged: true,
  control: control(),
  hello: () => hello,
  fields: () => fields,
  acknowledge: () => null,
  terminate: () => ++terminated > 0,
  ...change,
});
const ask = (id: string, kind: RequestKind = "save", values?: Record<string, unknown>) =>
  writeFileSync(join(mailbox(), `${id}.json`), JSON.stringify({ version: 1, id, kind, at: "2026-11-23T12:00:00Z", from: "test", values }));
const commands = () => (existsSync(control()) ? JSON.parse(readFileSync(control(), "utf8")).commands : []);
const phases = (id: string) => events.filter(({ kind, body }) => kind === "request" && body["id"] === id).map(({ body }) => body["phase"]);
const trainerSays = (id: string, kind: RequestKind, phase: string) =>
  desk.recall({ stage: 1, at: 0, step: 7, kind: "request", body: { id, kind, phase, step: 7 } });

test("a request is noted, passed on, and its file removed only when the journal has it", () => {
  ask("a");
  desk.attend(0);
  expect(phases("a")).toEqual(["requested"]);
  expect(commands()).toEqual([{ id: "a", command: "save" }]);
  expect(readdirSync(mailbox())).toEqual(["a.json"]);
  desk.attend(1); // the commit failed: the letter is still there
  expect(phases("a")).toEqual(["requested"]);
  desk.committed();
  expect(readdirSync(mailbox())).toEqual([]);
});

test("commands of a stage add up in the order in which they were asked", () => {
  ask("b", "stop");
  ask("a");
  desk.attend(0);
  ask("c");
  desk.attend(1);
  expect(commands().map(({ id }: { id: string }) => id)).toEqual(["a", "b", "c"]);
});

test("a request waits for the trainer to say what it can do", () => {
  hello = null;
  ask("a");
  desk.attend(0);
  expect(commands()).toEqual([]);
  hello = HELLO;
  desk.attend(1);
  expect(commands()).toEqual([{ id: "a", command: "save" }]);
});

test("every command is passed on by its name, a patch with its values", () => {
  ask("a", "evaluate");
  ask("b", "sample");
  ask("c", "patch", { eval_every: 50, matrix_lr: 0.01 });
  desk.attend(0);
  expect(commands()).toEqual([
    { id: "a", command: "evaluate" },
    { id: "b", command: "sample" },
    { id: "c", command: "patch", values: { eval_every: 50, matrix_lr: 0.01 } },
  ]);
});

const reasons = () => events.map(({ body }) => body["reason"]).filter(Boolean);

test("a patch of a frozen field, of the wrong type, out of range, of no field: each is refused before the trainer hears of it", () => {
  fields = [EVAL_EVERY, DEPTH];
  ask("frozen", "patch", { depth: 8 });
  ask("none", "patch", {});
  ask("range", "patch", { eval_every: 0 });
  ask("type", "patch", { eval_every: 2.5 });
  ask("unknown", "patch", { evalevery: 50, depth: 3 });
  desk.attend(0);
  expect(reasons()).toEqual([
    "depth cannot be changed while it runs: the model has been built with it.",
    "A patch needs a field and its new value: name at least one.",
    "eval_every takes 1 or more, not 0.",
    "eval_every takes a whole number, not 2.5.",
    "There is no setting evalevery: did you mean eval_every?; depth cannot be changed while it runs: the model has been built with it.",
  ]);
  expect(commands()).toEqual([]);
});

test("a patch that is meant for a stage that is over never reaches the one that runs now", () => {
  const meant = (id: string, forStage: number) =>
    writeFileSync(
      join(mailbox(), `${id}.json`),
      JSON.stringify({ version: 1, id, kind: "patch", at: "2026-11-23T12:00:00Z", from: "test", values: { eval_every: 50 }, forStage }),
    );
  desk.endStage(true, null);
  meant("a", 1);
  desk.attend(0);
  desk.beginStage(stage({ index: 2, script: "scripts.chat_sft" }));
  meant("b", 2);
  desk.attend(0);
  expect(phases("a")).toEqual(["requested", "refused"]);
  expect(events.find(({ body }) => body["phase"] === "refused")?.body["reason"]).toBe(
    "It was meant for a stage that is over: scripts.chat_sft runs now.",
  );
  expect(commands()).toEqual([{ id: "b", command: "patch", values: { eval_every: 50 } }]);
});

test("a patch is left to the trainer when that has not said what can be patched; two in a row are both passed on", () => {
  ask("a", "patch", { eval_every: 0 });
  ask("b", "patch", { eval_every: 0 });
  desk.attend(0);
  expect(commands().map(({ id }: { id: string }) => id)).toEqual(["a", "b"]);
});

test("a second pause is refused, and so is going on without a pause", () => {
  ask("early", "resume");
  ask("p1", "pause");
  ask("p2", "pause");
  desk.attend(0);
  expect(reasons()).toEqual([
    "The run is not paused: there is nothing to go on from.",
    "The run is paused already: ask it to go on instead.",
  ]);
  expect(commands()).toEqual([{ id: "p1", command: "pause" }]);
});

test("going on waits until the trainer does pause; a pause after it waits until the trainer has gone on", () => {
  ask("p", "pause");
  ask("r", "resume");
  desk.attend(0);
  expect(commands()).toEqual([{ id: "p", command: "pause" }]);
  trainerSays("p", "pause", "applied");
  expect(desk.standing).toBe("paused");
  ask("s", "pause");
  ask("t", "resume");
  desk.attend(1);
  expect(commands().map(({ id }: { id: string }) => id)).toEqual(["p", "r"]);
  trainerSays("p", "pause", "done");
  trainerSays("r", "resume", "done");
  expect(desk.standing).toBe("running");
  desk.attend(2);
  expect(commands().map(({ id }: { id: string }) => id)).toEqual(["p", "r", "s"]);
});

test("a paused run can be stopped, and a stopping one cannot be paused", () => {
  ask("p", "pause");
  desk.attend(0);
  trainerSays("p", "pause", "applied");
  ask("q", "stop");
  ask("r", "pause");
  desk.attend(1);
  expect(commands().map(({ id }: { id: string }) => id)).toEqual(["p", "q"]);
  expect(desk.standing).toBe("stopping");
  expect(reasons()).toEqual(["The run is stopping already: there is nothing left to pause."]);
});

test("the end of a stage answers a pause and a patch that were applied, refuses an evaluation, and the next stage begins", () => {
  ask("e", "evaluate");
  ask("p", "pause");
  ask("v", "patch", { eval_every: 5 });
  desk.attend(0);
  trainerSays("e", "evaluate", "applied");
  trainerSays("p", "pause", "applied");
  trainerSays("v", "patch", "applied");
  expect(desk.endStage(true, null)).toBe(false);
  expect(phases("e").at(-1)).toBe("refused");
  expect(phases("p").at(-1)).toBe("done");
  expect(phases("v").at(-1)).toBe("done");
});

test("a successor knows that the run is paused, and lets it go on once", () => {
  ask("p", "pause");
  desk.attend(0);
  trainerSays("p", "pause", "applied");
  const noted: JournalEvent[] = [
    ...events,
    { stage: 1, at: 0, step: 7, kind: "request", body: { id: "p", kind: "pause", phase: "applied" } },
  ];
  desk = newDesk();
  for (const event of noted) desk.recall(event);
  desk.beginStage(stage());
  expect(desk.standing).toBe("paused");
  ask("r", "resume");
  desk.attend(0);
  desk.attend(1);
  expect(commands()).toEqual([
    { id: "p", command: "pause" },
    { id: "r", command: "resume" },
  ]);
});

test("who asked, when and for what stands in the journal", () => {
  ask("c", "patch", { eval_every: 50 });
  desk.attend(0);
  expect(events[0]?.body).toMatchObject({ askedAt: "2026-11-23T12:00:00Z", from: "test", values: { eval_every: 50 } });
});

test("what the trainer cannot do is refused with its reason", () => {
  hello = { ...HELLO, capabilities: { save: { available: false, reason: "The save block was not found.", how: "" } } };
  ask("a");
  ask("b", "stop");
  desk.attend(0);
  expect(events.map(({ body }) => body["reason"]).filter(Boolean)).toEqual([
    "The save block was not found.",
    "scripts.base_train did not say how to stop it.",
  ]);
  expect(commands()).toEqual([]);
});

test("a successor passes on what was noted but not passed on, and nothing twice", () => {
  ask("a");
  desk.attend(0);
  desk.committed();
  const noted = [...events, { stage: 1, at: 0, step: null, kind: "request", body: { id: "b", kind: "stop", phase: "requested" } } as const];
  desk = newDesk();
  for (const event of noted) desk.recall(event);
  desk.beginStage(stage());
  desk.attend(0);
  expect(commands()).toEqual([
    { id: "a", command: "save" },
    { id: "b", command: "stop" },
  ]);
});

test("a letter that was noted before its file could be removed is not noted again", () => {
  ask("a");
  desk.attend(0);
  const noted = [...events];
  desk = newDesk();
  for (const event of noted) desk.recall(event);
  desk.beginStage(stage());
  events.length = 0;
  desk.attend(0);
  desk.committed();
  expect(events).toEqual([]);
  expect(readdirSync(mailbox())).toEqual([]);
});

test("an open stop ends the pipeline when its stage ends by itself; an open save is refused", () => {
  ask("a");
  ask("b", "stop");
  desk.attend(0);
  expect(desk.standing).toBe("stopping");
  expect(desk.endStage(true, { path: "/c", bytes: 5, step: 7 })).toBe(true);
  expect(phases("a")).toEqual(["requested", "refused"]);
  expect(events.at(-1)?.body).toMatchObject({ id: "b", phase: "done", path: "/c", bytes: 5, step: 7 });
  expect(desk.standing).toBe("running");
});

test("a stop that the trainer refused does not end the pipeline", () => {
  ask("b", "stop");
  desk.attend(0);
  trainerSays("b", "stop", "refused");
  expect(desk.endStage(true, null)).toBe(false);
});

test("a stop that the trainer has done is told as the stage's own", () => {
  ask("b", "stop");
  desk.attend(0);
  trainerSays("b", "stop", "done");
  expect(desk.stopped).toMatchObject({ id: "b", step: 7 });
  desk.endStage(true, null);
  desk.beginStage(stage({ index: 2 }));
  expect(desk.stopped).toBeNull();
});

test("stop-now signals once, whatever the stage", () => {
  desk.beginStage(stage({ bridged: false }));
  ask("a", "stop-now");
  desk.attend(0);
  desk.attend(1);
  expect(terminated).toBe(1);
  expect(desk.stopNow).toBe(true);
  expect(desk.endStage(false, null)).toBe(true);
  expect(phases("a")).toEqual(["requested", "seen", "done"]);
});

test("a broken letter is given a moment, then put aside and told of", () => {
  const file = join(mailbox(), "x.json");
  writeFileSync(file, '{"version": 1,');
  desk.attend(Date.now());
  expect(existsSync(file)).toBe(true);
  utimesSync(file, 0, 0);
  desk.attend(Date.now());
  expect(readdirSync(mailbox())).toEqual(["x.json.bad"]);
  expect(events.map(({ kind }) => kind)).toEqual(["problem"]);
});

test("a letter whose values are no numbers is put aside, and the trainer never sees it", () => {
  ask("x", "patch", { eval_every: "often" });
  utimesSync(join(mailbox(), "x.json"), 0, 0);
  desk.attend(Date.now());
  expect(readdirSync(mailbox())).toEqual(["x.json.bad"]);
  expect(commands()).toEqual([]);
});

test("a letter of a newer version is answered with a refusal", () => {
  writeFileSync(join(mailbox(), "n.json"), '{"version": 2, "id": "n", "kind": "save"}');
  desk.attend(0);
  desk.committed();
  expect(phases("n")).toEqual(["refused"]);
  expect(events[0]?.body["reason"]).toContain("version 2");
});

test("control.json that cannot be written is tried again", () => {
  mkdirSync(control());
  ask("a");
  desk.attend(0);
  expect(events.map(({ kind }) => kind)).toEqual(["request", "problem"]);
  rmSync(control(), { recursive: true });
  desk.attend(2000);
  expect(commands()).toEqual([{ id: "a", command: "save" }]);
});
