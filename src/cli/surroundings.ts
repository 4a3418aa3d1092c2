/** Looks at what a plan is checked against: checkpoints, tokenizer, evaluation data, W&B. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Surroundings } from "../config/plan-input.ts";
import type { MachineFacts } from "../core/machine.ts";
import { wandbDoubt, wandbReadiness } from "../services/accounts.ts";
import { type FindWriters, writersOf } from "../services/checkpoint-care.ts";
import { eachRead, type ReadEvents, ratesBefore } from "../services/checkpoint-patches.ts";
import { listCheckpoints } from "../services/checkpoints.ts";
import { dataFacts } from "../services/data-facts.ts";
import { machineFacts } from "../services/machine.ts";
import { listRuns } from "../services/runs.ts";
import type { Workspace } from "./context.ts";

/** `name`: what the run was called by who starts it. `env`: what the prefab adds to the trainer's environment. `on`: another machine to plan for. */
export async function lookAround(
  { baseDir, info, home }: Workspace,
  name: string | undefined,
  env: Readonly<Record<string, string>>,
  on: MachineFacts | null,
): Promise<Surroundings> {
  return {
    machine: on ?? (info.kind === "pocket" ? null : await machineFacts()),
    data: dataFacts(baseDir, info.features),
    checkpoints: listCheckpoints(baseDir),
    rates: patchedRates(home),
    tokenizer: existsSync(join(baseDir, "tokenizer")),
    evalBundle: existsSync(join(baseDir, "eval_bundle")),
    wandbImport: null,
    wandbKey: info.kind === "pocket" ? null : hasWandbKey(env),
    wandbDoubt: info.kind === "pocket" ? null : wandbDoubt({ ...process.env, ...env }),
    namesakes: name === undefined ? null : namesakes(home, name),
  };
}

/** Runs and their journals are read when it is asked for the first time: a draft asks after each edit. */
function patchedRates(home: string): NonNullable<Surroundings["rates"]> {
  let known: { writers: FindWriters; events: ReadEvents } | null = null;
  return (one) => {
    known ??= { writers: writersOf(home), events: eachRead() };
    return ratesBefore(known.writers, one, known.events);
  };
}

function namesakes(home: string, wanted: string): Surroundings["namesakes"] {
  const runs = listRuns(home);
  if (!runs.ok) return null;
  return runs.value.filter(({ name }) => name === wanted).map(({ id, liveness }) => ({ id, going: liveness !== "ended" }));
}

/** Null where none is needed: W&B is told to stay offline. */
function hasWandbKey(env: Readonly<Record<string, string>>): boolean | null {
  const { ready, how } = wandbReadiness({ ...process.env, ...env });
  return how === "offline" || how === "disabled" ? null : ready;
}
