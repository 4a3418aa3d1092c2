/**
 * A run shown again as it went: the same journal, as it was at a moment of the past that moves on with a clock of its own.
 * It reads, and nothing else.
 */
import { fail, ok, type Result } from "../core/result.ts";
import {
  type Liveness,
  type Progress,
  type RunAbout,
  type RunEnvironment,
  type RunState,
  type StageState,
  stepsDone,
  TERMINAL_STATUSES,
} from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { count } from "../lib/format.ts";
import { runPaths } from "../lib/run-dir.ts";
import { currentStage, derived, type PictureOf, type PictureRead, position, type RunFacts } from "../panels/data.ts";
import { type RunChanges, RunView } from "./run-view.ts";

export const SLOWEST = 1;
export const FASTEST = 1000;

/** The clock of a replay; times are epoch milliseconds of the run. */
export interface Replay {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** How many seconds of the run pass in one. */
  readonly speed: number;
  readonly paused: boolean;
  /** The newest step that has come at this moment, as the script counts them: from 0. Null before the first of a stage. */
  readonly step: number | null;
  /** Whether the run that is shown again still goes on by itself. */
  readonly goesOn: boolean;
  setSpeed(speed: number): void;
  setPaused(paused: boolean): void;
  /** Goes to a moment; one outside of the run is its beginning or end. */
  seek(at: number): void;
  /** When a stage had come to a step, or null when it never has. */
  timeOf(stage: number, step: number): number | null;
  /** The first and the last step that a stage made, whether they have come at this moment or not; null when it has none. */
  stepsOf(stage: number): { from: number; to: number } | null;
}

export interface ReplayOptions {
  /** Absent: so that all of the run takes about a minute. */
  speed?: number;
  /** Milliseconds of a clock that never goes back; tests have their own. */
  clock?: () => number;
}

/** All of a run is shown in so long, when nobody says how fast. */
const USUAL_MS = 60_000;
/** A step that has no time of its own is taken for the next one that has, if it is no further. */
const STEPS_AHEAD = 1000;

export class ReplayView implements Replay {
  readonly id: string;
  readonly plan: RunView["plan"];
  readonly replay: Replay = this;
  readonly #clock: () => number;
  #speed = SLOWEST;
  #paused = false;
  /** Where it was at a tick of the clock, and that tick. */
  #base: number;
  #since: number;
  #from = 0;
  #to = 0;
  #shownStatus = "";
  /** The training stood still at a pause that somebody had asked for. */
  #wasHeld = false;

  private constructor(
    /** The run as it is, which knows when everything was. */
    private readonly whole: RunView,
    /** Its journal as it was. */
    readonly reader: JournalReader,
    { speed, clock = () => performance.now() }: ReplayOptions,
  ) {
    this.id = whole.id;
    this.plan = whole.plan;
    this.#clock = clock;
    this.#measure();
    this.#speed = clamped(speed ?? usualSpeed(this.#to - this.#from), SLOWEST, FASTEST);
    this.#base = this.#from;
    this.#since = clock();
  }

  /** Fails as opening a run does, and when nothing in its journal has a time. */
  static open(runDir: string, options: ReplayOptions = {}): Result<ReplayView> {
    const whole = RunView.open(runDir);
    if (!whole.ok) return whole;
    whole.value.refresh();
    const reader = JournalReader.open(runPaths(runDir).journal);
    if (!reader.ok) return reader;
    const view = new ReplayView(whole.value, reader.value, options);
    if (view.to > view.from) {
      view.refresh();
      return ok(view);
    }
    view.close();
    return fail("refused", `${whole.value.id} cannot be replayed`, {
      why: "nothing that was recorded of it has a time",
      remedy: "Look at it as it is: a log that was imported tells no times",
    });
  }

  // --- the clock

  get at(): number {
    const passed = this.#paused ? 0 : (this.#clock() - this.#since) * this.#speed;
    return clamped(this.#base + passed, this.#from, this.#to);
  }

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  get speed(): number {
    return this.#speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get step(): number | null {
    return this.state().progress?.step ?? null;
  }

  get goesOn(): boolean {
    return this.whole.liveness() !== "ended";
  }

  setSpeed(speed: number): void {
    this.seek(this.at);
    this.#speed = clamped(speed, SLOWEST, FASTEST);
  }

  setPaused(paused: boolean): void {
    this.seek(this.at);
    this.#paused = paused;
  }

  seek(at: number): void {
    this.#base = clamped(at, this.#from, this.#to);
    this.#since = this.#clock();
  }

  timeOf(stage: number, step: number): number | null {
    return this.whole.reader.points(stage, "time/wall", step, step + STEPS_AHEAD).values[0] ?? null;
  }

  stepsOf(stage: number): { from: number; to: number } | null {
    const { reader } = this.whole;
    const extent = reader.extent(stage, "step");
    // The evaluation at the end bears the number of a step that is never made.
    const last = position({ data: reader, stage });
    return extent === null ? null : { from: extent.from, to: last?.key ?? extent.to };
  }

  // --- the run at that moment

  state(): RunState {
    const now = this.#stateThen();
    return { ...now, progress: this.#progress(now) };
  }

  #stateThen(): RunState {
    const then = stateAt(this.whole.state(), this.at);
    return then.status === "running" && this.#wasHeld ? { ...then, status: "paused" } : then;
  }

  /** As it was: looked after until it ended. */
  liveness(): Liveness {
    return TERMINAL_STATUSES.has(stateAt(this.whole.state(), this.at).status) ? "ended" : "owned";
  }

  about(): RunAbout {
    return this.whole.about();
  }

  environment(): RunEnvironment {
    return this.whole.environment();
  }

  picture(of: PictureOf): PictureRead {
    return this.whole.picture(of);
  }

  refresh(): RunChanges {
    const whole = this.whole.refresh();
    if (whole.points || whole.events || whole.state) this.#measure();
    const read = this.reader.refresh();
    const { at } = this;
    const stages = this.whole.state().stages;
    const shown = this.reader.showUntil({
      at,
      keyOf: (stage) => (stage > 0 && isBefore(at, stages[stage - 1]?.startedAt ?? null) ? -1 : this.whole.reader.keyUntil(stage, at)),
    });
    // A refresh shows what it has read without a limit until it is told of one: what came with it is told as new.
    const points = shown.points || (read.points && at >= this.#to);
    const phase = this.reader.events({ kinds: ["phase"], limit: 1 }).at(-1)?.body;
    this.#wasHeld = phase?.["name"] === "pause" && phase["state"] === "begin";
    const status = stamp(this.#stateThen());
    const state = points || status !== this.#shownStatus || whole.state;
    this.#shownStatus = status;
    // A picture that was being read is there now.
    return { points, events: shown.events || whole.events, log: shown.log, state };
  }

  /** A replay's run is seldom written still: there is little to read at once. */
  refreshWithin(): RunChanges {
    return this.refresh();
  }

  close(): void {
    this.whole.close();
    this.reader.close();
  }

  /** From the first sign of the run to the last. */
  #measure(): void {
    const { createdAt, startedAt, endedAt } = this.whole.state();
    const { reader } = this.whole;
    const spans = reader.stages().flatMap((stage) => {
      const extent = reader.extent(stage, "wall");
      return extent === null ? [] : [extent];
    });
    const events = [...reader.events({ afterSeq: 0, limit: 1 }), ...reader.events({ limit: 1 })].map(({ at }) => at);
    const times = [startedAt, endedAt].flatMap((time) => (time === null ? [] : [Date.parse(time)]));
    const all = [...spans.flatMap(({ from, to }) => [from, to]), ...(spans.length > 0 ? events : []), ...times].filter(Number.isFinite);
    this.#from = all.reduce((a, b) => Math.min(a, b), all[0] ?? Date.parse(createdAt));
    this.#to = all.reduce((a, b) => Math.max(a, b), this.#from);
  }

  #progress(state: RunState): Progress | null {
    const stage = currentStage(state);
    const facts: RunFacts = { state, liveness: "owned", plan: this.plan, data: this.reader, stage, now: this.at };
    const at = position(facts);
    if (at === null) return null;
    const { totalSteps = null, countsFrom } = derived(facts);
    const value = (metric: string): number | null => this.reader.latest(stage, metric)?.value ?? null;
    const dt = state.status === "paused" ? null : value("train/dt");
    return {
      stage,
      step: at.key,
      totalSteps,
      loss: value("train/loss"),
      valBpb: value("val/bpb"),
      tokensPerSecond: value("train/tok_per_sec"),
      etaSeconds: totalSteps === null || dt === null ? null : (totalSteps - stepsDone({ step: at.key, totalSteps, countsFrom })) * dt,
      ...(countsFrom !== undefined && { countsFrom }),
    };
  }
}

/** Opens a replay that begins at a step: of the first stage that has come so far. */
export function openReplay(runDir: string, { speed, step }: { speed?: number | undefined; step?: number | undefined }): Result<ReplayView> {
  const opened = ReplayView.open(runDir, { ...(speed === undefined ? {} : { speed }) });
  if (!opened.ok || step === undefined) return opened;
  const view = opened.value;
  const at = view.plan.stages.map((_, i) => view.timeOf(i + 1, step)).find((time) => time !== null);
  if (at !== undefined && at !== null) {
    view.seek(at);
    view.refresh();
    return opened;
  }
  view.close();
  return fail("not-found", `${view.id} never came to step ${count(step)}`, { remedy: "Leave --from out to begin at its beginning" });
}

/** In two figures: a speed is read, and compared. */
const usualSpeed = (milliseconds: number): number => Number((milliseconds / USUAL_MS).toPrecision(2));

const clamped = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** Whether a time had not come yet, or never came. */
const isBefore = (at: number, time: string | null): boolean => time !== null && at < Date.parse(time);

const stamp = ({ status, stages }: RunState): string => `${status} ${stages.map((stage) => stage.status)}`;

/** The record as it was: what came later is taken out of it. */
export function stateAt(state: RunState, at: number): RunState {
  const had = (time: string | null): boolean => time !== null && Date.parse(time) <= at;
  const stages = state.stages.map((stage): StageState => {
    if (stage.startedAt !== null && !had(stage.startedAt)) return { ...stage, ...NOT_YET };
    if (stage.endedAt !== null && had(stage.endedAt)) return stage;
    return stage.startedAt === null ? stage : { ...stage, status: "running", endedAt: null, exitCode: null, signal: null, reason: null };
  });
  if (state.endedAt !== null && had(state.endedAt)) return { ...state, stages };
  const status = state.startedAt !== null && !had(state.startedAt) ? "starting" : "running";
  return { ...state, status, stages, startedAt: had(state.startedAt) ? state.startedAt : null, endedAt: null, reason: null };
}

const NOT_YET = { status: "pending", startedAt: null, endedAt: null, exitCode: null, signal: null, reason: null } as const;
