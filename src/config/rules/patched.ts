/** What a resume goes on with as it was patched while the run before it trained. */
import type { PatchChange } from "../../core/bridge.ts";
import { changesText, count } from "../../lib/format.ts";
import { isResumed } from "./checkpoints.ts";
import { rule, shown } from "./rule.ts";

/** Of learning rates, which no setting of the plan tells. */
export const patchedRatesText = (patched: readonly PatchChange[]): { message: string; remedy: string } => ({
  message: `It goes on with learning rates as they were patched, which its optimizer files have: ${changesText(patched)}`,
  remedy: "Patch them back once it runs, where that is not wanted",
});

export const PATCHED_RULES = [
  rule({
    id: "resume-patched",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) =>
      [...stage.values].flatMap(({ parameter: { name }, value, origin: { patched } }) => (patched ? [{ name, value, ...patched }] : [])),
    severity: "info",
    field: ({ name }) => name,
    message: ({ name, value, step, run, began }) =>
      `${name} is ${shown(value)}, as it was patched at step ${count(step)} of ${run}, which began with ${shown(began)}`,
    remedy: ({ name, began }) => `\`--set ${name}=${began}\` goes back to that`,
  }),
  rule({
    id: "patched-rates",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => {
      const source = isResumed(stage) ? stage.checkpoint : null;
      const patched = source === null ? [] : (stage.input.surroundings.rates?.(source) ?? []);
      return patched.length === 0 ? null : { patched };
    },
    severity: "warning",
    toldOnly: true,
    field: "resume_from_step",
    message: ({ patched }) => patchedRatesText(patched).message,
    remedy: ({ patched }) => patchedRatesText(patched).remedy,
  }),
];
