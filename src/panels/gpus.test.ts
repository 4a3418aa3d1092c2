import { expect, test } from "bun:test";
import type { StageFigures } from "../core/figures.ts";
import { FakeData, fakePlan, START } from "./fake-data.ts";
import { largerBatch } from "./gpus.ts";
import { type Given, panelScene, panelShown } from "./panel-fixture.ts";

const GIB = 2 ** 30;
const NOW = START / 1000;

function cards(count: number, used = 60): FakeData {
  const data = new FakeData().put(1, "train/mfu", [9, 49.8]).put(1, "train/tok_per_sec", [9, 983_000]).put(1, "train/loss", [9, 3]);
  for (let i = 0; i < count; i++) {
    data
      .put(0, `gpu/${i}/util`, [NOW, 98])
      .put(0, `gpu/${i}/temperature`, [NOW, 60 + i])
      .put(0, `gpu/${i}/power`, [NOW, 600]);
    data.put(0, `gpu/${i}/memory_used`, [NOW, (used + 10) * GIB], [NOW + 10, used * GIB]).put(0, `gpu/${i}/memory_total`, [NOW, 80 * GIB]);
    data.event("note", { tag: "host-gpu", fields: { index: i, name: "NVIDIA H100 80GB HBM3" } }, { stage: 0 });
  }
  return data;
}

const figures = (rest: Partial<NonNullable<StageFigures["batch"]>> = {}): StageFigures => ({
  stage: "01-base_train",
  model: null,
  batch: {
    deviceBatch: 32,
    sequence: 2048,
    ranks: 2,
    totalBatch: 2 ** 19,
    totalBatchAutomatic: false,
    tokensPerMicroBatch: 65_536,
    accumulation: 4,
    ...rest,
  },
  horizon: null,
  learning: null,
  checkpoint: null,
  memory: { bytes: 71 * GIB, perSequenceBytes: GIB / 4, capacityBytes: 80 * GIB, verdict: "fits", sure: "" },
  cost: null,
  unknown: [],
});

function planned(ranks: number, env: Record<string, string> = {}): Given {
  const plan = fakePlan();
  const stages = plan.stages.map((stage) => ({ ...stage, ranks }));
  return { facts: { plan: { ...plan, stages, env, figures: [figures()] }, now: START + 11_000 } };
}

test("each GPU has a row with its rank, and the headroom that it had when it was fullest", () => {
  const shown = panelShown("gpus", cards(2), { ...planned(2), width: 100, height: 9 });
  expect(shown).toContain("gpus · 2 × H100 80GB HBM3");
  expect(shown).toContain("mfu 49.8   983k tok/s   ranks 2   power 1.20k W");
  expect(shown).toMatch(/ 1 {5}1 .*98% +60\.0 GiB \/ 80\.0 GiB +10\.0 GiB +61° +600 W/);
});

test("ranks are counted among the devices that are left visible; the others can be left out", () => {
  const given = { ...planned(1, { CUDA_VISIBLE_DEVICES: "1" }), width: 100, height: 9 };
  expect(panelShown("gpus", cards(2), given)).toMatch(/ 0 {5}– .*\n.* 1 {5}0 /);
  expect(panelShown("gpus", cards(2), { ...given, options: { unused: false } })).not.toMatch(/ 0 {5}– /);
});

test("what would still fit is told by the planner's figures and must divide a step", () => {
  const scene = panelScene("gpus", cards(2, 48), { ...planned(2), width: 120, height: 12 });
  const foot = scene.blocks.at(-1)?.block;
  expect(foot?.kind === "text" && foot.lines.map((line) => line.map((span) => span.text).join("")).join(" ")).toBe(
    "planned ~71.0 GiB, at most 58.0 GiB used of 80.0 GiB · ~device_batch_size 64 would fit (now 32)",
  );
  expect(largerBatch(figures(), 31 * 0.25 * GIB)).toContain("no larger device_batch_size than 32 would fit");
  expect(largerBatch(figures({ deviceBatch: 128 }), 1e15)).toContain("divides a step");
  expect(largerBatch({ ...figures(), memory: null }, 1e15)).toBeNull();
});

test("a full card and a hot one are told by a sign", () => {
  const thresholds = [{ metric: "gpu/*/temperature", above: 60.5, tone: "bad" as const }];
  const shown = panelShown("gpus", cards(2, 69), { ...planned(2), thresholds, width: 100, height: 9 });
  expect(shown).toMatch(/▲ 1\.00 GiB .*61°|▲ 1\.00 GiB +✕61°/);
  expect(shown).toContain("✕61°");
  expect(shown).not.toContain("✕60°");
});

test("where it is narrow what matters most stays", () => {
  const shown = panelShown("gpus", cards(2), { ...planned(2), width: 44, height: 7 });
  expect(shown).toMatch(/0 +98% +60\.0 GiB \/ 80\.0 GiB +60°/);
  expect(shown.split("\n").every((row) => row.length === 44)).toBe(true);
});

test("more GPUs than rows are scrolled, and counted", () => {
  const scene = panelScene("gpus", cards(8), { ...planned(8), options: { fits: false }, height: 8, view: { scroll: 3 } });
  const table = scene.blocks[1]?.block;
  expect(table?.kind === "table" && table.rows.map((row) => row[0]?.[0]?.text)).toEqual(["3", "4", "5", "6"]);
  expect(scene.note).toBe("1 more below");
});

test("without a GPU it says so, and why where the driver is at fault", () => {
  const none = new FakeData().put(0, "host/cpu", [NOW, 1]);
  expect(panelShown("gpus", none)).toContain("the machine of this run has no nvidia-smi");
  const broken = none.event(
    "problem",
    { source: "host", what: "nvidia-smi could not tell about the GPUs", why: "no driver" },
    { stage: 0 },
  );
  expect(panelShown("gpus", broken)).toContain("could not tell about the GPUs: no driver");
});
