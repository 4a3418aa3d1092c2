/** A run made of plain arrays, for tests of panels and screens. */
import type { Axis, Outside, PointAt, SeriesColumns, SeriesQuery, StoredEvent, StoredLine } from "../core/journal.ts";
import type { Plan } from "../core/plan.ts";
import type { RequestStatus, RunState, StageState } from "../core/run.ts";
import { between, shareOf } from "../lib/range.ts";
import { fitsWords } from "../lib/wanted.ts";
import type { Latest, LogFilter, PanelData, RunFacts } from "./data.ts";
import { AXIS_METRICS } from "./moment.ts";

const LEVELS: ReadonlyArray<StoredLine["level"]> = ["debug", "info", "warn", "error"];

export class FakeData implements PanelData {
  /** By stage and metric: points as [step, value]. */
  readonly series = new Map<string, Array<readonly [key: number, value: number]>>();
  readonly allEvents: StoredEvent[] = [];
  readonly lines: StoredLine[] = [];
  readonly asked: RequestStatus[] = [];
  /** When the newest point of every metric came, epoch milliseconds. */
  lastAt: number | null = null;

  put(stage: number, metric: string, ...points: Array<readonly [key: number, value: number]>): this {
    const name = `${stage} ${metric}`;
    this.series.set(name, [...(this.series.get(name) ?? []), ...points]);
    return this;
  }

  event(kind: StoredEvent["kind"], body: Record<string, unknown>, rest: { stage?: number; step?: number | null; at?: number } = {}): this {
    this.allEvents.push({ seq: this.allEvents.length + 1, stage: 1, step: null, at: 0, ...rest, kind, body });
    return this;
  }

  say(...texts: string[]): this {
    return this.sayIn(1, ...texts);
  }

  sayIn(stage: number, ...texts: string[]): this {
    for (const text of texts) {
      this.lines.push({ seq: this.lines.length + 1, stage, at: 0, stream: "stdout", rank: null, level: "info", text });
    }
    return this;
  }

  query(query: SeriesQuery): SeriesColumns {
    const { stage, metric, axis, from, to, columns, decay, quantiles, beside } = query;
    const place = this.#places(stage, axis);
    const points = this.#sorted(stage, metric).map(([key, value]) => [place?.(key) ?? key, value, key] as const);
    const at = points.map(([position]) => position);
    const start = from ?? Math.min(...at, Number.POSITIVE_INFINITY);
    const end = Math.max(to ?? Math.max(...at, start), start);
    const last = end > start ? end : start + 1;
    const blank = (value: number): Float64Array => new Float64Array(columns).fill(value);
    const result: SeriesColumns = {
      metric,
      axis: stage === 0 ? "wall" : place === null ? "step" : axis,
      axisReason: place === null ? `The run has no ${axis} to draw it by.` : null,
      edges: Float64Array.from({ length: columns + 1 }, (_, i) => between(start, last, i, columns)),
      min: blank(Number.NaN),
      max: blank(Number.NaN),
      last: blank(Number.NaN),
      mean: blank(Number.NaN),
      count: new Uint32Array(columns),
      nonFinite: new Uint32Array(columns),
      gaps: [],
      total: { count: 0, min: Number.NaN, max: Number.NaN, last: Number.NaN, mean: Number.NaN, lastKey: Number.NaN },
      smooth: decay === undefined ? undefined : blank(Number.NaN),
      quantiles: quantiles === undefined ? undefined : { values: quantiles.map(() => blank(Number.NaN)), every: 1 },
    };
    let [sum, weight] = [0, 0];
    const samples: number[][] = Array.from({ length: columns }, () => []);
    for (const [position, value, key] of points) {
      if (Number.isFinite(value) && decay !== undefined) [sum, weight] = [sum * decay + value * (1 - decay), weight * decay + 1 - decay];
      if (beside && Number.isFinite(value) && (position < start || (position > end && result.after === undefined)))
        result[position < start ? "before" : "after"] = { position, value, ...(decay !== undefined && { smooth: sum / weight }) };
      if (position < start || position > end) continue;
      const column = Math.min(columns - 1, Math.floor((shareOf(start, last, position) || 0) * columns));
      add(result, column, key, value);
      if (!Number.isFinite(value)) continue;
      if (result.smooth !== undefined) result.smooth[column] = sum / weight;
      samples[column]!.push(value);
    }
    if (result.count[0]! > 0) delete result.before;
    if (result.count[columns - 1]! > 0) delete result.after;
    const meanOf = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0) / list.length;
    result.total.mean = meanOf(samples.flat());
    for (const [i, list] of samples.entries()) {
      result.mean[i] = meanOf(list);
      list.sort((a, b) => a - b);
      for (const [n, q] of (quantiles ?? []).entries()) {
        if (list.length > 0) result.quantiles!.values[n]![i] = list[Math.round((list.length - 1) * q)]!;
      }
    }
    return result;
  }

  nearest(stage: number, metric: string, axis: Axis, position: number): PointAt | null {
    const place = this.#places(stage, axis);
    if (place === null) return null;
    const points = this.#sorted(stage, metric).map(([key, value]) => ({ key, position: place(key), value }));
    const apart = (point: PointAt): number => Math.abs(point.position - position);
    return points.reduce<PointAt | null>((best, point) => (best === null || apart(point) < apart(best) ? point : best), null);
  }

  outside({ stage, metric, axis, from = -Infinity, to = Infinity }: SeriesQuery, above: number, below: number): Outside {
    const place = this.#places(stage, axis);
    const inside = this.#sorted(stage, metric).filter(([key, value]) => {
      const position = place?.(key) ?? key;
      return position >= from && position <= to && Number.isFinite(value);
    });
    const count = (is: (value: number) => boolean): number => inside.filter(([, value]) => is(value)).length;
    return { above: count((value) => value > above), below: count((value) => value < below), exact: true };
  }

  #sorted(stage: number, metric: string): Array<readonly [key: number, value: number]> {
    return [...(this.series.get(`${stage} ${metric}`) ?? [])].sort((a, b) => a[0] - b[0]);
  }

  /** Where keys lie on an axis; null when the stage has no such axis. */
  #places(stage: number, axis: Axis): ((key: number) => number) | null {
    if (stage === 0) return axis === "wall" ? (key) => key * 1000 : null;
    if (axis === "step") return (key) => key;
    const finite = this.#sorted(stage, AXIS_METRICS[axis]).filter(([, value]) => Number.isFinite(value));
    // As the journal has it: what is set back lies at the largest value so far.
    let most = Number.NEGATIVE_INFINITY;
    const places = finite.map(([key, value]) => {
      most = Math.max(most, value);
      return [key, most] as const;
    });
    return places.length === 0 ? null : (key) => (places.findLast(([at]) => at <= key) ?? places[0]!)[1];
  }

  metrics(stage: number): string[] {
    return [...this.series.keys()].filter((name) => name.startsWith(`${stage} `)).map((name) => name.slice(String(stage).length + 1));
  }

  points(stage: number, metric: string, from: number, to: number): { keys: number[]; values: number[] } {
    const found = this.#sorted(stage, metric).filter(([key]) => key >= from && key <= to);
    return { keys: found.map(([key]) => key), values: found.map(([, value]) => value) };
  }

  latest(stage: number, metric: string): Latest | null {
    const last = this.series.get(`${stage} ${metric}`)?.at(-1);
    return last === undefined ? null : { key: last[0], at: this.lastAt, value: last[1] };
  }

  events({ kinds, stage, limit }: Parameters<PanelData["events"]>[0]): StoredEvent[] {
    const found = this.allEvents.filter((event) => (kinds?.includes(event.kind) ?? true) && (stage === undefined || event.stage === stage));
    return limit === undefined ? found : found.slice(-limit);
  }

  log({ beforeSeq, afterSeq, limit, filter = "", stage: of, minLevel = "debug", streams }: LogFilter): StoredLine[] {
    const found = this.lines.filter(
      ({ seq, text, stage, level, stream }) =>
        (of === undefined || stage === of) &&
        seq < (beforeSeq ?? Number.POSITIVE_INFINITY) &&
        seq > (afterSeq ?? 0) &&
        LEVELS.indexOf(level) >= LEVELS.indexOf(minLevel) &&
        (streams?.includes(stream) ?? true) &&
        fitsWords(filter, [text]),
    );
    return afterSeq === undefined ? found.slice(-limit) : found.slice(0, limit);
  }

  lineAt(at: number): number | null {
    return this.lines.findLast((line) => line.at <= at)?.seq ?? null;
  }

  requests(): RequestStatus[] {
    return this.asked;
  }
}

function add(columns: SeriesColumns, column: number, key: number, value: number): void {
  if (!Number.isFinite(value)) {
    columns.nonFinite[column]!++;
    return;
  }
  const first = columns.count[column]! === 0;
  columns.min[column] = first ? value : Math.min(columns.min[column]!, value);
  columns.max[column] = first ? value : Math.max(columns.max[column]!, value);
  columns.last[column] = value;
  columns.count[column]!++;
  columns.total.min = columns.total.count === 0 ? value : Math.min(columns.total.min, value);
  columns.total.max = columns.total.count === 0 ? value : Math.max(columns.total.max, value);
  columns.total.count++;
  columns.total.last = value;
  columns.total.lastKey = key;
}

export const START = Date.UTC(2026, 0, 1, 12);
export const AT_START = new Date(START).toISOString();

export const fakeStage = (index: number, script: string, rest: Partial<StageState> = {}): StageState => ({
  index,
  name: `${String(index).padStart(2, "0")}-${script}`,
  script: `scripts.${script}`,
  status: "running",
  pid: 1,
  startTicks: 1,
  startedAt: AT_START,
  endedAt: null,
  exitCode: null,
  signal: null,
  reason: null,
  ...rest,
});

export const fakeState = (rest: Partial<RunState> = {}): RunState => ({
  version: 1,
  id: "20260101-120000-pocket",
  name: "pocket",
  prefab: "pocket",
  status: "running",
  createdAt: AT_START,
  startedAt: AT_START,
  endedAt: null,
  reason: null,
  stages: [fakeStage(1, "base_train")],
  owner: null,
  heartbeatAt: AT_START,
  progress: null,
  ...rest,
});

export const fakePlan = (values: Readonly<Record<string, number | string>> = {}): Plan => ({
  version: 1,
  name: "pocket",
  prefab: "pocket",
  workspace: { dir: "/w", kind: "pocket", commit: null, dirty: null, package: "nanochat" },
  python: ["/usr/bin/python3"],
  pythonReason: "python3",
  baseDir: "/b",
  env: {},
  stages: [
    {
      name: "01-base_train",
      script: "scripts.base_train",
      values: Object.entries(values).map(([name, value], line) => ({
        parameter: {
          name,
          flag: `--${name.replaceAll("_", "-")}`,
          aliases: [],
          type: "int",
          default: 20,
          defaultKnown: true,
          defaultExpr: "20",
          nullable: false,
          required: false,
          isFlag: false,
          nargs: null,
          choices: null,
          help: `what ${name} is for`,
          section: null,
          line,
        },
        value,
        origin: value === 20 ? { layer: "default" } : { layer: "prefab", prefab: "pocket", line: 12 },
      })),
      args: [],
      ranks: 1,
      launcher: "python",
      bridged: true,
    },
  ],
  findings: [],
});

/** Brighter from left to right; only what lies under `media/` is there. */
const fakePicture: NonNullable<RunFacts["picture"]> = ({ path }) =>
  path.startsWith("media/")
    ? {
        ok: true,
        width: 64,
        height: 48,
        pixels: { width: 64, height: 48, rgb: Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (Math.floor(i / 3) % 64) * 4) },
      }
    : { ok: false, why: "its file is not there (any more)" };

/** Of a run whose supervisor is there: its record is as new as it should be. */
export function fakeFacts(data: FakeData, rest: Partial<RunFacts> = {}): RunFacts {
  const { now = START + 60_000, state = fakeState() } = rest;
  return {
    liveness: "owned",
    plan: fakePlan(),
    data,
    picture: fakePicture,
    stage: 1,
    ...rest,
    now,
    state: { ...state, heartbeatAt: state.heartbeatAt === AT_START ? new Date(now).toISOString() : state.heartbeatAt },
  };
}
