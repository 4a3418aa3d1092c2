import { expect, test } from "bun:test";
import type { Imported } from "../core/run.ts";
import { chartOf, plotIn, training } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, fakeStage, fakeState } from "./fake-data.ts";
import { missingBeside } from "./plot-table.ts";
import { wholeRange } from "./whole-range.ts";

test("the whole of a run goes from its first step to its last, not from where to where a column of the journal does", () => {
  const data = new FakeData().put(1, "train/loss", [100, 5], [169, 2]);
  const snapped = Object.assign(Object.create(data) as FakeData, {
    query: (query: Parameters<FakeData["query"]>[0]) => ({ ...data.query(query), edges: Float64Array.of(64, 191) }),
    nearest: data.nearest.bind(data),
  });
  expect(wholeRange({ data: snapped, stage: 1 }, "step")).toEqual({ from: 100, to: 169 });
});

test("a run is measured against the stage of the same script alone; where one was imported and is of no script of nanochat's its name is told", () => {
  const imported: Imported = { kind: "log", files: ["/r"], wandb: null, head: null, at: "", readAt: "", complete: true };
  const ours = (script: string) => fakeFacts(training(), { state: fakeState({ stages: [fakeStage(1, script)] }) });
  const elsewhere = (script: string) => fakeFacts(training(), { state: fakeState({ stages: [fakeStage(1, script)], imported }) });
  const beside = (facts: ReturnType<typeof ours>, other: typeof facts) => {
    const scene = chartOf(training(), ["train/loss"], { facts, baselines: [{ name: "other", facts: other }] });
    const { name, value } = plotIn(scene).series.find(({ baseline }) => baseline)!;
    return [`${name} ${value}`, missingBeside(scene).length];
  };
  expect(beside(ours("base_train"), elsewhere("base_train"))).toEqual(["other 2.6671 Δ0.0000 0.0%", 0]);
  expect(beside(ours("chat_sft"), elsewhere("base_train"))).toEqual(["other has no chat_sft", 1]);
  expect(beside(elsewhere("base_train"), ours("chat_sft"))).toEqual(["other has no base_train", 1]);
  expect(beside(ours("tok_train"), elsewhere("base_train"))).toEqual(["other has no tok_train", 1]);
  expect(beside(ours("base_train"), elsewhere("mk"))).toEqual(["other mk 2.6671", 0]);
  expect(beside(elsewhere("mk"), ours("base_train"))).toEqual(["other base_train 2.6671", 0]);
  expect(beside(elsewhere("mk"), elsewhere("mk"))).toEqual(["other 2.6671 Δ0.0000 0.0%", 0]);
});
