/** All runs of the home, live ones first. */
import type { OpenAlerts } from "../core/alert.ts";
import type { KeyOf } from "../core/keys.ts";
import type { OptionValues } from "../core/panel.ts";
import { isAlone, type Liveness, type Progress, type RunAbout, type RunStatus, rateShown, shareShown, stepsDone } from "../core/run.ts";
import type { Empty, Line, Scene, Span, TableColumn, Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";

import { ago, clock, count, duration, loss, percent, si, UNKNOWN } from "../lib/format.ts";
import { cut, textWidth } from "../lib/graphemes.ts";
import { alertSpans } from "./alerts.ts";
import { fitColumns, type Ranked, roomIn, tableOf } from "./columns.ts";
import type { Size } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText } from "./metric-list.ts";
import { firstVisible } from "./paint.ts";
import { called, calledIn, calledOf } from "./run-names.ts";
import { matchesRun, orderRuns, RUN_ORDERS, type RunOrder } from "./run-order.ts";
import { scrolled, scrollTo } from "./scrolling.ts";

/** One run in a list, as its record says. */
export interface RunRow {
  id: string;
  name: string;
  prefab: string;
  status: RunStatus;
  liveness: Liveness;
  /** When its record was written last, where it is not renewed any more although it goes on, UTC ISO; absent = it is. */
  asOf?: string | null;
  /** UTC ISO */
  createdAt: string;
  endedAt: string | null;
  progress: Progress | null;
  /** The stage that `progress` tells of: `base_train`; null without one. */
  stage: string | null;
  /** Why it ended as it did, a sentence. */
  reason: string | null;
  /** Why the record cannot be read, in a sentence; then the other fields are guesses. */
  problem: string | null;
  /** What people wrote down about it. */
  about?: RunAbout;
  /** Why that cannot be read, in a sentence. */
  aboutProblem?: string | null;
  /** Of a run that goes on; absent where they have not been read. */
  alerts?: OpenAlerts;
}

const STATUS_LOOK: Readonly<Record<RunStatus, readonly [glyph: string, tone: Tone]>> = {
  starting: ["◐", "info"],
  running: ["●", "good"],
  paused: ["⏸", "warn"],
  stopping: ["◐", "warn"],
  done: ["○", "muted"],
  failed: ["✕", "bad"],
  stopped: ["■", "warn"],
  lost: ["✕", "bad"],
};

/** Glyph, colour and word for how a run is; one that nobody looks after says so. */
export function statusSpan(status: RunStatus, liveness: Liveness): Span {
  if (isAlone(liveness)) return { text: `▲ ${liveness}`, tone: "warn" };
  const [glyph, tone] = STATUS_LOOK[status];
  return { text: `${glyph} ${status}`, tone };
}

/** That what else stands there is of that time: nothing of the run has been written since. */
export const staleSpan = (asOfMs: number): Span => ({ text: `as of ${clock(asOfMs)}`, tone: "warn" });

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (row: RunRow, now: number) => Line;
}

/** `sft 0.0248`: what a model learns to chat with is easier than what it learns to read with, so the one says nothing of the other. */
function ofStage(stage: RunRow["stage"], value: number | null = null): Line {
  const of = value === null || stage === null ? "" : `${cut(shortStage(stage), SHORT_STAGE)} `;
  return [{ text: of, tone: "muted" }, { text: loss(value) }];
}

/** `base`, `mid`, `sft`, `rl`. */
const shortStage = (stage: string): string =>
  plain(stage)
    .replace(/^chat_/, "")
    .replace(/_train$/, "");
const SHORT_STAGE = 4;

/** `60/60`; of a script that runs until its data ends `210`. */
const stepsText = (progress: Progress): string => {
  const done = count(stepsDone(progress));
  return progress.totalSteps === null ? done : `${done}/${count(progress.totalSteps)}`;
};

/** Of a list of runs, by name; in the order in which they stand when nobody has chosen. */
const COLUMNS = {
  run: { title: "run", rank: 0, cell: (run) => called(run, calledOf(run)), middle: true },
  state: {
    title: "state",
    rank: 0,
    width: 12,
    cell: ({ status, liveness, problem, asOf, alerts }) => [
      problem !== null
        ? { text: "✕ unreadable", tone: "bad" }
        : asOf && !isAlone(liveness)
          ? staleSpan(Date.parse(asOf))
          : statusSpan(status, liveness),
      ...alertSpans(alerts),
    ],
  },
  step: {
    title: "steps",
    rank: 2,
    width: 15,
    align: "right",
    cell: ({ progress }) => [{ text: progress === null ? UNKNOWN : stepsText(progress) }],
  },
  percent: {
    title: "%",
    rank: 1,
    width: 4,
    align: "right",
    cell: (run) => [{ text: percent(shareShown(run)) }],
  },
  stage: { title: "stage", rank: 3, width: 10, cell: ({ stage }) => [{ text: stage === null ? UNKNOWN : plain(stage), tone: "muted" }] },
  loss: { title: "loss", rank: 3, width: 11, align: "right", cell: ({ progress, stage }) => ofStage(stage, progress?.loss) },
  bpb: { title: "bpb", rank: 5, width: 11, align: "right", cell: ({ progress, stage }) => ofStage(stage, progress?.valBpb) },
  rate: { title: "tok/s", rank: 8, width: 7, align: "right", cell: (run) => [{ text: si(rateShown(run)) }] },
  eta: {
    title: "eta",
    rank: 6,
    width: 9,
    align: "right",
    cell: ({ progress, endedAt }) => [{ text: endedAt === null && progress?.etaSeconds ? `~${duration(progress.etaSeconds)}` : UNKNOWN }],
  },
  prefab: { title: "prefab", rank: 7, width: 12, cell: ({ prefab }) => [{ text: plain(prefab), tone: "muted" }] },
  begun: {
    title: "begun",
    rank: 4,
    width: 11,
    align: "right",
    cell: ({ createdAt }, now) => [{ text: ago(createdAt, now), tone: "muted" }],
  },
} as const satisfies Readonly<Record<string, Column>>;

type ColumnName = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as ColumnName[];
const USUAL = NAMES.filter((name) => name !== "rate" && name !== "stage");

/** The id is what one types on the command line: it is not cut before other columns have gone. */
const ID_WIDTH = 26;

/** Of what a list is sorted by, before all that may go: without it nobody sees why the rows stand as they do. */
const SORTED_RANK = 0.5;

/** A bpb without its stage, which the loss beside it has: rather that than none. */
const SHORT_BPB: Column = { ...COLUMNS.bpb, width: 7, cell: ({ progress }) => [{ text: loss(progress?.valBpb) }] };

function fitting(names: readonly ColumnName[], order: RunOrder, width: number, rows: readonly RunRow[]): Column[] {
  const fit = (bpb: Column): Column[] => {
    const all: Readonly<Record<ColumnName, Column>> = { ...COLUMNS, bpb, state: { ...COLUMNS.state, width: stateWidth(rows) } };
    const ranked = names.map((name) => (name === order && all[name].rank > 0 ? { ...all[name], rank: SORTED_RANK } : all[name]));
    return fitColumns<Column>(ranked, width, names.includes("run") ? ID_WIDTH : -2);
  };
  const whole = fit(COLUMNS.bpb);
  return names.includes("bpb") && names.includes("loss") && !whole.some(({ title }) => title === COLUMNS.bpb.title)
    ? fit(SHORT_BPB)
    : whole;
}

/** Alerts make it wider where they are: what they are of is not cut for them. */
const stateWidth = (rows: readonly RunRow[]): number =>
  Math.max(
    COLUMNS.state.width,
    ...rows.map((row) =>
      textWidth(
        COLUMNS.state
          .cell(row)
          .map(({ text }) => text)
          .join(""),
      ),
    ),
  );

interface Shown {
  title: string;
  settings: string | undefined;
  /** Of all that match, with what belongs into the lower border. */
  rows: readonly RunRow[];
  note: string | undefined;
  columns: readonly ColumnName[];
  order: RunOrder;
  selected?: number;
  now: number;
}

const MARK: Span = { text: "✓ ", tone: "accent" };
/** As wide: no name moves when it is marked. */
const NO_MARK: Span = { text: "  " };

/** `marked` absent = rows cannot be. */
function runTable(
  { title, settings, rows, note, columns: names, order, selected, now }: Shown,
  { width }: Size,
  marked?: ReadonlySet<string>,
): Scene {
  const columns = fitting(names, order, width, rows).map((column, i) =>
    marked === undefined || i > 0 ? column : { ...column, title: `${NO_MARK.text}${column.title}` },
  );
  const notes = [note, mixedNote(rows, columns)].filter((part) => part !== undefined);
  const whole = rows.map((row) => columns.map(({ cell }): Line => cell(row, now)));
  const needed = asNeeded(columns, whole);
  const named = withNames(whole, rows, columns, roomIn(needed, width) - (marked === undefined ? 0 : textWidth(MARK.text)));
  const cells = named.map(([head = [], ...others], i) => {
    const mark = marked?.has(rows[i]?.id ?? "") ? MARK : NO_MARK;
    return [marked === undefined ? head : [mark, ...head], ...others];
  });
  return { title, settings, note: notes.join(" · ") || undefined, blocks: [{ block: tableOf(needed, cells, selected) }] };
}

/** What the runs are called, in so many cells. */
function withNames(cells: Line[][], rows: readonly RunRow[], columns: readonly Column[], room: number): Line[][] {
  const at = columns.findIndex(({ cell }) => cell === COLUMNS.run.cell);
  if (at < 0) return cells;
  const names = calledIn(rows, room);
  return cells.map((row, i) => row.with(at, called(rows[i]!, names[i]!)));
}

/** Columns no wider than what stands in them: names and tags have what is left over. */
function asNeeded(columns: readonly Column[], rows: ReadonlyArray<readonly Line[]>): Column[] {
  if (columns.every(({ width }) => width !== undefined)) return [...columns];
  return columns.map((column, i) => {
    const longest = Math.max(textWidth(column.title), ...rows.map((cells) => textWidth((cells[i] ?? []).map(({ text }) => text).join(""))));
    return column.width === undefined ? column : { ...column, width: Math.min(column.width, longest) };
  });
}

/** Where no column tells of which stage a step or a value is, and they are not of the same. */
function mixedNote(rows: readonly RunRow[], columns: readonly Column[]): string | undefined {
  const has = (...names: ColumnName[]): boolean => names.some((name) => columns.some(({ title }) => title === COLUMNS[name].title));
  const stages = new Set(rows.flatMap(({ stage }) => stage ?? []));
  return stages.size > 1 && has("step", "percent") && !has("stage", "loss", "bpb") ? `of ${[...stages].join(", ")}` : undefined;
}

/** One that was pasted by mistake must not push out how one gets rid of it. */
const LONGEST_QUOTE = 60;

const quoted = (filter: string): string => `“${cut(plain(filter), LONGEST_QUOTE)}”`;

const noneMatches = (filter: string, keyOf: KeyOf): Omit<Empty, "kind"> => ({
  why: `No run matches ${quoted(filter)}`,
  remedy: `${keyOf("back")} clears the filter`,
});

/** Why a run cannot be read, or failed. */
const whyOf = (row: RunRow | undefined): string | undefined =>
  row?.problem ?? (row?.status === "failed" || row?.status === "lost" ? row.reason : null) ?? undefined;

/** How the list of the Runs screen is looked at. */
interface ListView {
  selected: number;
  filter: string;
  now: number;
  order: RunOrder;
  /** Ids of those that the next action is about. */
  marked: ReadonlySet<string>;
  /** How many are not shown because they were put away. */
  hidden: number;
  /** How many may match, once their settings have been read. */
  unread: number;
  keyOf: KeyOf;
}

function nothing({ filter, hidden, unread, keyOf }: ListView): Omit<Empty, "kind"> {
  if (unread > 0) return { why: `Reading the settings of ${count(unread)} runs` };
  if (filter !== "") return noneMatches(filter, keyOf);
  if (hidden > 0) return { why: "All runs are put away", remedy: `${keyOf("runs.all")} shows them` };
  return { why: "No runs yet", remedy: `${keyOf("tab.setup")} shows what is missing and runs it · ${keyOf("tab.config")} plans one` };
}

/** The list of the Runs screen: `rows` as they stand there, sorted and filtered. Only those that there is room for become cells. */
export function runsPanel(rows: readonly RunRow[], size: Size, view: ListView): Scene {
  const { selected, filter, now, order, marked, hidden, unread } = view;
  const settings =
    [
      ...(order === "live" ? [] : [`by ${order}`]),
      ...(filter === "" ? [] : [`/${filter}`]),
      ...(unread > 0 ? [`reading ${count(unread)} plans`] : []),
    ].join(" · ") || undefined;
  if (rows.length === 0) return { title: "runs", settings, blocks: [{ block: { kind: "empty", ...nothing(view) } }] };
  const counts = [`runs ${count(rows.length)}`, marked.size > 0 && `${marked.size} marked`, hidden > 0 && `${count(hidden)} put away`];
  const title = counts.filter(Boolean).join(" · ");
  const room = Math.max(1, size.height - 1);
  const first = firstVisible(rows.length, room, selected);
  const part = rows.slice(first, first + room);
  const shown = { title, settings, rows: part, note: whyOf(rows[selected]), columns: USUAL, order, selected: selected - first, now };
  return runTable(shown, size, marked);
}

const OPTIONS = {
  columns: {
    type: "choices",
    choices: NAMES,
    default: USUAL,
    title: "Columns",
    help: "Which, in this order; where it is narrow those at the end of the usual order go first, what is sorted by last; `rate` of a run that has ended is the median of its last steps",
  },
  sort: {
    type: "choice",
    choices: RUN_ORDERS,
    default: "live",
    title: "Sort",
    help: "Live ones first, then the newest; or by what is named, the best first; losses and bpb within each stage",
  },
  filter: {
    type: "text",
    default: "",
    title: "Filter",
    help: "Only runs whose id, name, #tag, prefab, state, note or reason holds this text",
  },
  ended: { type: "flag", default: true, title: "Ended", help: "Also runs that have ended" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const chosen = ({ runs = [], options: { sort, filter, ended }, view }: Input): RunRow[] =>
  orderRuns(
    runs.filter((row) => (ended || row.liveness !== "ended") && matchesRun(row, filter) && matchesRun(row, view.filter)),
    sort,
  );

function runsScene(input: Input): Scene {
  const { facts, size, options, view, runs } = input;
  const settings =
    [options.sort === "live" ? "" : `by ${options.sort}`, filterText(options.filter, view.filter) ?? ""].filter(Boolean).join(" · ") ||
    undefined;
  const rows = chosen(input);
  if (rows.length === 0) return { title: "runs", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const part = scrolled(rows, view.scroll, size.height - 1);
  const own = rows.findIndex(({ id }) => id === facts.state.id) - part.from;
  const selected = own >= 0 && own < part.rows.length ? own : undefined;
  const title = `runs ${count(rows.length)}${rows.length === runs?.length ? "" : ` of ${count(runs?.length)}`}`;
  const { columns, sort: order } = options;
  return runTable({ title, settings, rows: part.rows, note: part.note, columns, order, selected, now: facts.now }, size);
}

function whyEmpty({ runs, options, view }: Input): Omit<Empty, "kind"> {
  if (runs === undefined) return { why: "Reading the list of runs" };
  if (runs.length === 0) return { why: "There are no runs", remedy: `${view.keyOf("tab.config")} plans one` };
  if (view.filter !== "") return noneMatches(view.filter, view.keyOf);
  if (options.filter !== "") return { why: `No run matches ${quoted(options.filter)}`, remedy: "filter is an option of this panel" };
  return { why: "No run is live", remedy: "ended is an option of this panel" };
}

export const runsKind = definePanel({
  kind: "runs",
  title: "runs",
  about: "All runs as a table, sorted, with the columns that you choose",
  options: OPTIONS,
  from: ["runs"],
  everyMs: 1000,
  timed: "ages",
  least: { width: 44, height: 5 },
  keys: ["list"],
  looks: ["filter", "scroll"],
  scene: runsScene,
  scroll: (input, by) => ({ scroll: scrollTo(chosen(input).length, input.view.scroll, by, input.size.height - 1) }),
});
