/** `runs logs`, `query` and `export`: what a run's journal holds. */
import type { Axis, StoredLine } from "../../core/journal.ts";
import { CLOCK_METRIC, findMetric, metricId } from "../../core/metrics.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { RequestStatus } from "../../core/run.ts";
import { clock, counted, loss } from "../../lib/format.ts";
import { didYouMean, kin } from "../../lib/suggest.ts";
import { brokenPattern } from "../../lib/wanted.ts";
import type { RunFacts } from "../../panels/data.ts";
import { requestText } from "../../panels/events.ts";
import { inNumberOrder, metricsTitled } from "../../panels/metric-list.ts";
import { AXES } from "../../panels/series.ts";
import { EXPORT_FORMATS, type ExportFormat, exportRun } from "../../services/run-export.ts";
import type { RunView } from "../../services/run-view.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import { numbersOf } from "../numbers.ts";
import { type Answer, answer, stdout } from "../output.ts";
import { columnsText, pointsOf, pointsText } from "../query-text.ts";
import { table } from "../table.ts";
import { open, RUN } from "./run-choice.ts";

export const STAGE: Option = { flags: "--stage <number>", what: "of the run's stages, from 1 (else the newest with data)" };
export const AXIS: Option = {
  flags: "--axis <axis>",
  what: "what is along the bottom; `time` is trainSeconds, `clock` is wall",
  choices: AXES,
  said: new Map(
    Object.entries({
      step: "steps iteration iterations",
      tokens: "token",
      flops: "flop compute",
      trainSeconds: "time seconds duration trainseconds train_seconds train/seconds",
      wall: "clock date walltime wallclock wall-clock",
    }).flatMap(([axis, words]) => words.split(" ").map((word) => [word, axis] as const)),
  ),
};
const LOOK_EVERY_MS = 200;

const logText = ({ at, stream, rank, text }: StoredLine): string =>
  `${clock(at, true)} ${rank === null ? "" : `[${rank}] `}${stream === "stderr" ? "! " : ""}${text}`;
const logJson = ({ at, ...line }: StoredLine) => ({ at: new Date(at).toISOString(), ...line });

async function logs(context: Context, wanted: string, options: Readonly<Record<string, unknown>>): Promise<Result<null>> {
  const filter = options["filter"] as string | undefined;
  const broken = brokenPattern(filter ?? "");
  if (broken !== null)
    return fail("usage", `--filter has a regular expression that is none: ${broken}`, {
      remedy: "Mend it, or leave out the slashes: then it is a plain word",
    });
  const view = open(context, wanted);
  if (!view.ok) return view;
  const { reader } = view.value;
  const limit = Number(options["lines"] ?? 200);
  if (!Number.isInteger(limit) || limit < 1)
    return fail("usage", `--lines ${options["lines"]} is no number of lines`, { remedy: "Give a whole number from 1" });
  let last = 0;
  const print = (lines: readonly StoredLine[]): void => {
    for (const line of lines) context.face.line(logJson(line), logText(line));
    last = lines.at(-1)?.seq ?? last;
  };
  print(reader.log({ limit, filter }));
  while (options["follow"] && view.value.liveness() === "owned") {
    await Bun.sleep(LOOK_EVERY_MS);
    view.value.refresh();
    print(reader.log({ afterSeq: last, limit: 1000, filter }));
  }
  view.value.close();
  return ok(null);
}

/** The one that was given, else the newest that has data. */
export function chooseStage(view: RunView, given: unknown): Result<number> {
  const stages = view.reader.stages().filter((stage) => stage > 0);
  if (given === undefined) return ok(stages.at(-1) ?? 1);
  const stage = Number(given);
  if (Number.isInteger(stage) && stage >= 0 && stage <= view.plan.stages.length) return ok(stage);
  return fail("usage", `--stage ${given}: this run has ${counted(view.plan.stages.length, "stage")}`, {
    remedy: "Give a number from 1 (0 is the host)",
  });
}

/** What `--axis`, `--from` and `--to` ask for; ends in the axis' unit. `onePlace`: a window may begin where it ends. */
export function chooseWindow(
  options: Readonly<Record<string, unknown>>,
  onePlace = false,
): Result<{ axis: Axis; from?: number; to?: number }> {
  const axis = (options["axis"] as Axis | undefined) ?? "step";
  const end = { orTime: axis === "wall" };
  const ends = numbersOf(options, { from: end, to: end });
  if (!ends.ok) return ends;
  const { from, to } = ends.value;
  if (from === undefined || to === undefined || from < to || (onePlace && from === to)) return ok({ axis, from, to });
  return fail("usage", `--from ${options["from"]} is not before --to ${options["to"]}`, { remedy: "Give the smaller one as --from" });
}

/** What to do where a stage has no metric of that name: another stage may have it, or one of its own is called nearly so. */
export function metricRemedy(data: Pick<RunFacts["data"], "metrics">, stages: number, stage: number, given: string): string {
  const id = metricId(given);
  const has = Array.from({ length: stages + 1 }, (_, other) => other).find((other) => data.metrics(other).includes(id));
  if (has !== undefined) return `Stage ${has} has it: --stage ${has}`;
  const there = data.metrics(stage).filter((name) => name !== CLOCK_METRIC);
  const titled = metricsTitled(given, there);
  if (titled.length > 0) return `Did you mean ${titled.join(", or ")}?`;
  const names = there.flatMap((name) => [name, ...(findMetric(name)?.aliases ?? [])]);
  return didYouMean(given, names, didYouMean(given, there, "`runs query` without a metric lists those that there are", kin));
}

function query(context: Context, [wanted = "", given]: readonly string[], options: Readonly<Record<string, unknown>>): Result<Answer> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const { reader } = view.value;
  const stage = chooseStage(view.value, options["stage"]);
  if (!stage.ok) return stage;
  const known = reader.metrics(stage.value);
  if (given === undefined) {
    const shown = known.filter((name) => name !== CLOCK_METRIC).sort(inNumberOrder);
    const rows = shown.map((name) => [name, findMetric(name)?.unit ?? "", loss(reader.latest(stage.value, name)?.value)]);
    return answer(
      shown.map((metric) => ({ metric, unit: findMetric(metric)?.unit ?? "", latest: reader.latest(stage.value, metric) })),
      rows.length > 0 ? table(["metric", "unit", "latest"], rows, new Set([2])) : "This stage has no metrics yet.",
    );
  }
  const metric = known.includes(given) ? given : metricId(given);
  if (!known.includes(metric)) {
    return fail("not-found", `${view.value.id} has no metric ${given} in stage ${stage.value}`, {
      remedy: metricRemedy(reader, view.value.plan.stages.length, stage.value, given),
    });
  }
  const window = chooseWindow(options, true);
  if (!window.ok) return window;
  const numbers = numbersOf(options, { columns: { least: 1, most: 100_000, whole: true } });
  if (!numbers.ok) return numbers;
  const asked = { stage: stage.value, metric, ...window.value, columns: numbers.value.columns ?? 20, lastKey: true };
  const series = reader.query(asked);
  if (series.axisReason !== null) context.face.note(series.axisReason);
  const points = pointsOf(reader, asked, series);
  const rows = [...series.count].map((finite, i) => ({
    from: series.edges[i],
    to: series.edges[i + 1],
    min: series.min[i],
    max: series.max[i],
    last: series.last[i],
    count: finite,
    nonFinite: series.nonFinite[i],
  }));
  // It is along the steps where the run has no such axis.
  const { axis, axisReason, gaps } = series;
  // The step of `last`; there is none where no value is finite.
  const total = { ...series.total, lastKey: Number.isFinite(series.total.lastKey) ? series.total.lastKey : null };
  return answer(
    { metric, axis, axisReason, stage: stage.value, points, columns: rows, gaps, total },
    points === null ? columnsText(series, reader.latest(stage.value, metric)?.key) : pointsText(points, axis),
  );
}

/** Who asked when, for what, and what became of it. */
function history(context: Context, wanted: string): Result<Answer> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const requests = view.value.reader.requests();
  view.value.close();
  if (requests.length === 0) return answer([], `Nothing was asked of ${view.value.id} so far.`);
  const when = ({ askedAt, at }: RequestStatus): string => clock(Date.parse(askedAt ?? at), true);
  const rows = requests.map((request) => [when(request), request.from ?? "–", String(request.stage ?? "–"), requestText(request)]);
  return answer(requests, table(["asked", "by", "stage", ""], rows, new Set([2])));
}

export const RUN_DATA_COMMANDS: readonly Command[] = [
  {
    name: "runs history",
    summary: "List what was asked of a run: by whom, when, and what became of it",
    args: RUN,
    run: async (context, [wanted = ""]) => history(context, wanted),
  },
  {
    name: "runs logs",
    summary: "Print what the trainer printed",
    args: RUN,
    options: [
      { flags: "--lines <number>", what: "how many from the end (200)" },
      {
        flags: "--filter <text>",
        what: "only lines that hold these words; `-word` must not, `|` stands between what is enough, `/regular expression/`",
      },
      { flags: "--follow", what: "go on while the run does" },
    ],
    run: (context, [wanted = ""], options) => logs(context, wanted, options),
  },
  {
    name: "runs query",
    summary:
      "Print a metric: its points, or columns of them (from, to, least, most, last, how many) where there are more than --columns; without one, list the metrics",
    args: [...RUN, ["[metric]", "`train/loss`, or a script's own name for it, such as `loss`"]],
    options: [
      STAGE,
      AXIS,
      { flags: "--from <x>", what: "start of the window, on the axis; of `wall` a time, 2026-05-01T12:30" },
      { flags: "--to <x>", what: "its end" },
      { flags: "--columns <number>", what: "how many points, or columns of points, at most (20)" },
    ],
    run: async (context, args, options) => query(context, args, options),
  },
  {
    name: "runs export",
    summary: "Print every value of every step",
    args: RUN,
    options: [{ flags: "--format <format>", what: "csv (as it is without this) or jsonl (with --json)", choices: EXPORT_FORMATS }],
    async run(context, [wanted = ""], options) {
      const asked = options["format"] as ExportFormat | undefined;
      if (context.face.json && asked === "csv")
        return fail("usage", "--json and --format csv do not go together", { remedy: "Leave one of them out" });
      const view = open(context, wanted);
      if (!view.ok) return view;
      const format = asked ?? (context.face.json ? "jsonl" : "csv");
      for (const part of exportRun(view.value.reader, format)) stdout().write(part);
      view.value.close();
      return ok(null);
    },
  },
];
