import { expect, test } from "bun:test";
import type { Table } from "../core/scene.ts";
import { FakeData, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelInput, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";
import { fakeRuns } from "./run-fixture.ts";
import type { RunRow } from "./runs.ts";

const row = (id: string, rest: Partial<RunRow> = {}): RunRow => ({
  ...fakeRuns(2)[1]!,
  id,
  name: id,
  status: "done",
  liveness: "ended",
  problem: null,
  ...rest,
});

const progress = (loss: number | null, step = 50) => ({
  stage: 1,
  step,
  totalSteps: 100,
  loss,
  valBpb: null,
  tokensPerSecond: 98_300,
  etaSeconds: 60,
});

const RUNS: RunRow[] = [
  row("old", { createdAt: new Date(START).toISOString(), progress: progress(3) }),
  row("new", { createdAt: new Date(START + 1000).toISOString(), progress: progress(null) }),
  row("live", {
    createdAt: new Date(START - 1000).toISOString(),
    progress: progress(2, 90),
    liveness: "owned",
    status: "running",
    endedAt: null,
  }),
];

const table = (given: Given): Table => panelScene("runs", new FakeData(), { runs: RUNS, width: 120, ...given }).blocks[0]?.block as Table;
const ids = (given: Given): string[] => table(given).rows.map((cells) => lineText(cells[0]));

test("live ones come first, then the newest; or the best of what is asked for, and those that cannot tell last", () => {
  expect(ids({})).toEqual(["live", "new", "old"]);
  expect(ids({ options: { sort: "begun" } })).toEqual(["new", "old", "live"]);
  expect(ids({ options: { sort: "loss" } })).toEqual(["live", "old", "new"]);
  expect(ids({ options: { sort: "step" } })).toEqual(["live", "new", "old"]);
  expect(ids({ options: { ended: false } })).toEqual(["live"]);
  expect(ids({ options: { filter: "OL" } })).toEqual(["old"]);
  expect(ids({ view: { filter: "-live" } })).toEqual(["new", "old"]);
});

test("columns are those that were chosen, in that order", () => {
  const chosen = table({ options: { columns: ["loss", "rate", "run"] } });
  expect(chosen.columns.map(({ title }) => title)).toEqual(["loss", "tok/s", "run"]);
  expect(chosen.rows[0]?.map(lineText)).toEqual(["2.0000", "98.3k", "live"]);
  expect(table({ width: 44 }).columns.map(({ title }) => title)).toEqual(["run", "state"]);
});

test("the attached run is the selected row, and a scene holds no functions", () => {
  expect(table({ facts: { state: fakeState({ id: "old" }) } }).selected).toBe(2);
  expect(table({}).selected).toBeUndefined();
  expect(Object.values(table({}).columns[0]!).some((value) => typeof value === "function")).toBe(false);
});

test("two thousand runs are scrolled to the last page", () => {
  const input = panelInput("runs", new FakeData(), { runs: fakeRuns(2000), height: 12 });
  expect(findPanel("runs")?.scroll?.(input, 1e6)).toEqual({ scroll: 1991 });
  expect(panelScene("runs", new FakeData(), { runs: fakeRuns(2000), height: 12 }).note).toBe("1,991 more below");
});

test("without a run it says whether there is none, or none was read or matches", () => {
  expect(panelShown("runs", new FakeData())).toContain("has not been read yet");
  expect(panelShown("runs", new FakeData(), { runs: [] })).toContain("There are no runs");
  expect(panelShown("runs", new FakeData(), { runs: RUNS, options: { filter: "x1" } })).toContain("No run matches “x1”");
});
