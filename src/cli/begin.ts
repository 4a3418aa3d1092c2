/** A plan that begins with a checkpoint: to resume it, or to train a chat model or by reinforcement from it. */
import type { Prefab } from "../config/prefab.ts";
import type { Checkpoint, Purpose } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import type { Value } from "../core/plan.ts";
import { fail, type Result } from "../core/result.ts";
import { makerOf } from "../services/checkpoint-care.ts";
import { judge } from "../services/judge.ts";
import type { Context } from "./context.ts";
import { type LaunchOptions, launchRun, planRun } from "./launch.ts";
import { type Answer, answer } from "./output.ts";
import { planText } from "./plan-text.ts";

const SCRIPTS: Readonly<Record<Exclude<Purpose, "eval">, string>> = {
  resume: "scripts.base_train",
  sft: "scripts.chat_sft",
  rl: "scripts.chat_rl",
};

/** Settings of the old run that the new one has of its own. */
const OWN: ReadonlySet<string> = new Set(["run", "model_tag", "resume_from_step", "model_step", "source", "device_type"]);

/** What to launch. A resume takes the settings that the checkpoint was made with: the model is built from flags, not from it. */
export function beginWith({ home, info }: { home: string; info: WorkspaceInfo }, one: Checkpoint, purpose: Purpose): LaunchOptions {
  const script = SCRIPTS[purpose === "eval" ? "sft" : purpose];
  const set = new Map<string, Value>([["model_tag", one.tag]]);
  if (purpose === "resume") {
    set.set("resume_from_step", one.step);
    const defaults = new Map(
      info.scripts.find(({ module }) => module === script)?.parameters.map((parameter) => [parameter.name, parameter.default]),
    );
    for (const [name, value] of Object.entries(one.userConfig ?? {})) {
      if (defaults.get(name) === value) continue; // said by this checkout anyway
      if (!OWN.has(name) && (value === null || ["string", "number", "boolean"].includes(typeof value))) set.set(name, value as Value);
    }
  } else set.set("model_step", one.step);
  const made = makerOf(home, one);
  const ranks = Math.max(1, one.files.filter(({ name }) => name.startsWith("optim_")).length);
  const name = purpose === "resume" ? `resume-${one.tag}` : `${purpose}-${one.tag}`;
  return {
    prefab: name,
    given: {
      ...prefabOf(name, one, script, set, made?.run ?? null),
      ...(purpose === "resume" ? { ranks, env: { ...made?.env } } : {}),
    },
    sets: [],
    name: undefined,
  };
}

export interface ResumeOptions {
  sets: readonly string[];
  /** Null = as many as it was saved by. */
  ranks: number | null;
  dryRun: boolean;
  force: boolean;
}

/** Resumes a checkpoint where it fits; what does not is refused with its remedy, what needs care is said. */
export async function resume(context: Context, one: Checkpoint, { sets, ranks, dryRun, force }: ResumeOptions): Promise<Result<Answer>> {
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const fit = judge(one, looked.value, ranks).find(({ purpose }) => purpose === "resume");
  const [wrong] = fit?.reasons.filter(({ severity }) => severity === "error") ?? [];
  if (wrong !== undefined && !force) return fail("refused", wrong.message, { remedy: `${wrong.remedy}; --force tries it all the same` });
  for (const { message, remedy } of fit?.reasons ?? []) context.face.note(`warning: ${message}. ${remedy}`);
  const begun = beginWith(looked.value, one, "resume");
  const options: LaunchOptions = { ...begun, sets: [...(ranks === null ? [] : [`ranks=${ranks}`]), ...sets], force, yes: true };
  if (dryRun) {
    const planned = await planRun(context, options);
    return planned.ok ? answer(planned.value.plan, planText(planned.value.plan)) : planned;
  }
  const launched = await launchRun(context, options);
  if (!launched.ok) return launched;
  const { id, dir } = launched.value;
  return answer({ id, dir }, `${id} goes on from step ${one.step}. Watch it: nanochat-cli runs attach ${id}`);
}

function prefabOf(name: string, one: Checkpoint, script: string, set: Map<string, Value>, madeBy: string | null): Prefab {
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
    ranks: 1,
    stages: [{ script, ranks: undefined, set: new Map([...set].map(([key, value]) => [key, { value, origin }])) }],
  };
}
