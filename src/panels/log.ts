/** What the processes of a run print, the newest at the bottom or a place that was scrolled to. */
import type { StageIndex, StoredLine } from "../core/journal.ts";
import type { Line, Scene, Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { clock } from "../lib/format.ts";
import { chosenStage, type PanelData, type RunFacts, type Size } from "./data.ts";
import { definePanel } from "./kind.ts";
import type { View } from "./view.ts";

export interface LogOptions {
  /** Text that a line must contain, any case; empty = all lines. */
  filter: string;
  /** The line at the bottom, or null to follow the end. */
  bottom: number | null;
  /** Only lines of this stage; absent = of the whole run. */
  stage?: StageIndex;
}

const TONES: Readonly<Record<StoredLine["level"], Tone>> = { debug: "muted", info: "text", warn: "warn", error: "bad" };
const WIDTH_WITH_CLOCK = 60;

export function logPanel({ data }: Pick<RunFacts, "data">, size: Size, options: LogOptions): Scene {
  const { filter, bottom, stage } = options;
  const before = bottom === null ? {} : { beforeSeq: bottom + 1 };
  const rows = data.log({ ...before, ...wanted(options), limit: Math.max(1, size.height) });
  const settings = [
    stage === undefined ? "" : "this stage only",
    filter === "" ? "" : `/${filter}`,
    bottom === null ? "following ⏷" : "scrolled · f follows",
  ]
    .filter((part) => part !== "")
    .join(" · ");
  if (rows.length === 0) {
    const why = filter === "" ? "No output yet: the script has printed nothing" : `No line contains “${filter}”`;
    return {
      title: "log",
      settings,
      blocks: [{ block: { kind: "empty", why, remedy: filter === "" ? undefined : "esc clears the filter" } }],
    };
  }
  return {
    title: "log",
    settings,
    blocks: [{ block: { kind: "text", lines: rows.map((row) => logLine(row, size.width >= WIDTH_WITH_CLOCK)), anchor: "bottom" } }],
  };
}

const wanted = ({ filter, stage }: LogOptions) => ({ ...(filter === "" ? {} : { filter }), ...(stage === undefined ? {} : { stage }) });

function logLine({ at, level, rank, text }: StoredLine, withClock: boolean): Line {
  const tone = TONES[level];
  return [
    ...(withClock ? [{ text: `${clock(at, true)} `, tone: "muted" as const }] : []),
    ...(rank !== null && rank > 0 ? [{ text: `[${rank}] `, tone: "muted" as const }] : []),
    // A level is not said by colour alone.
    ...(level === "warn" ? [{ text: "▲ ", tone }] : level === "error" ? [{ text: "✕ ", tone }] : []),
    { text: plain(text), tone },
  ];
}

/**
 * The bottom line after scrolling by so many rows (up is negative). Null = the end, and from there on it follows.
 * `rows` is what fits: the oldest lines are not scrolled past.
 */
export function scrollLog(data: PanelData, options: LogOptions, by: number, rows: number): number | null {
  const { bottom } = options;
  const search = wanted(options);
  const before = bottom === null ? {} : { beforeSeq: bottom + 1 };
  if (by < 0) {
    const page = data.log({ ...before, ...search, limit: -by + rows });
    // The row that ends up at the bottom has all of the page below it that is not scrolled away.
    const kept = page[Math.max(Math.min(rows, page.length) - 1, page.length - 1 + by)];
    return kept === undefined ? null : kept.seq;
  }
  if (bottom === null) return null;
  const next = data.log({ afterSeq: bottom, ...search, limit: by });
  return next.length < by ? null : (next.at(-1)?.seq ?? null);
}

const inView = (facts: RunFacts, { filter, bottom }: View["log"]): LogOptions => ({ filter, bottom, stage: chosenStage(facts) });

export const logKind = definePanel({
  kind: "log",
  title: "log",
  about: "What the processes of the run print",
  options: {},
  from: ["log"],
  everyMs: 100,
  least: { width: 40, height: 6 },
  keys: ["log", "list"],
  looks: ["log"],
  scene: ({ facts, size, view }) => logPanel(facts, size, inView(facts, view.log)),
  scroll: ({ facts, size, view }, by) => ({
    log: { ...view.log, bottom: scrollLog(facts.data, inView(facts, view.log), by, size.height) },
  }),
});
