/** A plan that begins with a checkpoint: to resume it, or to train a chat model or by reinforcement from it. */
import type { Prefab } from "../config/prefab.ts";
import { BEING_WRITTEN, type Checkpoint, errorIn, type FitReason, type Purpose } from "../core/checkpoint.ts";
import type { ScriptInfo, WorkspaceInfo } from "../core/params.ts";
import type { Origin, Value } from "../core/plan.ts";
import { fail, type Result } from "../core/result.ts";
import { bytes } from "../lib/format.ts";
import { type FindWriters, type Maker, makersOf, writersOf } from "../services/checkpoint-care.ts";
import { copyAs, copyCheckpoint, copyRefused } from "../services/checkpoint-copy.ts";
import { checkpointName } from "../services/checkpoint-name.ts";
import { patchedBefore } from "../services/checkpoint-patches.ts";
import { judgeOf } from "../services/judge.ts";
import { stagesBehind, stagesBehindText } from "../services/stages-behind.ts";
import { findWorkspace } from "../services/workspace.ts";
import type { Context } from "./context.ts";
import { leavingBySignal } from "./import/leaving.ts";
import type { LaunchOptions } from "./launch.ts";
import type { Answer } from "./output.ts";
import { startRun } from "./start.ts";

const SCRIPTS: Readonly<Record<Exclude<Purpose, "eval">, string>> = {
  resume: "scripts.base_train",
  sft: "scripts.chat_sft",
  rl: "scripts.chat_rl",
};

/** Settings of the old run that the new one has of its own. */
const OWN: ReadonlySet<string> = new Set(["run", "model_tag", "resume_from_step", "model_step", "source"]);

/** What to launch, with the environment of the run that made it; `tag`: under which it is resumed. */
export function beginWith(
  { home, info }: { home: string; info: WorkspaceInfo },
  one: Checkpoint,
  purpose: Purpose,
  tag = one.tag,
): LaunchOptions {
  const module = SCRIPTS[purpose === "eval" ? "sft" : purpose];
  const script = info.scripts.find((each) => each.module === module);
  // All runs are looked through for it: once.
  const writers = writersOf(home);
  const set = purpose === "resume" ? resumed(writers, one, script, tag) : started(one, script);
  const made = makersOf(home, writers)(one);
  const ranks = purpose === "resume" ? Math.max(1, one.files.filter(({ name }) => name.startsWith("optim_")).length) : 1;
  // A tag that is a run's id says when that began, as this one's own will.
  const name = `${purpose}-${tag.replace(/^\d{8}-\d{6}-/, "")}`;
  return { prefab: name, given: prefabOf({ name, one, module, set, ranks, made }), sets: [], name: undefined };
}

interface Setting {
  value: Value;
  patched?: Origin["patched"];
}

type Settings = Map<string, Setting>;

/**
 * A resume takes the settings that the checkpoint was made with: the model is built from flags, not from it. What was patched
 * by then goes on as patched.
 */
function resumed(writers: FindWriters, one: Checkpoint, script: ScriptInfo | undefined, tag: string): Settings {
  const set: Settings = new Map<string, Setting>([
    ["model_tag", { value: tag }],
    ["resume_from_step", { value: one.step }],
  ]);
  const defaults = new Map(script?.parameters.map((parameter) => [parameter.name, parameter.default]));
  for (const [name, value] of Object.entries(one.userConfig ?? {})) {
    if (defaults.get(name) === value) continue; // said by this checkout anyway
    if (!OWN.has(name) && isValue(value)) set.set(name, { value });
  }
  for (const [name, { value, step, run }] of patchedBefore(writers, one)) {
    const began = one.userConfig?.[name];
    if (isValue(began) && began !== value) set.set(name, { value, patched: { run, step, began } });
  }
  return set;
}

const isValue = (value: unknown): value is Value => value === null || ["string", "number", "boolean"].includes(typeof value);

/** Chat training and RL load the model that they are told, as far as their version can be told. */
function started(one: Checkpoint, script: ScriptInfo | undefined): Settings {
  const told: ReadonlyArray<readonly [string, Value]> = [
    ["source", one.stage],
    ["model_tag", one.tag],
    ["model_step", one.step],
    ["step", one.step], // its name until eb7bbc1
  ];
  const taken = told.filter(([name]) => script?.parameters.some((parameter) => parameter.name === name));
  return new Map(taken.map(([name, value]) => [name, { value }]));
}

export interface BeginOptions {
  sets: readonly string[];
  /** Null = as many as it was saved by. */
  ranks: number | null;
  /** Tag under which it is copied first; null = it is resumed where it lies. */
  as: string | null;
  fix: boolean;
  force: boolean;
  yes: boolean;
}

/** The Python that the checkpoint's run had, in the same checkout, where none is named: it is known to have torch. */
function withItsPython(context: Context, one: Checkpoint): Context {
  const { python, workspace } = context.globals;
  const [home, found] = [context.home(), findWorkspace(workspace)];
  if (python !== undefined || !home.ok || !found.ok || found.value.usedWith?.python !== undefined) return context;
  const made = makersOf(home.value)(one);
  return made?.python == null || made.checkout !== found.value.dir ? context : context.within({ python: made.python });
}

/** Goes on with a checkpoint where it fits, as `options` (those of `train`) say; what does not is refused with its remedy, what needs care is said. */
export async function begin(
  context: Context,
  one: Checkpoint,
  purpose: Purpose,
  { sets, ranks, as, fix, force, yes }: BeginOptions,
  options: Readonly<Record<string, unknown>>,
): Promise<Result<Answer | number>> {
  const here = withItsPython(context, one);
  const looked = await here.workspace();
  if (!looked.ok) return looked;
  const fit = judgeOf(looked.value)(one, ranks, true).find((each) => each.purpose === purpose);
  // A copy has a folder of its own.
  const reasons = fit?.reasons.filter(({ id }) => as === null || id !== BEING_WRITTEN) ?? [];
  const wrong = errorIn({ reasons });
  if (wrong !== undefined && !force) return fail("refused", wrong.message, { remedy: `${wrong.remedy}${forced(wrong)}` });
  for (const { message, remedy } of reasons) context.face.note(`warning: ${message}. ${remedy}`);
  const taken = as === null ? null : copyRefused(one, as);
  if (taken !== null) return taken;
  const begun = beginWith(looked.value, one, purpose, as ?? one.tag);
  const copy = as === null ? {} : { copy: { checkpoint: copyAs(one, as), make: () => copied(context, one, as) } };
  const behind = purpose === "resume" ? stagesBehind(writersOf(looked.value.home), one) : null;
  const note = behind === null ? undefined : stagesBehindText(behind, as ?? one.tag);
  const wanted = { ...begun, ...copy, note, sets: [...(ranks === null ? [] : [`ranks=${ranks}`]), ...sets], fix, force, yes };
  return startRun(here, wanted, options, (id) => begunText(id, one, purpose));
}

/** Only a resume goes on with the steps of the run before. */
export const begunText = (id: string, one: Checkpoint, purpose: Purpose): string =>
  purpose === "resume" ? `${id} goes on from step ${one.step}.` : `${id} begins from ${checkpointName(one)}.`;

/** Two runs that write to one folder are refused in any case. */
const forced = ({ id }: FitReason): string => (id === BEING_WRITTEN ? "" : "; --force tries it all the same");

/** Copies it, which for a large model takes its time; ctrl+c leaves nothing of the copy. */
async function copied({ face }: Context, one: Checkpoint, tag: string): Promise<Result<() => void>> {
  face.note(`Copying ${checkpointName(one)} as ${checkpointName({ ...one, tag })} (${bytes(one.bytes)})`);
  const { signal, over } = leavingBySignal();
  const done = await copyCheckpoint(one, tag, signal);
  over();
  return done;
}

interface Beginning {
  name: string;
  one: Checkpoint;
  module: string;
  set: Settings;
  ranks: number;
  made: Maker | null;
}

function prefabOf({ name, one, module, set, ranks, made }: Beginning): Prefab {
  const origin = { layer: "prefab", prefab: `${one.stage}/${one.tag}@${one.step}`, file: one.dir } as const;
  const settings = [...set].map(
    ([key, { value, patched }]) => [key, { value, origin: { ...origin, ...(patched && { patched }) } }] as const,
  );
  return {
    name,
    title: `From ${one.stage}/${one.tag}@${one.step}`,
    description: made === null ? "" : `Begins with what run ${made.run} made`,
    workspace: undefined,
    hardware: undefined,
    file: one.dir,
    lineage: [name],
    env: { ...made?.env },
    ranks,
    stages: [{ script: module, ranks: undefined, set: new Map(settings) }],
  };
}
