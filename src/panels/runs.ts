/** All runs of the home, live ones first. */
import { type Liveness, type Progress, type RunStatus, shareDone, stepsDone } from "../core/run.ts";
import type { Line, Scene, Span, TableColumn, Tone } from "../core/scene.ts";
import { ago, count, duration, loss, percent, UNKNOWN } from "../lib/format.ts";
import type { Size } from "./data.ts";

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
  /** Why it ended as it did, a sentence. */
  reason: string | null;
  /** Why the record cannot be read, in a sentence; then the other fields are guesses. */
  problem: string | null;
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

interface Column extends TableColumn {
  cell: (row: RunRow, now: number) => Line;
  /** Lower ones are the last to go when it gets narrow. */
  rank: number;
}

const COLUMNS: readonly Column[] = [
  { title: "run", rank: 0, cell: ({ id }) => [{ text: id }], middle: true },
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
    cell: ({ progress }) => [{ text: progress === null ? UNKNOWN : `${count(stepsDone(progress))}/${count(progress.totalSteps)}` }],
  },
  { title: "%", rank: 1, width: 4, align: "right", cell: ({ progress }) => [{ text: percent(shareDone(progress)) }] },
  { title: "loss", rank: 3, width: 7, align: "right", cell: ({ progress }) => [{ text: loss(progress?.loss) }] },
  { title: "bpb", rank: 5, width: 7, align: "right", cell: ({ progress }) => [{ text: loss(progress?.valBpb) }] },
  {
    title: "eta",
    rank: 6,
    width: 8,
    align: "right",
    cell: ({ progress, endedAt }) => [{ text: endedAt === null && progress?.etaSeconds ? duration(progress.etaSeconds) : UNKNOWN }],
  },
  { title: "prefab", rank: 7, width: 12, cell: ({ prefab }) => [{ text: prefab, tone: "muted" }] },
  { title: "begun", rank: 4, width: 11, align: "right", cell: ({ createdAt }, now) => [{ text: ago(createdAt, now), tone: "muted" }] },
];

const ORDER: Readonly<Record<Liveness, number>> = { owned: 0, unattended: 1, ended: 2 };

/** Live ones first, then the newest. */
export const sortRuns = (rows: readonly RunRow[]): RunRow[] =>
  [...rows].sort((a, b) => ORDER[a.liveness] - ORDER[b.liveness] || b.createdAt.localeCompare(a.createdAt));

export const matchesRun = ({ id, prefab, status }: RunRow, filter: string): boolean =>
  `${id} ${prefab} ${status}`.toLowerCase().includes(filter.toLowerCase());

/** The id is what one types on the command line: it is not cut before other columns have gone. */
const ID_WIDTH = 26;

function fitting(width: number): Column[] {
  let left = width - ID_WIDTH;
  const ranked = [...COLUMNS].sort((a, b) => a.rank - b.rank);
  const kept = new Set(
    ranked.filter((column) => {
      left -= column.width === undefined ? 0 : column.width + 2;
      return column.rank === 0 || left >= 0;
    }),
  );
  return COLUMNS.filter((column) => kept.has(column));
}

/** Why the selected one cannot be read, or failed. */
const whyOf = (row: RunRow | undefined): string | undefined =>
  row?.problem ?? (row?.status === "failed" || row?.status === "lost" ? row.reason : null) ?? undefined;

/** `rows` as they stand on screen, sorted and filtered. */
export function runsPanel(rows: readonly RunRow[], size: Size, options: { selected: number; filter: string; now: number }): Scene {
  const settings = options.filter === "" ? undefined : `/${options.filter}`;
  const title = `runs ${rows.length}`;
  if (rows.length === 0) {
    const block =
      options.filter === ""
        ? { why: "No runs yet", remedy: "1 shows what is missing and runs it · 2 plans one" }
        : { why: `No run matches “${options.filter}”`, remedy: "esc clears the filter" };
    return { title: "runs", settings, blocks: [{ block: { kind: "empty", ...block } }] };
  }
  const columns = fitting(size.width);
  return {
    title,
    settings,
    note: whyOf(rows[options.selected]),
    blocks: [
      {
        block: {
          kind: "table",
          columns,
          rows: rows.map((row) => columns.map(({ cell }) => cell(row, options.now))),
          selected: options.selected,
        },
      },
    ],
  };
}
