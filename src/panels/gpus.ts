/** Each GPU: how busy, how full, how hot, whose; and what the run could still fit into their memory. */
import type { StageFigures } from "../core/figures.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Line, Scene, Span, TableColumn } from "../core/scene.ts";
import { bytes, clock, count, setting, si, UNKNOWN } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import { limitSign, toneOf } from "./chart-limits.ts";
import { fitColumns, type Ranked, tableOf } from "./columns.ts";
import { planFigures, plannedStage, position, RUN_STAGE, type RunFacts, stageState } from "./data.ts";
import { fields } from "./fields.ts";
import { type GpuNow, gpusNow } from "./gpu-figures.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { lacksGpus, whyNoGpus } from "./no-gpus.ts";
import { lastMoment } from "./pace.ts";
import { barSpans } from "./paint.ts";
import { type Reading, readingOf } from "./reading.ts";
import { scrolled, scrollTo } from "./scrolling.ts";
import { spanOf, spark } from "./spark.ts";

const OPTIONS = {
  history: {
    type: "choice",
    choices: ["util", "memory_used", "power", "temperature", "none"],
    default: "util",
    title: "History",
    help: "What of the last minutes is drawn at the right where there is room",
  },
  minutes: { type: "number", default: 5, min: 1, max: 1440, title: "Minutes", help: "How long that history is" },
  unused: { type: "flag", default: true, title: "Unused", help: "Shows GPUs of the machine that no rank of the run is on" },
  fits: { type: "flag", default: true, title: "Fits", help: "Tells what would still fit into their memory, by the planner's figures" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** What one row is made from. */
interface Row {
  input: Input;
  reading: Reading;
  gpu: GpuNow;
  peak: number | null;
}

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (row: Row) => Line;
}

const NARROWEST_SPARK = 8;
const BAR = 8;

const figure = ({ input, gpu, reading }: Row, what: keyof GpuNow["metrics"], text: string): Line => {
  const value = reading.host(gpu.metrics[what])?.value ?? null;
  const tone = toneOf(gpu.metrics[what], value, input.thresholds);
  return [{ text: `${limitSign(tone, "")}${text}`, tone, bold: tone !== undefined }];
};

const whole = (value: number | null): string => (value === null || !Number.isFinite(value) ? "–" : String(Math.round(value)));

/** A run that reaches this part of a card's memory has no room for what comes now and then, as an evaluation. */
const FULL = 0.95;

const COLUMNS: readonly Column[] = [
  { title: "gpu", width: 3, rank: 0, align: "right", cell: ({ gpu }) => [{ text: String(gpu.index) }] },
  {
    title: "rank",
    width: 4,
    rank: 6,
    align: "right",
    cell: ({ gpu }) => [{ text: gpu.rank === null ? "–" : String(gpu.rank), tone: "muted" }],
  },
  { title: "busy", width: 5, rank: 1, align: "right", cell: (row) => figure(row, "util", `${whole(row.gpu.util)}%`) },
  {
    title: "memory",
    width: 20,
    rank: 0,
    align: "right",
    cell: (row) => figure(row, "memory_used", `${bytes(row.gpu.used)} / ${bytes(row.gpu.total)}`),
  },
  {
    title: "headroom",
    width: 10,
    rank: 4,
    align: "right",
    cell: ({ gpu, peak }) => [roomSpan(peak, gpu.total)],
  },
  { title: "temp", width: 5, rank: 2, align: "right", cell: (row) => figure(row, "temperature", `${whole(row.gpu.temperature)}°`) },
  { title: "power", width: 7, rank: 5, align: "right", cell: (row) => figure(row, "power", `${whole(row.gpu.power)} W`) },
];

/** Instead of the plain figure where there is room. */
const BUSY_BAR: Column = {
  title: "busy",
  width: BAR + 6,
  rank: 1,
  cell: (row) => [...barSpans((row.gpu.util ?? 0) / 100, BAR, "s3"), { text: " " }, ...figure(row, "util", `${whole(row.gpu.util)}%`)],
};

const HISTORY: Column = { title: "", rank: 0, cell: ({ input, gpu, reading }) => history(input, gpu, reading) };

/** What was free when it was fullest. */
function roomSpan(peak: number | null, total: number | null): Span {
  if (peak === null || total === null) return { text: "–", tone: "muted" };
  const full = peak > total * FULL;
  return { text: `${full ? "▲ " : ""}${bytes(Math.max(0, total - peak))}`, tone: full ? "warn" : "text" };
}

const widthOf = (columns: readonly Column[]): number => columns.reduce((sum, column) => sum + (column.width ?? 0) + 2, -2);

function columnsFor(width: number): Column[] {
  const plain = fitColumns(COLUMNS, width, -2);
  const barred = plain.map((column) => (column.title === "busy" ? BUSY_BAR : column));
  const columns = widthOf(barred) <= width ? barred : plain;
  return widthOf(columns) + 2 + NARROWEST_SPARK <= width ? [...columns, HISTORY] : columns;
}

const MOST: Readonly<Record<string, number>> = { util: 100, temperature: 100 };
const LONGEST_SPARK = 40;

function history({ facts, options, size }: Input, gpu: GpuNow, { moment }: Reading): Line {
  const { history: what, minutes } = options;
  if (what === "none") return [];
  const used = widthOf(columnsFor(size.width));
  const metric = gpu.metrics[what];
  const to = MOST[what] ?? (what === "memory_used" ? (gpu.total ?? 1) : Math.max(1, highest(facts, metric)));
  const width = Math.min(LONGEST_SPARK, size.width - used);
  const at = moment?.at ?? lastMoment(facts);
  return [spark(facts, { metric, width, from: 0, to, tone: "s3", at, minutes: spanOf(facts, at, minutes) })];
}

const highest = ({ data }: RunFacts, metric: string): number =>
  data.query({ stage: RUN_STAGE, metric, axis: "wall", columns: 1 }).max[0] ?? 1;

/** The most memory of a GPU that was in use since the stage began. */
function peakOf(facts: RunFacts, metric: string): number | null {
  const started = Date.parse(stageState(facts)?.startedAt ?? "");
  const { max, count: points } = facts.data.query({
    stage: RUN_STAGE,
    metric,
    axis: "wall",
    ...(Number.isFinite(started) ? { from: started, to: Math.max(started, lastMoment(facts)) } : {}),
    columns: 1,
  });
  return points[0]! > 0 ? max[0]! : null;
}

const SHOWS = "how busy, full and hot each is";

function gpusPanel(input: Input): Scene {
  const { facts, size, options, view } = input;
  const reading = readingOf(facts, view);
  const all = gpusNow(facts, reading);
  const gpus = options.unused || all.every(({ rank }) => rank === null) ? all : all.filter(({ rank }) => rank !== null);
  if (gpus.length === 0) return { title: "gpus", blocks: [{ block: { kind: "empty", ...whyNoGpus(facts, SHOWS) } }] };
  const peaks = gpus.map(({ metrics }) => peakOf(facts, metrics.memory_used));
  const head = sumLine(input, reading, gpus);
  const fits = options.fits ? fitLines(input, gpus, peaks) : [];
  const foot = fits.slice(0, Math.max(0, size.height - 2 - gpus.length));
  const columns = columnsFor(size.width);
  const room = Math.max(1, size.height - 2 - foot.length);
  const rows = gpus.map((gpu, i): Line[] => columns.map(({ cell }) => cell({ input, reading, gpu, peak: peaks[i] ?? null })));
  const shown = scrolled(rows, view.scroll, room);
  return {
    title: titleOf(gpus),
    settings: settingsOf(reading, input),
    note: shown.note,
    blocks: [
      { block: { kind: "text", lines: [head] }, rows: 1 },
      { block: tableOf(columns, shown.rows) },
      ...(foot.length > 0 ? [{ block: { kind: "text" as const, lines: foot }, rows: foot.length }] : []),
    ],
  };
}

function titleOf(gpus: readonly GpuNow[]): string {
  const names = [...new Set(gpus.map(({ name }) => name))];
  const name = names.length === 1 && names[0] != null ? ` ${names[0].replace(/^NVIDIA /, "")}` : "";
  return `${gpus.length === 1 ? "gpu" : `gpus · ${gpus.length}`}${name === "" ? "" : gpus.length === 1 ? ` ·${name}` : ` ×${name}`}`;
}

const HISTORY_TITLES = { util: "busy", memory_used: "memory", power: "power", temperature: "temperature" } as const;

function settingsOf({ moment }: Reading, { facts, options, size }: Input): string | undefined {
  if (moment !== null) return moment.at === null ? `at step ${count(moment.step)}` : `at ${clock(moment.at, true)}`;
  const drawn = columnsFor(size.width).some((column) => column.width === undefined);
  return drawn && options.history !== "none"
    ? `${HISTORY_TITLES[options.history]}, last ${setting(spanOf(facts, lastMoment(facts), options.minutes))} min`
    : undefined;
}

/** Of all of them: utilisation of the model, throughput, how many are in use, power. */
function sumLine({ facts, size }: Input, { stage }: Reading, gpus: readonly GpuNow[]): Line {
  const mfu = stage("train/mfu")?.value ?? Number.NaN;
  const used = gpus.filter(({ rank }) => rank !== null).length;
  const watts = gpus.reduce((sum, { power }) => sum + (power ?? 0), 0);
  if (used === 0 && (plannedStage(facts)?.ranks ?? 0) > 0) return [{ text: "▲ no rank of the run is known to be on them", tone: "warn" }];
  return fields(
    [
      ["mfu", mfu > 0 && Number.isFinite(mfu) ? mfu.toFixed(1) : UNKNOWN],
      ["", `${si(stage("train/tok_per_sec")?.value)} tok/s`],
      ["ranks", count(used)],
      ...(watts > 0 ? [["power", `${si(watts)} W`] as const] : []),
    ],
    size.width,
  );
}

/** What was planned, what was measured, and which device batch would fit. */
function fitLines({ facts, size }: Input, gpus: readonly GpuNow[], peaks: ReadonlyArray<number | null>): Line[] {
  const figures = planFigures(facts);
  const inUse = gpus.flatMap((gpu, i) => {
    const peak = peaks[i];
    return (gpu.rank === null && gpus.some(({ rank }) => rank !== null)) || peak == null || gpu.total === null
      ? []
      : [{ peak, total: gpu.total }];
  });
  if (figures === undefined || figures.memory === null || inUse.length === 0 || position(facts) === null) return [];
  const fullest = inUse.reduce((a, b) => (b.total - b.peak < a.total - a.peak ? b : a));
  const parts = [
    `planned ~${bytes(figures.memory.bytes)}, at most ${bytes(fullest.peak)} used of ${bytes(fullest.total)}`,
    largerBatch(figures, fullest.total * FULL - fullest.peak),
  ].filter((part) => part !== null);
  const whole = parts.join(" · ");
  return (textWidth(whole) <= size.width ? [whole] : parts).map((text): Line => [{ text, tone: "muted" }]);
}

/**
 * The largest device batch that would fit: each further sequence takes what the planner's model says (figures'
 * perSequenceBytes), and the sequences of a step must divide among ranks and micro-batches as before.
 */
export function largerBatch({ batch, memory }: StageFigures, room: number): string | null {
  const each = memory?.perSequenceBytes;
  if (batch === null || each === undefined || !(each > 0)) return null;
  const most = batch.deviceBatch + Math.floor(Math.max(0, room) / each);
  const sequences = batch.totalBatch / (batch.sequence * batch.ranks);
  if (!Number.isInteger(sequences)) return null;
  for (let size = Math.min(most, sequences); size > batch.deviceBatch; size--) {
    if (sequences % size === 0) return `~device_batch_size ${count(size)} would fit (now ${count(batch.deviceBatch)})`;
  }
  return `no larger device_batch_size than ${count(batch.deviceBatch)} ${batch.deviceBatch === sequences ? "divides a step" : "would fit"}`;
}

export const gpusKind = definePanel({
  kind: "gpus",
  title: "GPUs",
  about: "Each GPU: how busy, full and hot it is, whose it is, its headroom, and what would still fit",
  options: OPTIONS,
  from: ["points", "events"],
  everyMs: 500,
  timed: "left",
  least: { width: 44, height: 6 },
  keys: ["list"],
  looks: ["chart", "scroll"],
  idle: (facts) => lacksGpus(facts),
  scene: gpusPanel,
  scroll: ({ facts, view, size }, by) => {
    const gpus = gpusNow(facts, readingOf(facts, view)).length;
    return { scroll: scrollTo(gpus, view.scroll, by, size.height - 2) };
  },
});
