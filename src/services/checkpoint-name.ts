/** Which checkpoint a person means, and the figures of a reply. */
import { type Checkpoint, hasFiniteModel, isGood } from "../core/checkpoint.ts";
import { fail, ok, type Result } from "../core/result.ts";

/** `sft/try-101500@120`: how a checkpoint is named everywhere. */
export const checkpointName = ({ stage, tag, step }: Pick<Checkpoint, "stage" | "tag" | "step">): string => `${stage}/${tag}@${step}`;

/**
 * Finds one by `stage/tag@step`; each part may be left out (`tag`, `sft/tag`, `tag@40`), of the tag a part will do that only
 * one model has, and the newest whole one that fits is taken. `last` is the newest of all.
 */
export function chooseCheckpoint(all: readonly Checkpoint[], wanted: string): Result<Checkpoint> {
  const exact = fittingOf(all, wanted, (tag, given) => tag === given);
  const fitting = exact.length > 0 ? exact : fittingOf(all, wanted, (tag, given) => tag.includes(given));
  const models = [...new Set(fitting.map(({ stage, tag }) => `${stage}/${tag}`))];
  if (exact.length === 0 && models.length > 1)
    return fail("usage", `${wanted} may be one of ${models.length} models`, { remedy: `Say which: ${models.slice(0, 5).join(", ")}` });
  const whole = fitting.find(({ broken }) => broken === null);
  if (whole) return ok(whole);
  const [broken] = fitting;
  if (broken)
    return fail("refused", `${checkpointName(broken)} cannot be used`, {
      why: broken.broken ?? undefined,
      remedy: "Choose another checkpoint",
    });
  const known = [...new Set(all.filter(({ broken }) => broken === null).map(checkpointName))].slice(0, 5);
  // `last` is what is looked for when nobody has named one.
  return fail("not-found", wanted === "last" ? "There is no checkpoint yet" : `There is no checkpoint ${wanted}`, {
    remedy: known.length > 0 ? `There are ${known.join(", ")}${all.length > 5 ? ", …" : ""}` : "Train a model first: `nanochat-cli try`",
  });
}

/**
 * Where a name leaves the step open and the newest one is not finite: the newest of the same model that is, to be gone on with in
 * its place. Null where it was named, where it is finite, and where none is.
 */
export function soundInstead(all: readonly Checkpoint[], wanted: string, chosen: Checkpoint): Checkpoint | null {
  if (/@\d+$/.test(wanted) || hasFiniteModel(chosen)) return null;
  const { stage, tag } = chosen;
  return all.find((one) => one.stage === stage && one.tag === tag && isGood(one)) ?? null;
}

/**
 * Says which one was taken where the same tag names models of several stages and none was asked for, with what names the
 * others; null where nothing was left open.
 */
export function otherStages(all: readonly Checkpoint[], wanted: string, chosen: Checkpoint): string | null {
  const [step = ""] = /@\d+$/.exec(wanted) ?? [];
  if (wanted === `last${step}`) return null;
  const fitting = fittingOf(all, wanted, (tag) => tag === chosen.tag).filter(({ stage }) => stage !== chosen.stage);
  const others = [...new Set(fitting.map(({ stage, tag }) => `${stage}/${tag}${step}`))];
  if (others.length === 0) return null;
  const rest = others.length === 1 ? "is the other" : "are the others";
  return `${wanted} is taken for ${checkpointName(chosen)}, the newest that it names; ${others.join(" and ")} ${rest}`;
}

/** Those that a text fits, in their order. */
function fittingOf(all: readonly Checkpoint[], wanted: string, isTag: (tag: string, given: string) => boolean): Checkpoint[] {
  const [, stage, tag = "", step] = /^(?:(base|mid|sft|rl)\/)?(.+?)(?:@(\d+))?$/.exec(wanted) ?? [];
  return all.filter(
    (one) =>
      (stage === undefined || one.stage === stage) &&
      (tag === "last" || isTag(one.tag, tag)) &&
      (step === undefined || one.step === Number(step)),
  );
}
