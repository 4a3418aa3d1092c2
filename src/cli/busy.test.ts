import { expect, test } from "bun:test";
import type { StoredEvent } from "../core/journal.ts";
import type { PanelData } from "../panels/data.ts";
import { Busy } from "./busy.ts";

const AT = Date.UTC(2026, 0, 1);
const phase = (name: string, state: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  seq: 1,
  at: AT,
  stage: 1,
  step: 11,
  kind: "phase",
  body: { name, state, seconds: state === "end" ? 41 : null },
  ...more,
});

/** Of a journal only what is asked of it: the value of an evaluation, once there is one. */
function busy(): { busy: Busy; values: Map<string, number> } {
  const values = new Map<string, number>();
  const nearest: PanelData["nearest"] = (_, metric, __, key) =>
    values.has(metric) ? ({ key, value: values.get(metric) } as ReturnType<PanelData["nearest"]>) : null;
  return { busy: new Busy({ nearest } as PanelData), values };
}

test("an evaluation waits for its value, until the run is past it", () => {
  const { busy: one, values } = busy();
  for (const state of ["begin", "end"]) one.take(phase("eval", state));
  expect(one.lines(11, false, AT)).toEqual([]);
  values.set("val/bpb", 2.5);
  expect(one.lines(11, false, AT)).toEqual(["evaluation 11 · bpb 2.5000 in 41s"]);
  values.clear();
  for (const state of ["begin", "end"]) one.take(phase("eval", state));
  expect(one.lines(12, false, AT)).toEqual(["evaluation 11 in 41s"]);
  expect(one.lines(13, true, AT)).toEqual([]);
});

test("what lasts is told of once while it lasts, and what has no value when it was over, if it took long", () => {
  const { busy: one } = busy();
  one.take(phase("compile", "begin"));
  expect(one.lines(null, false, AT + 1000)).toEqual([]);
  expect(one.lines(null, false, AT + 3000)).toEqual(["compile …"]);
  expect(one.lines(null, false, AT + 4000)).toEqual([]);
  one.take(phase("compile", "end"));
  expect(one.lines(null, false, AT + 41_000)).toEqual(["compile took 41s"]);
});

test("samples are counted until the run makes steps again; a stage that ends takes what it was busy with along", () => {
  const { busy: one } = busy();
  for (let i = 0; i < 7; i++) one.take(phase("", "", { kind: "sample" }));
  expect(one.lines(11, false, AT)).toEqual([]);
  expect(one.lines(12, false, AT)).toEqual(["7 samples at step 11"]);
  one.take(phase("core", "begin"));
  one.take(phase("", "", { kind: "stage" }));
  expect(one.lines(null, true, AT + 60_000)).toEqual([]);
});
