/** Names of metrics as they are typed: which ones a run has, which go on as one has begun, and which it does not have. */
import { CLOCK_METRIC, METRICS } from "../core/metrics.ts";
import { matchesMetric } from "../core/panel.ts";
import type { PanelSpec } from "../core/screen.ts";
import { nearest } from "../lib/suggest.ts";
import type { PanelKind } from "../panels/kind.ts";
import type { AppContext } from "./context.ts";

/** Those of the stage that is looked at, then those of the whole run; none that only axes are made of. */
export function metricsHere(app: Pick<AppContext, "facts">): readonly string[] {
  const facts = app.facts();
  if (facts === null) return [];
  const all = new Set([...facts.data.metrics(facts.stage), ...facts.data.metrics(0)]);
  all.delete(CLOCK_METRIC);
  return [...all];
}

const has = (known: readonly string[], wanted: string): boolean => known.some((metric) => matchesMetric(wanted, metric));

/** A panel as it begins: where the run has none of the metrics that are usual, with the first one that it has. */
export function beginning(kind: PanelKind, known: readonly string[]): PanelSpec {
  const spec: PanelSpec = { panel: kind.kind };
  const option = kind.options["metrics"];
  const first = METRICS.find(({ id }) => known.includes(id))?.id ?? known[0];
  if (option?.type !== "metrics" || first === undefined || option.default.length === 0) return spec;
  // Patterns stand for a kind of figures (GPUs) that one other metric is no stand-in for.
  if (option.default.some((name) => name.includes("*") || has(known, name))) return spec;
  return { ...spec, options: { metrics: [first] } };
}

/** The name that is being typed: what stands behind the last comma or space. */
export const begunName = (text: string): string => /[^,\s]*$/.exec(text)?.[0] ?? "";

/** Names that one could mean by what is typed last: first those that begin so, then those that hold it, at most six. */
export function namesFor(text: string, known: readonly string[]): string[] {
  // Behind a sign stands the number of a threshold.
  if (/[<>][^,]*$/.test(text)) return [];
  const begun = begunName(text).toLowerCase();
  const others = known.filter((name) => name.toLowerCase() !== begun);
  const starting = others.filter((name) => name.toLowerCase().startsWith(begun));
  const holding = others.filter((name) => name.toLowerCase().includes(begun) && !starting.includes(name));
  return [...starting, ...holding].slice(0, 6);
}

/** `No metric of this run is called losss; did you mean train/loss?`, or null: a run may get it later, so it is no mistake. */
export function unknownMetric(names: readonly string[], known: readonly string[]): string | null {
  const unknown = known.length === 0 ? undefined : names.find((name) => !has(known, name));
  if (unknown === undefined) return null;
  const last = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
  const [near] = [...nearest(unknown, known), ...known.filter((name) => nearest(unknown, [last(name)]).length > 0)];
  return `No metric of this run is called ${unknown}${near === undefined ? "" : `; did you mean ${near}?`}`;
}
