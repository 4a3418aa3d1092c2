/** Stages that train nothing: they have neither steps nor a loss, and something to say instead. */
import { plannedStage, type RunFacts, stageState, stageTitle } from "./data.ts";

/** What nanochat's scripts without a training loop do (scripts/*.py, nanochat/*.py of all versions), after their name. */
const WORK: Readonly<Record<string, string>> = {
  dataset: "downloads the shards of text that training reads",
  tok_train: "makes the tokenizer that all models share",
  tok_eval: "measures how well the tokenizer compresses text",
  base_eval: "evaluates the base model",
  base_loss: "measures the base model's loss on whole splits",
  chat_eval: "evaluates the chat model on tasks",
  report: "writes the report",
};

/** `dataset downloads the shards of text that training reads`; null for a stage that trains, or may. */
export function untrained(facts: RunFacts): string | null {
  const stage = plannedStage(facts);
  if (stage === undefined || stage.bridged) return null;
  const name = stageTitle(stage.name);
  // Whether a script trains is read from its source; of an imported run there is only what it left.
  if (WORK[name] === undefined && facts.state.imported !== undefined) return null;
  return `${name} ${WORK[name] ?? "has no training loop that was found"}`;
}

const FILES = { log: "log", wandb: "W&B file" } as const;

/** What stands where its charts would be: `No loss: …`. */
export function untrainedEmpty(facts: RunFacts, missing: string): { why: string; remedy?: string } | null {
  const work = untrained(facts);
  const { imported } = facts.state;
  if (work === null) return imported === undefined ? null : { why: `${missing}: the ${FILES[imported.kind]} has none` };
  const running = stageState(facts)?.status === "running";
  return { why: `${missing}: ${work}`, ...(running ? { remedy: "the log tells how far it is" } : {}) };
}
