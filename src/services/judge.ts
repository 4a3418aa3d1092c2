/** Looks at what the fit of checkpoints depends on, and judges them. */
import { writesStage } from "../config/lineage.ts";
import { type Resaved, savedAgain } from "../config/resaved.ts";
import { type Checkpoint, type Fit, hasFiniteModel } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { plannedValue, shortName } from "../core/plan.ts";
import { type FindWriters, makersOf, runsThatMayWrite, storagesOf, writersAmong } from "./checkpoint-care.ts";
import { freeTag } from "./checkpoint-copy.ts";
import { eachRead, patchedBefore, type ReadEvents, ratesBefore, savedAs } from "./checkpoint-patches.ts";
import { figuresIn, stepsIn, strayModels } from "./checkpoints.ts";
import { dataFacts } from "./data-facts.ts";
import { fitOf } from "./fit.ts";
import { goesOn, type RunSummary } from "./runs.ts";

/**
 * `ranks`: processes of what would go on with it; null = as many as it was saved by. `isPlanned`: there will be a plan, which tells
 * with settings of its own what it would write over, and what was patched.
 */
type Judge = (one: Checkpoint, ranks: number | null, isPlanned?: boolean) => Fit[];

/** For a whole list: what all of them share is looked at once. */
export function judgeOf({ info, baseDir, home }: { info: WorkspaceInfo; baseDir: string; home: string }): Judge {
  const data = dataFacts(baseDir, info.features);
  const runs = runsThatMayWrite(home);
  const [writers, going, events] = [writersAmong(runs), writersAmong(runs.filter(goesOn)), eachRead()];
  const makerOf = makersOf(home, writers);
  const strays = new Map<string, string[]>();
  return (one, ranks, isPlanned = false) => {
    if (!strays.has(one.dir)) strays.set(one.dir, strayModels(one.dir));
    const maker = makerOf(one);
    const writer = writerInto(one, going, runs);
    return fitOf(one, {
      info,
      data,
      ranks,
      madeBy: maker?.commit ?? null,
      madeDirty: maker?.dirty ?? null,
      tokenizer: maker?.tokenizer ?? null,
      storages: info.kind === "pocket" ? null : storagesOf(one),
      strays: strays.get(one.dir) ?? [],
      rates: () => (isPlanned ? [] : ratesBefore(writers, one, events)),
      newer: () => (isPlanned || writer !== null ? null : newerThan(one, writers, events)),
      writing: writer && { run: writer.id, liveness: writer.liveness, free: freeTag(one) },
    });
  };
}

/** The one of these runs that writes checkpoints of its stage to its folder. */
function writerInto(one: Checkpoint, among: FindWriters, runs: readonly RunSummary[]): RunSummary | null {
  for (const { dir, plan } of among(one)) {
    const writes = plan.stages.some(
      (stage) => writesStage(shortName(stage.script)) === one.stage && plannedValue(stage, "model_tag") === one.tag,
    );
    if (writes) return runs.find((run) => run.dir === dir) ?? null;
  }
  return null;
}

/** What a resume of it would write over that went on as its run was to; the same as a plan of that says (config/rules/checkpoints.ts). */
function newerThan(one: Checkpoint, writers: FindWriters, read: ReadEvents): { resaved: Resaved; free: string } | null {
  const steps = stepsIn(one.dir);
  if (!steps.some((step) => step > one.step)) return null;
  const [writer] = writers(savedAs(one));
  const stage = writer?.plan.stages.find(({ script }) => writesStage(shortName(script)) === one.stage);
  const given = one.userConfig?.["num_iterations"];
  const horizon = writer?.plan.figures?.find((each) => each.stage === stage?.name)?.horizon?.steps ?? null;
  const every = patchedBefore(writers, one, read).get("save_every")?.value ?? one.userConfig?.["save_every"];
  const end = typeof given === "number" && given > 0 ? given : horizon;
  const sound = (step: number): boolean => hasFiniteModel(figuresIn(one.dir, step));
  const resaved = savedAgain(steps, one.step, { end, every: typeof every === "number" ? every : -1 }, sound);
  return resaved === null ? null : { resaved, free: freeTag(one) };
}
