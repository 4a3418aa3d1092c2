/** Which checkpoint a person means, and the figures of a reply. */
import type { Checkpoint } from "../core/checkpoint.ts";
import { fail, ok, type Result } from "../core/result.ts";

/** `sft/try-101500@120`: how a checkpoint is named everywhere. */
export const checkpointName = ({ stage, tag, step }: Pick<Checkpoint, "stage" | "tag" | "step">): string => `${stage}/${tag}@${step}`;

/**
 * Finds one by `stage/tag@step`; each part may be left out (`tag`, `sft/tag`, `tag@40`), and the newest whole one that
 * fits is taken. `last` is the newest of all.
 */
export function chooseCheckpoint(all: readonly Checkpoint[], wanted: string): Result<Checkpoint> {
  const match = /^(?:(base|mid|sft|rl)\/)?(.+?)(?:@(\d+))?$/.exec(wanted);
  const [, stage, tag, step] = match ?? [];
  const fitting = all.filter(
    (one) =>
      (stage === undefined || one.stage === stage) &&
      (tag === "last" || one.tag === tag) &&
      (step === undefined || one.step === Number(step)),
  );
  const whole = fitting.find(({ broken }) => broken === null);
  if (whole) return ok(whole);
  const [broken] = fitting;
  if (broken)
    return fail("refused", `${checkpointName(broken)} cannot be used`, {
      why: broken.broken ?? undefined,
      remedy: "Choose another checkpoint",
    });
  const known = [...new Set(all.filter(({ broken }) => broken === null).map(checkpointName))].slice(0, 5);
  return fail("not-found", `There is no checkpoint ${wanted}`, {
    remedy: known.length > 0 ? `There are ${known.join(", ")}${all.length > 5 ? ", …" : ""}` : "Train a model first: `nanochat-cli try`",
  });
}
