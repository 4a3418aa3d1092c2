/** From the metrics that a panel is asked to draw to those that the run has. */
import { CLOCK_METRIC, findMetric, metricId } from "../core/metrics.ts";
import { matchesMetric } from "../core/panel.ts";
import type { Empty } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { kin, nearest } from "../lib/suggest.ts";
import { fitsWords } from "../lib/wanted.ts";
import type { ChartInput, Drawn } from "./chart-frame.ts";
import { MOST_LINES } from "./chart-of.ts";
import { position, RUN_STAGE, stageState, stageTitle } from "./data.ts";
import { isOfGpus, whyNoGpus } from "./no-gpus.ts";
import { shortNames } from "./value.ts";

let collator: Intl.Collator | null = null;

/** Order of names: gpu/2 before gpu/10. */
export const inNumberOrder = (a: string, b: string): number => {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
};

interface Found {
  lines: Drawn[];
  /** Why there is none. */
  empty: () => Omit<Empty, "kind">;
}

/** Each pattern's metrics, of the stage or else of the run itself; a metric that several name comes once. */
export function findDrawn({ facts }: Pick<ChartInput, "facts">, patterns: readonly string[]): Found {
  const { data, stage } = facts;
  const known = [
    ...data.metrics(stage).map((metric) => ({ metric, stage })),
    ...data.metrics(RUN_STAGE).map((metric) => ({ metric, stage: RUN_STAGE })),
  ];
  const found = new Map<string, { metric: string; stage: number }>();
  for (const pattern of patterns) {
    // Beside a moment in milliseconds every other value would lie on the ground: only its own name means it.
    const matches = known.filter(
      ({ metric }) => metric === metricId(pattern) || (metric !== CLOCK_METRIC && matchesMetric(pattern, metric)),
    );
    for (const one of matches.sort((a, b) => inNumberOrder(a.metric, b.metric))) {
      if (!found.has(one.metric)) found.set(one.metric, one);
    }
  }
  const metrics = [...found.values()];
  const names = shortNames(metrics.map(({ metric }) => metric));
  // A GPU is told by its number.
  const markOf = (metric: string): string | undefined => /^gpu\/(\d)\//.exec(metric)?.[1];
  const lines = metrics.map((one, i): Drawn => ({ ...one, name: names[i] ?? one.metric, mark: markOf(one.metric) }));
  return { lines, empty: () => whyNone(facts, patterns) };
}

/** Those with the highest newest values, when there are more than a plot can tell apart; all of them are counted. */
export function highestFirst({ facts: { data } }: Pick<ChartInput, "facts">, lines: readonly Drawn[]): Drawn[] {
  if (lines.length <= MOST_LINES) return [...lines];
  const valued = lines.map((line) => ({ line, value: data.latest(line.stage, line.metric)?.value ?? Number.NEGATIVE_INFINITY }));
  const rank = (value: number): number => (Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY);
  return valued.sort((a, b) => rank(b.value) - rank(a.value) || 0).map(({ line }) => line);
}

const fold = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim();

/** Those of the metrics that charts call so (`throughput`), or the only one of a unit (`tok/s`). */
export function metricsTitled(given: string, known: Iterable<string>): string[] {
  const wanted = fold(given);
  const all = [...new Set(known)].flatMap((name) => findMetric(name) ?? []);
  const titled = all.filter(({ title }) => fold(title) === wanted);
  const measured = all.filter(({ unit }) => unit !== "" && fold(unit) === wanted);
  const found = titled.length === 0 && measured.length === 1 ? measured : titled;
  return found.map(({ id }) => id);
}

/** A known metric that is near to a name that none has, else of its group; null for any other name, and for a pattern, which means what it says. */
export function metricMeant(name: string, known: Iterable<string>): string | null {
  if (name.includes("*") || findMetric(metricId(name)) !== undefined) return null;
  const names = [...known];
  return metricsTitled(name, names)[0] ?? nearest(name, names)[0] ?? kin(name, names)[0] ?? null;
}

/** `did you mean train/loss?` of the first name that no metric has, where the stage has one that is near; else null. */
function meantInstead({ data, stage }: ChartInput["facts"], patterns: readonly string[]): string | null {
  const [near] = patterns.flatMap((pattern) => metricMeant(pattern, data.metrics(stage)) ?? []);
  return near === undefined ? null : `did you mean ${near}?`;
}

/** Whether the stage has none of these metrics and will have none: it has ended without, or goes from step to step without. */
export function lacksForGood(facts: ChartInput["facts"], patterns: readonly string[]): boolean {
  const { data, stage } = facts;
  const status = stageState(facts)?.status;
  const wanted = patterns.map((pattern) => findMetric(metricId(pattern)));
  // What no metric is called may be misspelled: whoever looks for it is told.
  if (wanted.length === 0 || wanted.includes(undefined) || status === undefined || status === "pending") return false;
  if (data.metrics(stage).some((metric) => patterns.some((pattern) => matchesMetric(pattern, metric)))) return false;
  return status !== "running" || (wanted.every((one) => one?.cadence === "step") && position(facts) !== null);
}

function whyNone(facts: ChartInput["facts"], patterns: readonly string[]): Omit<Empty, "kind"> {
  if (patterns.length === 0) return { why: "No metric is chosen", remedy: "name some in this panel's options" };
  if (patterns.every(isOfGpus)) return whyNoGpus(facts);
  const wanted = patterns.map(nameOf).join(", ");
  const stage = stageState(facts);
  if (stage?.status === "pending") return { why: `No ${wanted} yet: this stage has not begun` };
  const meant = meantInstead(facts, patterns);
  const remedy = meant ?? "e changes what this screen shows";
  if (stage?.status !== "running") return { why: `This stage has no ${wanted}`, remedy };
  const eachStep = patterns.every((pattern) => findMetric(metricId(pattern))?.cadence === "step");
  if (!eachStep) return { why: `No ${wanted} so far in this stage`, ...(meant !== null && { remedy: meant }) };
  if (position(facts) === null) return { why: `No ${wanted} yet: it comes with the first step` };
  return { why: `${stageTitle(stage.name)} reports no ${wanted}`, remedy };
}

/** Whether a metric is meant by what is typed (`fitsWords`): parts of its name or title, or patterns with `*`. */
export function metricFits(wanted: string, metric: string): boolean {
  const name = metric.toLowerCase();
  const title = findMetric(metric)?.title ?? "";
  const stands = (word: string): boolean => name.includes(word) || title.toLowerCase().includes(word);
  return fitsWords(wanted, [metric, title], (word) => stands(word) || matchesMetric(word, name));
}

/** What is left of a list, for the border: the option's and what was typed. */
export const filterText = (...filters: readonly string[]): string | undefined =>
  filters
    .filter((filter) => filter !== "")
    .map((filter) => `/${plain(filter)}`)
    .join(" · ") || undefined;

const nameOf = (pattern: string): string => (pattern.includes("*") ? undefined : findMetric(metricId(pattern))?.title) ?? pattern;
