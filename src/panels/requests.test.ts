import { expect, test } from "bun:test";
import { clock } from "../lib/format.ts";
import { awaited } from "./activity.ts";
import { requestText } from "./events.ts";
import { FakeData, fakeFacts, START } from "./fake-data.ts";

test("a request is told with how far it has got", () => {
  const request = { id: "1", kind: "save" as const, path: null, bytes: null, reason: null, at: new Date(START).toISOString() };
  expect(requestText({ ...request, phase: "seen", step: 812 })).toBe("save now · seen at step 812");
  expect(requestText({ ...request, phase: "refused", step: null, reason: "the run has ended" })).toBe(
    "save now · refused: the run has ended",
  );
});

test("a pause is told with when the trainer came to stand still, and once it goes on with how long it stood", () => {
  const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
  const pause = { id: "1", kind: "pause" as const, path: null, bytes: null, reason: null, step: 413, appliedAt: iso(0) };
  const began = clock(START, true);
  expect(requestText({ ...pause, phase: "applied", at: iso(0) })).toBe(`pause · applied at step 413 · since ${began}`);
  expect(requestText({ ...pause, phase: "done", at: iso(20) })).toBe(`pause · done at step 413 · 20s from ${began}`);
  const { appliedAt: _, ...untold } = pause;
  expect(requestText({ ...untold, phase: "done", at: iso(20) })).toBe("pause · done at step 413");
});

test("a patch is told with what it is to change, then with what it did change", () => {
  const patch = {
    id: "2",
    kind: "patch" as const,
    path: null,
    bytes: null,
    reason: null,
    at: "",
    values: { eval_every: 50, matrix_lr: 0.1 * 3 },
  };
  expect(requestText({ ...patch, phase: "seen", step: 7 })).toBe("patch eval_every → 50, matrix_lr → 0.3 · seen at step 7");
  const changes = [{ name: "eval_every", from: 100, to: 50 }];
  expect(requestText({ ...patch, changes, phase: "done", step: 9 })).toBe("patch eval_every 100 → 50 · done at step 9");
});

test("what a request waits for is the next step, or the end of what goes on before it", () => {
  const data = new FakeData().put(1, "train/loss", [9, 3]);
  const now = START + 41_000;
  expect(awaited(fakeFacts(data, { now }), { key: 9, at: START, value: 3 })).toBe("no step for 41s: it is answered at the next step");
  expect(awaited(fakeFacts(new FakeData(), { now }), null)).toMatch(/^starting Python for .*: it is answered at the next step$/);
  data.event("phase", { name: "save", state: "begin" }, { at: START });
  expect(awaited(fakeFacts(data, { now }), null)).toBe("saving a checkpoint for 41s: it is answered after that");
});
