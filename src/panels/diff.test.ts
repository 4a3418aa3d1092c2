import { expect, test } from "bun:test";
import type { Plan } from "../core/plan.ts";
import type { Table } from "../core/scene.ts";
import { FakeData, fakeFacts, fakePlan } from "./fake-data.ts";
import type { Baseline } from "./kind.ts";
import { type Given, lineText, panelScene, panelShown } from "./panel-fixture.ts";

const beside = (name: string, plan: Plan): Baseline => ({ name, facts: fakeFacts(new FakeData(), { plan }) });
const HERE = fakePlan({ depth: 12, eval_every: 100, seed: 1 });
const FIRST = beside("first", fakePlan({ depth: 20, eval_every: 100, seed: 1 }));
const SECOND = beside("second", { ...fakePlan({ depth: 12, eval_every: 50, seed: 1 }), env: { OMP_NUM_THREADS: "4" }, prefab: "speedrun" });

const scene = (given: Given) => panelScene("diff", new FakeData(), { facts: { plan: HERE }, width: 110, ...given });
const rows = (given: Given): string[] => (scene(given).blocks[0]!.block as Table).rows.map((row) => row.map(lineText).join("|"));

test("only what differs is listed, each run beside in a column of its own", () => {
  expect(rows({ baselines: [FIRST] })).toEqual(["base_train|depth|12|20"]);
  expect(rows({ baselines: [FIRST, SECOND] })).toEqual([
    "base_train|depth|12|20|as here",
    "run|prefab|pocket|as here|speedrun",
    "base_train|eval_every|100|as here|50",
    "env|OMP_NUM_THREADS|–|as here|4",
  ]);
  expect(rows({ baselines: [FIRST, SECOND], options: { stage: true, filter: "eval" } })).toEqual(["base_train|eval_every|100|as here|50"]);
});

test("runs that have no room are counted", () => {
  expect(scene({ baselines: [FIRST, SECOND, FIRST, SECOND], width: 60 }).note).toContain("more runs beside");
});

test("without a run beside, and without a difference, it says so", () => {
  expect(panelShown("diff", new FakeData())).toContain("No run is beside this one · b chooses one");
  expect(panelShown("diff", new FakeData(), { facts: { plan: HERE }, baselines: [beside("same", HERE)] })).toContain(
    "This run does not differ from same",
  );
});

test("what was patched since is told, in either run", () => {
  const data = new FakeData();
  const patch = (from: number, to: number): void => {
    const changes = [{ name: "eval_every", from, to }];
    data.asked.push({
      id: `${to}`,
      kind: "patch",
      phase: "done",
      step: 3,
      stage: 1,
      path: null,
      bytes: null,
      reason: null,
      at: "",
      changes,
    });
  };
  patch(100, 50);
  patch(50, 25);
  const given = { facts: { plan: HERE, data }, baselines: [beside("same", HERE)], width: 110 };
  const table = panelScene("diff", data, given).blocks[0]!.block as Table;
  expect(table.rows.map((row) => row.map(lineText).join("|"))).toEqual(["base_train|eval_every|100 → 50 → 25|100"]);
  expect(rows({ baselines: [{ name: "patched", facts: fakeFacts(data, { plan: HERE }) }] })).toEqual([
    "base_train|eval_every|100|100 → 50 → 25",
  ]);
});
