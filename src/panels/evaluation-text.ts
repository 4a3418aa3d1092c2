/** What an evaluation came to, in words. */
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

/** `3.0462`, and `~3.0462` of what was not evaluated at its own step, as far as one can tell: the last evaluation before it. */
export const bpbText = (bpb: number | null, evaluated: boolean | null | undefined): string =>
  bpb === null || evaluated === true || evaluated === undefined ? loss(bpb) : `~${loss(bpb)}`;

/** What a list says of the sign, where it has it. */
export const bpbNote = (list: ReadonlyArray<{ valBpb: number | null; evaluated?: boolean | null }>): string | undefined =>
  list.some(({ valBpb, evaluated }) => bpbText(valBpb, evaluated).startsWith("~")) ? "~ of an evaluation before it" : undefined;

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
