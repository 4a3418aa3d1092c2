/** The way to a chat, as it lies on disk. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planOf, temporaryFolder, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import { captured } from "../config/captures/capture.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import type { RunState } from "../core/run.ts";
import type { LedgerStage, LedgerStageId } from "../core/setup.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { writeCheckpoint, writeShards, writeTokenizer } from "./base-dir-fixture.ts";
import { tokenizerHash } from "./data-facts.ts";
import { LEDGER_SCRIPTS, missingStages, readLedger } from "./ledger.ts";
import { createRun, reserveRun } from "./run-create.ts";

const NEW = captured("92d63d4");
const OLD = captured("3a5e0bc");

let folder: ReturnType<typeof temporaryFolder>;
let home: string;
let base: string;
beforeEach(() => {
  folder = temporaryFolder();
  home = join(folder.path, "home");
  base = join(home, "base");
});
afterEach(() => folder.remove());

const ledger = (info: WorkspaceInfo = NEW): LedgerStage[] => readLedger({ info, baseDir: base, home });
const stage = (id: LedgerStageId, info?: WorkspaceInfo): LedgerStage => ledger(info).find((one) => one.id === id)!;
const verdict = (id: LedgerStageId, info?: WorkspaceInfo): string => {
  const { status, verdict: text } = stage(id, info);
  return `${status}: ${text}`;
};

/** A run of this home whose only stage is in `status`, looked after by this process. */
function putRun(script: string, status: "running" | "done", baseDir = base): void {
  const place = unwrap(reserveRun(home, "test"));
  unwrap(createRun(home, place, { ...planOf(home, [{ ...trainStage(1), script }]), baseDir }));
  const path = runPaths(place.dir).state;
  const state = JSON.parse(readFileSync(path, "utf8")) as RunState;
  const owner = { pid: process.pid, startTicks: startTicks(process.pid), startedAt: state.createdAt, version: "" };
  const stages = state.stages.map((one) => ({ ...one, status, endedAt: status === "done" ? state.createdAt : null }));
  writeFileSync(path, JSON.stringify({ ...state, status, owner, stages }));
}

/** Everything that a chat needs, in the order in which it is made. */
function writeAll(): void {
  writeShards(base, "base_data_climbmix", 8);
  writeTokenizer(base, 512);
  writeCheckpoint(base, "base", { minutesAgo: 20 });
  writeCheckpoint(base, "sft", { minutesAgo: 10 });
}

describe("which stages there are", () => {
  test("a checkout has the stages whose scripts it has", () => {
    expect(ledger().map(({ id }) => id)).toEqual(["dataset", "tokenizer", "base", "base_eval", "sft", "chat_eval", "rl"]);
    expect(ledger(OLD).map(({ id }) => id)).toContain("mid");
  });

  test("each names its script", () => {
    expect(LEDGER_SCRIPTS).toMatchObject({ dataset: "dataset", base: "base_train", sft: "chat_sft", rl: "chat_rl" });
  });

  test("of an empty base dir everything on the way is missing, and each stage waits for the one before", () => {
    expect(ledger().map(({ id, status, blocked }) => [id, status, blocked])).toEqual([
      ["dataset", "missing", null],
      ["tokenizer", "missing", "the dataset comes first"],
      ["base", "missing", "the tokenizer comes first"],
      ["base_eval", "missing", "the base model comes first"],
      ["sft", "missing", "the base model comes first"],
      ["chat_eval", "missing", "the chat model comes first"],
      ["rl", "missing", "the chat model comes first"],
    ]);
    expect(missingStages(ledger())).toEqual(["dataset", "tokenizer", "base", "sft"]);
  });

  test("when all is there nothing is missing, evaluations and RL or not", () => {
    writeAll();
    expect(missingStages(ledger())).toEqual([]);
    expect(stage("rl")).toMatchObject({ status: "missing", optional: true, blocked: null });
  });
});

describe("data and tokenizer", () => {
  test("one shard is too few: the last one listed is for validation", () => {
    writeShards(base, "base_data_climbmix", 1);
    expect(verdict("dataset")).toBe("missing: one shard: too few");
    writeShards(base, "base_data_climbmix", 2);
    expect(stage("dataset")).toMatchObject({ status: "done", verdict: "2 shards", evidence: [join(base, "base_data_climbmix")] });
  });

  test("shards of the older folder are shown where they lie", () => {
    writeShards(base, "base_data", 3);
    expect(stage("dataset")).toMatchObject({ status: "done", evidence: [join(base, "base_data")] });
  });

  test("a checkout that does not say where its shards lie is not said to have none", () => {
    const info = { ...NEW, features: { ...NEW.features, shards_folder: null } };
    expect(verdict("dataset", info)).toBe("missing: cannot be told");
    expect(stage("dataset", info).evidence.join()).toContain("nanochat/dataset.py");
  });

  test("a tokenizer is told by its size, one that was cut off is broken", () => {
    writeTokenizer(base, 512);
    expect(verdict("tokenizer")).toBe("done: 512 tokens");
    writeFileSync(join(base, "tokenizer", "token_bytes.pt"), "");
    expect(verdict("tokenizer")).toBe("broken: token_bytes.pt is unreadable");
  });
});

describe("models", () => {
  test("the newest whole checkpoint counts; with torn ones alone a stage is broken", () => {
    writeCheckpoint(base, "base", { step: 40, torn: true });
    expect(verdict("base")).toBe("broken: no whole checkpoint");
    writeCheckpoint(base, "base", { step: 20, minutesAgo: 5 });
    expect(verdict("base")).toBe("done: d4 @ 20");
  });

  test("one whose validation is not finite is no good model: it is said, with the newest finite one where there is any", () => {
    writeCheckpoint(base, "base", { step: 60, bpb: Number.POSITIVE_INFINITY });
    expect(verdict("base")).toBe("broken: d4 @ 60 is not finite");
    expect(stage("sft").blocked).toBe("the base model comes first");
    writeCheckpoint(base, "base", { step: 20, minutesAgo: 5 });
    writeCheckpoint(base, "base", { step: 10, minutesAgo: 9 });
    expect(verdict("base")).toBe("broken: d4 @ 60 is not finite, d4 @ 20 is");
    expect(stage("base").evidence.at(-1)).toContain("The newest that is finite: base/d4@20, written ");
    expect(missingStages(ledger())).toContain("base");
    writeCheckpoint(base, "sft", { minutesAgo: 2 });
    expect(verdict("sft")).toBe("done: d4 @ 40");
  });

  test("of one model the highest step counts, also where an older one was written later", () => {
    writeCheckpoint(base, "base", { step: 60, minutesAgo: 9 });
    writeCheckpoint(base, "base", { step: 20 });
    expect(verdict("base")).toBe("done: d4 @ 60");
  });

  test("one that was saved with a loss of NaN is no good model either, although its validation is from before", () => {
    writeCheckpoint(base, "base", { step: 49, trainLoss: Number.NaN });
    expect(verdict("base")).toBe("broken: d4 @ 49 is not finite");
    expect(stage("base").evidence).toContain("Its loss is NaN or infinite: so are its weights by all appearances.");
  });

  test("a model of another vocabulary than the tokenizer's is stale, and does not hold up the next stage", () => {
    writeTokenizer(base, 512);
    writeCheckpoint(base, "base", { vocabulary: 1024 });
    expect(verdict("base")).toBe("stale: made with another tokenizer");
    expect(stage("sft").blocked).toBeNull();
    expect(missingStages(ledger())).toContain("base");
  });

  test("a model is stale when its run has recorded another tokenizer of the same size", () => {
    writeTokenizer(base, 512, "first");
    const place = unwrap(reserveRun(home, "maker"));
    unwrap(createRun(home, place, { ...planOf(home, [withValue(trainStage(1), "model_tag", "d4")]), baseDir: base }));
    const first = tokenizerHash(base);
    const path = runPaths(place.dir).environment;
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), tokenizer: first }));
    writeCheckpoint(base, "base");
    expect(verdict("base")).toBe("done: d4 @ 40");
    writeTokenizer(base, 512, "second");
    expect(verdict("base")).toBe("stale: made with another tokenizer");
    expect(stage("base").evidence.at(-1)).toBe(`It was trained with tokenizer ${first}, and ${tokenizerHash(base)} lies there now.`);
  });

  test("a chat model that is older than the base model of its name is stale", () => {
    writeCheckpoint(base, "sft", { minutesAgo: 10 });
    writeCheckpoint(base, "base", { tag: "other", minutesAgo: 5 });
    expect(stage("sft").status).toBe("done");
    writeCheckpoint(base, "base", { minutesAgo: 5 });
    expect(verdict("sft")).toBe("stale: older than its base model");
  });
});

describe("versions with mid-training", () => {
  test("their chat training starts from the mid-trained model, which is on the way then", () => {
    writeCheckpoint(base, "base");
    expect(stage("sft", OLD).blocked).toBe("the mid-training comes first");
    expect(missingStages(ledger(OLD))).toEqual(["dataset", "tokenizer", "mid", "sft"]);
    writeCheckpoint(base, "mid");
    expect(stage("sft", OLD).blocked).toBeNull();
  });

  test("a chat model is compared with the mid-trained model", () => {
    writeCheckpoint(base, "mid", { minutesAgo: 5 });
    writeCheckpoint(base, "sft", { minutesAgo: 10 });
    expect(verdict("sft", OLD)).toBe("stale: older than its mid model");
  });

  test("with a chat model that was made without it, mid-training is not missed", () => {
    writeCheckpoint(base, "base", { minutesAgo: 10 });
    writeCheckpoint(base, "sft", { minutesAgo: 5 });
    expect(missingStages(ledger(OLD))).toEqual(["dataset", "tokenizer"]);
  });
});

describe("what runs tell", () => {
  test("a base evaluation is known by its results, a chat evaluation by the run that did it", () => {
    expect([verdict("base_eval"), verdict("chat_eval")]).toEqual(["missing: not run here", "missing: not run here"]);
    mkdirSync(join(base, "base_eval"), { recursive: true });
    writeFileSync(join(base, "base_eval", "base_model_000040.csv"), "");
    putRun("scripts.chat_eval", "done");
    expect(verdict("base_eval")).toBe("done: 1 result");
    expect(verdict("chat_eval")).toStartWith("done: in run ");
  });

  test("a run for another base dir says nothing of this one", () => {
    putRun("scripts.chat_eval", "done", "/elsewhere");
    putRun("scripts.base_train", "running", "/elsewhere");
    expect([stage("chat_eval").status, stage("base").status]).toEqual(["missing", "missing"]);
  });

  test("a stage that a run is at is running, and is not started a second time", () => {
    putRun("scripts.base_train", "running");
    expect(verdict("base")).toBe("running: a run is at it");
    expect(missingStages(ledger())).not.toContain("base");
    expect(stage("sft").blocked).toBe("the base model comes first");
  });
});

test("the pocket brings its data, and its tokenizer is a folder", () => {
  const pocket: WorkspaceInfo = { ...NEW, kind: "pocket", dir: "/pocket", features: { pocket: true }, scripts: NEW.scripts };
  expect(verdict("dataset", pocket)).toBe("done: comes with the program");
  expect(verdict("tokenizer", pocket)).toBe("missing: none");
  mkdirSync(join(base, "tokenizer"), { recursive: true });
  expect(verdict("tokenizer", pocket)).toBe("done: there");
});
