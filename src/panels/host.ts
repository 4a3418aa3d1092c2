/** The machine: processor, memory, disk and how long it lasts, the trainer's share, and its GPUs in short. */
import type { KeyOf } from "../core/keys.ts";
import type { OptionValues } from "../core/panel.ts";
import { isAlone } from "../core/run.ts";
import type { Line, Scene, Span, Tone } from "../core/scene.ts";
import { bytes, clock, duration, si } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import { limitSign, toneOf } from "./chart-limits.ts";
import { RUN_STAGE, type RunDisk, type RunFacts } from "./data.ts";
import { roughly, secondsUntilFull } from "./disk.ts";
import { type GpuNow, gpusNow } from "./gpu-figures.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { lastMoment } from "./pace.ts";
import { barSpans } from "./paint.ts";
import { type Reading, readingOf } from "./reading.ts";
import { spanOf, spark } from "./spark.ts";

const OPTIONS = {
  gpus: {
    type: "choice",
    choices: ["auto", "each", "together", "none"],
    default: "auto",
    title: "GPUs",
    help: "A line for each, one for all together, or none; auto: for each where there is room",
  },
  history: { type: "flag", default: true, title: "History", help: "The last minutes beside each bar where there is room" },
  minutes: { type: "number", default: 10, min: 1, max: 1440, title: "Minutes", help: "How long that history is" },
  disk: {
    type: "number",
    default: 60,
    min: 1,
    max: 1440,
    title: "Disk rate",
    help: "Minutes by which the time until the disk is full is told",
  },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** Figures that come with every sample; that of an imported run may lack the first. */
const NEWEST = ["host/cpu", "host/disk_free", "host/memory_used", "host/trainer_memory"];
/** A figure that is older is told with its age. */
const STALE_SECONDS = 15;

function hostPanel(input: Input): Scene {
  const { facts, size, view } = input;
  const reading = readingOf(facts, view);
  const last = NEWEST.map((metric) => reading.host(metric)).find((one) => one !== null) ?? null;
  const gpus = gpusNow(facts, reading);
  if (last === null && gpus.length === 0)
    return { title: "host", blocks: [{ block: { kind: "empty", ...whyEmpty(facts, reading, view.keyOf) } }] };
  const at = reading.moment?.at ?? lastMoment(facts);
  const host = hostRows(input, reading, at);
  const lines = linesOf(input, [...gpuRows(input, gpus, size.height - host.length, at), ...host]);
  return { title: "host", settings: settingsOf(facts, reading, last?.at ?? null), blocks: [{ block: { kind: "text", lines } }] };
}

function settingsOf({ liveness, now }: RunFacts, { moment }: Reading, at: number | null): string | undefined {
  if (moment !== null) return moment.at === null ? undefined : `at ${clock(moment.at, true)}`;
  if (liveness === "ended") return "as it was at the end";
  const age = at === null ? 0 : (now - at) / 1000;
  return age > STALE_SECONDS ? `${duration(age)} old` : undefined;
}

function whyEmpty(
  { liveness, data, state, isReadOnly = false }: RunFacts,
  { moment }: Reading,
  keyOf: KeyOf,
): { why: string; remedy?: string } {
  if (moment !== null && data.latest(RUN_STAGE, "host/cpu") !== null)
    return { why: "Nobody sampled this machine at that moment", remedy: `${keyOf("chart.cursor")} puts the cursor away` };
  if (liveness === "owned") return { why: "No figures of this machine yet: the first come within a second" };
  if (isAlone(liveness))
    return {
      why: "No figures: this run has no supervisor, which samples the machine",
      ...(!isReadOnly && { remedy: `${keyOf("run.adopt-attached")} adopts it` }),
    };
  if (state.imported !== undefined)
    return { why: "No figures of the machine that this run was on", remedy: "`nanochat-cli machine --screen` shows this one" };
  return { why: "No figures: nobody sampled this machine while the run went on" };
}

/** The name and its bar; then the text, and the last minutes where they fit. */
interface Gauge {
  name: string;
  metric: string;
  fraction: number | null;
  text: string;
  tone?: Tone;
  /** Where its last minutes end, epoch milliseconds. */
  at: number;
}

/** A gauge, or a line that stands between them. */
type Row = Gauge | Line;

const isGauge = (row: Row): row is Gauge => "metric" in row;

const NAME = 8;
const NARROWEST_BAR = 6;
const WIDEST_BAR = 24;
const TEXT = 24;
const LONGEST_HISTORY = 30;

/** Where the parts of all gauges stand: below each other, so that one moment is in one column. */
interface Columns {
  bar: number;
  text: number;
  /** 0 = none. */
  history: number;
}

function columnsOf({ size, options }: Input, words: readonly string[]): Columns {
  const widest = Math.max(0, ...words.map(textWidth));
  const bar = Math.min(WIDEST_BAR, size.width - NAME - widest - 2);
  const text = Math.max(TEXT, widest);
  const history = Math.min(LONGEST_HISTORY, size.width - NAME - (bar >= NARROWEST_BAR ? bar + 2 : 0) - text - 2);
  return { bar, text, history: options.history && history >= NARROWEST_BAR ? history : 0 };
}

function linesOf(input: Input, rows: readonly Row[]): Line[] {
  const limits = new Map(
    rows.filter(isGauge).map((row) => {
      const value = input.facts.data.latest(RUN_STAGE, row.metric)?.value ?? null;
      return [row, toneOf(row.metric, value, input.thresholds)];
    }),
  );
  const wordsOf = (row: Gauge): string => `${limitSign(limits.get(row))}${row.text}`;
  const columns = columnsOf(input, rows.filter(isGauge).map(wordsOf));
  return rows.map((row) => (isGauge(row) ? gaugeLine(input, row, wordsOf(row), limits.get(row), columns) : row));
}

function gaugeLine({ facts, size, options }: Input, gauge: Gauge, words: string, limit: Tone | undefined, columns: Columns): Line {
  const { name, metric, fraction, tone = "s3", at } = gauge;
  const head: Span[] = [{ text: name.padEnd(NAME), tone: "muted" }];
  // Where the longest text leaves no room for bars in one column, a shorter one may still have its own.
  const bar = columns.bar >= NARROWEST_BAR ? columns.bar : Math.min(WIDEST_BAR, size.width - NAME - textWidth(words) - 2);
  if (bar >= NARROWEST_BAR) head.push(...barSpans(fraction ?? 0, bar, limit ?? tone), { text: "  " });
  head.push({ text: words, tone: limit, bold: limit !== undefined });
  if (columns.history === 0) return head;
  const most = fraction === null || fraction <= 0 ? 1 : (facts.data.latest(RUN_STAGE, metric)?.value ?? 1) / fraction;
  const look = { metric, width: columns.history, from: 0, to: most, tone: "muted" as const };
  const air = " ".repeat(columns.text - textWidth(words) + 2);
  return [...head, { text: air }, spark(facts, { ...look, at, minutes: spanOf(facts, at, options.minutes) })];
}

function hostRows(input: Input, { host, moment }: Reading, at: number): Row[] {
  const { facts } = input;
  const value = (metric: string): number | null => host(metric)?.value ?? null;
  const [cpu, used, total] = [value("host/cpu"), value("host/memory_used"), value("host/memory_total")];
  const share = used !== null && total ? used / total : null;
  return [
    {
      name: "cpu",
      metric: "host/cpu",
      fraction: cpu === null ? null : cpu / 100,
      text: `${whole(cpu)}%  load ${value("host/load1")?.toFixed(1) ?? "–"}`,
      at,
    },
    {
      name: "mem",
      metric: "host/memory_used",
      fraction: share,
      text: `${share !== null && share > BUSY ? "▲ " : ""}${bytes(used)} / ${bytes(total)}`,
      tone: share !== null && share > BUSY ? "warn" : "s3",
      at,
    },
    ...(facts.plan.stages.length === 0 ? [] : [trainerLine(value)]),
    diskLine(input, value("host/disk_free"), at),
    ...(moment === null && facts.disk !== undefined && (facts.disk.isApart || facts.disk.isFull) ? [homeLine(facts.disk)] : []),
  ];
}

const trainerLine = (value: (metric: string) => number | null): Line => [
  { text: "trainer".padEnd(NAME), tone: "muted" },
  { text: `${whole(value("host/trainer_cpu"))}% cpu  ${bytes(value("host/trainer_memory"))}` },
];

const BUSY = 0.9;
const whole = (value: number | null): string => (value === null || !Number.isFinite(value) ? "–" : String(Math.round(value)));

/** `67.0 GiB free · full in ~3 hours`, and whether that is before the run ends. */
function diskLine({ facts, options, thresholds }: Input, free: number | null, at: number): Line {
  const left = facts.liveness === "ended" ? null : secondsUntilFull(facts.data, at, options.disk);
  const eta = facts.state.progress?.etaSeconds ?? null;
  const early = left !== null && eta !== null && left < eta;
  const tone = early ? "bad" : toneOf("host/disk_free", free, thresholds);
  const when = left === null ? "" : ` · full in ~${roughly(left)}${early ? ", before the run ends" : ""}`;
  return [
    { text: "disk".padEnd(NAME), tone: "muted" },
    { text: `${limitSign(tone)}${bytes(free)} free${when}`, tone, bold: tone !== undefined },
  ];
}

/** The disk of the run directory, where it is another one than that of the checkpoints. */
const homeLine = ({ free, isFull }: RunDisk): Line => [
  { text: "home".padEnd(NAME), tone: "muted" },
  isFull ? { text: `✕ full · ${bytes(free)} free`, tone: "bad", bold: true } : { text: `${bytes(free)} free` },
];

function gpuRows(input: Input, gpus: readonly GpuNow[], rows: number, at: number): Gauge[] {
  const how = input.options.gpus;
  if (how === "none" || gpus.length === 0) return [];
  if (how === "each" || (how === "auto" && gpus.length <= Math.max(1, rows))) return gpus.map((gpu) => gpuRow(gpu, at));
  const known = (pick: (gpu: GpuNow) => number | null): number[] => gpus.flatMap((gpu) => pick(gpu) ?? []);
  const util = known((gpu) => gpu.util);
  const fullest = [...gpus].sort((a, b) => (b.used ?? 0) - (a.used ?? 0))[0]!;
  const mean = util.length === 0 ? null : util.reduce((sum, one) => sum + one, 0) / util.length;
  const hottest = Math.max(...known((gpu) => gpu.temperature));
  const power = known((gpu) => gpu.power).reduce((sum, watts) => sum + watts, 0);
  const memory = `${bytes(fullest.used)} / ${bytes(fullest.total)}`;
  const words = [`${whole(mean)}%`, `fullest ${memory}`, `${si(power)} W`, `${whole(hottest)}°C`];
  const room = input.size.width - NAME;
  const text =
    [words, words.slice(0, 2), [words[0], memory]].map((some) => some.join("  ")).find((some) => textWidth(some) <= room) ?? words[0]!;
  return [{ name: `${gpus.length} gpus`, metric: fullest.metrics.util, fraction: mean === null ? null : mean / 100, text, at }];
}

function gpuRow({ index, util, used, total, power, temperature, metrics }: GpuNow, at: number): Gauge {
  const text = `${whole(util)}%  ${bytes(used)} / ${bytes(total)}  ${whole(power)} W  ${whole(temperature)}°C`;
  return { name: `gpu ${index}`, metric: metrics.util, fraction: util === null ? null : util / 100, text, at };
}

export const hostKind = definePanel({
  kind: "host",
  title: "host",
  about: "Processor, memory, disk and how long it lasts, the trainer's share, and its GPUs in short",
  options: OPTIONS,
  from: ["points"],
  everyMs: 500,
  timed: "left",
  least: { width: 40, height: 6 },
  rows: 8,
  looks: ["chart"],
  scene: hostPanel,
});
