import { expect, test } from "bun:test";
import type { EventKind, StoredEvent } from "../core/journal.ts";
import type { RunView } from "../services/run-view.ts";
import { Follower } from "./follow.ts";
import type { Face } from "./output.ts";

/** What is told of the events of a run that has ended. */
async function told(events: readonly StoredEvent[], values: Readonly<Record<string, number>> = {}): Promise<string[]> {
  const lines: string[] = [];
  const face = { json: false, line: (_: unknown, text: string) => lines.push(text), note: (text: string) => lines.push(text) };
  const view = {
    refresh() {},
    reader: {
      events: ({ afterSeq }: { afterSeq: number }) => events.filter(({ seq }) => seq > afterSeq),
      nearest: (_: number, metric: string, __: string, key: number) =>
        values[metric] === undefined ? null : { key, value: values[metric] },
    },
    state: () => ({ id: "run", status: "done", progress: null, stages: [] }),
  };
  // Of both only what a follower asks of them.
  const ended = await new Follower(view as unknown as RunView, face as unknown as Face, false).untilEnd();
  expect(ended.ok).toBe(true);
  return lines;
}

const event = (seq: number, kind: EventKind, body: Record<string, unknown>): StoredEvent => ({
  seq,
  at: Date.UTC(2026, 0, 1, 12, 0, seq),
  stage: 1,
  step: 11,
  kind,
  body,
});

test("a pause is told with how long it lasted, which its last event alone does not say", async () => {
  const pause = { id: "p", kind: "pause" };
  const lines = await told([
    event(1, "request", { ...pause, phase: "requested" }),
    event(3, "request", { ...pause, phase: "applied", step: 11 }),
    event(5, "request", { id: "s", kind: "save", phase: "seen", step: 11 }),
    event(23, "request", { ...pause, phase: "done", step: 11 }),
  ]);
  expect(lines[0]).toBe("  pause · requested at step 11");
  expect(lines[1]).toMatch(/^ {2}pause · applied at step 11 · since \d\d:\d\d:\d\d$/);
  expect(lines[2]).toBe("  save now · seen at step 11");
  expect(lines[3]).toMatch(/^ {2}pause · done at step 11 · 20s from \d\d:\d\d:\d\d$/);
});

test("samples are told once, how many, and evaluations with what they came to, before what came after them", async () => {
  const phase = (seq: number, name: string, state: string): StoredEvent => event(seq, "phase", { name, state, seconds: 0.25 });
  const samples = [6, 7, 8].flatMap((seq) => [
    phase(3 * seq, "sample", "begin"),
    phase(3 * seq + 1, "sample", "end"),
    event(3 * seq + 2, "sample", { prompt: "The sky is", text: " blue" }),
  ]);
  const lines = await told(
    [
      ...["eval", "core"].flatMap((name, i) => [phase(2 * i + 1, name, "begin"), phase(2 * i + 2, name, "end")]),
      ...samples,
      ...["save", "compile"].flatMap((name, i) => [phase(30 + i, name, "begin"), phase(40 + i, name, "end")]),
      event(50, "checkpoint", { dir: "/base/d4", bytes: 2048 }),
    ],
    { "val/bpb": 3.0207, "core/metric": 0.2 },
  );
  expect(lines).toEqual([
    "  evaluation 11 · bpb 3.0207 in 250 ms",
    "  CORE evaluation 11 · CORE 0.2000 in 250 ms",
    "  3 samples at step 11",
    "  checkpoint of step 11 in /base/d4 (2.00 KiB)",
  ]);
});
