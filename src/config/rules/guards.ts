/** Whether a script takes an interval of 0 or less for "off". Until a guard came in, it is a number to divide by. */
import type { StageContext } from "./context.ts";

/** True = there has always been a guard; a feature of the checkout; or a parameter that came with the guard. */
type Guard = boolean | { feature: string } | { since: string };

/** By script and parameter, over karpathy/nanochat's history up to 92d63d4. */
const GUARDS: Readonly<Record<string, Readonly<Record<string, Guard>>>> = {
  base_train: {
    eval_every: { feature: "eval_every_guarded" }, // 9d4c9b7
    sample_every: { feature: "sample_every_guarded" }, // 9d4c9b7
    core_metric_every: { since: "device_type" }, // 33e8a27
    save_every: true, // c6abcdf
  },
  mid_train: { eval_every: { since: "dry_run" } }, // ae02650
  chat_sft: {
    eval_every: { since: "eval_tokens" }, // 1ddaad1
    eval_metrics_every: false,
    chatcore_every: true, // 788dade
  },
  chat_rl: { eval_every: false, save_every: false },
};

/** Null = not known: a script that we do not know, or whose source could not be read. */
export function isGuarded(stage: StageContext, name: string): boolean | null {
  const guard = GUARDS[stage.short]?.[name];
  if (guard === undefined || typeof guard === "boolean") return guard ?? null;
  if ("since" in guard) return stage.has(guard.since);
  const told = stage.feature(guard.feature);
  return typeof told === "boolean" ? told : null;
}
