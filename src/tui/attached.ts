/** The attached run: what has changed since, and answers of its journal kept until they can be different. */
import type { SeriesColumns } from "../core/journal.ts";
import type { PanelData, RunFacts } from "../panels/data.ts";
import type { RunView } from "./app.ts";
import { factsOf } from "./facts.ts";

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
    const { points, events, log, state } = this.view.refresh();
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

  query(query: Parameters<PanelData["query"]>[0]): SeriesColumns {
    const { stage, metric, axis, from, to, columns } = query;
    return once(this.#points, `q ${stage} ${metric} ${axis} ${from} ${to} ${columns}`, () => this.reader.query(query));
  }

  metrics(stage: number): readonly string[] {
    return once(this.#points, `m ${stage}`, () => this.reader.metrics(stage));
  }

  latest(stage: number, metric: string): ReturnType<PanelData["latest"]> {
    return once(this.#points, `l ${stage} ${metric}`, () => this.reader.latest(stage, metric));
  }

  events(filter: Parameters<PanelData["events"]>[0]): ReturnType<PanelData["events"]> {
    return once(this.#events, `${filter.kinds} ${filter.stage} ${filter.limit}`, () => this.reader.events(filter));
  }

  log(filter: Parameters<PanelData["log"]>[0]): ReturnType<PanelData["log"]> {
    return once(this.#log, JSON.stringify(filter), () => this.reader.log(filter));
  }

  requests(): ReturnType<PanelData["requests"]> {
    return once(this.#events, "requests", () => this.reader.requests());
  }
}

/** More answers than any set of panels needs at once: zooming and resizing leave some behind. */
const MOST_KEPT = 256;

function once<T>(cache: Map<string, unknown>, key: string, ask: () => T): T {
  if (cache.has(key)) return cache.get(key) as T;
  if (cache.size >= MOST_KEPT) cache.clear();
  const answer = ask();
  cache.set(key, answer);
  return answer;
}
