import { expect, test } from "bun:test";
import type { Table } from "../core/scene.ts";
import { FakeData, fakeFacts, fakePlan, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelInput, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";
import { runAboutPanel } from "./run-about.ts";
import { fakeRuns } from "./run-fixture.ts";
import { type RunRow, runsPanel } from "./runs.ts";
import { sceneText } from "./scene-text.ts";

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

test("where it is narrow the column that the list is sorted by is the last to go", () => {
  const columns = ["run", "bpb", "begun", "step"];
  const titles = (options: Record<string, unknown>) =>
    table({ width: 59, options: { columns, ...options } }).columns.map(({ title }) => title);
  expect(titles({})).toEqual(["run", "steps"]);
  expect(titles({ sort: "bpb" })).toEqual(["run", "bpb"]);
  expect(titles({ sort: "begun" })).toEqual(["run", "begun"]);
});

test("of a run whose record is not written any more it says as of when the rest is", () => {
  const at = new Date(2026, 0, 1, 20, 31).toISOString();
  const runs = [row("stale", { liveness: "owned", status: "running", endedAt: null, progress: progress(2), asOf: at })];
  expect(table({ runs, options: { columns: ["run", "state", "percent"] } }).rows[0]?.map(lineText)).toEqual([
    "stale",
    "as of 20:31",
    "51%",
  ]);
});

test("how far a run has come is what it says itself where its script has no last step, and no more than its steps where it was done before", () => {
  const told = (rest: Partial<RunRow>) => lineText(table({ runs: [row("a", rest)], options: { columns: ["percent"] } }).rows[0]?.[0]);
  const endless = { ...progress(0.02, 131), totalSteps: null };
  expect(told({ status: "running", progress: { ...endless, share: 0.812 } })).toBe("81%");
  expect(told({ status: "done", progress: { ...endless, share: 0.99 } })).toBe("100%");
  expect(told({ status: "running", progress: endless })).toBe("–");
  expect(told({ status: "done", progress: { ...progress(1, 5999), totalSteps: 100_000 } })).toBe("6.0%");
});

test("a run whose script has no last step tells how many it made, and all of it where it is done", () => {
  const runs = [row("sft", { progress: { ...progress(0.02, 209), totalSteps: null } })];
  const cells = table({ runs, options: { columns: ["run", "step", "percent"] } }).rows[0]?.map(lineText);
  expect(cells).toEqual(["sft", "210", "100%"]);
  expect(table({ options: { columns: ["step"] } }).columns.map(({ title }) => title)).toEqual(["steps"]);
});

test("columns are those that were chosen, in that order", () => {
  const chosen = table({ options: { columns: ["loss", "rate", "run"] } });
  expect(chosen.columns.map(({ title }) => title)).toEqual(["loss", "tok/s", "run"]);
  expect(chosen.rows[0]?.map(lineText)).toEqual(["base 2.0000", "98.3k", "live"]);
  expect(table({ width: 44 }).columns.map(({ title }) => title)).toEqual(["run", "state"]);
});

test("names and tags have the room that no other column needs", () => {
  const runs = [row("20261128-210805-weird", { name: "weird שלום", about: { tags: ["odd", "not-a-number"] } })];
  const shown = panelShown("runs", new FakeData(), { runs, width: 110 });
  expect(shown).toContain("weird שלום 20261128-210805-weird #odd #not-a-number");
  expect(table({ runs, width: 110 }).columns.map(({ title }) => title)).toContain("begun");
});

test("runs of similar names can be told apart where they are cut, marked or not", () => {
  const similar = ["20261128-101010", "20261128-101034", "20261128-104510"].map((at) => row(`${at}-pocket-long-on-one-core`));
  const named = (shown: string): string[] => [...shown.matchAll(/\S*…\S*/g)].map(([name]) => name);
  const narrow = panelShown("runs", new FakeData(), { runs: similar, width: 30, options: { columns: ["run"] } });
  expect(named(narrow)).toEqual(["…101010-pocket-l…-one-core", "…101034-pocket-l…-one-core", "…104510-pocket-l…-one-core"]);
  const view = { selected: 0, filter: "", now: START, order: "live", hidden: 0, unread: 0, keyOf: () => "" } as const;
  const list = sceneText(
    runsPanel(similar, { width: 40, height: 9 }, { ...view, marked: new Set([similar[0]!.id]) }),
    { width: 40, height: 9 },
    { border: false, symbols: "braille" },
  );
  // The mark takes nothing of their ends.
  expect(named(list)).toEqual(["…101010-pocket-lon…on-one-core", "…101034-pocket-lon…on-one-core", "…104510-pocket-lon…on-one-core"]);
});

test("a mark moves no name", () => {
  const view = { selected: 0, filter: "", now: START, order: "live", hidden: 0, unread: 0, keyOf: () => "" } as const;
  const names = (marked: string[]): string[] => {
    const scene = runsPanel(RUNS, { width: 100, height: 9 }, { ...view, marked: new Set(marked) });
    return (scene.blocks[0]!.block as Table).rows.map((cells) => lineText(cells[0]));
  };
  expect(names([])).toEqual(["  old", "  new", "  live"]);
  expect(names(["new"])).toEqual(["  old", "✓ new", "  live"]);
});

test("a loss says which stage it is of, and is in order only among those of its stage", () => {
  const of = (id: string, stage: string | null, loss: number | null): RunRow =>
    row(id, { stage, progress: { ...progress(loss), valBpb: 1 } });
  const runs = [
    of("chats", "chat_sft", 0.02),
    of("reads", "base_train", 2.3),
    of("reads-better", "base_train", 2.1),
    of("half", "mid_train", 1.5),
    of("rewarded", "chat_rl", 0.4),
    of("own", "something_else", 3),
    of("none", "base_train", null),
  ];
  const losses = table({ runs, options: { columns: ["loss", "run"], sort: "loss" } }).rows.map((cells) => cells.map(lineText).join(" "));
  expect(losses).toEqual([
    "base 2.1000 reads-better",
    "base 2.3000 reads",
    "rl 0.4000 rewarded",
    "sft 0.0200 chats",
    "mid 1.5000 half",
    "som… 3.0000 own",
    "– none",
  ]);
  const note = (columns: string[], some = runs): string | undefined =>
    panelScene("runs", new FakeData(), { runs: some, options: { columns } }).note;
  expect(note(["run", "percent"], runs.slice(0, 2))).toBe("of chat_sft, base_train");
  expect(note(["run", "percent"], runs.slice(1, 3))).toBeUndefined();
  for (const column of ["loss", "bpb", "stage"]) expect(note(["run", "percent", column], runs)).toBeUndefined();
  const bpbs = table({ runs: runs.slice(0, 2), options: { columns: ["bpb"] } }).rows.map(([cell]) => lineText(cell));
  expect(bpbs).toEqual(["sft 1.0000", "base 1.0000"]);
  // Where it is narrow it stands beside a loss that has the stage.
  const narrow = table({ runs: runs.slice(0, 2), width: 60, options: { columns: ["run", "percent", "loss", "bpb"] } }).rows;
  expect(narrow.map((cells) => lineText(cells[3]!))).toEqual(["1.0000", "1.0000"]);
  expect(table({ runs: runs.slice(0, 1), options: { columns: ["run", "stage"] } }).rows[0]?.map(lineText)).toEqual(["chats", "chat_sft"]);
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
  expect(panelShown("runs", new FakeData())).toContain("Reading the list of runs");
  expect(panelShown("runs", new FakeData(), { runs: [] })).toContain("There are no runs");
  expect(panelShown("runs", new FakeData(), { runs: RUNS, options: { filter: "x1" } })).toContain("No run matches “x1”");
  const long = panelShown("runs", new FakeData(), { runs: RUNS, options: { filter: "x1".repeat(500) } });
  expect(long).toContain("…”");
  expect(long).toContain("filter is an option of this panel");
});

test("what is told of a run says what it was made from, and where in it it is", () => {
  const told = (one: RunRow): string => sceneText(runAboutPanel(one, 60), { width: 60, height: 12 }, { border: false, symbols: "ascii" });
  const running = row("a", { prefab: "speedrun", stage: "02-base_train", progress: progress(3, 1203) });
  expect(told(running)).toMatch(/prefab +speedrun\n *stage +base_train . 100 of 100 steps/);
  expect(told(row("b", { prefab: "", stage: null }))).not.toMatch(/prefab|stage/);
});

test("what is told of a run that has been opened says how good it became and when, how fast it was, and what was set for it", () => {
  const data = new FakeData().put(1, "val/bpb", [100, 2.2], [500, 2.0748], [600, 2.3]);
  const plan = fakePlan({ depth: 3, matrix_lr: 5 });
  const [first, ...others] = plan.stages[0]!.values;
  const values = [
    { ...first!, origin: { layer: "prefab" as const } },
    ...others.map((one) => ({ ...one, origin: { layer: "--set" as const } })),
  ];
  const facts = fakeFacts(data, { plan: { ...plan, stages: [{ ...plan.stages[0]!, values }] } });
  const begun = { createdAt: "2026-01-01T10:00:00Z", endedAt: "2026-01-01T10:02:05Z" };
  const failed = row("a", { progress: progress(3), reason: "It ran out of memory", ...begun });
  const scene = runAboutPanel(failed, 60, facts);
  const shown = sceneText(scene, { width: 60, height: 12 }, { border: false, symbols: "ascii" });
  expect(shown).toMatch(/took +2m 05s/);
  expect(shown).toMatch(/best +2\.0748 bpb @ 500 . base_train$/m);
  const resumed = runAboutPanel(failed, 60, fakeFacts(data, { plan: fakePlan({ resume_from_step: 400 }) }));
  expect(sceneText(resumed, { width: 60, height: 12 }, { border: false, symbols: "ascii" })).toMatch(/ @ 500 . base_train since 400/);
  expect(shown.indexOf("out of memory")).toBeLessThan(shown.indexOf("best"));
  expect(shown).toMatch(/rate +98\.3k tok\/s at its last step/);
  expect(shown).toMatch(/set +base_train: matrix_lr 5, depth 3/);
});

test("an ended run is as fast as its last steps usually were, one that goes on as its newest", () => {
  const both = { ...progress(3), usualTokensPerSecond: 101_000 };
  const ended = row("a", { progress: both });
  const live = row("b", { progress: both, liveness: "owned", status: "running", endedAt: null });
  const rates = table({ runs: [ended, live], options: { columns: ["run", "rate"] } }).rows.map((cells) => cells.map(lineText));
  expect(new Map(rates.map(([run, rate]) => [run, rate]))).toEqual(
    new Map([
      ["a", "101k"],
      ["b", "98.3k"],
    ]),
  );
  const about = (run: RunRow) =>
    sceneText(runAboutPanel(run, 60, fakeFacts(new FakeData())), { width: 60, height: 12 }, { border: false, symbols: "ascii" });
  expect(about(ended)).toMatch(/rate +101k tok\/s, median of its last steps$/m);
  expect(about(live)).toMatch(/rate +98\.3k tok\/s$/m);
});

test("open alerts of a run stand beside its state, the bad ones first, and nothing of them is cut", () => {
  const going = { liveness: "owned", status: "running", endedAt: null } as const;
  const runs = [
    row("a", { ...going, alerts: { open: 4, acknowledged: 1, bad: 1 } }),
    row("b", { ...going, liveness: "unattended", alerts: { open: 2, acknowledged: 0, bad: 0 } }),
    row("c", { ...going, alerts: { open: 1, acknowledged: 1, bad: 0 } }),
  ];
  const { rows, columns } = table({ runs, options: { columns: ["run", "state"], sort: "name" } });
  expect(rows.map((cells) => lineText(cells[1]))).toEqual(["● running ✕1 ▲2", "▲ unattended ▲2", "● running"]);
  expect(columns[1]?.width).toBe(15);
});
