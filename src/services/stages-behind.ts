/** What a run was planned to do with a checkpoint that a resume alone does not do. */
import { writesStage } from "../config/lineage.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { shortName } from "../core/plan.ts";
import type { FindWriters } from "./checkpoint-care.ts";
import { savedAs } from "./checkpoint-patches.ts";

export interface StagesBehind {
  /** Id of the newest run that was planned with any. */
  run: string;
  /** Short names, in their order. */
  scripts: string[];
}

/** The stages behind the one that saves such checkpoints, in runs that write to its tag; null where none has any. */
export function stagesBehind(writers: FindWriters, one: Checkpoint): StagesBehind | null {
  for (const { id, plan } of writers(savedAs(one))) {
    const names = plan.stages.map(({ script }) => shortName(script));
    const at = names.findLastIndex((name) => writesStage(name) === one.stage);
    if (at >= 0 && at < names.length - 1) return { run: id, scripts: names.slice(at + 1) };
  }
  return null;
}

/** Whoever waits for a chat model is told that this run makes none, and how it is made then. `tag`: that the run writes to. */
export function stagesBehindText({ run, scripts }: StagesBehind, tag: string): string {
  const names = scripts.length === 1 ? scripts[0] : `${scripts.slice(0, -1).join(", ")} and ${scripts.at(-1)}`;
  const chat = scripts.includes("chat_sft") ? ` \`nanochat-cli checkpoints sft base/${tag}\` trains the chat model once it is done.` : "";
  return `Only the pretraining goes on: ${names}, planned in ${run}, ${scripts.length === 1 ? "is" : "are"} not in this run.${chat}`;
}
