/** The three watches of GPUs: each looks at figures of every GPU, and speaks of one that stays beyond its limit. */
import { type Evidence, figureOf } from "../core/alert.ts";
import { type gpuMetric, gpuMetric as metricOf } from "../core/metrics.ts";
import { bytes, duration, percent } from "../lib/format.ts";
import { type Finding, type Point, type Say, type Watch, watch } from "./contract.ts";
import type { Doing } from "./doing.ts";
import { Lasting } from "./lasting.ts";

type What = Parameters<typeof gpuMetric>[1];

interface Judged {
  beyond: boolean;
  back: boolean;
  finding: (seconds: number) => Finding;
  cleared: string;
}

/** Null: nothing is known of it now. */
type Judge = (gpu: number, figure: (what: What) => number | undefined, isOpen: boolean) => Judged | null;

const GPU = /^gpu\/(\d+)\//;

/** Judges each GPU by itself; the scope of an alert is its index. */
class EachGpu implements Watch {
  readonly #states = new Map<number, Lasting>();

  constructor(
    private readonly seconds: number,
    private readonly say: Say,
    private readonly judge: Judge,
  ) {}

  host(point: Point): void {
    const gpus = new Set(Object.keys(point.values).flatMap((name) => GPU.exec(name)?.[1] ?? []));
    for (const gpu of gpus) this.#look(Number(gpu), point);
  }

  #look(gpu: number, { at, values }: Point): void {
    const scope = String(gpu);
    const lasting = this.#states.get(gpu) ?? new Lasting(this.seconds * 1000);
    this.#states.set(gpu, lasting);
    const judged = this.judge(gpu, (what) => values[metricOf(gpu, what)], this.say.isOpen(scope));
    if (judged === null) {
      lasting.forget();
      return;
    }
    const verdict = lasting.judge(judged.beyond, judged.back, at);
    if (verdict === "raise") this.say.raise(scope, judged.finding(lasting.lasted(at) / 1000));
    else if (verdict === "clear") this.say.clear(scope, judged.cleared);
  }
}

/** Samples at work after which a GPU is taken to be one that the run uses. */
const USED_SAMPLES = 3;
/** Times in which a GPU has nothing to do, and at whose end it takes a moment to be busy again. */
const IDLE_PHASES: ReadonlySet<string> = new Set(["compile", "save", "sample", "pause", "data"]);

export const gpuIdle = watch({
  id: "gpu-idle",
  title: "GPU idle",
  what: "A GPU that the run has used does nothing, while steps should be made",
  options: {
    percent: { default: 5, min: 0, max: 99, what: "percent of utilisation up to which it is idle" },
    seconds: { default: 60, min: 1, max: 86_400, what: "seconds on end" },
  },
  begin: (options, say, doing) => new EachGpu(options.seconds, say, idleJudge(options.percent, doing)),
});

function idleJudge(limit: number, doing: Doing): Judge {
  const used = new Map<number, number>();
  return (gpu, figure, isOpen) => {
    const util = figure("util");
    if (util === undefined) return null;
    const busy = util > Math.min(limit + 15, 99);
    const samples = (used.get(gpu) ?? 0) + (busy ? 1 : 0);
    used.set(gpu, samples);
    const expected = doing.steps > 0 && !doing.finished && !(doing.phase !== null && IDLE_PHASES.has(doing.phase));
    if (!expected && !isOpen) return null;
    const name = metricOf(gpu, "util");
    return {
      beyond: expected && samples >= USED_SAMPLES && util <= limit,
      back: busy || !expected,
      cleared: expected ? `It is at work again: ${percent(util / 100)}` : "There is nothing for it to do now",
      finding: (seconds) => ({
        severity: "warn",
        cause: `GPU ${gpu} has done next to nothing for ${duration(seconds)}, and steps should be made.`,
        evidence: [evidence(name, util, "percent up to which it is idle", limit)],
        actions: ["open-at", "stop"],
      }),
    };
  };
}

export const gpuMemory = watch({
  id: "gpu-memory",
  title: "GPU memory headroom",
  what: "The memory of a GPU is all but full: the next longer sequence or evaluation may not fit",
  options: {
    percent: { default: 97, min: 1, max: 100, what: "percent of its memory in use" },
    seconds: { default: 20, min: 0, max: 86_400, what: "seconds on end" },
  },
  begin: (options, say) => new EachGpu(options.seconds, say, memoryJudge(options.percent)),
});

const memoryJudge =
  (limit: number): Judge =>
  (gpu, figure) => {
    const used = figure("memory_used");
    const total = figure("memory_total");
    if (used === undefined || total === undefined || !(total > 0)) return null;
    const share = (used / total) * 100;
    return {
      beyond: share >= limit,
      back: share < limit - 2,
      cleared: `${bytes(total - used)} are free again`,
      finding: () => ({
        severity: "warn",
        cause: `GPU ${gpu} has ${bytes(total - used)} left of ${bytes(total)}.`,
        evidence: [evidence(metricOf(gpu, "memory_used"), used, `${limit}% of its memory`, (total * limit) / 100)],
        actions: ["save", "open-at", "stop"],
      }),
    };
  };

export const gpuTemperature = watch({
  id: "gpu-temperature",
  title: "GPU temperature",
  what: "A GPU is so hot that it slows down, or soon will be switched off",
  options: {
    celsius: { default: 87, min: 1, max: 150, what: "°C from which it is too hot" },
    bad_celsius: { default: 93, min: 1, max: 150, what: "°C from which it is in danger" },
    seconds: { default: 20, min: 0, max: 86_400, what: "seconds on end" },
  },
  begin: (options, say) => new EachGpu(options.seconds, say, heatJudge(options)),
});

const heatJudge =
  ({ celsius, bad_celsius }: { celsius: number; bad_celsius: number }): Judge =>
  (gpu, figure) => {
    const heat = figure("temperature");
    if (heat === undefined) return null;
    const bad = heat >= bad_celsius;
    return {
      beyond: heat >= Math.min(celsius, bad_celsius),
      back: heat < celsius - 3,
      cleared: `It is down to ${heat} °C`,
      finding: () => ({
        severity: bad ? "bad" : "warn",
        cause: `GPU ${gpu} is at ${heat} °C${bad ? ", and may be switched off any moment" : ": it slows down when it gets hotter"}.`,
        evidence: [evidence(metricOf(gpu, "temperature"), heat, "limit, °C", bad ? bad_celsius : celsius)],
        actions: ["save", "stop", "open-at"],
      }),
    };
  };

const evidence = (metric: string, value: number, compared: string, against: number): Evidence => ({
  metric,
  value: figureOf(value),
  compared,
  against: figureOf(against),
});
