/** The checkpoints that a stage loads, resumes, or would write over. */
import { CHECKPOINT_FOLDERS, type Checkpoint, checkpointOf, hasFiniteModel, whatIsNotFinite } from "../../core/checkpoint.ts";
import type { Value } from "../../core/plan.ts";
import { count } from "../../lib/format.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { writesToTag } from "../lineage.ts";
import { nameOf, type Resaved, savedAgain, savedAgainText } from "../resaved.ts";
import type { StageContext } from "./context.ts";
import { type FixDraft, rule, shown } from "./rule.ts";
import { allowedWords } from "./words.ts";

const known = (stage: StageContext): readonly Checkpoint[] | null => stage.input.surroundings.checkpoints;

export const isResumed = (stage: StageContext): boolean => (stage.number("resume_from_step") ?? -1) >= 0;

/** `quick-2`: a name of which there is no checkpoint of any kind. */
function freeTag(stage: StageContext, tag: string): string {
  const taken = new Set((known(stage) ?? []).map((found) => found.tag));
  let number = 2;
  while (taken.has(`${tag}-${number}`)) number++;
  return `${tag}-${number}`;
}

/** Files of the optimizer: one a rank since c6abcdf, one in all before. */
function optimizerFiles({ files }: Checkpoint): { ranks: number; perRank: boolean } {
  const optimizers = files.filter(({ name }) => name.startsWith("optim_"));
  return { ranks: optimizers.length, perRank: optimizers.some(({ name }) => /_rank\d+\.pt$/.test(name)) };
}

/** Learning rates as planned. A resume loads them with the optimizer (scripts/base_train.py since 9a71d13). */
const ratesOf = ({ stage }: StageContext): Array<[name: string, rate: number]> =>
  stage.values.flatMap(({ parameter: { name }, value }) => (name.endsWith("_lr") && typeof value === "number" ? [[name, value]] : []));

/** Settings that say how large the tensors are: the model is built from flags and loaded strictly (base_train.py:161@92d63d4). */
const SHAPE = ["depth", "aspect_ratio", "head_dim"] as const;
/** Settings that the same tensors are used by in another way: it is loaded, and computes something else. */
const USE = ["window_pattern", "max_seq_len"] as const;
/** Settings that say how long it trains, and with that where its learning rate falls. */
const LENGTH = ["num_iterations", "target_flops", "target_param_data_ratio", "total_batch_size"] as const;

interface ChangedSetting {
  name: string;
  value: Value;
  was: Value;
}

/** What a resume has otherwise than the checkpoint was made with. What it was is only known where its meta file tells it. */
function changedOf(stage: StageContext, names: readonly string[]): { source: Checkpoint; changed: ChangedSetting[] } | null {
  const source = isResumed(stage) ? stage.checkpoint : null;
  if (source === null) return null;
  const layers = source.modelConfig?.["n_layer"];
  const made: Readonly<Record<string, unknown>> = { ...(typeof layers === "number" ? { depth: layers } : {}), ...source.userConfig };
  const changed = names.flatMap((name): ChangedSetting[] => {
    const [value, was] = [stage.value(name), made[name]];
    const told = typeof was === "number" || typeof was === "string";
    return told && stage.has(name) && was !== value ? [{ name, value, was }] : [];
  });
  return changed.length === 0 ? null : { source, changed };
}

const changesText = (changed: readonly ChangedSetting[]): string =>
  changed.map(({ name, value, was }) => `${name} is ${shown(value)}, not ${shown(was)}`).join("; ");

const asMade = (changed: readonly ChangedSetting[]): FixDraft => ({
  set: Object.fromEntries(changed.map(({ name, was }) => [name, was])),
});

/** Whether a stage could have that many processes here. */
function canHave(stage: StageContext, ranks: number): boolean {
  if (stage.device === "cpu" || stage.device === "mps") return ranks === 1 || stage.input.workspace.kind === "pocket";
  const gpus = stage.machine?.gpus.length;
  return gpus === undefined || ranks <= Math.max(1, gpus);
}

/** Entries of the tokenizer that a stage will find. */
const vocabularyThen = (stage: StageContext): number | null =>
  stage.before.find(({ short }) => short === "tok_train")?.number("vocab_size") ?? stage.input.surroundings.data?.vocabulary ?? null;

/** What a stage would load although it is not there: no such tag, or no checkpoint of that kind at all. */
function missingSource(stage: StageContext): { kind: string; tag: string | null; tags: string[] } | null {
  const [kind, all] = [stage.loads, known(stage)];
  if (kind === null || all === null || stage.startsFrom !== null || stage.checkpoint !== null) return null;
  const tags = [...new Set(all.filter((found) => found.stage === kind).map(({ tag }) => tag))];
  const tag = stage.text("model_tag");
  return tag === null && tags.length > 0 ? null : { kind, tag, tags };
}

/**
 * What a script takes that is not told a tag: of folders called d<N> the one of the largest depth, else the newest
 * (find_largest_model in nanochat/checkpoint_manager.py@92d63d4). Null when that is the one that is meant.
 */
function guessedSource(stage: StageContext): { kind: string; guess: string | null; wanted: string | null; tags: string[] } | null {
  const [kind, wanted] = [stage.loads, stage.startsFrom?.writesTag ?? null];
  if (kind === null || stage.text("model_tag") !== null || known(stage) === null) return null;
  const there = (known(stage) ?? []).filter((found) => found.stage === kind).map(({ tag }) => tag);
  const tags = [...new Set([...there, ...(wanted === null ? [] : [wanted])])];
  const depth = (tag: string): number => Number(/^d(\d+)/.exec(tag)?.[1] ?? -1);
  const deepest = tags.reduce((best, tag) => (depth(tag) > depth(best) ? tag : best), "");
  const guess = deepest === "" ? null : deepest;
  const meant = wanted === null ? tags.length < 2 : guess === wanted || guess === null;
  return meant ? null : { kind, guess, wanted, tags };
}

/** What an earlier stage of the plan makes, where the script can be told to start from it; else a model that is there. */
function otherSource(stage: StageContext, tags: readonly string[]): FixDraft | null {
  const allowed = stage.has("source") ? (allowedWords(stage.short, "source") ?? []) : [];
  const earlier = stage.before.findLast(({ writes }) => writes !== null && allowed.includes(writes))?.writes;
  if (earlier && earlier !== stage.loads) return { set: { source: earlier } };
  return tags[0] !== undefined && stage.has("model_tag") ? { set: { model_tag: tags[0] } } : null;
}

/** Newer checkpoints of its tag that a resume saves again; where its end is not known, each of them may be. */
function resavedBy(stage: StageContext): { source: Checkpoint; resaved: Resaved } | null {
  const [from, tag, source] = [stage.number("resume_from_step") ?? -1, stage.writesTag, stage.checkpoint];
  if (from < 0 || tag === null || source === null) return null;
  const own = (known(stage) ?? []).filter((found) => found.stage === stage.writes && found.tag === tag);
  const given = stage.number("num_iterations") ?? -1;
  const end = given > 0 ? given : (stage.figures?.horizon?.steps ?? null);
  const found = new Map(own.map((one) => [one.step, one]));
  const sound = (step: number): boolean => hasFiniteModel(found.get(step) ?? source);
  const resaved = savedAgain(found.keys(), from, { end, every: stage.number("save_every") ?? -1 }, sound);
  return resaved === null ? null : { source, resaved };
}

/** Why nothing is to be trained from a checkpoint, a clause; to evaluate one that is not finite does no harm. */
function whyUseless(source: Checkpoint, stage: StageContext): string | null {
  const what = stage.writes === null ? null : whatIsNotFinite(source);
  return source.broken ?? (what === null ? null : `its ${what} is not finite, nor are its weights by all appearances`);
}

export const CHECKPOINT_RULES = [
  rule({
    id: "no-source",
    appliesTo: "all",
    needs: [],
    check: missingSource,
    severity: "error",
    field: "model_tag",
    message: ({ kind, tag, tags }, { short, input }) =>
      tags.length === 0
        ? `${short} starts from ${checkpointOf(kind)}, and there is none in ${input.baseDir}/${CHECKPOINT_FOLDERS[kind as Checkpoint["stage"]]}`
        : `${short} starts from ${kind}/${tag}, which is not in ${input.baseDir}`,
    remedy: ({ kind, tag, tags }) =>
      tags.length === 0
        ? `Make one first: put the stage that trains ${kind} before it`
        : didYouMean(tag ?? "", tags, `There are ${tags.join(", ")}`),
    fix: ({ tags }, stage) => otherSource(stage, tags),
  }),
  rule({
    id: "source-guessed",
    appliesTo: "all",
    needs: [],
    check: guessedSource,
    severity: "warning",
    field: "model_tag",
    message: ({ kind, guess, wanted, tags }, { short }) =>
      `${short} is not told which ${kind} model to take, and would take ${guess ?? `the newest of ${tags.join(", ")}`}${guess === null ? "" : ", the one of the largest depth"}${wanted === null ? "" : `, not this run's ${wanted}`}`,
    remedy: (_, stage) =>
      stage.has("model_tag") ? "Name one with --set model_tag=…" : "Give this run a base dir of its own with --base-dir",
  }),
  rule({
    id: "broken-source",
    appliesTo: "all",
    needs: [],
    check: (stage) => {
      const source = stage.checkpoint;
      const why = source && whyUseless(source, stage);
      return why ? { source, why, field: isResumed(stage) ? "resume_from_step" : "model_tag" } : null;
    },
    severity: "error",
    field: ({ field }) => field,
    message: ({ source, why }) => `${nameOf(source)} cannot be used: ${why}`,
    remedy: ({ source }) => `Choose another step of ${source.dir}`,
  }),
  rule({
    id: "vocabulary",
    appliesTo: "all",
    needs: [],
    check: (stage) => {
      const [source, entries] = [stage.checkpoint, vocabularyThen(stage)];
      const made = source?.modelConfig?.["vocab_size"];
      return source === null || entries === null || typeof made !== "number" || made === entries ? null : { source, made, entries };
    },
    severity: "error",
    field: "model_tag",
    message: ({ source, made, entries }, { input }) =>
      `${nameOf(source)} was made with a vocabulary of ${count(made)}, and the tokenizer in ${input.baseDir} has ${count(entries)}`,
    remedy: () => "Use the base dir that it was made in, or train it anew",
  }),
  rule({
    id: "no-such-step",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => {
      const all = known(stage);
      if (!isResumed(stage) || all === null || stage.checkpoint !== null) return null;
      const tag = stage.writesTag;
      return {
        tag,
        steps: all.filter((found) => found.stage === "base" && found.tag === tag && found.broken === null).map(({ step }) => step),
      };
    },
    severity: "error",
    field: "resume_from_step",
    message: ({ tag, steps }, stage) =>
      steps.length === 0
        ? `resume_from_step is ${count(stage.number("resume_from_step"))}, and base/${tag} has no checkpoint at all`
        : `resume_from_step is ${count(stage.number("resume_from_step"))}, and base/${tag} has checkpoints of ${steps.sort((a, b) => a - b).join(", ")}`,
    remedy: ({ steps }) => (steps.length === 0 ? "Name the model to resume with --set model_tag=…" : "Resume one of them"),
    fix: ({ steps }, stage) => {
      const wanted = stage.number("resume_from_step") ?? 0;
      const [nearest] = [...steps].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
      return { set: { resume_from_step: nearest ?? null } };
    },
  }),
  rule({
    id: "resume-ranks",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => {
      const source = isResumed(stage) ? stage.checkpoint : null;
      const made = source === null || source.broken !== null ? 0 : optimizerFiles(source).ranks;
      return source === null || made === 0 || made === stage.ranks ? null : { source, made };
    },
    severity: "error",
    field: "ranks",
    message: ({ source, made }, { ranks }) =>
      `${nameOf(source)} has the optimizer's state of ${made === 1 ? "1 process" : `${count(made)} processes`}, and ${count(ranks)} would resume it`,
    remedy: ({ made }) => `Resume it with --ranks ${made}`,
    fix: ({ made }, stage) => (canHave(stage, made) ? { set: { ranks: made } } : null),
  }),
  rule({
    id: "resume-shape",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => changedOf(stage, SHAPE),
    severity: "error",
    field: ({ changed: [first] }) => first?.name ?? "depth",
    message: ({ source, changed }) =>
      `${changesText(changed)}, as ${nameOf(source)} was made: a resume builds the model from the settings, and its weights would not fit`,
    remedy: ({ changed }) => `Leave ${changed.map(({ name }) => name).join(" and ")} as it was, or train a new model`,
    fix: ({ changed }) => asMade(changed),
  }),
  rule({
    id: "resume-use",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => changedOf(stage, USE),
    severity: "warning",
    field: ({ changed: [first] }) => first?.name ?? "max_seq_len",
    message: ({ source, changed }) =>
      `${changesText(changed)}, as ${nameOf(source)} was made: its weights are loaded, and compute something else than they learnt to`,
    fix: ({ changed }) => asMade(changed),
  }),
  rule({
    id: "resume-length",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => changedOf(stage, LENGTH),
    severity: "warning",
    field: ({ changed: [first] }) => first?.name ?? "num_iterations",
    message: ({ source, changed }) =>
      `${changesText(changed)}, as ${nameOf(source)} was made: with another length the learning rate falls elsewhere, and a rate that had fallen may go up again`,
    remedy: () => "Watch the loss of the first steps, or keep the length as it was",
    fix: ({ changed }) => asMade(changed),
  }),
  rule({
    id: "resume-data",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => (isResumed(stage) && stage.checkpoint !== null ? {} : null),
    severity: "info",
    field: "resume_from_step",
    message: () => "the data go on at about the place where they were, not exactly, as with every resume of nanochat",
  }),
  rule({
    id: "resume-rates",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => {
      const source = isResumed(stage) ? stage.checkpoint : null;
      const changed = source === null ? [] : ratesOf(stage).filter(([name, rate]) => (source.userConfig?.[name] ?? rate) !== rate);
      return source === null || changed.length === 0 ? null : { source, changed };
    },
    severity: "warning",
    field: ({ changed: [first] }) => first?.[0] ?? "matrix_lr",
    message: ({ source, changed }) =>
      `${changed.map(([name, rate]) => `${name} is ${rate}, not ${source.userConfig?.[name]}`).join("; ")}, and has no effect: loading the optimizer brings back the rate that ${nameOf(source)} was saved with`,
    remedy: () => "Patch it once it runs, with `runs patch` or p on the Train tab",
    fix: ({ source, changed }) => ({ set: Object.fromEntries(changed.map(([name]) => [name, source.userConfig?.[name] as number])) }),
  }),
  rule({
    id: "optimizer-ranks",
    appliesTo: ["chat_sft"],
    needs: ["load_optimizer"],
    check: (stage) => {
      if (stage.number("load_optimizer") !== 1) return null;
      const source = stage.checkpoint;
      const made = stage.startsFrom?.ranks ?? (source === null || source.broken !== null ? 0 : optimizerFiles(source).ranks);
      return made === 0 || made === stage.ranks ? null : { made };
    },
    severity: "error",
    field: "load_optimizer",
    message: ({ made }, { ranks }) =>
      `load_optimizer is 1, and the optimizer's state is in ${made === 1 ? "1 part" : `${count(made)} parts`}, which ${count(ranks)} ${ranks === 1 ? "process" : "processes"} cannot share`,
    fix: () => ({ set: { load_optimizer: 0 } }),
  }),
  rule({
    id: "resume-over-newer",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: resavedBy,
    severity: "error",
    field: "resume_from_step",
    message: ({ source, resaved }, stage) => savedAgainText(source, resaved, freeTag(stage, source.tag)).message,
    remedy: ({ source, resaved }, stage) => savedAgainText(source, resaved, freeTag(stage, source.tag)).remedy,
  }),
  rule({
    id: "tag-in-use",
    appliesTo: "training",
    needs: [],
    check: (stage) => {
      const [kind, tag] = [stage.writes, stage.writesTag];
      if (kind === null || tag === null || isResumed(stage)) return null;
      const there = (known(stage) ?? []).find((found) => found.stage === kind && found.tag === tag);
      return there === undefined
        ? null
        : { tag, dir: there.dir, chosen: writesToTag(stage.script), isNew: stage.checkpoint === null, free: freeTag(stage, tag) };
    },
    severity: ({ chosen }) => (chosen ? "error" : "warning"),
    field: "model_tag",
    message: ({ tag, dir, chosen }, { short }) =>
      chosen
        ? `The model tag ${tag} already has checkpoints, in ${dir}: this run would write over them`
        : `${short} of this version always writes to ${tag}, where checkpoints are already (${dir}): it would write over them`,
    // The tag of a model that it goes on with is also the name of that model: another one would find nothing.
    remedy: ({ chosen, isNew, free, dir }) =>
      !chosen ? "Move them away, or name another --base-dir" : isNew ? `Choose another --name, such as ${free}` : `Move ${dir} away`,
  }),
];
