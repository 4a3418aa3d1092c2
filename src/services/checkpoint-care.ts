/** Verifying, deleting and pruning checkpoints; and who made one. */
import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, hasFiniteModel } from "../core/checkpoint.ts";
import { type Plan, plannedValue } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { ioReason, readJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import { liveness, readPlan, readState } from "../lib/run-files.ts";
import { isEvaluated } from "../panels/evaluation-text.ts";
import { checkpointName } from "./checkpoint-name.ts";
import { knownDamage, rememberVerdict } from "./checkpoint-verdicts.ts";
import { otherHomes } from "./known-homes.ts";
import { listRuns, type RunSummary } from "./runs.ts";
import { readEntries, verifyEntries } from "./torch-zip.ts";

/**
 * Reads every byte of its `.pt` files: null when all is well, else what is wrong, which lists tell from then on. What is
 * broken by its looks alone is told at once.
 */
export async function verifyCheckpoint(one: Checkpoint, onProgress: (text: string) => void): Promise<Result<string | null>> {
  const torn = one.broken !== null && knownDamage()(one) === null;
  if (torn) return ok(one.broken);
  const verdict = await readAll(one, onProgress);
  if (verdict.ok) rememberVerdict(one, verdict.value);
  return verdict;
}

async function readAll(one: Checkpoint, onProgress: (text: string) => void): Promise<Result<string | null>> {
  for (const { name } of one.files.filter((file) => file.name.endsWith(".pt"))) {
    const checked = await verifyEntries(join(one.dir, name), (share) => onProgress(`${name} ${Math.round(share * 100)}%`));
    if (!checked.ok) return checked;
    if (checked.value !== null) return ok(`${name}: ${checked.value}`);
  }
  return ok(null);
}

/** Sizes of the tensors in its model file; null when that cannot be told. */
export function storagesOf(one: Checkpoint): ReadonlySet<number> | null {
  const model = one.files.find(({ name }) => name.startsWith("model_"));
  const entries = model === undefined ? null : readEntries(join(one.dir, model.name));
  return entries?.ok ? new Set(entries.value.map(({ size }) => size)) : null;
}

export interface Maker {
  run: string;
  /** Its run directory. */
  dir: string;
  /** The checkout that it ran in. */
  checkout: string;
  commit: string | null;
  /** Whether the checkout had uncommitted changes then. */
  dirty: boolean | null;
  /** Of the tokenizer that it was trained with; null when that was not recorded. */
  tokenizer: string | null;
  /** Variables of its trainers' environment, as planned. */
  env: Readonly<Record<string, string>>;
  /** The Python that it ran with, as one program; null where it was found by `uv run`. */
  python: string | null;
  going: boolean;
}

/** The run that writes checkpoints of this tag into this folder, the newest one. */
export type FindMaker = (one: Pick<Checkpoint, "tag" | "dir">) => Maker | null;

interface Writer {
  id: string;
  /** Its run directory. */
  dir: string;
  plan: Plan;
}

export type FindWriters = (one: Pick<Checkpoint, "tag" | "dir">) => Generator<Writer>;

/** The runs of a home, newest first; then those of other homes, for checkouts may share a base dir. */
export const runsThatMayWrite = (home: string): RunSummary[] =>
  [home, ...otherHomes(home)].flatMap((each) => {
    const some = listRuns(each);
    return some.ok ? some.value : [];
  });

/** The runs that write checkpoints of a tag into a folder, the newest first; each is read once however many checkpoints are asked about. */
export const writersOf = (home: string): FindWriters => writersAmong(runsThatMayWrite(home));

/** The same among these runs, in their order. */
export function writersAmong(listed: ReadonlyArray<{ id: string; dir: string }>): FindWriters {
  const runs = listed.map(({ id, dir }) => ({ id, dir, plan: once(() => readPlan(dir)) }));
  return function* (one) {
    for (const { id, dir, plan } of runs) {
      const read = plan();
      if (read.ok && writesTo(read.value, one)) yield { id, dir, plan: read.value };
    }
  };
}

/** Who made what, by the newest of those runs. */
export function makersOf(home: string, writers = writersOf(home)): FindMaker {
  return (one) => {
    const [newest] = writers(one);
    return newest === undefined ? null : makerOfRun(newest.id, newest.dir, newest.plan);
  };
}

const writesTo = ({ baseDir, stages }: Plan, { dir, tag }: Pick<Checkpoint, "tag" | "dir">): boolean =>
  dir.startsWith(`${baseDir}/`) && stages.some((stage) => stage.bridged && plannedValue(stage, "model_tag") === tag);

function makerOfRun(run: string, dir: string, { workspace, env, python }: Plan): Maker {
  const state = readState(dir);
  const going = state.ok && liveness(state.value) !== "ended";
  return {
    run,
    dir,
    checkout: workspace.dir,
    commit: workspace.commit,
    dirty: workspace.dirty,
    tokenizer: tokenizerOf(dir),
    env,
    python: python.length === 1 ? (python[0] ?? null) : null,
    going,
  };
}

function once<T>(look: () => T): () => T {
  let seen: { value: T } | null = null;
  return () => {
    seen ??= { value: look() };
    return seen.value;
  };
}

function tokenizerOf(runDir: string): string | null {
  const environment = readJson(runPaths(runDir).environment);
  const hash = environment.ok ? environment.value?.["tokenizer"] : null;
  return typeof hash === "string" ? hash : null;
}

type Model = Pick<Checkpoint, "stage" | "tag">;

/** The best and the last of a stage and tag; `isKnown`: the best was evaluated itself. */
function bestAndLast({ stage, tag }: Model, all: readonly Checkpoint[]) {
  const own = all.filter((each) => each.stage === stage && each.tag === tag);
  const whole = own.filter(({ broken }) => broken === null);
  const finite = whole.filter(hasFiniteModel);
  const last = (finite.length > 0 ? finite : whole).reduce<Checkpoint | null>(
    (found, each) => (found === null || each.step > found.step ? each : found),
    null,
  );
  // NaN would be lower than nothing, and nothing lower than it.
  const judged = finite.filter(({ valBpb }) => valBpb !== null);
  const evaluated = judged.filter(isEvaluated);
  // Better one whose figure is an earlier step's than none.
  const scored = evaluated.length > 0 ? evaluated : judged;
  const best = scored.reduce<Checkpoint | null>(
    (found, each) => (found === null || (each.valBpb ?? 0) < (found.valBpb ?? 0) ? each : found),
    null,
  );
  return { own, last, best, isKnown: evaluated.length > 0 };
}

/** Of its stage and tag, all but the best and the last; broken ones go too, and where any is finite those that are not. */
export function prunable(one: Model, all: readonly Checkpoint[]): Checkpoint[] {
  const { own, last, best } = bestAndLast(one, all);
  return own.filter((each) => each !== last && each !== best);
}

/** What pruning leaves, and as what: `Kept: base/d4@20 (the best), base/d4@40 (the last)`. */
export function keptText(one: Model, all: readonly Checkpoint[]): string {
  const { last, best, isKnown } = bestAndLast(one, all);
  if (last === null) return "None is kept, for none is whole";
  const asBest = isKnown ? "the best" : "the lowest figure, of an evaluation before it";
  const kept =
    best === null || (best === last && !isKnown)
      ? `${checkpointName(last)} (the last)`
      : best === last
        ? `${checkpointName(last)} (the best and the last)`
        : `${checkpointName(best)} (${asBest}), ${checkpointName(last)} (the last)`;
  return `Kept: ${kept}${isKnown ? "" : "; no best is known, for none was evaluated at its own step"}`;
}

/** Deletes their files, and nothing else. Refused while the run that writes them is going. */
export function removeCheckpoints(home: string, some: readonly Checkpoint[]): Result<void> {
  const makerOf = makersOf(home);
  for (const one of some) {
    const maker = makerOf(one);
    if (maker?.going)
      return fail("refused", `${checkpointName(one)} belongs to ${maker.run} of ${maker.checkout}, which is still going`, {
        remedy: "Wait for it to end, or stop it",
      });
  }
  for (const one of some) {
    for (const { name } of one.files) {
      const path = join(one.dir, name);
      try {
        // A link is taken away, what it leads to is not ours.
        if (lstatSync(path).isFile() || lstatSync(path).isSymbolicLink()) rmSync(path);
      } catch (error) {
        return fail("io", `${path} could not be deleted`, {
          why: ioReason(error),
          remedy: "What was deleted before it is gone; the rest is there",
        });
      }
    }
  }
  return ok(undefined);
}
