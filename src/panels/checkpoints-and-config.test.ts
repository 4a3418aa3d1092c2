import { expect, test } from "bun:test";
import type { Checkpoint } from "../core/checkpoint.ts";
import { usualKey } from "../core/keys.ts";
import { checkpointListPanel, figuresText, presetListPanel } from "./chat.ts";
import { bestOf, checkpointBrowserPanel } from "./checkpoint-browser.ts";
import { parameterPanel } from "./config.ts";
import { fakePlan, START } from "./fake-data.ts";
import { lineText, sceneShown } from "./panel-fixture.ts";
import { sceneText } from "./scene-text.ts";

const CHECKPOINT: Checkpoint = {
  stage: "base",
  tag: "20260101-120000-pocket",
  step: 400,
  dir: "/b",
  files: [],
  bytes: 1,
  writtenAt: "",
  valBpb: 1.5,
  modelConfig: null,
  userConfig: null,
  broken: null,
};

test("a figure of an earlier evaluation is told as such in every list of checkpoints", () => {
  const list = [
    { ...CHECKPOINT, step: 601, evaluated: false },
    { ...CHECKPOINT, step: 600, evaluated: true },
    { ...CHECKPOINT, step: 500, evaluated: null },
  ];
  const usual = { selected: 0, now: START, problem: null, filter: "" };
  const chat = checkpointListPanel(list, { width: 46, height: 6 }, { ...usual, loaded: null, against: null, canSave: true });
  const browser = checkpointBrowserPanel(list, { width: 60, height: 6 }, { ...usual, best: bestOf(list), baseDir: "/b", keyOf: usualKey });
  expect(sceneShown(browser, 64, 8)).toMatch(/600 +★ 1\.5000/);
  expect(bestOf(list.filter(({ evaluated }) => !evaluated))).toEqual(new Set());
  for (const scene of [chat, browser]) {
    const shown = sceneShown(scene, 64, 8);
    expect(shown).toMatch(/601 .*~1\.5000/);
    expect(shown).toMatch(/600 +(★ )?1\.5000/);
    expect(shown).toMatch(/500 +~1\.5000/);
    expect(scene.note).toStartWith("~ of an evaluation at its step or before it");
  }
  expect(browser.note).toEndWith(" · ★ the best without it");
});

test("the best of a stage and tag has a star where there are several of it, and an only one has none", () => {
  const of = (stage: Checkpoint["stage"], tag: string, step: number, valBpb: number) => ({
    ...CHECKPOINT,
    stage,
    tag,
    step,
    valBpb,
    evaluated: true,
  });
  const list = [of("base", "a", 20, 1.2), of("base", "a", 10, 1.1), of("sft", "a", 10, 1), of("base", "b", 5, 0.9)];
  expect([...bestOf(list)]).toEqual([list[1]!]);
});

test("one whose validation is not finite is marked in the list", () => {
  const list = [Number.POSITIVE_INFINITY, Number.NaN, 1.5, null].map((valBpb) => ({ ...CHECKPOINT, valBpb }));
  const usual = { selected: 0, filter: "", now: START, problem: null };
  const size = { width: 60, height: 6 };
  const browser = checkpointBrowserPanel(list, size, { ...usual, best: new Set(), baseDir: "/b", keyOf: usualKey });
  const chat = checkpointListPanel(list, size, { ...usual, loaded: null, against: null, canSave: true });
  for (const scene of [browser, chat]) expect([...sceneShown(scene, 64, 8).matchAll(/[▲◆✕](?= +base)/g)].join("")).toBe("▲▲◆◆");
});

test("checkpoints of one model are told apart by their step, however long its name is", () => {
  const list = [
    { ...CHECKPOINT, step: 601 },
    { ...CHECKPOINT, step: 450, broken: "model_000450.pt is missing" },
  ];
  const shown = sceneShown(
    checkpointListPanel(
      list,
      { width: 36, height: 6 },
      { selected: 1, loaded: { ...list[0]! }, against: null, now: START, problem: null, filter: "", canSave: true },
    ),
    40,
    8,
  );
  expect(shown).toMatch(/● +base …120000-\S+ +601 +1\.5000/);
  expect(shown).toMatch(/✕ +base …120000-\S+ +450/);
  expect(shown).toContain("model_000450.pt is missing");
});

test.each([
  [733, "12m 13s"],
  [86_399, "23h 59m"],
  [8_640_000, "100d"],
])("an age of %i s stands whole in the list of the chat as soon as it has a column", (seconds, age) => {
  const one = { ...CHECKPOINT, writtenAt: new Date(START - seconds * 1000).toISOString() };
  const options = { selected: 0, loaded: null, against: null, now: START, problem: null, filter: "", canSave: true };
  const shown = sceneShown(checkpointListPanel([one], { width: 72, height: 6 }, options), 76, 8);
  expect(shown).toMatch(new RegExp(` ${age} +│`));
  // Before it has one, the name is whole, by which one chooses.
  expect(sceneShown(checkpointListPanel([one], { width: 56, height: 6 }, options), 60, 8)).toContain(`${one.stage} ${one.tag} `);
});

test("under a reply stand its first token, its length and its rate", () => {
  const figures = { firstTokenSeconds: 0.027, seconds: 2, dropped: 0, tokensOut: 41, reason: "length" as const };
  expect(figuresText(figures)).toBe("first token 27 ms · 41 tokens in 2.0s · 20.5 tok/s · cut at the length limit");
  expect(figuresText({ ...figures, tokensOut: 2058 })).toContain("2,058 tokens in 2.0s · 1,029 tok/s");
  expect(figuresText({ ...figures, dropped: 2 })).toEndWith(" · the first 2 messages no longer fit and were left out");
});

test("of the file that a setting is from both ends are shown", () => {
  const value = {
    ...fakePlan({ depth: 24 }).stages[0]!.values[0]!,
    origin: { layer: "prefab" as const, name: "speedrun", file: "/home/somebody/nanochat-cli/prefabs/speedrun.yaml", line: 28 },
  };
  const block = parameterPanel(value, "Core", { width: 50, height: 9 }).blocks[0]?.block;
  const lines = block?.kind === "text" ? block.lines.map(lineText) : [];
  const from = lines.find((line) => line.startsWith("from"))!;
  expect(from).toMatch(/ · \/home\S*…\S*\.yaml$/);
  expect(from.length).toBeLessThanOrEqual(50);
});

test("a parameter is told with the category that it is listed under, and with the script's own heading as that", () => {
  const value = fakePlan({ save_every: 20 }).stages[0]!.values[0]!;
  const shownOf = (section: string | null): string[] => {
    const block = parameterPanel({ ...value, parameter: { ...value.parameter, section } }, "Core", { width: 50, height: 9 }).blocks[0]
      ?.block;
    return block?.kind === "text" ? block.lines.map(lineText).filter((line) => line.startsWith("category")) : [];
  };
  expect(shownOf("Evaluation")).toEqual(["category Core (in the script under Evaluation)"]);
  expect([...shownOf("Core"), ...shownOf(null)]).toEqual(["category Core", "category Core"]);
});

test("names of presets take no more cells than the longest, so that what they are for is read", () => {
  const preset = { name: "story", title: "A beginning to go on from", messages: [], options: {} };
  const { blocks } = presetListPanel([preset as never], { width: 36, height: 6 }, { selected: 0, keyOf: usualKey });
  expect(sceneText({ title: "", blocks }, { width: 40, height: 6 }, { border: true, symbols: "braille" })).toContain(
    "story  A beginning to go on from",
  );
});
