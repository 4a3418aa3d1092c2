/** All runs of the home, live ones first. */
import type { Liveness, Progress, RunAbout, RunStatus } from "../core/run.ts";
import type { Line, Scene, Span, TableColumn, Tone } from "../core/scene.ts";
import { ago, count, duration, loss, percent, UNKNOWN } from "../lib/format.ts";
import { fitColumns, type Ranked } from "./columns.ts";
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

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (row: RunRow, now: number) => Line;
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
    note: rows[options.selected]?.problem ?? undefined,
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
