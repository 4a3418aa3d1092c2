/** The attached run: what has changed since, and answers of its journal kept until they can be different. */
import type { Outside, PointAt, SeriesColumns, SeriesQuery } from "../core/journal.ts";
import { factsOf, type PanelData, type RunFacts } from "../panels/data.ts";
import type { RunChanges, RunView } from "./app.ts";

/** Grow with what a refresh found, so that a panel knows whether it has to be drawn again. */
export interface Versions {
  points: number;
  events: number;
  log: number;
  state: number;
}

export class Attached {
  readonly versions: Versions = { points: 1, events: 1, log: 1, state: 1 };
  readonly #data: CachedData;

  constructor(readonly view: RunView) {
    this.#data = new CachedData(view.reader);
  }

  /** True when something is new. */
  refresh(): boolean {
    return this.#forget(this.view.refresh());
  }

  /** The same for so many milliseconds at most; null when that was not enough: then nothing is different yet. */
  refreshWithin(budgetMs: number): boolean | null {
    const changes = this.view.refreshWithin(budgetMs);
    return changes === null ? null : this.#forget(changes);
  }

  #forget({ points, events, log, state }: RunChanges): boolean {
    this.versions.points += Number(points);
    this.versions.events += Number(events);
    this.versions.log += Number(log);
    this.versions.state += Number(state);
    if (points) this.#data.forgetPoints();
    if (events) this.#data.forgetEvents();
    if (log) this.#data.forgetLog();
    return points || events || log || state;
  }

  facts(stage: number | null, now: number): RunFacts {
    return { ...factsOf(this.view, stage, now), data: this.#data };
  }
}

/** Panels ask for the same things again and again, several of them in each frame. */
class CachedData implements PanelData {
  readonly #points = new Map<string, unknown>();
  readonly #events = new Map<string, unknown>();
  readonly #log = new Map<string, unknown>();

  constructor(private readonly reader: PanelData) {}

  forgetPoints(): void {
    this.#points.clear();
  }

  forgetEvents(): void {
    this.#events.clear();
    // Known gaps are drawn into every series.
    this.#points.clear();
  }

  forgetLog(): void {
    this.#log.clear();
  }

  query(query: SeriesQuery): SeriesColumns {
    return once(this.#points, `q ${asKey(query)}`, () => this.reader.query(query));
  }

  nearest(...asked: Parameters<PanelData["nearest"]>): PointAt | null {
    return once(this.#points, `n ${asked.join(" ")}`, () => this.reader.nearest(...asked));
  }

  points(...asked: Parameters<PanelData["points"]>): ReturnType<PanelData["points"]> {
    // Asked for a few hundred steps at most, by one panel: kept, they would push out what charts ask again and again.
    return this.reader.points(...asked);
  }

  outside(query: SeriesQuery, above: number, below: number): Outside {
    return once(this.#points, `o ${asKey(query)} ${above} ${below}`, () => this.reader.outside(query, above, below));
  }

  metrics(stage: number): readonly string[] {
    return once(this.#points, `m ${stage}`, () => this.reader.metrics(stage));
  }

  latest(stage: number, metric: string): ReturnType<PanelData["latest"]> {
    // In memory already; kept here, hundreds of metrics would push out what is dear to ask again.
    return this.reader.latest(stage, metric);
  }

  events(filter: Parameters<PanelData["events"]>[0]): ReturnType<PanelData["events"]> {
    return once(this.#events, `${filter.kinds} ${filter.stage} ${filter.limit}`, () => this.reader.events(filter));
  }

  log(filter: Parameters<PanelData["log"]>[0]): ReturnType<PanelData["log"]> {
    return once(this.#log, JSON.stringify(filter), () => this.reader.log(filter));
  }

  lineAt(at: number): number | null {
    return once(this.#log, `at ${at}`, () => this.reader.lineAt(at));
  }

  requests(): ReturnType<PanelData["requests"]> {
    return once(this.#events, "requests", () => this.reader.requests());
  }
}

const asKey = ({ stage, metric, axis, from, to, columns, decay, quantiles, lastKey }: SeriesQuery): string =>
  `${stage} ${metric} ${axis} ${from} ${to} ${columns} ${decay} ${quantiles} ${lastKey}`;

/** More answers than any set of panels needs at once: zooming and resizing leave some behind. */
const MOST_KEPT = 256;

/** Asks once; the answers that were asked for first are forgotten first. */
function once<T>(cache: Map<string, unknown>, key: string, ask: () => T): T {
  if (cache.has(key)) return cache.get(key) as T;
  if (cache.size >= MOST_KEPT) cache.delete(cache.keys().next().value!);
  const answer = ask();
  cache.set(key, answer);
  return answer;
}
