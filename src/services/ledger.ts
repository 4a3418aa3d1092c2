/** The stages on the way to a chat as they lie on disk: done, stale, missing or broken, each with what was seen. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, type CheckpointStage, hasFiniteModel, isGood, whatIsNotFinite } from "../core/checkpoint.ts";
import type { DataFacts } from "../core/machine.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import type { LedgerStage, LedgerStageId } from "../core/setup.ts";
import { ago, count } from "../lib/format.ts";
import { liveness, readPlan, readState } from "../lib/run-files.ts";
import { type FindMaker, makersOf } from "./checkpoint-care.ts";
import { withEvaluated } from "./checkpoint-evaluated.ts";
import { checkpointName } from "./checkpoint-name.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { dataFacts, shardsFolder } from "./data-facts.ts";
import { listRuns } from "./runs.ts";

interface Scene {
  info: WorkspaceInfo;
  baseDir: string;
  home: string;
  data: DataFacts;
  checkpoints: readonly Checkpoint[];
  makerOf: FindMaker;
  /** Scripts, short, that runs are at now. */
  going: ReadonlySet<string>;
  /** What chat training starts from when nobody says otherwise: the base model, or the mid-trained one. */
  chatFrom: "base" | "mid";
}

type Finding = Pick<LedgerStage, "status" | "verdict" | "evidence">;

interface Row {
  id: LedgerStageId;
  title: string;
  /** The script that makes it; a checkout without it has no such stage. */
  script: string;
  optional: boolean;
  needs: LedgerStageId | null;
  look(scene: Scene): Finding;
}

const missing = (verdict: string, ...evidence: string[]): Finding => ({ status: "missing", verdict, evidence });
const done = (verdict: string, ...evidence: string[]): Finding => ({ status: "done", verdict, evidence });

/** THE table of stages, in the order in which they are run. */
const ROWS: readonly Row[] = [
  { id: "dataset", title: "dataset", script: "dataset", optional: false, needs: null, look: dataset },
  { id: "tokenizer", title: "tokenizer", script: "tok_train", optional: false, needs: "dataset", look: tokenizer },
  { id: "base", title: "base model", script: "base_train", optional: false, needs: "tokenizer", look: (scene) => trained(scene, "base") },
  { id: "base_eval", title: "base eval", script: "base_eval", optional: true, needs: "base", look: baseEval },
  { id: "mid", title: "mid-training", script: "mid_train", optional: true, needs: "base", look: (scene) => trained(scene, "mid") },
  { id: "sft", title: "chat model", script: "chat_sft", optional: false, needs: "base", look: (scene) => trained(scene, "sft") },
  {
    id: "chat_eval",
    title: "chat eval",
    script: "chat_eval",
    optional: true,
    needs: "sft",
    look: (scene) => ranBefore(scene, "chat_eval"),
  },
  { id: "rl", title: "RL model", script: "chat_rl", optional: true, needs: "sft", look: (scene) => trained(scene, "rl") },
];

/** Script of each stage, short. */
export const LEDGER_SCRIPTS: Readonly<Record<LedgerStageId, string>> = Object.fromEntries(
  ROWS.map(({ id, script }) => [id, script]),
) as Record<LedgerStageId, string>;

function dataset({ info, baseDir, data }: Scene): Finding {
  if (info.kind === "pocket") return done("comes with the program", join(info.dir, "data"));
  const folder = shardsFolder(baseDir, info.features);
  if (folder === null) return missing("cannot be told", `${info.package}/dataset.py does not say in which folder shards lie.`);
  const shards = data.shards ?? 0;
  if (shards < 2)
    return missing(
      shards === 0 ? "no shard" : "one shard: too few",
      folder,
      "The last one listed is for validation, so two are the least.",
    );
  return done(`${count(shards)} shards`, folder);
}

function tokenizer({ info, baseDir, data }: Scene): Finding {
  const folder = join(baseDir, "tokenizer");
  if (info.kind === "pocket") return existsSync(folder) ? done("there", folder) : missing("none", folder);
  if (data.tokenizer === null) return missing("none", `There is no ${join(folder, "tokenizer.pkl")}.`);
  if (data.vocabulary === null)
    return { status: "broken", verdict: "token_bytes.pt is unreadable", evidence: [folder, "tok_train was cut off: run it again."] };
  return done(`${count(data.vocabulary)} tokens`, folder, `tokenizer.pkl ${data.tokenizer}`);
}

/** What a stage's model was made from. */
const BEFORE: Readonly<Record<CheckpointStage, (scene: Scene) => CheckpointStage | null>> = {
  base: () => null,
  mid: () => "base",
  sft: ({ chatFrom }) => chatFrom,
  rl: () => "sft",
};

/** By the size of its vocabulary, or by the hash that its run has recorded; null when nothing is known against it. */
function otherTokenizer({ data, makerOf }: Scene, one: Checkpoint): string | null {
  const vocabulary = one.modelConfig?.["vocab_size"];
  if (typeof vocabulary === "number" && data.vocabulary !== null && vocabulary !== data.vocabulary)
    return `Its vocabulary has ${vocabulary} entries, the tokenizer ${data.vocabulary}.`;
  const made = makerOf(one)?.tokenizer ?? null;
  if (made === null || data.tokenizer === null || made === data.tokenizer) return null;
  return `It was trained with tokenizer ${made}, and ${data.tokenizer} lies there now.`;
}

/** The newest whole checkpoint of a stage, whether it is finite, and whether it still goes with what lies before it. */
function trained(scene: Scene, stage: CheckpointStage): Finding {
  const all = scene.checkpoints.filter((one) => one.stage === stage);
  const newest = all.find(({ broken }) => broken === null);
  if (newest === undefined) {
    const [torn] = all;
    return torn === undefined
      ? missing("no checkpoint", `Nothing of it lies under ${scene.baseDir}.`)
      : { status: "broken", verdict: "no whole checkpoint", evidence: [`${checkpointName(torn)}: ${torn.broken}`] };
  }
  const evidence = [checkpointName(newest), newest.dir, `written ${ago(newest.writtenAt)}`];
  if (!hasFiniteModel(newest)) return notFinite(newest, evidence, all.find(isGood));
  const other = otherTokenizer(scene, newest);
  if (other !== null) return { status: "stale", verdict: "made with another tokenizer", evidence: [...evidence, other] };
  const source = BEFORE[stage](scene);
  const before = scene.checkpoints.find((one) => one.stage === source && one.tag === newest.tag && isGood(one));
  if (before !== undefined && before.writtenAt > newest.writtenAt)
    return {
      status: "stale",
      verdict: `older than its ${before.stage} model`,
      evidence: [...evidence, `${checkpointName(before)} was written ${ago(before.writtenAt)}.`],
    };
  return done(`${newest.tag} @ ${count(newest.step)}`, ...evidence);
}

/** A script takes the newest unless it is told another one, so an older one that is good is named and does not count. */
function notFinite(newest: Checkpoint, evidence: readonly string[], finite: Checkpoint | undefined): Finding {
  const name = (one: Checkpoint): string => `${one.tag} @ ${count(one.step)}`;
  return {
    status: "broken",
    verdict: `${name(newest)} is not finite${finite === undefined ? "" : `, ${name(finite)} is`}`,
    evidence: [
      ...evidence,
      `Its ${whatIsNotFinite(newest)} is NaN or infinite: so are its weights by all appearances.`,
      finite === undefined
        ? "None of this stage is finite."
        : `The newest that is finite: ${checkpointName(finite)}, written ${ago(finite.writtenAt)}.`,
    ],
  };
}

/** base_eval writes one CSV for each model (scripts/base_eval.py, all versions); the pocket's runs tell it. */
function baseEval(scene: Scene): Finding {
  const folder = join(scene.baseDir, "base_eval");
  try {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(".csv"))
      .sort();
    if (files.length > 0)
      return done(
        `${count(files.length)} ${files.length === 1 ? "result" : "results"}`,
        folder,
        ...files.slice(-4),
        `written ${ago(statSync(folder).mtime.toISOString())}`,
      );
  } catch {
    // no folder: asked of the runs below
  }
  return ranBefore(scene, "base_eval");
}

/** What leaves no file is known from the runs of this home. */
function ranBefore({ home, baseDir }: Scene, script: string): Finding {
  const listed = listRuns(home);
  for (const { id, dir } of listed.ok ? listed.value : []) {
    const plan = readPlan(dir);
    const state = readState(dir);
    if (!plan.ok || !state.ok || plan.value.baseDir !== baseDir) continue;
    const stage = state.value.stages.find((one) => one.script.endsWith(`.${script}`));
    if (stage?.status === "done") return done(`in run ${id}`, id, `ended ${ago(stage.endedAt)}`);
  }
  return missing("not run here", "No run of this home has done it for this base dir.");
}

/** Scripts that stages of going runs are at, for this base dir. */
function goingScripts(home: string, baseDir: string): Set<string> {
  const listed = listRuns(home);
  const going = (listed.ok ? listed.value : []).filter(({ liveness: alive }) => alive !== "ended");
  return new Set(
    going.flatMap(({ dir }) => {
      const [plan, state] = [readPlan(dir), readState(dir)];
      if (!plan.ok || !state.ok || plan.value.baseDir !== baseDir || liveness(state.value) === "ended") return [];
      return state.value.stages.filter(({ status }) => status === "running").map(({ script }) => script.slice(script.lastIndexOf(".") + 1));
    }),
  );
}

function sceneOf({ info, baseDir, home }: Place): Scene {
  const makerOf = makersOf(home);
  const source = info.scripts.find(({ module }) => module.endsWith(".chat_sft"))?.parameters.find(({ name }) => name === "source");
  return {
    info,
    baseDir,
    home,
    data: dataFacts(baseDir, info.features),
    checkpoints: withEvaluated(home, listCheckpoints(baseDir), makerOf),
    makerOf,
    going: goingScripts(home, baseDir),
    chatFrom: source?.default === "mid" ? "mid" : "base",
  };
}

/** Mid-training is on the way only for chat training that starts from it, and has not been done without. */
const isOptional = ({ id, optional }: Row, { chatFrom, checkpoints }: Scene): boolean =>
  optional && !(id === "mid" && chatFrom === "mid" && !checkpoints.some(({ stage, broken }) => stage === "sft" && broken === null));

interface Place {
  info: WorkspaceInfo;
  baseDir: string;
  home: string;
}

/** All stages that this checkout has. */
export function readLedger(place: Place): LedgerStage[] {
  const scene = sceneOf(place);
  const { info } = scene;
  const has = (script: string): boolean =>
    info.scripts.some(({ module }) => module.endsWith(`.${script}`)) || (script === "dataset" && info.kind === "pocket");
  const stages: LedgerStage[] = [];
  for (const row of ROWS.filter(({ script }) => has(script))) {
    const needs = row.id === "sft" ? scene.chatFrom : row.needs;
    stages.push(
      stageOf(
        row,
        scene,
        stages.find(({ id }) => id === needs),
      ),
    );
  }
  return stages;
}

function stageOf(row: Row, scene: Scene, before: LedgerStage | undefined): LedgerStage {
  const { id, title, script } = row;
  const found = row.look(scene);
  const running = scene.going.has(script);
  const ready = before === undefined || before.status === "done" || before.status === "stale";
  return {
    id,
    title,
    ...found,
    status: running ? "running" : found.status,
    verdict: running ? "a run is at it" : found.verdict,
    optional: isOptional(row, scene),
    blocked: ready ? null : `the ${before.title} comes first`,
  };
}

/** The stages on the way to a chat that are not done, in their order. */
export const missingStages = (ledger: readonly LedgerStage[]): LedgerStageId[] =>
  ledger.filter(({ optional, status }) => !optional && status !== "done" && status !== "running").map(({ id }) => id);
