/** What happened and what was asked for, newest at the bottom: alerts, requests, patches, evaluations, saves, stages, problems. */
import { type AlertStatus, idleLimitIn, undeliveredIn } from "../core/alert.ts";
import type { EventKind, StoredEvent } from "../core/journal.ts";
import type { OptionValues } from "../core/panel.ts";
import type { RequestStatus } from "../core/run.ts";
import type { Line, Scene, Span, Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { bytes, changesText, clock, count, duration, setting } from "../lib/format.ts";
import { alertLook, alertsIn, overText } from "./alerts.ts";
import { chosenStage, numberField, type RunFacts, stageTitle, textField } from "./data.ts";
import { evaluationText, isEvaluation } from "./evaluation-text.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { momentOf } from "./moment.ts";
import { scrollTo } from "./scrolling.ts";

const GROUPS = ["alerts", "requests", "patches", "evaluations", "checkpoints", "stages", "problems", "phases"] as const;
type Group = (typeof GROUPS)[number];

const OPTIONS = {
  kinds: {
    type: "choices",
    choices: GROUPS,
    default: GROUPS.filter((group) => group !== "phases"),
    title: "Kinds",
    help: "What is listed; phases are compiling, sampling and the like",
  },
  stage: { type: "flag", default: false, title: "This stage", help: "Only what belongs to the stage that is looked at" },
  jump: { type: "flag", default: true, title: "Jump", help: "Goes to the moment where the charts' cursor stands" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const REQUEST_TITLES: Readonly<Record<RequestStatus["kind"], string>> = {
  save: "save now",
  stop: "stop and save",
  "stop-now": "stop without saving",
  evaluate: "evaluate now",
  sample: "sample now",
  pause: "pause",
  resume: "go on",
  patch: "patch",
  acknowledge: "acknowledge",
};

export const requestTitle = (kind: RequestStatus["kind"]): string => REQUEST_TITLES[kind] ?? "a request";

const PHASE_LOOK: Readonly<Record<RequestStatus["phase"], readonly [glyph: string, tone: Tone]>> = {
  requested: ["◐", "info"],
  seen: ["◐", "info"],
  applied: ["◐", "info"],
  done: ["○", "good"],
  refused: ["✕", "bad"],
};

/** A patch that has been applied: as on the charts. */
const PATCHED: (typeof PHASE_LOOK)["done"] = ["✎", "info"];

/** What a patch changes: `eval_every 100 → 50`, or before it is applied `eval_every → 50`. */
export function patchText({ values = {}, changes }: Pick<RequestStatus, "values" | "changes">): string {
  if (changes !== undefined) return changesText(changes);
  return Object.entries(values)
    .map(([name, to]) => `${name} → ${setting(to)}`)
    .join(", ");
}

/** When the trainer came to stand still, in epoch milliseconds; null of what is no pause, or none yet. */
const pausedAt = ({ kind, appliedAt }: RequestStatus): number | null =>
  kind === "pause" && appliedAt !== undefined ? Date.parse(appliedAt) : null;

/**
 * `save now · seen at step 812`, `patch eval_every 100 → 50 · done at step 9`, `save now · refused: why`,
 * `pause · done at step 413 · 20s from 21:52:16`
 */
export function requestText(request: RequestStatus): string {
  const began = pausedAt(request);
  if (began === null) return outcomeText(request);
  return `${outcomeText(request)}${request.phase === "done" ? " from" : " · since"} ${clock(began, true)}`;
}

/** The same without the time of day, for where that stands beside it. */
function outcomeText(request: RequestStatus): string {
  const { kind, phase, step, reason } = request;
  const at = step === null ? "" : ` at step ${count(step)}`;
  const more = phase === "refused" ? `: ${reason ?? "no reason was given"}` : phase === "done" ? extentText(request) : "";
  const what = [requestTitle(kind), request.key ?? "", patchText(request)].filter((part) => part !== "").join(" ");
  return `${what} · ${phase}${phase === "refused" ? "" : at}${more}`;
}

/** How large a checkpoint became, how long a pause lasted: ` · 2.00 KiB`, ` · 20s` */
function extentText(request: RequestStatus): string {
  const began = pausedAt(request);
  if (began !== null) return ` · ${duration((Date.parse(request.at) - began) / 1000)}`;
  return request.bytes === null ? "" : ` · ${bytes(request.bytes)}`;
}

/** Something that is listed. */
interface Entry {
  /** Epoch milliseconds. */
  at: number;
  glyph: string;
  tone: Tone;
  text: string;
}

const MOST = 200;
/** Longer than any row; what a script says of itself may be a megabyte. */
const MOST_CHARACTERS = 2000;

/** Of each group, what of the journal it comes from. Requests and alerts are told as they stand now, not by each event. */
const SOURCES: Readonly<Record<Group, readonly EventKind[]>> = {
  alerts: [],
  requests: [],
  patches: [],
  evaluations: ["phase"],
  checkpoints: ["checkpoint"],
  stages: ["stage", "rewind"],
  problems: ["problem", "gap"],
  phases: ["phase"],
};

const placeOf = ({ stage, step }: { stage?: number; step: number | null }): string => `${stage} ${step}`;

/** In the order of time. */
function entriesOf({ facts, options }: Input): Entry[] {
  const { data } = facts;
  const stage = options.stage ? facts.stage : chosenStage(facts);
  const only = stage === undefined ? {} : { stage };
  const has = (group: Group): boolean => options.kinds.includes(group);
  const kinds = [...new Set(options.kinds.flatMap((group) => SOURCES[group]))];
  const happened = kinds.length === 0 ? [] : data.events({ kinds, ...only, limit: MOST });
  const ours = ({ stage: of }: { stage?: number }): boolean => stage === undefined || of === stage;
  const saved = new Set(happened.filter(({ kind }) => kind === "checkpoint").map(placeOf));
  const asked = data
    .requests()
    .filter((request) => ours(request) && has(request.kind === "patch" ? "patches" : "requests"))
    // A save that was made is told by its checkpoint.
    .filter((request) => !(request.kind === "save" && request.phase === "done" && saved.has(placeOf(request))));
  const alerts = has("alerts") ? alertsIn(data).filter(ours) : [];
  const notices = has("alerts") ? data.events({ kinds: ["note"], ...only }) : [];
  return [
    ...happened.flatMap((event) => eventEntry(event, facts, has) ?? []),
    ...asked.slice(-MOST).map(requestEntry),
    ...alerts.slice(-MOST).map(alertEntry),
    ...notices.flatMap(noticeEntry).slice(-MOST),
  ]
    .sort((a, b) => a.at - b.at)
    .slice(-MOST);
}

function eventsPanel(input: Input): Scene {
  const { facts, size, options, view } = input;
  const entries = entriesOf(input);
  const settings = settingsOf(input);
  if (entries.length === 0) return { title: "events", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const at = options.jump ? (momentOf(facts, view.chart)?.at ?? null) : null;
  const last = at === null ? null : entries.findLastIndex((entry) => entry.at <= at);
  const first = firstShown(entries.length, size.height, view.scroll, last);
  const shown = entries.slice(first, first + Math.max(1, size.height));
  const lines = shown.map((entry, i) => entryLine(entry, last === null ? null : first + i === last));
  const below = entries.length - first - shown.length;
  return {
    title: "events",
    settings,
    note: below > 0 ? `${count(below)} later` : undefined,
    blocks: [{ block: { kind: "text", lines } }],
  };
}

/** Rows are scrolled from the end; with a cursor the row of its moment is in the middle. */
function firstShown(entries: number, rows: number, scroll: number, here: number | null): number {
  const most = Math.max(0, entries - Math.max(1, rows));
  const from = here === null ? most : Math.min(most, Math.max(0, here - Math.floor(rows / 2)));
  return Math.max(0, from - Math.min(from, Math.max(0, scroll)));
}

function settingsOf({ facts, options, view }: Input): string | undefined {
  const usual = OPTIONS.kinds.default;
  const moment = options.jump ? momentOf(facts, view.chart) : null;
  const all = usual.every((kind) => options.kinds.includes(kind)) && !options.kinds.includes("phases");
  const parts = [
    all ? "" : options.kinds.join(" "),
    options.stage || chosenStage(facts) !== undefined ? "this stage only" : "",
    moment === null ? "" : `at step ${count(moment.step)}`,
  ].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(" · ");
}

function whyEmpty({ facts, options }: Input): { why: string; remedy?: string } {
  if (options.kinds.length === 0) return { why: "No kind of event is chosen", remedy: "kinds in this panel's options" };
  if (options.kinds.length < GROUPS.length - 1)
    return { why: `No ${options.kinds.join(", ")} so far`, remedy: "kinds in this panel's options" };
  return facts.state.endedAt === null
    ? { why: "Nothing has happened yet: saves, stops and problems are listed here" }
    : { why: "Nothing was saved, asked for or went wrong" };
}

/** `here`: whether it is the newest at the cursor's moment; null without a cursor. */
const entryLine = ({ at, glyph, tone, text }: Entry, here: boolean | null): Line => [
  ...(here === null ? [] : [{ text: here ? "▸ " : "  ", tone: "accent" as const }]),
  { text: `${Number.isFinite(at) ? clock(at, true) : "--:--:--"} `, tone: "muted" } satisfies Span,
  { text: `${glyph} `, tone },
  { text: plain(text.slice(0, MOST_CHARACTERS)).replaceAll("\n", " ⏎ ") },
];

function requestEntry(request: RequestStatus): Entry {
  const [glyph, tone] = request.changes === undefined ? (PHASE_LOOK[request.phase] ?? PHASE_LOOK.seen) : PATCHED;
  const { changes, step } = request;
  const text = changes !== undefined && step !== null ? `${patchText(request)} @ ${count(step)}` : outcomeText(request);
  return { at: pausedAt(request) ?? Date.parse(request.at), glyph, tone, text };
}

/** `The loss jumped · over after 2m 00s: it came back` */
function alertEntry(alert: AlertStatus): Entry {
  const { at, severity, cause, clearedAt, acknowledgedBy } = alert;
  const told = typeof cause === "string" ? cause : "an alert without a cause";
  const over = clearedAt === null ? "" : ` · ${overText(alert)}`;
  const known = clearedAt === null && acknowledgedBy ? " · acknowledged" : "";
  const [glyph, tone] = alertLook(severity);
  return { at, glyph, tone: clearedAt === null ? tone : "muted", text: `${told}${over}${known}` };
}

/** What is worth knowing of the alerts and is none; nothing of any other note. */
function noticeEntry(event: StoredEvent): Entry[] {
  const failed = undeliveredIn(event);
  if (failed !== null) return [{ at: event.at, glyph: "✕", tone: "bad", text: failed }];
  const text = idleLimitIn(event);
  return text === null ? [] : [{ at: event.at, glyph: "·", tone: "info", text }];
}

function eventEntry(event: StoredEvent, facts: RunFacts, has: (group: Group) => boolean): Entry | null {
  const { at, body } = event;
  if (event.kind !== "phase") {
    const [glyph, tone, text] = event.kind === "stage" ? stageEvent(event, facts) : describe(event);
    return { at, glyph, tone, text };
  }
  const name = textField(body, "name") ?? "a phase";
  const evaluation = isEvaluation(name);
  if (textField(body, "state") !== "end" || !has(evaluation ? "evaluations" : "phases")) return null;
  const took = duration(numberField(body, "seconds"));
  if (!evaluation) return { at, glyph: "·", tone: "muted", text: `${name} took ${took}` };
  return { at, glyph: "▾", tone: "muted", text: `${evaluationText(facts.data, event)} in ${took}` };
}

function describe({ kind, step, body }: StoredEvent): readonly [glyph: string, tone: Tone, text: string] {
  switch (kind) {
    case "checkpoint":
      return [
        "◆",
        "accent",
        `checkpoint ${count(step)}${textField(body, "trigger") === "request" ? " as asked" : ""} · ${bytes(numberField(body, "bytes"))} in ${duration(numberField(body, "seconds"))}`,
      ];
    case "rewind":
      return ["⟳", "warn", `resumed: back from step ${count(numberField(body, "from"))} to ${count(numberField(body, "to"))}`];
    case "gap":
      return [
        "▲",
        "warn",
        `${duration(numberField(body, "seconds"))} of telemetry missing: ${textField(body, "reason") ?? "no reason is known"}`,
      ];
    default:
      return ["✕", "bad", problemText(textField(body, "what"), textField(body, "why"))];
  }
}

/** Where a path leads the sentence, the cause goes first: there may be no room for what stands behind a path. */
function problemText(what: string | null, why: string | null): string {
  const parts = what?.startsWith("/") ? [why, what] : [what, why];
  return parts.filter((part) => part !== null).join(": ") || "a source had a problem";
}

function stageEvent({ body }: StoredEvent, { state }: RunFacts): readonly [string, Tone, string] {
  const [name, status, reason] = [textField(body, "name") ?? "", textField(body, "status") ?? "", textField(body, "reason")];
  const says = (word: string): string => `${stageTitle(name)} ${word}${reason === null ? "" : `: ${reason}`}`;
  if (status === "running") {
    // Only what is running now is live.
    const live = state.stages.some((stage) => stage.name === name && stage.status === "running");
    return live ? ["●", "good", says("running")] : ["·", "muted", says("began")];
  }
  if (status === "failed" || status === "lost") return ["✕", "bad", says(status)];
  return status === "stopped" ? ["■", "warn", says(status)] : ["○", "good", says(status)];
}

export const eventsKind = definePanel({
  kind: "events",
  title: "events",
  about: "What happened and what was asked for: alerts, patches, evaluations, saves, stage changes, problems",
  options: OPTIONS,
  from: ["events", "points"],
  everyMs: 100,
  least: { width: 30, height: 5 },
  keys: ["list"],
  looks: ["chart", "scroll"],
  scene: eventsPanel,
  scroll: (input, by) => {
    const { length } = entriesOf(input);
    return { scroll: scrollTo(length, input.view.scroll, -by, input.size.height) };
  },
});
