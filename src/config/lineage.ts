/** Which stage makes which checkpoints, and from which it starts: nanochat's own scripts, all versions. */
import type { CheckpointStage } from "../core/checkpoint.ts";
import type { ScriptInfo } from "../core/params.ts";
import { shortName, type Value } from "../core/plan.ts";

/** Scripts by short name, and the checkpoints that they write (`save_checkpoint` in scripts/*.py). */
const WRITES: Readonly<Record<string, CheckpointStage>> = {
  base_train: "base",
  mid_train: "mid",
  chat_sft: "sft",
  chat_rl: "rl",
};

/** What a script loads when it has no `source` parameter to say so (scripts/*.py@92d63d4; chat_rl loads sft since 72b9064). */
const LOADS: Readonly<Record<string, CheckpointStage>> = {
  mid_train: "base",
  base_eval: "base",
  base_loss: "base",
  chat_sft: "base",
  chat_rl: "sft",
};

const STAGES: ReadonlySet<string> = new Set<CheckpointStage>(["base", "mid", "sft", "rl"]);

/** Null for a script that writes none, or one that we do not know. */
export const writesStage = (short: string): CheckpointStage | null => WRITES[short] ?? null;

/** `source`: the value of the script's own parameter, when it has one. */
export function loadsStage(short: string, source: Value | undefined): CheckpointStage | null {
  if (typeof source === "string" && STAGES.has(source)) return source as CheckpointStage;
  return LOADS[short] ?? null;
}

/**
 * Whether a trainer takes its folder's name from `model_tag`. Until eb7bbc1 only base_train did: the others took the tag
 * for what they load, and wrote to `d<depth>` (scripts/mid_train.py:189, chat_sft.py:254@9a71d13).
 */
export const writesToTag = ({ module, style }: ScriptInfo): boolean => style !== "configurator" || shortName(module) === "base_train";
