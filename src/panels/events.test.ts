import { expect, test } from "bun:test";
import { DELIVERY, IDLE_LIMIT } from "../core/alert.ts";
import { clock } from "../lib/format.ts";
import { FakeData, fakeStage, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelInput, panelLines, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";

const lines = (data: FakeData, given: Given = {}): string[] =>
  panelLines("events", data, { width: 90, ...given }).map((line) => lineText(line).replace(/\d\d:\d\d:\d\d /, ""));

const request = (kind: "save" | "patch", seconds: number) => ({
  id: `${kind}${seconds}`,
  kind,
  phase: "done" as const,
  step: 3,
  path: "/x",
  bytes: kind === "save" ? 10 : null,
  reason: null,
  at: new Date(START + seconds * 1000).toISOString(),
  ...(kind === "patch" ? { changes: [{ name: "eval_every", from: 100, to: 50 }] } : {}),
});

function eventful(): FakeData {
  const data = new FakeData().put(1, "val/bpb", [0, 3], [500, 0.9312]).put(1, "time/wall", [0, START], [500, START + 5000]);
  data
    .event("gap", { seconds: 12, reason: "the disk was full" }, { at: START })
    .event("phase", { name: "compile", state: "end", seconds: 30 }, { at: START + 500 })
    .event("rewind", { from: 500, to: 400 }, { at: START + 2000 })
    .event("phase", { name: "eval", state: "begin" }, { at: START + 4000, step: 500 })
    .event("phase", { name: "eval", state: "end", seconds: 12.3 }, { at: START + 5000, step: 500 });
  data.asked.push(request("save", 1), request("patch", 6));
  return data;
}

test("of a problem with a file the cause stands before the path, which may leave no room", () => {
  const data = new FakeData().event("problem", { what: "/home/a/runs/b/state.json could not be written", why: "the disk is full" });
  data.event("problem", { what: "The script raised KeyError", why: "x" });
  expect(lines(data)).toEqual(["✕ the disk is full: /home/a/runs/b/state.json could not be written", "✕ The script raised KeyError: x"]);
});

test("events come in the order of time, requests among them, evaluations with what they came to", () => {
  expect(lines(eventful())).toEqual([
    "▲ 12s of telemetry missing: the disk was full",
    "○ save now · done at step 3 · 10 B",
    "⟳ resumed: back from step 500 to 400",
    "▾ evaluation 500 · bpb 0.9312 in 12s",
    "✎ eval_every 100 → 50 @ 3",
  ]);
});

test("kinds can be chosen, and what is chosen is said", () => {
  expect(lines(eventful(), { options: { kinds: ["patches", "phases"] } })).toEqual(["· compile took 30s", "✎ eval_every 100 → 50 @ 3"]);
  expect(panelScene("events", eventful(), { options: { kinds: ["alerts"] } }).settings).toBe("alerts");
  expect(panelShown("events", eventful(), { options: { kinds: ["alerts"] } })).toContain("No alerts so far");
  expect(panelShown("events", eventful(), { options: { kinds: [] } })).toContain("No kind of event is chosen");
});

test("a limit on what nothing logs is told among the alerts, and other notes are not", () => {
  const data = new FakeData().event("note", { tag: IDLE_LIMIT, what: "The limit low is on nothing" }).event("note", { tag: "bye" });
  expect(lines(data)).toEqual(["· The limit low is on nothing"]);
  expect(lines(data, { options: { kinds: ["problems"] } })).toEqual([]);
});

test("an alert that was told to nobody outside is said to be, one that was told is not", () => {
  const note = (outcome: string, why: string | null) => ({ tag: DELIVERY, fields: { key: "spike", way: "command", outcome, why } });
  const data = new FakeData().event("note", note("failed", "ring took longer than 2 s.")).event("note", note("sent", null));
  expect(lines(data)).toEqual(["✕ An alert was not told by the command: ring took longer than 2 s."]);
});

test("an alert is told once, with what has become of it", () => {
  const alert = { key: "spike", watch: "spike", severity: "warn", cause: "The loss jumped", evidence: [], actions: [] };
  const data = new FakeData().event("alert", { phase: "raised", ...alert }, { at: START });
  expect(lines(data)).toEqual(["▲ The loss jumped"]);
  data.event("alert", { phase: "acknowledged", key: "spike", from: "tui" }, { at: START + 1000 });
  expect(lines(data)).toEqual(["▲ The loss jumped · acknowledged"]);
  data.event("alert", { phase: "cleared", key: "spike", why: "it came back" }, { at: START + 120_000 });
  expect(lines(data)).toEqual(["▲ The loss jumped · over after 2m 00s: it came back"]);
  data.event("alert", { phase: "raised", ...alert, key: "nan", severity: "bad", cause: "The loss is NaN" }, { at: START + 130_000 });
  expect(lines(data).at(-1)).toBe("✕ The loss is NaN");
});

test("with a cursor the events around that moment are shown, its newest one marked", () => {
  const shown = lines(eventful(), { height: 5, at: 0 });
  expect(shown).toEqual([
    "▸ ▲ 12s of telemetry missing: the disk was full",
    "  ○ save now · done at step 3 · 10 B",
    "  ⟳ resumed: back from step 500 to 400",
  ]);
  expect(lines(eventful(), { height: 5, at: 500 })[1]).toStartWith("▸ ▾ evaluation 500");
});

test("older ones are scrolled to, and how many are later is said", () => {
  const input = panelInput("events", eventful(), { height: 5 });
  expect(findPanel("events")?.scroll?.(input, -1)).toEqual({ scroll: 1 });
  expect(findPanel("events")?.scroll?.(input, -99)).toEqual({ scroll: 2 });
  const scene = panelScene("events", eventful(), { height: 5, view: { scroll: 2 } });
  expect(scene.note).toBe("2 later");
});

test("events of the chosen stage only", () => {
  const data = new FakeData().event("rewind", { from: 5, to: 4 }, { stage: 1 }).event("rewind", { from: 9, to: 8 }, { stage: 2 });
  expect(lines(data)).toHaveLength(2);
  expect(lines(data, { options: { stage: true } })).toEqual(["⟳ resumed: back from step 5 to 4"]);
});

test("a save that was made is told once, by its checkpoint", () => {
  const data = new FakeData().event("checkpoint", { bytes: 10, seconds: 1, trigger: "request" }, { step: 3, at: START + 1000 });
  data.asked.push({ ...request("save", 1), stage: 1 });
  expect(lines(data)).toEqual(["◆ checkpoint 3 as asked · 10 B in 1.0s"]);
  expect(lines(data, { options: { kinds: ["requests"] } })).toEqual(["○ save now · done at step 3 · 10 B"]);
});

test("a pause stands where it began, with how long it lasted, and what let it go on where that was", () => {
  const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
  const asked = { ...request("save", 0), bytes: null, path: null };
  const data = new FakeData().event("rewind", { from: 5, to: 4 }, { at: START + 5000 });
  data.asked.push({ ...asked, id: "p", kind: "pause", phase: "done", at: at(20), appliedAt: at(0) });
  data.asked.push({ ...asked, id: "r", kind: "resume", phase: "done", at: at(20), appliedAt: at(20) });
  const told = panelLines("events", data, { width: 90 }).map(lineText);
  expect(told).toEqual([
    `${clock(START, true)} ○ pause · done at step 3 · 20s`,
    `${clock(START + 5000, true)} ⟳ resumed: back from step 5 to 4`,
    `${clock(START + 20_000, true)} ○ go on · done at step 3`,
  ]);
});

test("only a stage that is running has the sign of what is live", () => {
  const data = new FakeData().event("stage", { name: "01-base_train", status: "running" }, { at: START });
  expect(lines(data)).toEqual(["● base_train running"]);
  const over = fakeState({ stages: [fakeStage(1, "base_train", { status: "done" })] });
  expect(lines(data, { facts: { state: over } })).toEqual(["· base_train began"]);
});
