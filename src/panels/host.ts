/** The machine: processor, memory, disk, the trainer's share, and each GPU. */
import { gpuMetric } from "../core/metrics.ts";
import type { Line, Scene, Span, Tone } from "../core/scene.ts";
import { bytes, duration } from "../lib/format.ts";
import type { RunFacts, Size } from "./data.ts";
import { definePanel } from "./kind.ts";
import { barSpans } from "./paint.ts";

/** Metrics of the run itself, not of a stage. */
const RUN = 0;
/** Figures that come with every sample; that of an imported run may lack the first. */
const NEWEST = ["host/cpu", "host/memory_used", "host/trainer_memory"];
/** A figure that is older is told with its age. */
const STALE_SECONDS = 15;

export function hostPanel(facts: RunFacts, size: Size): Scene {
  const value = (metric: string): number | null => facts.data.latest(RUN, metric)?.value ?? null;
  const last = NEWEST.map((metric) => facts.data.latest(RUN, metric)).find((latest) => latest !== null);
  if (last === undefined) return { title: "host", blocks: [{ block: { kind: "empty", why: emptyReason(facts) } }] };
  const age = last.at === null ? 0 : (facts.now - last.at) / 1000;
  const lines = [...gpuLines(facts, value, size.width), ...hostLines(value, size.width)];
  const settings =
    age > STALE_SECONDS && facts.liveness !== "ended"
      ? `${duration(age)} old`
      : facts.liveness === "ended"
        ? "as it was at the end"
        : undefined;
  return { title: "host", settings, blocks: [{ block: { kind: "text", lines } }] };
}

const emptyReason = ({ liveness }: RunFacts): string =>
  liveness === "owned" ? "No figures of this machine yet: the first come within a second" : "No figures: nobody sampled this machine";

type Value = (metric: string) => number | null;

function hostLines(value: Value, width: number): Line[] {
  const cpu = value("host/cpu");
  const used = value("host/memory_used");
  const total = value("host/memory_total");
  const trainerCpu = value("host/trainer_cpu");
  const lines: Line[] = [
    gauge("cpu", cpu === null ? null : cpu / 100, `${round(cpu)}%  load ${value("host/load1")?.toFixed(1) ?? "–"}`, width),
    gauge("mem", used !== null && total ? used / total : null, `${bytes(used)} / ${bytes(total)}`, width),
  ];
  const rest: Span[] = [];
  if (trainerCpu !== null) {
    rest.push({ text: "trainer ", tone: "muted" }, { text: `${round(trainerCpu)}% cpu  ${bytes(value("host/trainer_memory"))}   ` });
  }
  rest.push({ text: "disk free ", tone: "muted" }, { text: bytes(value("host/disk_free")) });
  return [...lines, rest];
}

function gpuLines({ data }: RunFacts, value: Value, width: number): Line[] {
  const indices = data.metrics(RUN).flatMap((metric) => metric.match(/^gpu\/(\d+)\/util$/)?.[1] ?? []);
  return indices
    .map(Number)
    .sort((a, b) => a - b)
    .map((gpu) => {
      const util = value(gpuMetric(gpu, "util"));
      const text = [
        `${round(util)}%`,
        `${bytes(value(gpuMetric(gpu, "memory_used")))} / ${bytes(value(gpuMetric(gpu, "memory_total")))}`,
        `${round(value(gpuMetric(gpu, "power")))} W`,
        `${round(value(gpuMetric(gpu, "temperature")))}°C`,
      ].join("  ");
      return gauge(`gpu ${gpu}`, util === null ? null : util / 100, text, width);
    });
}

const BUSY = 0.9;
const NARROWEST_BAR = 6;
const WIDEST_BAR = 24;

function gauge(name: string, fraction: number | null, text: string, width: number): Line {
  const tone: Tone = name === "mem" && fraction !== null && fraction > BUSY ? "warn" : "s3";
  const room = Math.min(WIDEST_BAR, width - 8 - text.length - 2);
  const bar = room >= NARROWEST_BAR ? [...barSpans(fraction ?? 0, room, tone), { text: "  " }] : [];
  return [{ text: name.padEnd(6), tone: "muted" }, { text: "  " }, ...bar, { text }];
}

const round = (value: number | null): string => (value === null ? "–" : String(Math.round(value)));

export const hostKind = definePanel({
  kind: "host",
  title: "host",
  about: "Processor, memory, disk and the trainer's share of them, and each GPU",
  options: {},
  from: ["points"],
  everyMs: 500,
  timed: true,
  least: { width: 40, height: 5 },
  rows: 8,
  scene: ({ facts, size }) => hostPanel(facts, size),
});
