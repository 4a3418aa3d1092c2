/** A checkpoint on disk, as found under NANOCHAT_BASE_DIR; nothing of it is unpickled. */

export type CheckpointStage = "base" | "mid" | "sft" | "rl";

/** Folder of each stage under NANOCHAT_BASE_DIR, and the name `load_model` takes (nanochat/checkpoint_manager.py@92d63d4). */
export const CHECKPOINT_FOLDERS: Readonly<Record<CheckpointStage, string>> = {
  base: "base_checkpoints",
  mid: "mid_checkpoints",
  sft: "chatsft_checkpoints",
  rl: "chatrl_checkpoints",
};

/** `a base checkpoint`, `an sft checkpoint`: the short names are spelled out as one speaks. */
export const checkpointOf = (stage: string): string => `${stage === "sft" || stage === "rl" ? "an" : "a"} ${stage} checkpoint`;

/** Whether a tag is one that checkpoints can lie under: what it names is one folder. */
export const isFolderName = (tag: string): boolean => !/[/\\\0]/.test(tag) && !["", ".", ".."].includes(tag.trim());

export interface Checkpoint {
  stage: CheckpointStage;
  /** The folder's name: a model tag or `d12`. */
  tag: string;
  step: number;
  dir: string;
  /** All files of this step, with sizes. */
  files: Array<{ name: string; bytes: number }>;
  bytes: number;
  /** UTC ISO, of the newest file. */
  writtenAt: string;
  valBpb: number | null;
  /**
   * Whether `valBpb` is of an evaluation at this step: false = of the last one before it, null = there is no telling. Absent
   * where nobody has looked.
   */
  evaluated?: boolean | null;
  /** The smoothed loss that it was saved with, as its meta file has it; null or absent = that tells none. */
  trainLoss?: number | null;
  modelConfig: Record<string, unknown> | null;
  userConfig: Record<string, unknown> | null;
  /** Null when whole, else what is missing or broken, in a sentence. */
  broken: string | null;
}

/** What no other checkpoint has. */
export const checkpointKey = ({ dir, step }: Pick<Checkpoint, "dir" | "step">): string => `${dir}@${step}`;

type Figures = Pick<Checkpoint, "valBpb" | "trainLoss" | "evaluated">;

/**
 * Which of its figures is NaN or infinite; null when none is. A validation may be of an earlier step, from before the loss went wrong;
 * one of these very weights counts for more than the loss: an average never gets over one batch that overflowed.
 */
export function whatIsNotFinite({ valBpb, trainLoss = null, evaluated = null }: Figures): "validation" | "loss" | null {
  if (valBpb !== null && !Number.isFinite(valBpb)) return "validation";
  if (valBpb !== null && evaluated === true) return null;
  return trainLoss === null || Number.isFinite(trainLoss) ? null : "loss";
}

/** False where one of its figures is NaN or infinite: so are its weights by all appearances, and all that comes of them. */
export const hasFiniteModel = (one: Figures): boolean => whatIsNotFinite(one) === null;

/** Whether it is one to go on with where nobody has said which. */
export const isGood = (one: Figures & Pick<Checkpoint, "broken">): boolean => one.broken === null && hasFiniteModel(one);

/** What one may want with a checkpoint. */
export type Purpose = "resume" | "sft" | "rl" | "eval";

/** One reason why a checkpoint does not fit a purpose, or fits with a caveat. */
export interface FitReason {
  /** Of the rule: `vocabulary`, `rank-count`, … */
  id: string;
  severity: "error" | "warning";
  /** One sentence. */
  message: string;
  /** What would mend it, one sentence. */
  remedy: string;
  /** Settings that mend it, when it is a matter of settings. */
  set?: Record<string, string | number | boolean>;
}

export interface Fit {
  purpose: Purpose;
  /** Without an error among the reasons. */
  fits: boolean;
  reasons: FitReason[];
}

/** The first reason why it does not fit; undefined when it does. */
export const errorIn = ({ reasons }: Pick<Fit, "reasons">): FitReason | undefined => reasons.find(({ severity }) => severity === "error");

/** The reason that it would be resumed over newer ones: a copy of it would not. */
export const OVER_NEWER = "over-newer";
/** The reason that a run which goes on writes to its folder: a copy of it has one of its own. */
export const BEING_WRITTEN = "being-written";
const NOT_OF_A_COPY: ReadonlySet<string> = new Set([OVER_NEWER, BEING_WRITTEN]);

/** Whether a copy of it is what would fit: the errors among these reasons are those that a copy does not have. */
export function isOnlyOver(reasons: readonly FitReason[]): boolean {
  const errors = reasons.filter(({ severity }) => severity === "error");
  return errors.length > 0 && errors.every(({ id }) => NOT_OF_A_COPY.has(id));
}
