/** What panels are made from: the run's record and a reading view of its journal. */
import type { DerivedConfig } from "../core/bridge.ts";
import type { StageFigures } from "../core/figures.ts";
import type {
  Axis,
  EventKind,
  LogStream,
  Outside,
  PointAt,
  SeriesColumns,
  SeriesQuery,
  StageIndex,
  StoredEvent,
  StoredLine,
} from "../core/journal.ts";
import type { MachineProcesses } from "../core/machine.ts";
import { type Plan, type PlannedStage, plannedValue, resumesAt, type Value } from "../core/plan.ts";
import type { Liveness, RequestStatus, RunAbout, RunEnvironment, RunState, StageState } from "../core/run.ts";
import { count } from "../lib/format.ts";
import type { Pixels } from "../lib/pixels.ts";

export interface Latest {
  /** The step, or for stage 0 epoch seconds. */
  key: number;
  /** Epoch milliseconds; null when it was not kept. */
  at: number | null;
  value: number;
}

export interface LogFilter {
  beforeSeq?: number;
  afterSeq?: number;
  limit: number;
  /** What a line must have in it, as in all lists (lib/wanted.ts). */
  filter?: string;
  /** Regular expressions are tried on so many lines at most; absent = on all. */
  tries?: number;
  stage?: StageIndex;
  minLevel?: StoredLine["level"];
  streams?: readonly LogStream[];
}

/** The part of a journal's reader that panels use. All answers are about what has been read so far; nothing waits. */
export interface PanelData {
  query(query: SeriesQuery): SeriesColumns;
  /** The point of a metric that is nearest to a position on an axis; null without one, or without that axis. */
  nearest(stage: StageIndex, metric: string, axis: Axis, position: number): PointAt | null;
  /** Every point with `from` ≤ key ≤ `to`, as stored. */
  points(stage: StageIndex, metric: string, from: number, to: number): { keys: number[]; values: number[] };
  /** How many points of a query's window lie above and below a range. */
  outside(query: SeriesQuery, above: number, below: number): Outside;
  /** Ids of the metrics that a stage has. */
  metrics(stage: StageIndex): readonly string[];
  latest(stage: StageIndex, metric: string): Latest | null;
  /** In the order in which they were written; with `limit`, the newest ones. */
  events(filter: { kinds?: readonly EventKind[]; stage?: StageIndex; limit?: number }): readonly StoredEvent[];
  /** Oldest first; with `beforeSeq` the last `limit` before it, with `afterSeq` the first `limit` after it, else the last. */
  log(filter: LogFilter): readonly StoredLine[];
  /** The number of the newest log line that was there at a time, in epoch milliseconds; null before the first. */
  lineAt(at: number): number | null;
  requests(): readonly RequestStatus[];
}

/** Where a picture lies: a path under the folder `files/` of the file that is called `beside`. */
export interface PictureOf {
  beside: string;
  path: string;
}

/** A picture made so small that it can be drawn, or why it cannot, to follow a colon in a sentence. */
export type PictureRead =
  | { ok: true /** Pixels of the file. */; width: number; height: number; pixels: Pixels }
  | { ok: false; why: string /** It comes in a moment. */; pending?: true };

/** The disk that a run directory is on. */
export interface RunDisk {
  /** Bytes that its owner may write. */
  free: number;
  /** Nothing can be recorded. */
  isFull: boolean;
  /** It is another one than the base dir's, of which the host's figures are. */
  isApart: boolean;
}

/** One run as panels see it at one moment. */
export interface RunFacts {
  state: RunState;
  liveness: Liveness;
  plan: Plan;
  data: PanelData;
  /** What people wrote down about it; absent = nothing. */
  about?: RunAbout;
  /** Of the machine and the checkout that it was made with, by name; absent = not told. */
  environment?: RunEnvironment;
  /** Pictures that its files name; absent = they are not read. */
  picture?: (of: PictureOf) => PictureRead;
  /** Of a run that goes on; absent = not told. */
  disk?: RunDisk;
  /** Those of this machine, as they were looked at last; null before the first look. Absent = they are not looked at. */
  processes?: () => MachineProcesses | null;
  /** The stage that is looked at, 1-based. */
  stage: StageIndex;
  /** Epoch milliseconds. */
  now: number;
  /** Shown as it was at an earlier moment: nothing can be asked of it. */
  isReplayed?: boolean;
  /** It is only looked at: what would be done about it by a key is not offered. */
  isReadOnly?: boolean;
}

/** What of a run that is open for reading its facts are made from. */
interface Open {
  plan: Plan;
  reader: PanelData;
  state(): RunState;
  liveness(): Liveness;
  about?(): RunAbout;
  environment?(): RunEnvironment;
  picture?(of: PictureOf): PictureRead;
  disk?(): RunDisk | null;
  processes?(): RunFacts["processes"] | null;
  replay?: { readonly at: number };
}

/** A run as it is now; `stage` null = the one that runs, else the last one that did. */
export function factsOf(view: Open, stage: StageIndex | null, now: number): RunFacts {
  const state = view.state();
  const about = view.about?.() ?? {};
  const environment = view.environment?.() ?? {};
  const disk = view.disk?.() ?? null;
  const processes = view.processes?.() ?? null;
  return {
    state,
    liveness: view.liveness(),
    plan: view.plan,
    data: view.reader,
    about,
    environment,
    ...(view.picture && { picture: view.picture.bind(view) }),
    ...(disk && { disk }),
    ...(processes && { processes }),
    stage: stage ?? currentStage(state),
    now: view.replay?.at ?? now,
    ...(view.replay && { isReplayed: true }),
  };
}

/** Metrics of the run itself (host, GPUs) are kept by time. */
export const RUN_STAGE: StageIndex = 0;

/** Cells that a panel's content has. */
export interface Size {
  width: number;
  height: number;
}

export const stageState = ({ state, stage }: RunFacts): StageState | undefined => state.stages.find(({ index }) => index === stage);
export const plannedStage = ({ plan, stage }: RunFacts): PlannedStage | undefined => plan.stages[stage - 1];

/** The stage that runs, else the last one that began, else the first. */
export const currentStage = ({ stages }: Pick<RunState, "stages">): StageIndex =>
  (stages.find(({ status }) => status === "running") ?? stages.findLast(({ status }) => status !== "pending") ?? stages[0])?.index ?? 1;

/** The stage that was chosen to be looked at instead of the current one; undefined while the view goes with the run. */
export const chosenStage = ({ state, stage }: Pick<RunFacts, "state" | "stage">): StageIndex | undefined =>
  stage === currentStage(state) ? undefined : stage;

/** What the stage was planned to come to; undefined in plans of runs made before there were figures. */
export const planFigures = (facts: RunFacts): StageFigures | undefined =>
  facts.plan.figures?.find(({ stage }) => stage === plannedStage(facts)?.name);

/** `base_train`: a stage's name without its number. */
export const stageTitle = (name: string): string => name.replace(/^\d+-/, "");

/** The same of the stage with this index. */
export const titleOfStage = ({ stages }: Pick<RunState, "stages">, stage: StageIndex): string =>
  stageTitle(stages.find(({ index }) => index === stage)?.name ?? "the stage");

export const isPocket = ({ plan }: Pick<RunFacts, "plan">): boolean => plan.workspace.kind === "pocket";

/** A parameter of the stage as it was planned, or undefined when the script has none of that name. */
export function planned(facts: RunFacts, name: string): Value | undefined {
  const stage = plannedStage(facts);
  return stage === undefined ? undefined : plannedValue(stage, name);
}

/** ` since 168` behind what is told of a resumed stage as its best, else nothing: what came before is another run's, and may have been better. */
export function sinceResume(stage: Pick<PlannedStage, "values"> | undefined): string {
  const from = stage === undefined ? null : resumesAt(stage);
  return from === null ? "" : ` since ${count(from)}`;
}

/** The metrics that tell where a stage is, best first: scripts differ in what they compute. */
const POSITION_METRICS = ["train/loss", "train/loss_raw", "train/dt", "rl/reward"];

/** The newest step that is known, or null before the first. */
export function position({ data, stage }: Pick<RunFacts, "data" | "stage">): Latest | null {
  return POSITION_METRICS.reduce<Latest | null>((newest, metric) => {
    const latest = data.latest(stage, metric);
    return latest !== null && (newest === null || latest.key > newest.key) ? latest : newest;
  }, null);
}

/** The metric that reaches furthest, for runs of elsewhere that have none of those above; null without any. */
export function furthest({ data, stage }: Pick<RunFacts, "data" | "stage">): { metric: string; key: number } | null {
  return data.metrics(stage).reduce<{ metric: string; key: number } | null>((best, metric) => {
    const key = data.latest(stage, metric)?.key ?? Number.NEGATIVE_INFINITY;
    // Of those that reach as far, the one that each step has: it begins where the first begins.
    return best === null || key > best.key || (key === best.key && metric === "time/wall") ? { metric, key } : best;
  }, null);
}

/** Figures that the script worked out, from all of its `config` events. */
export function derived({ data, stage }: { data: Pick<PanelData, "events">; stage: StageIndex }): DerivedConfig {
  const events = data.events({ kinds: ["config"], stage });
  const known = derivedIn.get(events) ?? (Object.assign({}, ...events.map(({ body }) => record(body["derived"]))) as DerivedConfig);
  derivedIn.set(events, known);
  return known;
}

/** Asked for several times a frame: put together once of what was read. */
const derivedIn = new WeakMap<readonly StoredEvent[], DerivedConfig>();

/** Where on the step axis a metric was best, exactly; null when it has no finite value. */
export function bestPoint(data: PanelData, stage: StageIndex, metric: string, better: "lower" | "higher"): Latest | null {
  let window: { from?: number; to?: number } = {};
  // Each round looks into the one column that holds the best value, so a few rounds single out a step among millions.
  for (let round = 0; round < 8; round++) {
    const columns = data.query({ stage, metric, axis: "step", ...window, columns: 512 });
    const best = bestColumn(columns, better);
    if (best < 0) return null;
    const from = columns.edges[best]!;
    const to = columns.edges[best + 1]!;
    const value = (better === "lower" ? columns.min : columns.max)[best]!;
    if (columns.count[best] === 1) {
      const key =
        Math.floor(to) > from && to - from <= 1
          ? Math.ceil(from)
          : data.query({ stage, metric, axis: "step", from, to, columns: 1, lastKey: true }).total.lastKey;
      return { key, at: null, value };
    }
    if (to - from <= 1) return { key: Math.ceil(from), at: null, value };
    window = { from, to };
  }
  return null;
}

function bestColumn({ count, min, max }: SeriesColumns, better: "lower" | "higher"): number {
  let best = -1;
  for (let i = 0; i < count.length; i++) {
    if (count[i] === 0) continue;
    if (best < 0 || (better === "lower" ? min[i]! < min[best]! : max[i]! > max[best]!)) best = i;
  }
  return best;
}

/** The tag of notes that tell what a W&B run's summary holds besides metrics. */
export const SUMMARY_TAG = "wandb-summary";

/** What such notes tell by name, the newest of each. */
export const summaryOf = (notes: readonly StoredEvent[]): Record<string, unknown> =>
  Object.assign({}, ...notes.filter(({ body }) => body["tag"] === SUMMARY_TAG).map(({ body }) => record(body["fields"])));

/** A field of an event's body as text, or null when it is no text. */
export const textField = (body: Record<string, unknown>, field: string): string | null => {
  const value = body[field];
  return typeof value === "string" ? value : null;
};

/** A field of an event's body as a number, or null when it is none. */
export const numberField = (body: Record<string, unknown>, field: string): number | null => {
  const value = body[field];
  return typeof value === "number" ? value : null;
};

export const record = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
