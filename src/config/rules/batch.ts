/** Batches: what a step is divided into, over micro-batches and processes. */
import { largestDivisor } from "../../lib/divisor.ts";
import { count } from "../../lib/format.ts";
import type { StageContext } from "./context.ts";
import { type FixDraft, rule } from "./rule.ts";

interface Division {
  total: number;
  micro: number;
}

/** Total and micro-batch when the one is no multiple of the other. */
function undivided(stage: StageContext): Division | null {
  const [total, micro] = [stage.totalBatch, stage.tokensPerMicroBatch];
  return total === null || micro === null || total % micro === 0 ? null : { total, micro };
}

/** The largest device batch up to the present one that divides; else the nearest total batch that is divided. */
function dividing(stage: StageContext, { total, micro }: Division): FixDraft {
  const batch = stage.inherited("device_batch_size") ?? 1;
  const perSequence = micro / batch; // tokens of one sequence in every process
  if (total % perSequence === 0) {
    return { set: { device_batch_size: largestDivisor(total / perSequence, batch) } };
  }
  return { set: { total_batch_size: Math.max(1, Math.round(total / micro)) * micro } };
}

const product = (stage: StageContext): string =>
  `device_batch_size ${count(stage.inherited("device_batch_size"))} × ${count(stage.sequence)} tokens × ${count(stage.ranks)} ${stage.ranks === 1 ? "process" : "processes"}`;

/** Examples of one micro-batch in all processes, where old chat_sft counts examples (chat_sft.py:134@eb7bbc1). */
function undividedExamples(stage: StageContext): { wanted: number; micro: number } | null {
  const [wanted, batch] = [stage.number("target_examples_per_step"), stage.number("device_batch_size")];
  if (wanted === null || batch === null || wanted < 1 || batch < 1) return null;
  const micro = batch * stage.ranks;
  return wanted % micro === 0 ? null : { wanted, micro };
}

/** A smaller device batch that divides the examples; else the nearest number of examples that is divided. */
function dividingExamples(stage: StageContext, { wanted, micro }: { wanted: number; micro: number }): FixDraft {
  const batch = largestDivisor(wanted, stage.number("device_batch_size") ?? 1);
  if (wanted % (batch * stage.ranks) === 0) return { set: { device_batch_size: batch } };
  return { set: { target_examples_per_step: Math.max(1, Math.round(wanted / micro)) * micro } };
}

export const BATCH_RULES = [
  rule({
    id: "batch-divides",
    appliesTo: ["base_train", "mid_train", "chat_sft"],
    needs: ["total_batch_size", "device_batch_size"],
    check: undivided,
    severity: "error",
    field: "total_batch_size",
    message: ({ total, micro }, stage) =>
      `total_batch_size is ${count(total)} tokens, which is no multiple of the ${count(micro)} of one micro-batch (${product(stage)})`,
    fix: (found, stage) => dividing(stage, found),
  }),
  rule({
    id: "split-divides",
    appliesTo: ["base_loss"],
    needs: ["split_tokens", "device_batch_size"],
    check: (stage) => {
      const [split, micro] = [stage.number("split_tokens"), stage.tokensPerMicroBatch];
      return split === null || split < 1 || micro === null || split % micro === 0 ? null : { split, micro };
    },
    severity: "error",
    field: "split_tokens",
    message: ({ split, micro }, stage) =>
      `split_tokens is ${count(split)}, and base_loss reads ${count(micro)} at a time (${product(stage)})`,
    fix: ({ split, micro }) => ({ set: { split_tokens: Math.max(1, Math.round(split / micro)) * micro } }),
  }),
  rule({
    id: "examples-divide",
    appliesTo: ["chat_sft"],
    needs: ["target_examples_per_step"],
    check: undividedExamples,
    severity: "error",
    field: "target_examples_per_step",
    message: ({ wanted }, stage) =>
      `target_examples_per_step is ${count(wanted)}, and ${count(stage.ranks)} × device_batch_size ${count(stage.number("device_batch_size"))} examples go through at a time`,
    fix: (found, stage) => dividingExamples(stage, found),
  }),
  rule({
    id: "examples-share",
    appliesTo: ["chat_rl"],
    needs: ["examples_per_step"],
    check: (stage) => {
      const examples = stage.number("examples_per_step");
      return examples === null || examples < 1 || examples % stage.ranks === 0 ? null : { examples };
    },
    severity: "error",
    field: "examples_per_step",
    message: ({ examples }, { ranks }) => `examples_per_step is ${count(examples)}, which ${count(ranks)} processes cannot share evenly`,
    fix: ({ examples }, { ranks }) => ({ set: { examples_per_step: Math.max(1, Math.round(examples / ranks)) * ranks } }),
  }),
  rule({
    id: "samples-batch",
    appliesTo: ["chat_rl"],
    needs: ["num_samples", "device_batch_size"],
    check: (stage) => {
      const [samples, batch] = [stage.number("num_samples"), stage.number("device_batch_size")];
      return samples === null || batch === null || samples < 1 || batch < 1 || samples >= batch ? null : { samples, batch };
    },
    severity: "error",
    field: "num_samples",
    message: ({ samples, batch }) =>
      `num_samples is ${count(samples)}, less than one device_batch_size of ${count(batch)}: no answer would be made and chat_rl would fail`,
    fix: ({ samples }) => ({ set: { device_batch_size: samples } }),
  }),
  rule({
    id: "samples-rest",
    appliesTo: ["chat_rl"],
    needs: ["num_samples", "device_batch_size"],
    check: (stage) => {
      const [samples, batch] = [stage.number("num_samples"), stage.number("device_batch_size")];
      if (samples === null || batch === null || batch < 1 || samples < batch || samples % batch === 0) return null;
      return { samples, batch };
    },
    severity: "warning",
    field: "num_samples",
    message: ({ samples, batch }) =>
      `num_samples is ${count(samples)}, of which only ${count(samples - (samples % batch))} are made: they come in batches of device_batch_size ${count(batch)}`,
    fix: ({ samples, batch }) => ({ set: { num_samples: samples - (samples % batch) } }),
  }),
  rule({
    id: "micro-batches",
    appliesTo: ["chat_sft"],
    needs: ["total_batch_size", "num_iterations"],
    check: (stage) => {
      const [iterations, total, micro] = [stage.number("num_iterations"), stage.totalBatch, stage.tokensPerMicroBatch];
      if (stage.feature("sft_counts_micro_batches") === false || iterations === null || iterations < 1) return null;
      if (total === null || micro === null || total % micro !== 0 || total === micro) return null;
      return { iterations, accumulation: total / micro };
    },
    severity: "info",
    field: "num_iterations",
    message: ({ iterations, accumulation }) =>
      `num_iterations of chat_sft counts micro-batches: ${count(iterations)} of them are ${count(Math.ceil(iterations / accumulation))} optimizer steps of ${count(accumulation)}`,
    remedy: ({ iterations, accumulation }) => `For as many steps set num_iterations to ${count(iterations * accumulation)}`,
  }),
];
