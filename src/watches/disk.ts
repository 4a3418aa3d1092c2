import { type Evidence, figureOf } from "../core/alert.ts";
import type { JournalEvent } from "../core/journal.ts";
import { bytes, counted, duration } from "../lib/format.ts";
import { type Finding, type Point, type Say, type Watch, watch } from "./contract.ts";
import type { Doing } from "./doing.ts";
import { Lasting } from "./lasting.ts";

const FREE = "host/disk_free";
/** Samples of free space that are kept; when there are so many, every other one goes, so that they span the whole run. */
const SAMPLES = 128;
const FIRST_SPACING_MS = 2000;
/** Samples before a trend is believed, and how far ahead: so many times as long as it has been seen. */
const TREND_SAMPLES = 16;
const AHEAD = 4;
/** How long a finding must stand: free space comes and goes by moments. */
const LASTING_MS = 5000;

interface Options {
  reserve_gib: number;
  percent: number;
}

export const disk = watch({
  id: "disk",
  title: "Disk filling",
  what: "By the checkpoints that are still to come and the rate at which it fills, the disk is full before the run ends",
  options: {
    reserve_gib: { default: 0.5, min: 0, max: 1_000_000, what: "GiB that are to stay free" },
    percent: { default: 10, min: 0, max: 1000, what: "percent more than what is worked out, to be sure" },
  },
  begin: (options, say, doing) => new Disk(options, say, doing),
});

/** What the rest of the run needs. */
interface Need {
  saves: number;
  checkpoints: number;
  /** By the trend, beside checkpoints. */
  drift: number;
}

class Disk implements Watch {
  readonly #lasting = new Lasting(LASTING_MS);
  #samples: Array<{ at: number; free: number; saves: number }> = [];
  #spacingMs = FIRST_SPACING_MS;
  #checkpointBytes = 0;
  #saves = 0;

  constructor(
    private readonly options: Options,
    private readonly say: Say,
    private readonly doing: Doing,
  ) {}

  event({ kind, body }: JournalEvent): void {
    if (kind === "phase" && body["name"] === "save") this.#saves++;
    if (kind !== "checkpoint") return;
    this.#saves++;
    if (typeof body["bytes"] === "number" && body["bytes"] > 0) this.#checkpointBytes = body["bytes"];
  }

  host({ at, values }: Point): void {
    const free = values[FREE];
    if (free === undefined) return;
    const last = this.#samples.at(-1);
    if (last !== undefined && at < last.at + this.#spacingMs) return;
    this.#samples.push({ at, free, saves: this.#saves });
    if (this.#samples.length > SAMPLES) {
      this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
      this.#spacingMs *= 2;
    }
    if (!this.doing.finished) this.#judge(free, at);
  }

  #judge(free: number, at: number): void {
    const need = this.#need();
    const wanted = (need.checkpoints + need.drift) * (1 + this.options.percent / 100);
    const left = free - this.options.reserve_gib * 2 ** 30;
    const beyond = wanted > 0 && left < wanted;
    const verdict = this.#lasting.judge(beyond, left > wanted * 1.1, at);
    if (verdict === "clear") this.say.clear("", `${bytes(free)} are free, and the rest of the run needs about ${bytes(wanted)}`);
    if (verdict === "raise") this.say.raise("", this.#finding(free, left, need));
  }

  #need(): Need {
    const saves = this.#savesLeft();
    return { saves, checkpoints: saves * this.#checkpointBytes, drift: this.#driftAhead() };
  }

  /** By the interval of the script's own, and the one at its end. */
  #savesLeft(): number {
    const { totalSteps, step, settings } = this.doing;
    if (this.#checkpointBytes === 0 || totalSteps === null || step === null) return 0;
    const every = Number(settings.get("save_every"));
    const between = every > 0 ? Math.max(0, Math.floor((totalSteps - 1) / every) - Math.floor(step / every)) : 0;
    return between + 1;
  }

  /** Bytes that will go by the way free space went between saves: the median, so that one large file is no trend. */
  #driftAhead(): number {
    const left = this.doing.secondsLeft;
    const rates: number[] = [];
    this.#samples.forEach((sample, i) => {
      const before = this.#samples[i - 1];
      if (before !== undefined && before.saves === sample.saves) rates.push((before.free - sample.free) / ((sample.at - before.at) / 1000));
    });
    if (left === null || rates.length < TREND_SAMPLES) return 0;
    rates.sort((a, b) => a - b);
    const span = ((this.#samples.at(-1)?.at ?? 0) - (this.#samples[0]?.at ?? 0)) / 1000;
    return Math.max(0, rates[rates.length >> 1] ?? 0) * Math.min(left, AHEAD * span);
  }

  #finding(free: number, left: number, { saves, checkpoints, drift }: Need): Finding {
    const bad = saves > 0 && left < this.#checkpointBytes;
    const parts = [
      ...(checkpoints > 0 ? [`${counted(saves, "checkpoint")} of ${bytes(this.#checkpointBytes)}`] : []),
      ...(drift > 0 ? [`${bytes(drift)} by the rate at which it fills`] : []),
    ];
    const evidence: Evidence[] = [
      { metric: FREE, value: figureOf(free), compared: "what the rest of the run needs, in bytes", against: figureOf(checkpoints + drift) },
    ];
    const reserve = free - left;
    if (reserve > 0) evidence.push({ metric: FREE, value: figureOf(free), compared: "to stay free, in bytes", against: figureOf(reserve) });
    const there = `${bytes(free)} are free${reserve > 0 ? `, of which ${bytes(reserve)} are to stay free` : ""}`;
    const when = this.doing.secondsLeft === null ? "" : ` in ${duration(this.doing.secondsLeft)}`;
    return {
      severity: bad ? "bad" : "warn",
      cause: bad
        ? `The next checkpoint of ${bytes(this.#checkpointBytes)} does not fit: ${there}.`
        : `The disk will be full before the run ends${when}: ${there}, and there are ${parts.join(" and ")} to come.`,
      evidence,
      actions: ["patch", "stop", "open-at"],
    };
  }
}
