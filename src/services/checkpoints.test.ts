import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasFiniteModel, whatIsNotFinite } from "../core/checkpoint.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { chooseCheckpoint } from "./checkpoint-name.ts";
import { figuresIn, listCheckpoints, strayModels } from "./checkpoints.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "base-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** The end record of an empty zip: all that a whole file needs. */
const ZIP = Buffer.concat([Buffer.from("PK\x05\x06", "latin1"), Buffer.alloc(18)]);

function save(tag: string, step: string, meta: string, ranks = 1): string {
  const dir = join(base, "base_checkpoints", tag);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `model_${step}.pt`), ZIP);
  for (let rank = 0; rank < ranks; rank++) writeFileSync(join(dir, `optim_${step}_rank${rank}.pt`), ZIP);
  writeFileSync(join(dir, `meta_${step}.json`), meta);
  return dir;
}

test("a whole checkpoint tells its step, loss and size", () => {
  save("d4", "000040", '{"step": 40, "val_bpb": 1.5, "model_config": {"n_layer": 4}}', 2);
  const [checkpoint] = listCheckpoints(base);
  expect(checkpoint).toMatchObject({ stage: "base", tag: "d4", step: 40, valBpb: 1.5, modelConfig: { n_layer: 4 }, broken: null });
  expect(checkpoint?.files).toHaveLength(4);
});

test("Python's Infinity in the meta file is a number, and the word in a string stays a word", () => {
  save("d4", "000001", '{"val_bpb": Infinity, "user_config": {"run": "to Infinity, NaN"}}');
  const [checkpoint] = listCheckpoints(base);
  expect(checkpoint?.valBpb).toBe(Number.POSITIVE_INFINITY);
  expect(checkpoint?.userConfig).toEqual({ run: "to Infinity, NaN" });
});

test("one that was saved with a loss of NaN is not finite, whatever an earlier validation has found", () => {
  save("spoilt", "000049", '{"val_bpb": 3.3, "loop_state": {"min_val_bpb": 3.3, "smooth_train_loss": NaN}}');
  save("sound", "000049", '{"val_bpb": 3.3, "loop_state": {"min_val_bpb": Infinity, "smooth_train_loss": 3.1}}');
  save("older", "000049", '{"val_bpb": 3.3}');
  const found = listCheckpoints(base).map((one) => [one.tag, whatIsNotFinite(one)] as const);
  expect(Object.fromEntries(found)).toEqual({ spoilt: "loss", sound: null, older: null });
  const inFolder = (tag: string) => hasFiniteModel(figuresIn(join(base, "base_checkpoints", tag), 49));
  expect([inFolder("spoilt"), inFolder("sound"), inFolder("older")]).toEqual([false, true, true]);
});

test("models come by time, and the steps of one by their number, in whatever order a copy has written them", () => {
  const write = (tag: string, step: number, minutesAgo: number): void => writeCheckpoint(base, "base", { tag, step, minutesAgo });
  write("copied", 853, 1);
  write("other", 10, 2);
  write("copied", 1500, 3);
  write("copied", 90, 4);
  const listed = listCheckpoints(base);
  expect(listed.map(({ tag, step }) => `${tag}@${step}`)).toEqual(["copied@1500", "other@10", "copied@853", "copied@90"]);
  const chosen = ["last", "base/copied"].map((wanted) => chooseCheckpoint(listed, wanted));
  expect(chosen.map((one) => one.ok && one.value.step)).toEqual([1500, 1500]);
});

test("what a kill during a save leaves behind is told apart", () => {
  truncateSync(join(save("torn", "000001", "{}"), "model_000001.pt"), 3);
  truncateSync(join(save("meta", "000001", '{"step": 1}'), "meta_000001.json"), 5);
  rmSync(join(save("rank", "000001", "{}", 3), "optim_000001_rank1.pt"));
  rmSync(join(save("model", "000001", "{}"), "model_000001.pt"));
  const why = Object.fromEntries(listCheckpoints(base).map(({ tag, broken }) => [tag, broken]));
  expect(why["torn"]).toContain("model_000001.pt is torn");
  expect(why["meta"]).toContain("meta file is no readable JSON");
  expect(why["rank"]).toContain("optimizer file of rank 1 is missing");
  expect(why["model"]).toContain("model file is missing");
});

test("a base dir that is not there has no checkpoints", () => {
  expect(listCheckpoints(join(base, "nowhere"))).toEqual([]);
});

test("a checkpoint whose name is no number is none, and is told of as a stray", () => {
  const dir = save("d4", "000040", "{}");
  writeFileSync(join(dir, "model_best.pt"), ZIP);
  writeFileSync(join(dir, "meta_best.json"), "{}");
  expect(listCheckpoints(base).map(({ step, broken }) => [step, broken])).toEqual([[40, null]]);
  expect(strayModels(dir)).toEqual(["model_best.pt"]);
});

test("stray files among the folders, and links that lead to themselves, are no checkpoints", () => {
  const dir = save("d4", "000040", "{}");
  writeFileSync(join(base, "base_checkpoints", ".DS_Store"), "");
  writeFileSync(join(base, "chatsft_checkpoints"), "");
  writeFileSync(join(dir, ".DS_Store"), "");
  symlinkSync(join(dir, "model_000050.pt"), join(dir, "model_000050.pt"));
  expect(listCheckpoints(base).map(({ tag, step }) => [tag, step])).toEqual([["d4", 40]]);
});

test("a validation of these very weights that is finite counts for more than an average that one batch has spoilt", () => {
  const spoilt = { valBpb: 2.1, trainLoss: Number.NaN };
  expect(whatIsNotFinite(spoilt)).toBe("loss");
  expect(whatIsNotFinite({ ...spoilt, evaluated: false })).toBe("loss");
  expect(whatIsNotFinite({ ...spoilt, evaluated: true })).toBeNull();
  expect(whatIsNotFinite({ ...spoilt, valBpb: Number.NaN, evaluated: true })).toBe("validation");
});
