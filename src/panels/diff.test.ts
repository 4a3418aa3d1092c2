import { expect, test } from "bun:test";
import type { Plan } from "../core/plan.ts";
import type { Imported } from "../core/run.ts";
import type { Table } from "../core/scene.ts";
import { FakeData, fakeFacts, fakePlan, fakeState } from "./fake-data.ts";
import type { Baseline } from "./kind.ts";
import { type Given, lineText, panelScene, panelShown } from "./panel-fixture.ts";

const beside = (name: string, plan: Plan): Baseline => ({ name, facts: fakeFacts(new FakeData(), { plan }) });
const HERE = fakePlan({ depth: 12, eval_every: 100, seed: 1 });
const FIRST = beside("first", fakePlan({ depth: 20, eval_every: 100, seed: 1 }));
const SECOND = beside("second", { ...fakePlan({ depth: 12, eval_every: 50, seed: 1 }), env: { OMP_NUM_THREADS: "4" }, prefab: "speedrun" });

const scene = (given: Given) => panelScene("diff", new FakeData(), { facts: { plan: HERE }, width: 110, ...given });
const textOf = (table: Table): string[] => table.rows.map((row) => row.map(lineText).join("|").trim().replace(/\|+$/, ""));
const rows = (given: Given): string[] => textOf(scene(given).blocks[0]!.block as Table);

test("only what differs is listed, each run beside in a column of its own", () => {
  expect(rows({ baselines: [FIRST] })).toEqual(["base_train", "depth|12|20"]);
  expect(rows({ baselines: [FIRST, SECOND] })).toEqual([
    "base_train",
    "depth|12|20|as here",
    "eval_every|100|as here|50",
    "env",
    "OMP_NUM_THREADS|–|–|4",
    "run",
    "prefab|pocket|as here|speedrun",
  ]);
  expect(rows({ baselines: [FIRST, SECOND], options: { stage: true, filter: "eval" } })).toEqual([
    "base_train",
    "eval_every|100|as here|50",
  ]);
});

test("parameters come before what merely names a run", () => {
  const other = beside("other", { ...fakePlan({ run: "second", depth: 20 }), prefab: "speedrun" });
  expect(rows({ facts: { plan: fakePlan({ run: "first", depth: 12 }) }, baselines: [other] })).toEqual([
    "base_train",
    "depth|12|20",
    "run|first|second",
    "run",
    "prefab|pocket|speedrun",
  ]);
});

test("the heading of a stage has the whole row, however short the names of its settings are", () => {
  const plan = staged({ total_batch_size: -1 });
  const told = panelShown("diff", new FakeData(), { facts: { plan }, baselines: [imported(fakePlan({}))], width: 110 });
  expect(told).toContain(" base_train · untold ");
});

test("runs that have no room are counted", () => {
  expect(scene({ baselines: [FIRST, SECOND, FIRST, SECOND], width: 60 }).note).toContain("2 more runs beside");
  expect(scene({ baselines: [FIRST, SECOND, FIRST], width: 60 }).note).toContain("1 more run beside");
});

test("runs of similar names can be told apart in the narrowest columns, also by their ids", () => {
  const titles = (names: string[], width: number): string[] => {
    const [own = "", ...others] = names;
    const plan = fakePlan({ depth: 20 });
    const given = {
      baselines: others.map((name) => beside(name, plan)),
      facts: { plan: HERE, state: fakeState({ id: own, name: own }) },
      width,
    };
    return (panelScene("diff", new FakeData(), given).blocks[0]!.block as Table).columns.slice(1).map(({ title }) => title);
  };
  const named = ["pocket-2026-11-28-a1", "pocket-2026-11-28-a2", "pocket-2026-11-28-b7"];
  expect(titles(named, 110)).toEqual([named[0]!, `⚑ ${named[1]}`, `⚑ ${named[2]}`]);
  expect(titles(named, 58)).toEqual(["pocket…28-a1", "⚑ pocke…8-a2", "⚑ pocke…8-b7"]);
  expect(titles(["20261128-101010-pocket-a1", "20261128-101534-pocket-a1", "20261128-104510-pocket-a1"], 58)).toEqual([
    "…101010-p…a1",
    "⚑ …101534-…1",
    "⚑ …104510-…1",
  ]);
});

/** A plan of the two stages, whose settings have the same names. */
function staged(base: Record<string, number | string>, chat?: Record<string, number | string>): Plan {
  const plan = fakePlan(base);
  const second = chat === undefined ? [] : [{ ...fakePlan(chat).stages[0]!, name: "02-chat_sft", script: "scripts.chat_sft" }];
  return { ...plan, stages: [...plan.stages, ...second] };
}

const HERE_STAGED = { facts: { plan: staged({ total_batch_size: 256, depth: 4 }, { total_batch_size: 256, device_type: "" }) } };
const told: Imported = { kind: "wandb", files: [], wandb: null, head: null, at: "", readAt: "", complete: true };
const imported = (plan: Plan): Baseline => ({
  name: "theirs",
  facts: fakeFacts(new FakeData(), { plan, state: fakeState({ imported: told }) }),
});

test("settings of the same name are told apart by the heading of their stage in the narrowest panel, and an empty text is seen", () => {
  const other = beside("other", staged({ total_batch_size: -1, depth: 4 }, { total_batch_size: 64, device_type: "cpu" }));
  expect(rows({ ...HERE_STAGED, baselines: [other], width: 44 })).toEqual([
    "base_train",
    "total_batch_size|256|-1",
    "chat_sft",
    "total_batch_size|256|64",
    'device_type|""|cpu',
  ]);
});

test("a run without the stage of a setting has none of it, and what only an imported run does not tell comes last", () => {
  const other = beside("other", staged({ total_batch_size: -1, depth: 4 }, { total_batch_size: 64, device_type: "" }));
  const given = { ...HERE_STAGED, baselines: [imported(fakePlan({ depth: 4 })), other] };
  expect(rows(given)).toEqual([
    "base_train",
    "total_batch_size|256|–|-1",
    "chat_sft",
    "the stage|a stage|–|as here",
    "total_batch_size|256|–|64",
  ]);
  const alike = beside("other", staged({ total_batch_size: -1, depth: 6 }, { total_batch_size: 256, device_type: "" }));
  const untold = { facts: { plan: staged({ total_batch_size: -1, depth: 4 }) }, baselines: [imported(fakePlan({ depth: 3 })), alike] };
  expect(rows(untold)).toEqual([
    "base_train",
    "depth|4|3|6",
    "chat_sft",
    "the stage|–|–|a stage",
    "base_train · untold",
    "total_batch_size|-1|–|as here",
  ]);
  expect(scene(untold).title).toBe("differences 2 · 1 untold");
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
  expect(textOf(table)).toEqual(["base_train", "eval_every|100 → 50 → 25|100"]);
  expect(rows({ baselines: [{ name: "patched", facts: fakeFacts(data, { plan: HERE }) }] })).toEqual([
    "base_train",
    "eval_every|100|100 → 50 → 25",
  ]);
});
