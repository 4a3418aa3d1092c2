/** Checkpoints that do not fit, each for its own reason; and the structure of `.pt` files. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captured } from "../config/captures/capture.ts";
import { checkpoint, DATA } from "../config/rules/fixtures.ts";
import { type Checkpoint, checkpointOf, errorIn, type Purpose } from "../core/checkpoint.ts";
import { PACKAGE_DIR } from "../lib/self.ts";
import { keptText, prunable, removeCheckpoints, verifyCheckpoint } from "./checkpoint-care.ts";
import { type FitContext, fitOf } from "./fit.ts";
import { readEntries } from "./torch-zip.ts";

const CONTEXT: FitContext = {
  info: captured("92d63d4"),
  data: DATA,
  ranks: 1,
  madeBy: null,
  madeDirty: null,
  tokenizer: null,
  storages: new Set([96]),
  strays: [],
  rates: () => [],
  newer: () => null,
  writing: null,
};
const MODEL = { n_layer: 4, vocab_size: 32_768, sequence_len: 512, window_pattern: "L" };
const base = (ranks = 1, more: Partial<Checkpoint> = {}): Checkpoint =>
  checkpoint("base", "d4", 10, ranks, { modelConfig: MODEL, ...more });

const errors = (one: Checkpoint, purpose: Purpose, context: Partial<FitContext> = {}): string[] =>
  fitOf(one, { ...CONTEXT, ...context })
    .find((fit) => fit.purpose === purpose)
    ?.reasons.flatMap(({ severity, message }) => (severity === "error" ? [message] : [])) ?? [];

test("a whole base checkpoint of this version can be resumed, trained to chat and evaluated, and not used for RL", () => {
  const fits = fitOf(base(), CONTEXT)
    .filter(({ fits: good }) => good)
    .map(({ purpose }) => purpose);
  expect(fits).toEqual(["resume", "sft", "eval"]);
});

test("learning rates that were patched are named where it is resumed, which goes on with them", () => {
  const rates = () => [{ name: "lr_scale", from: 1, to: 0.5 }];
  const told = (purpose: Purpose) => fitOf(base(), { ...CONTEXT, rates }).find((fit) => fit.purpose === purpose)?.reasons;
  expect(told("resume")).toMatchObject([
    { id: "patched-rates", severity: "warning", message: expect.stringContaining("lr_scale 1 → 0.5") },
  ]);
  expect(told("eval")).toEqual([]);
});

test("one whose validation is not finite is not gone on with, and may be looked at", () => {
  const fits = fitOf(base(1, { valBpb: Number.NaN }), CONTEXT).flatMap(({ purpose, fits: good }) => (good ? [purpose] : []));
  expect(fits).toEqual(["eval"]);
});

test("one that was saved with a loss that is not finite is refused, and the loss is named", () => {
  const [resume] = fitOf(base(1, { valBpb: 3.3, trainLoss: Number.NaN }), CONTEXT);
  expect(errorIn(resume!)?.message).toStartWith("Its loss is not finite: ");
});

test("one whose validation is not finite is said to be broken, whatever it is wanted for", () => {
  const told = (valBpb: number | null): string[] => [
    ...new Set(
      fitOf(base(1, { valBpb }), CONTEXT)
        .flatMap(({ reasons }) => reasons.map(({ id }) => id))
        .filter((id) => id === "not-finite"),
    ),
  ];
  expect([told(Number.POSITIVE_INFINITY), told(Number.NaN), told(0.9), told(null)]).toEqual([["not-finite"], ["not-finite"], [], []]);
});

const MISFITS: ReadonlyArray<readonly [what: string, one: Checkpoint, purpose: Purpose, context: Partial<FitContext>, says: string]> = [
  ["that lacks a file", base(1, { broken: "its model file is missing" }), "eval", {}, "It is not whole: its model file is missing"],
  ["of another rank count", base(8), "resume", { ranks: 2 }, "It was saved by 8 ranks, one optimizer file each, and this would run on 2"],
  [
    "with another vocabulary",
    base(1, { modelConfig: { ...MODEL, vocab_size: 65_536 } }),
    "eval",
    {},
    "65536 entries, and the tokenizer in /base has 32768",
  ],
  ["without an optimizer", base(0), "resume", {}, "no optimizer file"],
  ["of before the smear", base(), "eval", { storages: new Set([4, 8]) }, "made before this version's smear gate"],
  ["for a version that cannot resume", base(), "resume", { info: captured("dfc8833") }, "This version of base_train cannot resume"],
  ["of chat training", checkpoint("sft", "d4", 10, 1, { modelConfig: MODEL }), "resume", {}, "Only a pretraining can be resumed"],
];

for (const [what, one, purpose, context, says] of MISFITS) {
  test(`a checkpoint ${what} does not fit ${purpose}, and says why`, () => {
    expect(errors(one, purpose, context).join()).toContain(says);
  });
}

test("another commit and another tokenizer are warned of", () => {
  const [resume] = fitOf(base(), { ...CONTEXT, madeBy: "a445144", tokenizer: "other" });
  expect(resume?.fits).toBe(true);
  expect(resume?.reasons.map(({ id }) => id)).toEqual(["tokenizer", "commit"]);
});

test("a checkout with uncommitted changes is warned of, then as now, where the commit is the same", () => {
  const told = (madeDirty: boolean | null, dirty: boolean, madeBy = "92d63d4") =>
    fitOf(base(), { ...CONTEXT, madeBy, madeDirty, info: captured("92d63d4", { dirty }) })
      .find(({ purpose }) => purpose === "eval")
      ?.reasons.filter(({ id }) => id === "uncommitted")
      .map(({ message, severity }) => `${severity}: ${message}`)
      .join();
  expect(told(true, false)).toBe(
    "warning: It was made with 92d63d4 and changes that were not committed: no commit computes for sure what it does",
  );
  expect(told(false, true)).toStartWith("warning: /checkout has uncommitted changes, and it was made without any");
  expect([told(false, false), told(null, true), told(false, true, "a445144")]).toEqual(["", "", ""]);
});

test("a model whose name is no number is warned of where this version would stumble over it", () => {
  const reasons = (commit: "92d63d4" | "9a71d13") =>
    fitOf(base(), { ...CONTEXT, info: captured(commit), strays: ["model_best.pt"] }).find(({ purpose }) => purpose === "eval")?.reasons;
  expect(reasons("9a71d13")?.find(({ id }) => id === "stray")).toMatchObject({
    severity: "warning",
    message: "model_best.pt lies beside it, and its name ends with no number: this version fails when it looks for the last step",
    remedy: expect.stringContaining("Move it out of "),
  });
  expect(reasons("92d63d4")?.map(({ id }) => id)).not.toContain("stray");
});

test("chat training from a checkpoint of another world size wants load_optimizer=0", () => {
  const sft = fitOf(base(8), { ...CONTEXT, ranks: 1 }).find(({ purpose }) => purpose === "sft");
  expect(sft?.reasons.find(({ id }) => id === "world-size")?.set).toEqual({ load_optimizer: 0 });
});

test("a purpose whose script the checkout lacks does not fit", () => {
  const info = { ...CONTEXT.info, scripts: CONTEXT.info.scripts.filter(({ module }) => !module.endsWith("chat_rl")) };
  const sft = checkpoint("sft", "d4", 10, 1, { modelConfig: MODEL });
  expect(errors(sft, "rl")).toEqual([]);
  expect(errors(sft, "rl", { info }).join()).toContain("has no chat_rl");
});

test("pruning keeps the best and the last", () => {
  const all = [1, 2, 3, 4].map((step) => checkpoint("base", "d4", step, 1, { valBpb: step === 2 ? 0.8 : 0.9 }));
  expect(prunable({ stage: "base", tag: "d4" }, all).map(({ step }) => step)).toEqual([1, 3]);
});

test("pruning keeps nothing that is not finite where anything is, in whatever order they come", () => {
  const list = [Number.NaN, 0.9, Number.POSITIVE_INFINITY, 0.8].map((valBpb, i) => checkpoint("base", "d4", 4 - i, 1, { valBpb }));
  for (const all of [list, list.toReversed()])
    expect(new Set(prunable({ stage: "base", tag: "d4" }, all).map(({ step }) => step))).toEqual(new Set([2, 4]));
  const spoilt = [3, 2, 1].map((step) => checkpoint("base", "d4", step, 1, { valBpb: 0.9, trainLoss: step === 1 ? 2 : Number.NaN }));
  expect(prunable({ stage: "base", tag: "d4" }, spoilt).map(({ step }) => step)).toEqual([3, 2]);
  expect(prunable({ stage: "base", tag: "d4" }, spoilt.slice(0, 2)).map(({ step }) => step)).toEqual([2]);
});

test("pruning takes for the best what was evaluated itself, where anything was", () => {
  const told = (step: number, evaluated: boolean | null) => ({
    ...checkpoint("base", "d4", step, 1, { valBpb: step === 4 ? 0.9 : 0.8 }),
    evaluated,
  });
  const kept = (all: Checkpoint[]) => all.filter((one) => !prunable(one, all).includes(one)).map(({ step }) => step);
  expect(kept([told(4, true), told(3, false), told(2, true), told(1, null)])).toEqual([4, 2]);
  expect(kept([told(4, null), told(3, null)])).toEqual([4, 3]);
});

test("what pruning keeps is named, and that no best is known where none was evaluated at its own step", () => {
  const told = (step: number, valBpb: number | null, evaluated: boolean | null) => ({
    ...checkpoint("base", "d4", step, 1, { valBpb }),
    evaluated,
  });
  const kept = (...all: Checkpoint[]) => keptText({ stage: "base", tag: "d4" }, all);
  const unknown = "no best is known, for none was evaluated at its own step";
  expect(kept(told(4, 0.9, true), told(2, 0.8, true))).toBe("Kept: base/d4@2 (the best), base/d4@4 (the last)");
  expect(kept(told(4, 0.8, true), told(2, 0.9, true))).toBe("Kept: base/d4@4 (the best and the last)");
  expect(kept(told(4, 0.8, false), told(3, 0.8, false))).toBe(`Kept: base/d4@4 (the last); ${unknown}`);
  expect(kept(told(4, 0.9, false), told(3, 0.8, false))).toBe(
    `Kept: base/d4@3 (the lowest figure, of an evaluation before it), base/d4@4 (the last); ${unknown}`,
  );
  expect(kept(told(4, null, null))).toBe(`Kept: base/d4@4 (the last); ${unknown}`);
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fit-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A zip as torch.save writes it, made by Python's own zipfile. */
function writePt(name: string): string {
  const path = join(dir, name);
  const make =
    "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w')\nz.writestr('archive/data.pkl', b'pickle')\nz.writestr('archive/data/0', bytes(range(256)) * 64)\nz.close()";
  expect(Bun.spawnSync(["python3", "-c", make, path]).exitCode).toBe(0);
  return path;
}

const onDisk = (name: string): Checkpoint => base(0, { dir, files: [{ name, bytes: 1 }] });

test("every byte of a whole file is right, and one that has changed is found", async () => {
  const path = writePt("model_000010.pt");
  expect(readEntries(path)).toMatchObject({ ok: true, value: [{ name: "archive/data.pkl" }, { name: "archive/data/0", size: 16_384 }] });
  expect(await verifyCheckpoint(onDisk("model_000010.pt"), () => undefined)).toEqual({ ok: true, value: null });
  const bytes = readFileSync(path);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const damaged = await verifyCheckpoint(onDisk("model_000010.pt"), () => undefined);
  expect(damaged.ok ? damaged.value : "").toContain("the checksum of archive/data/0 is wrong");
});

test("every byte of what the pocket saves is right, and one that has changed is found", async () => {
  const path = join(dir, "model_000001.pt");
  const make = 'import sys; from nanochat.storage import save; save({"weights": [1.5, 2.5], "step": 1}, sys.argv[1])';
  expect(Bun.spawnSync(["python3", "-c", make, path], { env: { ...process.env, PYTHONPATH: join(PACKAGE_DIR, "pocket") } }).exitCode).toBe(
    0,
  );
  expect(await verifyCheckpoint(onDisk("model_000001.pt"), () => undefined)).toEqual({ ok: true, value: null });
  const bytes = readFileSync(path);
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const damaged = await verifyCheckpoint(onDisk("model_000001.pt"), () => undefined);
  expect(damaged.ok ? damaged.value : "").toContain("the checksum of index.json is wrong");
});

test("a torn file has no end", () => {
  const path = writePt("model_000010.pt");
  truncateSync(path, 9000);
  const entries = readEntries(path);
  expect(entries.ok ? "" : entries.failure.why).toContain("it has no end");
});

test("deleting takes the checkpoint's own files and nothing else", () => {
  mkdirSync(join(dir, "tag"));
  for (const name of ["model_000010.pt", "meta_000010.json", "notes.txt"]) writeFileSync(join(dir, "tag", name), "x");
  const files = ["model_000010.pt", "meta_000010.json"].map((name) => ({ name, bytes: 1 }));
  expect(removeCheckpoints(join(dir, "home"), [base(0, { dir: join(dir, "tag"), files })]).ok).toBe(true);
  expect(
    Bun.spawnSync(["ls", join(dir, "tag")])
      .stdout.toString()
      .trim(),
  ).toBe("notes.txt");
});

test("the stage of a checkpoint is named as it is spoken", () => {
  expect(["base", "mid", "sft", "rl"].map(checkpointOf)).toEqual([
    "a base checkpoint",
    "a mid checkpoint",
    "an sft checkpoint",
    "an rl checkpoint",
  ]);
});
