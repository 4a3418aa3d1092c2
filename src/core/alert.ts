/** An alert: something about a run that a person should know of, with why it is said and what can be done. */
import type { JournalEvent, StageIndex } from "./journal.ts";

export type AlertSeverity = "warn" | "bad";

/** Built-in watches (src/watches/table.ts), and `threshold`: a limit that the user has set (alerts.yaml). */
export type WatchId =
  | "non-finite"
  | "spike"
  | "divergence"
  | "validation"
  | "plateau"
  | "throughput"
  | "stalled"
  | "gpu-idle"
  | "gpu-memory"
  | "gpu-temperature"
  | "disk"
  | "save-failed"
  | "log-errors"
  | "failed"
  | "threshold";

/** What one can do about it, by the id of the action: ask for a save, a stop, a patch, or look at that moment. */
export type AlertActionId = "save" | "stop" | "patch" | "open-at";

/** JSON has no NaN and no infinity: they are said by name, as in the bridge protocol. */
export type Figure = number | "NaN" | "Infinity" | "-Infinity";

/** One number that an alert rests on, and what it was compared with. */
export interface Evidence {
  /** Id of the metric (core/metrics.ts), or a name of the watch's own: `silence`. */
  metric: string;
  value: Figure;
  /** What `against` is: `median of the 64 steps before`. */
  compared: string;
  against: Figure | null;
}

/** What tells them apart without a colour, on screens and in texts: as of all that is a warning, and all that is bad. */
export const SEVERITY_SIGNS: Readonly<Record<AlertSeverity, string>> = { warn: "▲", bad: "✕" };

export interface Alert {
  /** Watch and scope: `spike`, `gpu-idle/3`. At most one alert of a key is open at a time. */
  key: string;
  watch: WatchId;
  severity: AlertSeverity;
  /** The stage that ran. */
  stage: StageIndex;
  /** The step that it is about, null before the first. */
  step: number | null;
  /** Epoch milliseconds. */
  at: number;
  /** What has happened, a sentence. */
  cause: string;
  evidence: Evidence[];
  actions: AlertActionId[];
}

/**
 * Body of an `alert` event. `raised` carries the alert; a second `raised` of an open key makes it worse, never repeats it.
 * `cleared` says why; `acknowledged` who has seen it: from then on it is open and counted no more.
 */
export type AlertBody =
  | ({ phase: "raised" } & Pick<Alert, "key" | "watch" | "severity" | "cause" | "evidence" | "actions">)
  | { phase: "cleared"; key: string; why: string }
  | { phase: "acknowledged"; key: string; from: string };

/** An alert as the journal tells it by now. Times are epoch milliseconds. */
export interface AlertStatus extends Alert {
  clearedAt: number | null;
  /** The step that was reached when it was over; null while it is open, and where there was none. */
  clearedStep: number | null;
  /** Why it is over, a sentence; null while it is open. */
  clearedWhy: string | null;
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
  /** Somebody knew of it before it became worse: therefore it counts as open again. */
  worsened: boolean;
  /** How often it had come again by then, each time soon after it was told of: nobody is called for it. */
  again: number;
}

/** For so long after it was told an alert that comes again is no news: a value goes up and down around its limit. */
const REPEAT_MS = 10 * 60_000;

/** Which alerts only come again. One that is worse than what was told is news. */
export class Repeats {
  readonly #told = new Map<string, { at: number; severity: AlertSeverity; times: number }>();

  /** How often it has come again since it was told; 0 = it is to be told, and counts as told from now on. */
  times({ key, stage, at, severity }: Pick<Alert, "key" | "stage" | "at" | "severity">): number {
    const told = this.#told.get(`${stage} ${key}`);
    const isRepeat = told !== undefined && at - told.at < REPEAT_MS && !(severity === "bad" && told.severity === "warn");
    if (isRepeat) return ++told.times;
    this.#told.set(`${stage} ${key}`, { at, severity, times: 0 });
    return 0;
  }

  /** It could not be told: when it comes again it is news. */
  forget({ key, stage }: Pick<Alert, "key" | "stage">): void {
    this.#told.delete(`${stage} ${key}`);
  }
}

export const isOpen = ({ clearedAt }: AlertStatus): boolean => clearedAt === null;
/** Open, and nobody has said yet that they know. */
export const isPressing = (alert: AlertStatus): boolean => isOpen(alert) && alert.acknowledgedAt === null;

/** How many alerts of a run are open, for lists of runs. */
export interface OpenAlerts {
  open: number;
  /** Those of them that somebody knows of. */
  acknowledged: number;
  /** Those that are bad and nobody knows of. */
  bad: number;
}

/** Of those that nobody has said they know of, how many there are of each severity that has any, the worse first. */
export const pressingOf = ({ open, acknowledged, bad }: OpenAlerts): Array<readonly [severity: AlertSeverity, many: number]> =>
  [["bad", bad] as const, ["warn", open - acknowledged - bad] as const].filter(([, many]) => many > 0);

/** Why what was said of a stage is over when nothing but the stage is: a sentence. */
export const stageHasEnded = (stage: string): string => `${stage} has ended`;

/** The same of one that is lost. */
export const stageWasLost = (stage: string, why: string): string => `${stage} was lost: ${why}`;

/** Whether what was said is over because its stage is, and for no better reason. */
export const isOverWithStage = (why: string | null, stage: string): boolean =>
  why === stageHasEnded(stage) || why?.startsWith(stageWasLost(stage, "")) === true;

export const figureOf = (value: number): Figure => (Number.isFinite(value) ? value : (String(value) as Figure));

/** Tag of the `note` that tells that a broken alerts.yaml was mended, in `what`. */
export const FILE_IS_WELL = "alerts-file";

/** Tag of the `note` that tells, in `what`, that a limit (`name`) is on a `metric` that nothing logs. */
export const IDLE_LIMIT = "idle-limit";

/** Tag of the `note` that tells, in `fields`, what became of telling an alert outside (src/supervisor/delivery.ts). */
export const DELIVERY = "alert-delivery";

export type DeliveryWay = "command" | "webhook";
export interface DeliveryNote {
  key: string;
  /** When the alert that it is of was raised, epoch milliseconds: its key may come again. Not in journals from before that was kept. */
  raisedAt?: number;
  way: DeliveryWay | null;
  outcome: "sent" | "failed" | "held";
  /** On failed: why, a sentence; on held what it waits for (null in journals from before that was kept). */
  why: string | null;
}

/** What became of telling each alert. A note that does not say which it is of goes to the newest of its key that there was then. */
export function deliveriesOf(alerts: readonly AlertStatus[], events: readonly JournalEvent[]): Map<AlertStatus, DeliveryNote[]> {
  const told = new Map(alerts.map((alert): [AlertStatus, DeliveryNote[]] => [alert, []]));
  for (const { kind, at, body } of events) {
    if (kind !== "note" || body["tag"] !== DELIVERY) continue;
    const note = body["fields"] as DeliveryNote;
    const since = note.raisedAt ?? at;
    const of = alerts.findLast((alert) => alert.key === note.key && alert.at <= since);
    if (of !== undefined) told.get(of)?.push(note);
  }
  return told;
}

/** Of such a note why an alert was told to nobody outside, a sentence; null where it was, and of any other event. */
export function undeliveredIn({ kind, body }: Pick<JournalEvent, "kind" | "body">): string | null {
  if (kind !== "note" || body["tag"] !== DELIVERY) return null;
  const { outcome, way, why } = (body["fields"] ?? {}) as Partial<Record<"outcome" | "way" | "why", string | null>>;
  return outcome === "failed" ? `An alert was not told${way == null ? "" : ` by the ${way}`}: ${why ?? "it is not known why."}` : null;
}

/** What a note on an idle limit tells; null of any other event. */
export const idleLimitIn = ({ kind, body }: Pick<JournalEvent, "kind" | "body">): string | null =>
  kind === "note" && body["tag"] === IDLE_LIMIT ? String(body["what"]) : null;

/** The event that keeps it. */
export const alertEvent = (body: AlertBody, { stage, at, step }: Pick<JournalEvent, "stage" | "at" | "step">): JournalEvent => ({
  stage,
  at,
  step,
  kind: "alert",
  body: { ...body },
});

/** What an `alert` event tells. */
export const alertBodyOf = ({ body }: Pick<JournalEvent, "body">): AlertBody => body as unknown as AlertBody; // alertEvent alone writes it

/** Every alert that `alert` events tell of, in the order in which they were raised. Other events are passed over. */
export function alertsOf(events: readonly JournalEvent[]): AlertStatus[] {
  const all: AlertStatus[] = [];
  const open = new Map<string, AlertStatus>();
  const repeats = new Repeats();
  for (const { kind, stage, step, at, body } of events) {
    if (kind !== "alert") continue;
    const told = alertBodyOf({ body });
    const before = open.get(told.key);
    if (told.phase === "raised") {
      const { phase: _, ...alert } = told;
      const again = repeats.times({ ...alert, stage, at });
      if (before !== undefined) {
        // It has become worse: whoever knew of the lesser one does not know of this.
        const worsened = before.worsened || before.acknowledgedAt !== null;
        Object.assign(before, alert, { acknowledgedAt: null, acknowledgedBy: null, worsened, again });
        continue;
      }
      const unseen = {
        clearedAt: null,
        clearedStep: null,
        clearedWhy: null,
        acknowledgedAt: null,
        acknowledgedBy: null,
        worsened: false,
        again,
      };
      const status = { ...alert, stage, step, at, ...unseen };
      all.push(status);
      open.set(status.key, status);
    } else if (before !== undefined && told.phase === "acknowledged") {
      before.acknowledgedAt = at;
      before.acknowledgedBy = told.from;
    } else if (before !== undefined && told.phase === "cleared") {
      before.clearedAt = at;
      before.clearedStep = step;
      before.clearedWhy = told.why;
      open.delete(told.key);
    }
  }
  return all;
}
