/** Checkpoints that a resume of an older one, or a patch of one, would write over: it saves at the same steps again. */
import type { Checkpoint } from "../core/checkpoint.ts";

/** `base/first@10`: how a checkpoint is named everywhere. */
export const nameOf = ({ stage, tag, step }: Pick<Checkpoint, "stage" | "tag" | "step">): string => `${stage}/${tag}@${step}`;

/** What is known of the training that would go on. */
export interface Training {
  /** Its last step; null = not known, and then any step may be one that it saves. */
  end: number | null;
  /** `save_every`; not above 0 = it saves at its end alone. */
  every: number;
}

export interface Resaved {
  /** Those that it would write over, from the lowest on. */
  again: number[];
  /** The newest there is, where that is sound and has steps left to be resumed for; else null. */
  newest: number | null;
  /** Where the newest is not sound, that one, and the newest that is. */
  spoilt: { newest: number; sound: number } | null;
}

/**
 * Of the steps of its folder, what a resume at `from` saves again: at its end, and at multiples of save_every before
 * (scripts/base_train.py:477@92d63d4). Null when that is none. `isSound`: whether the model of a step is one to go on with.
 */
export function savedAgain(
  steps: Iterable<number>,
  from: number,
  { end, every }: Training,
  isSound: (step: number) => boolean = () => true,
): Resaved | null {
  const newer = [...new Set(steps)].filter((step) => step > from).sort((a, b) => a - b);
  const saves = (step: number): boolean => end === null || step === end || (step < end && every > 0 && step % every === 0);
  const again = newer.filter(saves);
  const newest = newer.at(-1);
  if (newest === undefined || again.length === 0) return null;
  if (!isSound(newest)) return { again, newest: null, spoilt: { newest, sound: newer.findLast(isSound) ?? from } };
  return { again, newest: newest === end ? null : newest, spoilt: null };
}

/** Of many the first ones tell enough. */
const MOST_STEPS = 4;

function stepsText(again: readonly number[]): string {
  const more = again.length > MOST_STEPS ? ` and ${again.length - MOST_STEPS} more` : "";
  return `${again
    .slice(0, MOST_STEPS)
    .map((step) => `@${step}`)
    .join(", ")}${more}`;
}

/** The same in words; `free`: a tag that a copy of it can have. */
export function savedAgainText(
  one: Pick<Checkpoint, "stage" | "tag" | "step" | "dir">,
  { again, newest, spoilt }: Resaved,
  free: string,
): { message: string; remedy: string } {
  const of = { ...one, step: spoilt?.sound ?? one.step };
  const it = of.step === one.step ? "it" : nameOf(of);
  const why = spoilt === null ? "" : `; the weights of @${spoilt.newest} are NaN or infinite by all appearances`;
  const copy = `esume a copy of ${it}: \`nanochat-cli checkpoints resume ${nameOf(of)} --as ${free}\`, or r on the Checkpoints tab${why}`;
  return {
    message: `There are newer checkpoints than ${nameOf(one)}: resumed there, a run would write over ${stepsText(again)}, in ${one.dir}`,
    remedy: newest === null ? `R${copy}` : `Resume ${nameOf({ ...one, step: newest })}, or r${copy}`,
  };
}

/**
 * The same of a training at `from` whose `save_every` is patched to `every`: what it would write over, a sentence to warn with; null when
 * that is nothing which it would not have written over anyway.
 */
export function savedOverText(there: { dir: string; steps: Iterable<number> }, from: number, was: Training, every: number): string | null {
  const steps = [...there.steps];
  // A training that tells no end makes some steps yet: those that the interval divides are sure.
  const end = was.end ?? Number.POSITIVE_INFINITY;
  const anyway = new Set(savedAgain(steps, from, { end, every: was.every })?.again);
  const again = savedAgain(steps, from, { end, every })?.again.filter((step) => !anyway.has(step)) ?? [];
  return again.length === 0
    ? null
    : `save_every would be ${every}, which writes over ${stepsText(again)}, ${again.length === 1 ? "a newer checkpoint" : "newer checkpoints"} in ${there.dir}. Choose another interval, or copy first what you want to keep`;
}
