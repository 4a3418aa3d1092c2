/** All runs of the home, live ones first. */
import type { Liveness, Progress, RunAbout, RunStatus } from "../core/run.ts";
import type { Line, Scene, Span, TableColumn, Tone } from "../core/scene.ts";
import { ago, count, duration, loss, middle, percent, UNKNOWN } from "../lib/format.ts";
import { fitColumns, type Ranked } from "./columns.ts";
import type { Size } from "./data.ts";
import { firstVisible } from "./paint.ts";
import type { RunOrder } from "./run-order.ts";

/** One run in a list, as its record says. */
export interface RunRow {
  id: string;
  name: string;
  prefab: string;
  status: RunStatus;
  liveness: Liveness;
  /** UTC ISO */
  createdAt: string;
  endedAt: string | null;
  progress: Progress | null;
  /** Why the record cannot be read, in a sentence; then the other fields are guesses. */
  problem: string | null;
  /** Why it ended as it did, in a sentence. */
  reason?: string | null;
  /** What people wrote down about it. */
  about?: RunAbout;
  /** Why that cannot be read, in a sentence. */
  aboutProblem?: string | null;
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

/** Glyph, colour and word for how a run is; an unattended one says so. */
export function statusSpan(status: RunStatus, liveness: Liveness): Span {
  if (liveness === "unattended") return { text: "▲ unattended", tone: "warn" };
  const [glyph, tone] = STATUS_LOOK[status];
  return { text: `${glyph} ${status}`, tone };
}

/** A longer one leaves its id no room. */
const SHOWN_NAME = 24;

/** The id is what one types; a name that was given since stands before it, tags after it. */
function called({ id, about = {} }: RunRow): Line {
  const tags = (about.tags ?? []).map((tag) => `#${tag}`).join(" ");
  return [
    ...(about.name === undefined ? [{ text: id }] : [{ text: `${middle(about.name, SHOWN_NAME)} ` }, { text: id, tone: "muted" as const }]),
    ...(tags === "" ? [] : [{ text: ` ${tags}`, tone: "accent" as const }]),
    ...(about.note === undefined ? [] : [{ text: " ✎", tone: "info" as const }]),
    ...(about.archived ? [{ text: " put away", tone: "muted" as const }] : []),
  ];
}

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (row: RunRow, now: number) => Line;
}

const COLUMNS: readonly Column[] = [
  { title: "run", rank: 0, cell: called, middle: true },
  {
    title: "state",
    rank: 0,
    width: 12,
    cell: ({ status, liveness, problem }) => [problem === null ? statusSpan(status, liveness) : { text: "✕ unreadable", tone: "bad" }],
  },
  {
    title: "step",
    rank: 2,
    width: 15,
    align: "right",
    cell: ({ progress }) => [{ text: progress === null ? UNKNOWN : `${count(progress.step)}/${count(progress.totalSteps)}` }],
  },
  { title: "%", rank: 1, width: 4, align: "right", cell: ({ progress }) => [{ text: fraction(progress) }] },
  { title: "loss", rank: 3, width: 7, align: "right", cell: ({ progress }) => [{ text: loss(progress?.loss) }] },
  { title: "bpb", rank: 5, width: 7, align: "right", cell: ({ progress }) => [{ text: loss(progress?.valBpb) }] },
  {
    title: "eta",
    rank: 6,
    width: 8,
    align: "right",
    cell: ({ progress, endedAt }) => [{ text: endedAt === null ? duration(progress?.etaSeconds) : UNKNOWN }],
  },
  { title: "prefab", rank: 7, width: 12, cell: ({ prefab }) => [{ text: prefab, tone: "muted" }] },
  { title: "begun", rank: 4, width: 11, align: "right", cell: ({ createdAt }, now) => [{ text: ago(createdAt, now), tone: "muted" }] },
];

const fraction = (progress: Progress | null): string =>
  progress?.totalSteps ? percent(Math.min(1, progress.step / progress.totalSteps)) : UNKNOWN;

/** The id is what one types on the command line: it is not cut before other columns have gone. */
const ID_WIDTH = 26;

const fitting = (width: number): Column[] => fitColumns(COLUMNS, width, ID_WIDTH);

export interface RunsView {
  selected: number;
  filter: string;
  now: number;
  order: RunOrder;
  /** Ids of those that the next action is about. */
  marked: ReadonlySet<string>;
  /** How many are not shown because they were put away. */
  hidden: number;
}

const titleOf = (rows: number, { marked, hidden }: RunsView): string =>
  [`runs ${count(rows)}`, ...(marked.size > 0 ? [`${marked.size} marked`] : []), ...(hidden > 0 ? [`${count(hidden)} put away`] : [])].join(
    " · ",
  );

const settingsOf = ({ filter, order }: RunsView): string | undefined =>
  [...(order === "live" ? [] : [`by ${order}`]), ...(filter === "" ? [] : [`/${filter}`])].join(" · ") || undefined;

function nothing({ filter, hidden }: RunsView): { why: string; remedy: string } {
  if (filter !== "") return { why: `No run matches “${filter}”`, remedy: "esc clears the filter" };
  if (hidden > 0) return { why: "All runs are put away", remedy: "H shows them" };
  return { why: "No runs yet", remedy: "1 shows what is missing and runs it · 2 plans one" };
}

/** `rows` as they stand on screen, sorted and filtered. Only those that there is room for become cells. */
export function runsPanel(rows: readonly RunRow[], size: Size, view: RunsView): Scene {
  const settings = settingsOf(view);
  if (rows.length === 0) return { title: "runs", settings, blocks: [{ block: { kind: "empty", ...nothing(view) } }] };
  const columns = fitting(size.width);
  const room = Math.max(1, size.height - 1);
  const first = firstVisible(rows.length, room, view.selected);
  const cells = (row: RunRow): Line[] => {
    const [head = [], ...others] = columns.map(({ cell }) => cell(row, view.now));
    return [view.marked.has(row.id) ? [{ text: "✓ ", tone: "accent" }, ...head] : head, ...others];
  };
  return {
    title: titleOf(rows.length, view),
    settings,
    note: rows[view.selected]?.problem ?? undefined,
    blocks: [{ block: { kind: "table", columns, rows: rows.slice(first, first + room).map(cells), selected: view.selected - first } }],
  };
}
