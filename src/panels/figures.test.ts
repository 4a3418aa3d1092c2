import { expect, test } from "bun:test";
import type { StageFigures } from "../core/figures.ts";
import { usualKey } from "../core/keys.ts";
import type { Finding } from "../core/plan.ts";
import { fakePlan } from "./fake-data.ts";
import { figuresPanel, findingsPanel } from "./figures.ts";
import { lineText } from "./panel-fixture.ts";
import { sceneText } from "./scene-text.ts";

const GIB = 1024 ** 3;

const stage = (name: string, hours: number): StageFigures => ({
  stage: name,
  model: null,
  batch: null,
  horizon: { steps: 5568, tokens: 5.84e9, ratio: 8, flops: 2.79e19, shards: 126 },
  learning: null,
  checkpoint: null,
  memory: { bytes: 49.7 * GIB, capacityBytes: 80 * GIB, verdict: "fits", sure: "fitted to published points" },
  cost: { hours, mfu: 0.59, basis: "as measured", dollarsPerHour: 24, dollars: hours * 24 },
  unknown: [],
});

function shown(all: readonly StageFigures[], width = 60) {
  const scene = figuresPanel(all, all[0]?.stage, { width, height: 20 });
  const [block] = scene.blocks;
  if (block?.block.kind !== "text") throw new Error("no figures");
  return { settings: scene.settings, lines: block.block.lines.map(lineText) };
}

test("what costs money and whether it fits stand before everything else, where that comes from at the end", () => {
  const { lines, settings } = shown([stage("03-base_train", 1.65)]);
  expect(lines[0]).toMatch(/^time +~1h 39m · ~\$39\.6$/);
  expect(lines[1]).toMatch(/^memory +~49\.7 GiB of 80\.0 GiB · fits$/);
  expect(lines.at(-2)).toMatch(/^basis +time at 59% MFU: as measured$/);
  expect(lines.at(-1)).toMatch(/^ +memory: fitted to published points$/);
  expect(settings).toBeUndefined();
});

test("of several stages that cost something the border tells what all do", () => {
  expect(shown([stage("03-base_train", 1.5), stage("05-chat_sft", 0.5)]).settings).toBe("all ~2h 00m · ~$48");
});

test("a finding that can be mended names the key that does it", () => {
  const finding = { rule: "x", severity: "info", message: "run is dummy", fix: { title: "Log as d12", edits: [] } } as never;
  const scene = findingsPanel({ findings: [finding], stages: [] }, { width: 60, height: 5 }, (action) =>
    action === "config.fix" ? "ctrl+f" : usualKey(action),
  );
  expect(scene.note).toBe("ctrl+f mends 1");
});

test("a finding names its stage where another one has a parameter of the same name", () => {
  const [one] = fakePlan({ total_batch_size: 300, depth: 4 }).stages;
  const stages = [one!, { ...one!, name: "02-chat_sft", values: one!.values.slice(0, 1) }];
  const of = (field: string): Finding => ({ id: field, severity: "error", message: `${field} is wrong`, stage: "02-chat_sft", field });
  const shown = sceneText(
    findingsPanel({ findings: [of("total_batch_size"), of("depth")], stages }, { width: 60, height: 5 }, usualKey),
    { width: 60, height: 5 },
    { border: false, symbols: "ascii" },
  );
  expect(shown).toContain("chat_sft: total_batch_size is wrong");
  expect(shown).not.toContain("chat_sft: depth");
});
