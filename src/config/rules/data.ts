/** What has to lie under the base dir before a stage can begin, and what it will put there. */
import { shortName } from "../../core/plan.ts";
import { bytes, count } from "../../lib/format.ts";
import type { StageContext } from "./context.ts";
import { type FixDraft, rule } from "./rule.ts";

const DATASET = "nanochat.dataset";
const TOKENIZER = "scripts.tok_train";

/** The last shard that is listed is for validation, so one alone leaves nothing to train on (nanochat/dataset.py:75@92d63d4). */
const FEWEST_SHARDS = 2;

/** The pocket brings its own text. */
const needsShards = (stage: StageContext): boolean => stage.input.workspace.kind !== "pocket";

const hasScript = (stage: StageContext, module: string): boolean =>
  stage.input.workspace.scripts.some((script) => script.module === module);

const datasetStage = (stage: StageContext): StageContext | undefined => stage.before.find(({ script }) => script.module === DATASET);

/** Shards on disk when the stage begins; null when that is not known. -1 downloads all there are. */
function shardsThen(stage: StageContext): number | null {
  const now = stage.input.surroundings.data?.shards ?? null;
  const downloaded = datasetStage(stage)?.number("num_files") ?? 0;
  if (downloaded < 0) return Number.POSITIVE_INFINITY;
  return now === null ? null : Math.max(now, downloaded);
}

/** Another number for the plan's own dataset stage, else one more stage before all others. */
function moreShards(stage: StageContext, shards: number): FixDraft | null {
  const dataset = datasetStage(stage);
  const title = `Download ${count(shards)} shards first`;
  if (dataset !== undefined) return { title, elsewhere: [{ stage: dataset.stage.name, name: "num_files", value: shards }] };
  return hasScript(stage, DATASET) ? { title, insert: [{ script: DATASET, set: { num_files: shards } }] } : null;
}

const checkpointBytes = (stage: StageContext): { one: number; all: number } => {
  const kept = stage.figures?.checkpoint;
  const one = kept ? kept.modelBytes + kept.optimizerBytes : 0;
  return { one, all: one * (kept?.count ?? 0) };
};

/** Room that this stage's checkpoints find: what is free now less what the stages before have taken. */
function room(stage: StageContext): { free: number; one: number; all: number } | null {
  const free = stage.input.surroundings.data?.diskFreeBytes ?? null;
  const { one, all } = checkpointBytes(stage);
  if (free === null || one === 0) return null;
  const taken = stage.before.map((earlier) => checkpointBytes(earlier).all).reduce((sum, size) => sum + size, 0);
  return { free: Math.max(0, free - taken), one, all };
}

/** How the plan goes on with the tokenizer that is there; undefined where it trains nothing after it. */
function keeping({ input, script }: StageContext): string | undefined {
  const trains = (module: string): boolean => input.workspace.scripts.some((one) => one.module === module && one.trainable);
  const after = input.prefab.stages.slice(input.prefab.stages.findIndex((one) => one.script === script.module) + 1);
  const next = after.find((one) => trains(one.script));
  return next === undefined ? undefined : `--from ${shortName(next.script)} keeps the one that is there`;
}

export const DATA_RULES = [
  rule({
    id: "no-data",
    appliesTo: ["tok_train", "base_train"],
    needs: [],
    check: (stage) => {
      const shards = shardsThen(stage);
      return needsShards(stage) && shards !== null && shards < FEWEST_SHARDS ? { shards } : null;
    },
    severity: "error",
    field: "num_files",
    message: ({ shards }, { short, input }) =>
      shards === 0
        ? `${short} reads data shards, and there are none in ${input.baseDir}`
        : `${short} needs two data shards at least, one of them for validation, and there is ${count(shards)} in ${input.baseDir}`,
    remedy: () => "Put nanochat.dataset before it",
    fix: (_, stage) => moreShards(stage, Math.max(FEWEST_SHARDS, (stage.figures?.horizon?.shards ?? 0) + 1)),
  }),
  rule({
    id: "few-shards",
    appliesTo: ["base_train"],
    needs: [],
    check: (stage) => {
      const [shards, needed] = [shardsThen(stage), stage.figures?.horizon?.shards ?? null];
      if (!needsShards(stage) || shards === null || needed === null || shards < FEWEST_SHARDS || shards >= needed + 1) return null;
      return { shards, needed: needed + 1 };
    },
    severity: "warning",
    field: "num_files",
    message: ({ shards, needed }, stage) =>
      `${count(stage.figures?.horizon?.tokens)} tokens need about ${count(needed)} data shards with the one for validation, and there will be ${count(shards)}: the text would be read several times`,
    fix: ({ needed }, stage) => moreShards(stage, needed),
  }),
  rule({
    id: "no-tokenizer",
    appliesTo: ["base_train", "mid_train", "chat_sft", "chat_rl", "base_eval", "base_loss", "chat_eval"],
    needs: [],
    check: (stage) => {
      const made = stage.before.some(({ script }) => script.module === TOKENIZER);
      const first = !stage.before.some(({ script }) => script.trainable);
      // A fork without tok_train has its own way to one, which we do not know.
      return stage.input.surroundings.tokenizer === false && hasScript(stage, TOKENIZER) && !made && first ? {} : null;
    },
    severity: "error",
    field: "vocab_size",
    message: (_, { short, input }) => `${short} needs a tokenizer, and there is none in ${input.baseDir}`,
    remedy: () => "Put scripts.tok_train before it",
    fix: () => ({ title: "Make a tokenizer first", insert: [{ script: TOKENIZER, set: {} }] }),
  }),
  rule({
    id: "tokenizer-replaced",
    appliesTo: ["tok_train"],
    needs: ["vocab_size"],
    check: (stage) => {
      const { data, checkpoints } = stage.input.surroundings;
      const [there, wanted] = [data?.vocabulary ?? null, stage.number("vocab_size")];
      const made = (checkpoints ?? []).filter(({ modelConfig }) => modelConfig?.["vocab_size"] === there);
      return there === null || wanted === null || there === wanted || made.length === 0 ? null : { there, wanted, made };
    },
    severity: "warning",
    field: "vocab_size",
    message: ({ there, wanted, made }, { input }) =>
      `vocab_size is ${count(wanted)}, and the tokenizer in ${input.baseDir}, which it replaces, has ${count(there)} entries: ${made.length === 1 ? "1 checkpoint" : `${count(made.length)} checkpoints`} made with it (${made[0]?.stage}/${made[0]?.tag}${made.length > 1 ? ", …" : ""}) could not be loaded any more`,
    // No fix: with the vocabulary of what is there another model would be trained.
    remedy: (_, stage) => {
      const kept = keeping(stage);
      return `Give this checkout a base dir of its own with --base-dir${kept === undefined ? "" : `, or ${kept}`}`;
    },
  }),
  rule({
    id: "tokenizer-kept",
    appliesTo: ["tok_train"],
    needs: [],
    // Hashed is what the supervisor keeps (supervisor/tokenizer-before.ts): the pocket's tokenizer has no file.
    check: (stage) => (stage.input.surroundings.data?.tokenizer ? {} : null),
    severity: "info",
    field: "vocab_size",
    message: (_, { input }) =>
      `tok_train writes over the tokenizer in ${input.baseDir}; where the new one is another, a copy of the old stays in the run's folder`,
    remedy: (_, stage) => keeping(stage),
  }),
  rule({
    id: "disk",
    appliesTo: "training",
    needs: [],
    check: (stage) => {
      const found = room(stage);
      return found !== null && found.free < Math.max(found.one, found.all) ? found : null;
    },
    severity: ({ free, one }) => (free < one ? "error" : "warning"),
    field: "save_every",
    message: ({ free, one, all }, { input }) =>
      free < one
        ? `one checkpoint takes about ${bytes(one)}, and ${bytes(free)} will be free in ${input.baseDir}`
        : `the checkpoints of save_every take about ${bytes(all)} together, and ${bytes(free)} will be free in ${input.baseDir}`,
    remedy: () => "Make room, or name another place with --base-dir",
    fix: ({ free, one }, stage) =>
      free >= one && stage.has("save_every") && stage.defaultOf("save_every") === -1 ? { set: { save_every: null } } : null,
  }),
];
