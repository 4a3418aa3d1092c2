import { expect, test } from "bun:test";
import { bigRows, bigWidth } from "./big-font.ts";
import { FakeData, fakeStage, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelLines, panelScene, panelShown } from "./panel-fixture.ts";
import { contentSize, sceneText } from "./scene-text.ts";
import { INITIAL_VIEW } from "./view.ts";

const DOT = { width: 1, height: 1 };

const training = (): FakeData =>
  new FakeData()
    .put(1, "train/loss", [1203, 3.0127])
    .put(1, "train/dt", [1203, 0.5])
    .event("config", { derived: { totalSteps: 2520 } });

const only = (figures: string[], given: Given = {}): Given => ({ width: 60, height: 12, ...given, options: { figures } });

test("figures are drawn in blocks, rows as wide as the text is said to be", () => {
  expect(bigRows("-1.", DOT)).toEqual(["     █   ", "    ██   ", "███  █   ", "     █   ", "    ███ █"]);
  for (const text of ["3.0127", "running", "48%", "—", ""]) {
    for (const dot of [DOT, { width: 4, height: 2 }]) {
      for (const row of bigRows(text, dot)) expect(row.length).toBe(bigWidth(text, dot));
    }
  }
});

test("the fewer figures, the larger they are", () => {
  const widest = (figures: string[]): number => {
    const shown = panelShown("big", training(), only(figures, { width: 160, height: 30 }));
    return Math.max(...(shown.match(/█+/g) ?? [""]).map(({ length }) => length));
  };
  const [one, six] = [widest(["loss"]), widest(["loss", "percent", "eta", "rate", "bpb", "alerts"])];
  expect(one).toBeGreaterThan(six);
  expect(six).toBeGreaterThan(0);
});

test("when it ends is told in full where the row has room for it", () => {
  // Of 80 cells, as the Night screen has it: what is left over went to all columns alike.
  const figures = ["loss", "percent", "eta", "state", "alerts", "bpb"];
  const data = training().event("config", { derived: { totalSteps: 1300 } });
  const shown = panelShown("big", data, only(figures, { width: 80, height: 16 }));
  expect(shown).toMatch(/left, ends \d\d:\d\d:\d\d /);
  expect(shown).not.toContain("…");
});

test("above them stands what the run is called, also since it was renamed", () => {
  expect(panelScene("big", training(), only(["loss"])).title).toBe("pocket · base_train");
  expect(panelScene("big", training(), only(["loss"], { facts: { about: { name: "ared" } } })).title).toBe("ared · base_train");
});

test("letters do not move when a figure becomes one longer", () => {
  const at = (step: number): number => {
    const data = new FakeData().put(1, "train/loss", [step, 3]).event("config", { derived: { totalSteps: 2000 } });
    const [, first] = panelShown("big", data, only(["percent", "loss"], { height: 9 })).split("\n");
    return first?.indexOf("loss") ?? -1;
  };
  expect(at(100)).toBe(at(1500));
});

test("where nothing large fits they are plain text", () => {
  const lines = panelLines("big", training(), { ...only(["loss", "percent", "state"], { width: 30, height: 5 }) }).map(lineText);
  expect(lines).toEqual(["3.0127 loss", "48% done", "running ● training"]);
  const tight = panelLines("big", training(), only(["loss", "percent", "state", "alerts"], { width: 30, height: 4 })).map(lineText);
  expect(tight.join("\n")).toBe("loss 3.0127  percent 48%\nrunning  alerts 0");
});

test("steps are those that were made, as everywhere; under a cursor it is the step that is read", () => {
  const lines = (given: Given = {}) =>
    panelLines("big", training(), { ...only(["step"], { width: 30, height: 4 }), ...given }).map(lineText);
  expect(lines()).toEqual(["1,204 of 2,520 steps"]);
  const tight = panelLines("big", training(), only(["step", "loss", "percent", "alerts"], { width: 30, height: 4 })).map(lineText);
  expect(tight.join("  ")).toStartWith("steps 1,204  loss");
  expect(lines({ view: { chart: { ...INITIAL_VIEW.chart, cursor: 1203 } } })).toEqual(["1,203 step"]);
});

test("from across the room a run that stands still is not one that runs, and has no time left", () => {
  const data = training();
  data.lastAt = START;
  const given = { width: 60, height: 8, facts: { now: START + 120_000 }, options: { figures: ["state", "eta"] } };
  const lines = panelLines("big", data, given).map(lineText).join("\n");
  expect(lines).toContain("no step for 2m 00s");
  expect(lines).not.toContain("ends ");
  expect(
    panelLines("big", data, { ...given, height: 2 })
      .map(lineText)
      .join(" "),
  ).toContain("stalled");
});

test("state and alerts are said in words and signs, not by colour alone", () => {
  const failed = { state: fakeState({ status: "failed", reason: "CUDA out of memory" }), liveness: "ended" as const };
  expect(panelLines("big", training(), only(["state"], { facts: failed, width: 40, height: 4 })).map(lineText)[0]).toStartWith("failed ");
  const data = training().event("alert", {
    phase: "raised",
    key: "spike",
    watch: "spike",
    severity: "bad",
    cause: "The loss is NaN",
    evidence: [],
    actions: [],
  });
  expect(panelLines("big", data, only(["alerts"], { width: 40, height: 4 })).map(lineText)).toEqual(["1 ✕ The loss is NaN"]);
});

test("in ASCII the blocks have a twin", () => {
  const size = { width: 40, height: 9 };
  const scene = { title: "t", blocks: [{ block: { kind: "text" as const, lines: bigRows("7", DOT).map((text) => [{ text }]) } }] };
  expect(sceneText(scene, size, { border: false, symbols: "ascii" })).toContain("###");
  expect(contentSize(size, false).height).toBe(7);
});

test("an S, as in seconds, is not taken for a 5", () => {
  expect(bigRows("s", DOT)).not.toEqual(bigRows("5", DOT));
  expect(bigRows("s", DOT)[0]).toBe(" ███");
});

test("where not all of them fit large, the first ones do, and the others are small below", () => {
  const shown = panelShown("big", training(), {
    width: 60,
    height: 12,
    options: { figures: ["loss", "percent", "eta", "state", "alerts"] },
  });
  expect(shown).toContain("███");
  expect(shown).toMatch(/running {2}alerts 0/);
});

test("of a stage that is over it tells how long it took, not how long is left", () => {
  const stages = [fakeStage(1, "base_train", { status: "done", endedAt: new Date(START + 90_000).toISOString() })];
  const given = { width: 30, height: 4, facts: { state: fakeState({ stages }) }, options: { figures: ["eta"] } };
  expect(panelShown("big", training(), given)).toContain("1m took");
  const cramped = { ...given, height: 3, options: { figures: ["percent", "eta"] } };
  expect(panelShown("big", training(), cramped)).toContain("took 1m");
});
