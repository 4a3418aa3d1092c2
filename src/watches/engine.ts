/** All watches of one stage: lets them hear what happens, and turns what they say into `alert` events. */
import { type Alert, type AlertBody, alertEvent, alertsOf, type Evidence, isOpen } from "../core/alert.ts";
import type { JournalEvent, LogLine } from "../core/journal.ts";
import type { RequestStatus } from "../core/run.ts";
import { changesText, counted } from "../lib/format.ts";
import type { Finding, Point, Say, Watch, WatchedStage } from "./contract.ts";
import { Doing } from "./doing.ts";
import { optionsOf, type WatchSettings } from "./settings.ts";
import { WATCHES } from "./table.ts";
import { ThresholdWatch } from "./thresholds.ts";

/** What can be heard, as data: of a journal or a capture. */
export type Heard =
  | ({ kind: "points"; stage: number } & Point)
  | { kind: "event"; event: JournalEvent }
  | { kind: "line"; line: LogLine }
  | { kind: "tick"; at: number };

const OUTLIVING: ReadonlySet<string> = new Set(WATCHES.flatMap(({ id, outlives }) => (outlives === true ? [id] : [])));

/** What a patch can have brought about, and for how many steps after it that is said. */
const OF_THE_LOSS: ReadonlySet<string> = new Set(["non-finite", "spike", "divergence", "validation", "plateau"]);
const PATCHED_STEPS = 300;
/** A sentence has no room for more. */
const MOST_PATCHES = 3;

/** What an event tells of a patch: only one that was applied has changes. */
function patchOf({ kind, step, body }: JournalEvent): { step: number; changes: string } | null {
  const { changes, phase } = body as Partial<Pick<RequestStatus, "changes" | "phase">>;
  if (kind !== "request" || phase !== "applied" || step === null || !Array.isArray(changes)) return null;
  return { step, changes: changesText(changes) };
}

export class WatchEngine {
  readonly #doing: Doing;
  readonly #watches: Watch[];
  /** Ids of the built-in ones that are on. */
  readonly #builtIn = new Set<string>();
  readonly #thresholds: ThresholdWatch[];
  /** Alerts that are open, with how bad they are and what they are of. */
  #open = new Map<string, Pick<Alert, "severity" | "evidence">>();
  #at = 0;
  /** Of the points that are being heard: an evaluation comes before the step of its number. */
  #pointsAt: number | null = null;
  /** The newest patch that was applied. */
  /** The newest last. */
  #patches: Array<{ step: number; changes: string }> = [];
  #isRecalling = false;

  /** `tell` gets the events, in the middle of the call that they come of. */
  constructor(
    readonly stage: WatchedStage,
    settings: WatchSettings,
    private readonly tell: (event: JournalEvent) => void,
  ) {
    this.#doing = new Doing(stage.bridged);
    const builtIn = WATCHES.flatMap((definition) => {
      const options = optionsOf(settings, definition.id);
      if (options === null || definition.applies?.(stage) === false) return [];
      this.#builtIn.add(definition.id);
      return definition.begin(options, this.#say(definition.id), this.#doing, stage);
    });
    this.#thresholds = settings.thresholds.map((rule) => new ThresholdWatch(rule, this.#say("threshold")));
    this.#watches = [...builtIn, ...this.#thresholds];
  }

  /** How many steps were heard of, also those of an earlier owner. */
  get steps(): number {
    return this.#doing.steps;
  }

  points(stage: number, key: number, at: number, values: Readonly<Record<string, number>>): void {
    if (stage !== 0 && stage !== this.stage.stage) return;
    this.#at = at;
    const point = { key, at, values };
    if (stage === 0) for (const watch of this.#watches) watch.host?.(point);
    else {
      this.#doing.points(point);
      this.#pointsAt = key;
      for (const watch of this.#watches) watch.step?.(point);
      this.#pointsAt = null;
    }
  }

  event(event: JournalEvent): void {
    if (event.stage !== this.stage.stage) return;
    this.#at = event.at;
    this.#doing.event(event);
    const patch = patchOf(event);
    if (patch !== null) this.#patches = [...this.#patches, patch].slice(-MOST_PATCHES);
    for (const watch of this.#watches) watch.event?.(event);
  }

  log(line: LogLine): void {
    if (line.stage !== this.stage.stage || line.stream === "supervisor") return;
    this.#at = line.at;
    this.#doing.line(line);
    for (const watch of this.#watches) watch.line?.(line);
  }

  /** Only when everything that has been written was heard: silence is judged by it. */
  tick(nowMs: number): void {
    this.#at = nowMs;
    for (const watch of this.#watches) watch.tick?.(nowMs);
  }

  /** Says that somebody knows of an open alert; returns why not, a sentence, or null. */
  acknowledge(key: string, from: string, nowMs: number): string | null {
    if (!this.#open.has(key)) return `No alert ${key} is open.`;
    this.#at = nowMs;
    this.#emit({ phase: "acknowledged", key, from });
    return null;
  }

  /** The stage is over: so is what was said of it, but for what is said of its end. */
  close(nowMs: number, why: string): void {
    this.#at = nowMs;
    for (const watch of this.#watches) watch.finish?.();
    for (const key of [...this.#open.keys()]) if (!OUTLIVING.has(key)) this.#clear(key, why);
  }

  /**
   * Lets the watches hear again what an earlier owner has committed, without a word of theirs being passed on; what was
   * said and is open stands in `told`.
   */
  recall(heard: Iterable<Heard>, told: readonly JournalEvent[]): void {
    this.#isRecalling = true;
    for (const one of heard) hear(this, one);
    this.#isRecalling = false;
    const open = alertsOf(told).filter((alert) => alert.stage === this.stage.stage && isOpen(alert));
    this.#open = new Map(open.map((alert) => [alert.key, alert]));
  }

  /** What was said by a watch that is off by now, or of a limit that is gone, is over: nothing would ever say that it is. */
  clearUnwatched(nowMs: number): void {
    this.#at = nowMs;
    for (const [key, { evidence }] of [...this.#open])
      if (!this.#isWatched(key, evidence)) this.#clear(key, "It is not watched for any more, or not like that");
  }

  #isWatched(key: string, [of]: readonly Evidence[]): boolean {
    const [watch = "", ...scope] = key.split("/");
    if (watch !== "threshold") return this.#builtIn.has(watch);
    return this.#thresholds.some((one) => one.covers(scope.join("/"), of));
  }

  #say(watch: string): Say {
    const keyOf = (scope: string): string => (scope === "" ? watch : `${watch}/${scope}`);
    return {
      raise: (scope, finding) => this.#raise(keyOf(scope), watch, finding),
      clear: (scope, why) => this.#clear(keyOf(scope), why),
      isOpen: (scope) => this.#open.has(keyOf(scope)),
    };
  }

  #raise(key: string, watch: string, finding: Finding): void {
    const before = this.#open.get(key);
    if (before?.severity === "bad" || before?.severity === finding.severity) return;
    this.#open.set(key, finding);
    this.#emit({
      phase: "raised",
      key,
      watch: watch as Extract<AlertBody, { phase: "raised" }>["watch"],
      ...this.#withPatch(watch, finding),
    });
  }

  /** A loss that goes wrong soon after a patch may do so because of it, and also when that has been taken back since. */
  #withPatch(watch: string, finding: Finding): Finding {
    const { step } = this.#doing;
    const recent = this.#patches.filter((patch) => step !== null && step >= patch.step && step - patch.step <= PATCHED_STEPS);
    if (step === null || !OF_THE_LOSS.has(watch) || recent.length === 0) return finding;
    const told = recent.map((patch) => `${counted(step - patch.step, "step")} before: ${patch.changes}`);
    return { ...finding, cause: `${finding.cause} Patched ${told.join("; ")}.` };
  }

  #clear(key: string, why: string): void {
    if (this.#open.delete(key)) this.#emit({ phase: "cleared", key, why });
  }

  #emit(body: AlertBody): void {
    if (this.#isRecalling) return;
    const { step } = this.#doing;
    const reached = this.#pointsAt === null ? step : Math.max(this.#pointsAt, step ?? 0);
    this.tell(alertEvent(body, { stage: this.stage.stage, at: this.#at, step: reached }));
  }
}

/** Lets an engine hear one thing. */
export function hear(engine: WatchEngine, heard: Heard): void {
  if (heard.kind === "points") engine.points(heard.stage, heard.key, heard.at, heard.values);
  else if (heard.kind === "event") engine.event(heard.event);
  else if (heard.kind === "line") engine.log(heard.line);
  else engine.tick(heard.at);
}
