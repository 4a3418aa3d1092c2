import { expect, test } from "bun:test";
import type { Scene, Table } from "../core/scene.ts";
import { FakeData, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelScene, panelShown } from "./panel-fixture.ts";

const checkpoint = (data: FakeData, step: number, trigger = "schedule"): FakeData =>
  data.event("checkpoint", { dir: "/b/d4", bytes: 1_234_567, seconds: 0.12, trigger }, { step, at: START });

const three = (): FakeData => {
  const data = new FakeData().put(1, "val/bpb", [0, 3], [990, 0.95], [2000, 0.9], [3000, 0.99]);
  return checkpoint(checkpoint(checkpoint(data, 1000, "request"), 2000), 3000);
};
const tableIn = ({ blocks }: Scene): Table => blocks[0]?.block as Table;
const rowsOf = (scene: Scene): string[] => tableIn(scene).rows.map((row) => lineText(row[0]));
const table = (given: Given = {}): Table => tableIn(panelScene("checkpoints", three(), given));
const steps = (given: Given = {}): string[] => rowsOf(panelScene("checkpoints", three(), given));

test("checkpoints come newest first with why, size and the validation by then, the best one marked", () => {
  expect(steps()).toEqual(["◆ 3,000", "★ 2,000", "◆ 1,000"]);
  expect(panelShown("checkpoints", three())).toMatch(/◆ 1,000 +asked for +~0\.9500 +1\.18 MiB +120 ms +1m 00s ago/);
  expect(steps({ options: { order: "best" } })).toEqual(["★ 2,000", "◆ 1,000", "◆ 3,000"]);
});

test("the validation is that of its own step, or of the last one before it, marked so; never of a later one", () => {
  const data = new FakeData().put(1, "val/bpb", [190, 2.3], [200, 2.2], [205, Number.NaN], [250, 2.1]);
  for (const step of [100, 200, 201, 206, 250]) checkpoint(data, step);
  const shown = panelShown("checkpoints", data).split("\n");
  const bpb = (step: number) => shown.find((line) => line.includes(` ${step} `))?.match(/schedule +(\S+)/)?.[1];
  expect([100, 200, 201, 206, 250].map(bpb)).toEqual(["–", "2.2000", "~2.2000", "~NaN", "2.1000"]);
  expect(rowsOf(panelScene("checkpoints", data, { options: { order: "best" } }))).toEqual(["★ 250", "◆ 200", "◆ 201", "◆ 100", "▲ 206"]);
});

test("one that was saved with a loss of NaN is marked, however good the validation before it was", () => {
  const data = new FakeData().put(1, "val/bpb", [90, 2]).put(1, "train/loss_raw", [90, 2], [100, Number.NaN], [110, Number.NaN]);
  for (const step of [90, 100, 110]) checkpoint(data, step);
  expect(rowsOf(panelScene("checkpoints", data))).toEqual(["▲ 110", "▲ 100", "★ 90"]);
});

test("one that was not evaluated at its own step is never the best, and what ~ means is told below", () => {
  const data = new FakeData().put(1, "val/bpb", [0, 8], [90, 8.5]);
  const shown = panelScene("checkpoints", checkpoint(checkpoint(data, 85), 90));
  expect(rowsOf(shown)).toEqual(["◆ 90", "◆ 85"]);
  expect(shown.note).toBe("~ of an evaluation before it · /b/d4");
  expect(panelScene("checkpoints", checkpoint(new FakeData().put(1, "val/bpb", [90, 8]), 90)).note).toBe("/b/d4");
  const tied = checkpoint(checkpoint(new FakeData().put(1, "val/bpb", [80, 2]), 80), 85);
  expect(rowsOf(panelScene("checkpoints", tied, { options: { order: "best" } }))).toEqual(["★ 80", "◆ 85"]);
});

test("under a cursor the one that was the newest then is selected", () => {
  expect(table({ at: 2500 }).selected).toBe(1);
  expect(table({ at: 10 }).selected).toBeUndefined();
});

test("what matters least goes first where it is narrow", () => {
  expect(table({ width: 26 }).columns.map(({ title }) => title)).toEqual(["step", "size"]);
});

test("without one it says when one comes", () => {
  expect(panelShown("checkpoints", new FakeData(), { width: 100 })).toContain("s saves one now");
});

test("an imported run has its checkpoints elsewhere, and cannot be asked for one", () => {
  const imported = { kind: "wandb" as const, files: [], wandb: null, head: null, at: "", readAt: "", complete: true };
  const shown = panelShown("checkpoints", new FakeData(), { width: 100, facts: { state: fakeState({ imported }) } });
  expect(shown).toContain("this run was imported, and what it saves is elsewhere");
  expect(shown).not.toMatch(/saves one now|No checkpoint yet/);
});

test("all stages can be listed together", () => {
  const data = three().event("checkpoint", { dir: "/b/sft", bytes: 5 }, { stage: 2, step: 10, at: START });
  const all = panelScene("checkpoints", data, { options: { stages: "all" } }).blocks[0]?.block as Table;
  expect(all.rows).toHaveLength(4);
});
