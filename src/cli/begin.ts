/** A plan that begins with a checkpoint: to resume it, or to train a chat model or by reinforcement from it. */
import type { Prefab } from "../config/prefab.ts";
import type { Checkpoint, Purpose } from "../core/checkpoint.ts";
import type { Value } from "../core/plan.ts";
import { makerOf } from "../services/checkpoint-care.ts";
import type { LaunchOptions } from "./launch.ts";

const SCRIPTS: Readonly<Record<Exclude<Purpose, "eval">, string>> = {
  resume: "scripts.base_train",
  sft: "scripts.chat_sft",
  rl: "scripts.chat_rl",
};

/** Settings of the old run that the new one has of its own. */
const OWN: ReadonlySet<string> = new Set(["run", "model_tag", "resume_from_step", "model_step", "source", "device_type"]);

/** What to launch. A resume takes the settings that the checkpoint was made with: the model is built from flags, not from it. */
export function beginWith(home: string, one: Checkpoint, purpose: Purpose): LaunchOptions {
  const script = SCRIPTS[purpose === "eval" ? "sft" : purpose];
  const set = new Map<string, Value>([["model_tag", one.tag]]);
  if (purpose === "resume") {
    set.set("resume_from_step", one.step);
    for (const [name, value] of Object.entries(one.userConfig ?? {})) {
      if (!OWN.has(name) && (value === null || ["string", "number", "boolean"].includes(typeof value))) set.set(name, value as Value);
    }
  } else set.set("model_step", one.step);
  const made = makerOf(home, one);
  const ranks = Math.max(1, one.files.filter(({ name }) => name.startsWith("optim_")).length);
  const name = purpose === "resume" ? `resume-${one.tag}` : `${purpose}-${one.tag}`;
  return {
    prefab: name,
    given: prefabOf(name, one, script, set, purpose === "resume" ? ranks : 1, made?.run ?? null),
    sets: [],
    name: undefined,
  };
}

function prefabOf(name: string, one: Checkpoint, script: string, set: Map<string, Value>, ranks: number, madeBy: string | null): Prefab {
  const origin = { layer: "prefab", prefab: `${one.stage}/${one.tag}@${one.step}`, file: one.dir } as const;
  return {
    name,
    title: `From ${one.stage}/${one.tag}@${one.step}`,
    description: madeBy === null ? "" : `Begins with what run ${madeBy} made`,
    workspace: undefined,
    hardware: undefined,
    file: one.dir,
    lineage: [name],
    env: {},
    ranks,
    stages: [{ script, ranks: undefined, set: new Map([...set].map(([key, value]) => [key, { value, origin }])) }],
  };
}
