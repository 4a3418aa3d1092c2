/** What an evaluation came to, in words. */
import type { Checkpoint } from "../core/checkpoint.ts";
import type { StoredEvent } from "../core/journal.ts";
import { count, loss } from "../lib/format.ts";
import { type PanelData, textField } from "./data.ts";
import { valueText } from "./value.ts";

/** Phases that are evaluations (docs/bridge-protocol.md), and the metrics that they give, best first. */
const EVALUATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["eval", ["val/bpb", "val/loss"]],
  ["core", ["core/metric", "chatcore/metric"]],
]);

export const isEvaluation = (phase: string): boolean => EVALUATIONS.has(phase);

const SHORT: Readonly<Record<string, string>> = {
  "val/bpb": "bpb",
  "val/loss": "validation loss",
  "core/metric": "CORE",
  "chatcore/metric": "ChatCORE",
};

/** Its figure is that of an evaluation at its own step, or nobody has asked; only then can it be the best. */
export const isEvaluated = ({ valBpb, evaluated }: Pick<Checkpoint, "valBpb" | "evaluated">): boolean =>
  valBpb !== null && (evaluated === true || evaluated === undefined);

/** `3.0462`, and `~3.0462` of what was not evaluated at its own step, as far as one can tell: the last evaluation before it. */
export const bpbText = (valBpb: number | null, evaluated: boolean | null | undefined): string =>
  valBpb === null || isEvaluated({ valBpb, evaluated }) ? loss(valBpb) : `~${loss(valBpb)}`;

/** What a list says of the sign, where it has it; `starred`: it marks the best, and a better figure with that sign may stand beside it. */
export function bpbNote(list: ReadonlyArray<Pick<Checkpoint, "valBpb" | "evaluated">>, starred = false): string | undefined {
  const signed = list.filter((one) => one.valBpb !== null && !isEvaluated(one));
  if (signed.length === 0) return undefined;
  // Without the run that wrote it nobody may know.
  const when = signed.some(({ evaluated }) => evaluated === null) ? "at its step or before it" : "before it";
  return `~ of an evaluation ${when}${starred ? " · ★ the best without it" : ""}`;
}

/** `evaluation 1,000 · bpb 0.9312`, without the value when none was kept of that step. */
export function evaluationText(data: PanelData, { stage, step, body }: Pick<StoredEvent, "stage" | "step" | "body">): string {
  const name = textField(body, "name") === "core" ? "CORE evaluation" : "evaluation";
  if (step === null) return name;
  for (const metric of EVALUATIONS.get(textField(body, "name") ?? "") ?? []) {
    const point = data.nearest(stage, metric, "step", step);
    if (point?.key === step) return `${name} ${count(step)} · ${SHORT[metric]} ${valueText(metric, point.value)}`;
  }
  return `${name} ${count(step)}`;
}
