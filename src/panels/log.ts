/** What the processes of a run print: the newest at the bottom, a place that was scrolled to, or the moment of the cursor. */
import type { StageIndex, StoredLine } from "../core/journal.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Empty, Line, Scene, Span, Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { clock, count } from "../lib/format.ts";
import { hasPattern, placesOf } from "../lib/wanted.ts";
import { chosenStage, type LogFilter, type PanelData, type RunFacts } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { withMatches } from "./matches.ts";
import { momentOf } from "./moment.ts";

const STREAMS = ["stdout", "stderr", "supervisor"] as const;

const OPTIONS = {
  level: {
    type: "choice",
    choices: ["debug", "info", "warn", "error"],
    default: "debug",
    title: "Level",
    help: "Lines of this level and worse",
  },
  streams: {
    type: "choices",
    choices: STREAMS,
    default: STREAMS,
    title: "Streams",
    help: "Whose lines: what the script prints, what it complains of, what the supervisor says",
  },
  jump: { type: "flag", default: true, title: "Jump", help: "Goes to the step where the charts' cursor stands" },
  wrap: {
    type: "flag",
    default: false,
    title: "Wrap",
    help: "Breaks long lines instead of cutting them; the action log.wrap turns it round",
  },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const TONES: Readonly<Record<StoredLine["level"], Tone>> = { debug: "muted", info: "text", warn: "warn", error: "bad" };
const WIDTH_WITH_CLOCK = 60;

/** Whether long lines are broken instead of cut: as the option says, or turned round by hand. */
const isWrapped = ({ options, view }: Input): boolean => options.wrap !== view.log.turned;

/** What of the log is shown, but for the place. */
type Wanted = Omit<LogFilter, "limit" | "beforeSeq" | "afterSeq">;

/** On a filter that finds nothing this takes 20 ms, and again with what comes. */
const MOST_TRIED = 30_000;

function wantedOf({ facts, options, view }: Input): Wanted {
  const stage: StageIndex | undefined = chosenStage(facts);
  const { filter } = view.log;
  return {
    ...(filter === "" ? {} : { filter, tries: MOST_TRIED }),
    ...(stage === undefined ? {} : { stage }),
    ...(options.level === "debug" ? {} : { minLevel: options.level }),
    ...(options.streams.length === STREAMS.length ? {} : { streams: options.streams }),
  };
}

/** Where in the log one looks: at its end, at a line, or around the line that was the newest at the cursor's moment. */
type Place = { kind: "end" } | { kind: "line"; bottom: number } | { kind: "moment"; step: number; seq: number };

function placeOf({ facts, options, view }: Input): Place {
  const { bottom } = view.log;
  if (bottom !== null) return { kind: "line", bottom };
  const moment = options.jump ? momentOf(facts, view.chart) : null;
  if (moment === null || moment.at === null) return { kind: "end" };
  const newest = facts.data.lineAt(moment.at) ?? 0;
  return { kind: "moment", step: moment.step, seq: lineOfStep(facts, moment.step, newest) ?? newest };
}

/** A script may print a line or two more before a step's own figures are told. */
const LINES_AROUND = 16;
/** Of those that were caught up on, so many are looked through: each time that the cursor moves. */
const LINES_CAUGHT_UP = 512;

/** The line near another one that says it is this step's: `step 00120/00240 …`; null when none does. */
function lineOfStep({ data, stage }: RunFacts, step: number, seq: number): number | null {
  const before = data.log({ stage, beforeSeq: seq + 1, limit: LINES_AROUND });
  const after = data.log({ stage, afterSeq: seq, limit: LINES_AROUND });
  const own = new RegExp(`^step 0*${step}(?![\\d.])`);
  const near = [...before, ...after].find(({ text }) => own.test(text));
  // What was printed while nobody read it has the time at which it was read: there the step's line lies anywhere behind.
  const [middle, last] = [after[LINES_AROUND / 2], after[LINES_AROUND - 1]];
  const isCaughtUp = near === undefined && last !== undefined && middle?.at === last.at;
  const behind = isCaughtUp ? data.log({ stage, afterSeq: last.seq, limit: LINES_CAUGHT_UP }) : [];
  return (near ?? behind.find(({ text }) => own.test(text)))?.seq ?? null;
}

function linesAt(data: PanelData, place: Place, wanted: Wanted, rows: number): readonly StoredLine[] {
  if (place.kind === "end") return data.log({ ...wanted, limit: rows });
  if (place.kind === "line") return data.log({ ...wanted, beforeSeq: place.bottom + 1, limit: rows });
  const after = data.log({ ...wanted, afterSeq: place.seq, limit: Math.floor(rows / 2) });
  return [...data.log({ ...wanted, beforeSeq: place.seq + 1, limit: Math.max(1, rows - after.length) }), ...after].slice(0, rows);
}

function logPanel(input: Input): Scene {
  const { facts, size, view } = input;
  const whole = isWrapped(input);
  const wanted = wantedOf(input);
  const place = placeOf(input);
  const lines = linesAt(facts.data, place, wanted, Math.max(1, size.height));
  const settings = settingsOf(input, wanted, place);
  if (lines.length === 0) return { title: "log", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input, wanted) } }] };
  const marked = place.kind === "moment" ? lines.findLast(({ seq }) => seq <= place.seq)?.seq : undefined;
  const { filter } = view.log;
  const { width } = size;
  const hereOf = ({ seq }: StoredLine): boolean | null => (place.kind === "moment" ? seq === marked : null);
  const roomOf = (line: StoredLine): number => roomBehind(headOf(line, { width, here: hereOf(line) }), width);
  // Wrapped, or looked through for a text, nothing gives way.
  const level = whole || filter !== "" ? 0 : levelOf(lines.map((line) => ({ text: line.text, room: roomOf(line) })));
  const shown = lines.map((line) => logLine(line, { width, filter, here: hereOf(line), level }));
  return {
    title: "log",
    settings,
    blocks: [
      {
        block: { kind: "text", lines: shown, overflow: whole ? "wrap" : "cut", anchor: place.kind === "moment" ? "top" : "bottom" },
      },
    ],
  };
}

function settingsOf(input: Input, { stage, minLevel, streams }: Wanted, place: Place): string {
  const { facts, options, view } = input;
  const { log, keyOf } = view;
  const where = {
    end: facts.liveness === "ended" ? "to its end" : "following ⏷",
    line: `scrolled · ${keyOf("log.follow")} follows`,
    moment: place.kind === "moment" ? `at step ${count(place.step)}` : "",
  };
  return [
    stage === undefined ? "" : "this stage only",
    minLevel === undefined ? "" : `${options.level} and worse`,
    streams === undefined ? "" : streams.join(" "),
    log.filter === "" ? "" : `/${plain(log.filter)}`,
    isWrapped(input) ? "wrapped" : "",
    where[place.kind],
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function whyEmpty({ facts, options, view: { log, keyOf } }: Input, { stage, minLevel, streams }: Wanted): Omit<Empty, "kind"> {
  if (log.filter !== "") return { why: noLine(facts, log.filter), remedy: `${keyOf("back")} clears the filter` };
  if (streams?.length === 0) return { why: "No stream is chosen", remedy: "streams in this panel's options" };
  if (facts.data.log({ limit: 1, ...(stage === undefined ? {} : { stage }) }).length > 0) {
    const what = [
      minLevel === undefined ? "" : `of level ${options.level} or worse`,
      streams === undefined ? "" : `of ${streams.join(", ")}`,
    ];
    return { why: `No line ${what.filter(Boolean).join(" ")}`, remedy: "level and streams are options of this panel" };
  }
  if (stage !== undefined) return { why: "This stage has printed nothing" };
  return { why: facts.liveness === "ended" ? "No output: this run has printed nothing" : "No output yet: the script has printed nothing" };
}

/** With how many were looked through, where those are not all. */
function noLine({ data, now }: RunFacts, filter: string): string {
  const of = hasPattern(filter) && (data.lineAt(now) ?? 0) > MOST_TRIED ? ` of the ${count(MOST_TRIED)} that were looked through` : "";
  return `No line${of} holds “${plain(filter)}”`;
}

/** Further than any screen is wide: of a line of a megabyte no more is looked at. */
const MOST_CHARACTERS = 8192;

/** What a step's line can do without where it has no room, first what matters least: other panels show these as well. */
const LEAST_OF_A_STEP = [/^bf16_mfu/, /^mfu/, /^epoch/, /^total time/, /^eta/, /^lrm/, /^dt/];
const SHARE = / \(\d+(?:\.\d+)?%\)/;

/** After those the share gives way, and last of all the marks in their places: that something is missing is told at the end too. */
const [WITHOUT_SHARE, WITHOUT_MARKS] = [LEAST_OF_A_STEP.length + 1, LEAST_OF_A_STEP.length + 2];

/** How many of those give way before each of these steps' lines fits into its room. */
function levelOf(lines: ReadonlyArray<{ text: string; room: number }>): number {
  let level = 0;
  for (const { text, room } of lines) while (level < WITHOUT_MARKS && isStep(text) && stepText(text, level).length > room) level++;
  return level;
}

const isStep = (text: string): boolean => text.length <= LONGEST_STEP && /^step \d+\b/.test(text);

/** `step 00163/00240 | loss: 1.781648 | … | tok/sec: 2,118`: figures that have no room give way whole, with … in their place. */
function stepText(text: string, level: number): string {
  if (level === 0 || !isStep(text)) return text;
  const least = LEAST_OF_A_STEP.slice(0, level);
  const parts = text.split(" | ").map((part) => (least.some((one) => one.test(part)) ? "…" : part));
  if (level >= WITHOUT_SHARE) parts[0] = parts[0]?.replace(SHARE, "") ?? "";
  if (level >= WITHOUT_MARKS) return `${parts.filter((part) => part !== "…").join(" | ")} …`;
  const shown = parts.filter((part, i) => part !== "…" || parts[i - 1] !== "…").join(" | ");
  return shown.replace(/ \| …$/, " …");
}
const LONGEST_STEP = 400;

interface Shown {
  width: number;
  filter: string;
  /** Whether it is the line of the cursor's moment; null without a cursor. */
  here: boolean | null;
  /** What gives way in all steps alike (`levelOf`): fields that come and go from row to row would look like missing ones. */
  level: number;
}

function headOf({ at, level, rank }: StoredLine, { width, here }: Pick<Shown, "width" | "here">): Span[] {
  return [
    ...(here === null ? [] : [{ text: here ? "▸ " : "  ", tone: "accent" as const }]),
    ...(width >= WIDTH_WITH_CLOCK ? [{ text: `${clock(at, true)} `, tone: "muted" as const }] : []),
    ...(rank !== null && rank > 0 ? [{ text: `[${rank}] `, tone: "muted" as const }] : []),
    // A level is not said by colour alone.
    ...(level === "warn" ? [{ text: "▲ ", tone: TONES[level] }] : level === "error" ? [{ text: "✕ ", tone: TONES[level] }] : []),
  ];
}

const roomBehind = (head: readonly Span[], width: number): number => width - head.reduce((sum, { text }) => sum + text.length, 0);

function logLine(line: StoredLine, shown: Shown): Line {
  const { width, filter } = shown;
  const text = partOf(stepText(line.text, shown.level), width, filter);
  return [...headOf(line, shown), ...withMatches(text, filter).map((span): Span => ({ ...span, tone: TONES[line.level] }))];
}

/** The start of the line, or where it is longer than the panel, the part of it in which the text that is looked for first comes. */
function partOf(text: string, width: number, filter: string): string {
  const [found, end] = placesOf(filter, text, 1)[0] ?? [-1, 0];
  const from = end > width - 24 ? Math.max(0, found - Math.floor(width / 3)) : 0;
  return `${from > 0 ? "…" : ""}${plain(text.slice(from, from + MOST_CHARACTERS))}`;
}

/**
 * The bottom line after scrolling by so many rows (up is negative). Null = the end, and from there on it follows.
 * The oldest lines are not scrolled past.
 */
function scrollLog(input: Input, by: number): number | null {
  const { facts, size } = input;
  const rows = Math.max(1, size.height);
  const wanted = wantedOf(input);
  const place = placeOf(input);
  const bottom = place.kind === "end" ? null : (linesAt(facts.data, place, wanted, rows).at(-1)?.seq ?? null);
  if (by < 0) {
    const page = facts.data.log({ ...(bottom === null ? {} : { beforeSeq: bottom + 1 }), ...wanted, limit: -by + rows });
    // The row that ends up at the bottom has all of the page below it that is not scrolled away.
    const kept = page[Math.max(Math.min(rows, page.length) - 1, page.length - 1 + by)];
    return kept === undefined ? null : kept.seq;
  }
  if (bottom === null) return null;
  const next = facts.data.log({ afterSeq: bottom, ...wanted, limit: by });
  return next.length < by ? null : (next.at(-1)?.seq ?? null);
}

export const logKind = definePanel({
  kind: "log",
  title: "log",
  about: "What the processes of the run print",
  options: OPTIONS,
  from: ["log"],
  everyMs: 100,
  least: { width: 40, height: 6 },
  keys: ["log", "list"],
  looks: ["log", "chart"],
  scene: logPanel,
  scroll: (input, by) => ({ log: { ...input.view.log, bottom: scrollLog(input, by) } }),
});
