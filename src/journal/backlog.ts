/** What was pushed and is not yet stored. It is bounded: when storing fails for long, the oldest of it is given up and counted. */
import type { JournalEvent, LogLine, StageIndex } from "../core/journal.ts";
import type { Block } from "./batch.ts";

// Not every metric of each step will do: scripts log others ahead of the step's own line, with a validation.
const STEPPING = new Set(["train/loss", "rl/reward"]);

/** Points of one series in their order of arrival; the arrays are kept from commit to commit. */
export class Arrivals {
  keys = new Float64Array(64);
  values = new Float64Array(64);
  length = 0;
  /** Whether its keys are the trainer's own steps, so that one below the last is a rewind. */
  readonly stepping: boolean;

  constructor(
    readonly metric: number,
    readonly stage: StageIndex,
    readonly name: string,
  ) {
    this.stepping = STEPPING.has(name);
  }

  push(key: number, value: number): void {
    if (this.length === this.keys.length) this.#grow();
    this.keys[this.length] = key;
    this.values[this.length++] = value;
  }

  block(): Block {
    return { metric: this.metric, keys: this.keys.subarray(0, this.length), values: this.values.subarray(0, this.length) };
  }

  /** Gives up the oldest half; returns how many points that were. */
  shed(): number {
    const dropped = Math.ceil(this.length / 2);
    this.keys.copyWithin(0, dropped, this.length);
    this.values.copyWithin(0, dropped, this.length);
    this.length -= dropped;
    return dropped;
  }

  #grow(): void {
    const [keys, values] = [this.keys, this.values];
    this.keys = new Float64Array(keys.length * 2);
    this.values = new Float64Array(keys.length * 2);
    this.keys.set(keys);
    this.values.set(values);
  }
}

/** What had to be given up of one stage, and between which moments (epoch milliseconds) it had come. */
export interface Loss {
  from: number;
  to: number;
  points: number;
  lines: number;
}

const POINT_BYTES = 16;
/** A row's own cost in memory, on top of its text. */
const ROW_BYTES = 120;

export class Backlog {
  readonly columns: Arrivals[] = [];
  events: JournalEvent[] = [];
  lines: LogLine[] = [];
  readonly offsets = new Map<string, number>();
  readonly losses = new Map<StageIndex, Loss>();
  points = 0;
  #textBytes = 0;

  get bytes(): number {
    return this.points * POINT_BYTES + this.#textBytes;
  }

  get isEmpty(): boolean {
    return this.points === 0 && this.events.length === 0 && this.lines.length === 0 && this.offsets.size === 0;
  }

  /** Events are few and weigh little; they are never given up and count nothing. */
  event(event: JournalEvent): void {
    this.events.push(event);
  }

  log(line: LogLine): void {
    this.lines.push(line);
    this.#textBytes += ROW_BYTES + line.text.length * 2;
  }

  blocks(): Block[] {
    return this.columns.filter((column) => column.length > 0).map((column) => column.block());
  }

  clear(): void {
    for (const column of this.columns) column.length = 0;
    this.points = 0;
    this.#textBytes = 0;
    this.events = [];
    this.lines = [];
    this.offsets.clear();
    this.losses.clear();
  }

  /** Gives up the oldest half of all points and lines, and remembers that. */
  shed(): void {
    for (const column of this.columns) this.#shedColumn(column);
    const cut = Math.ceil(this.lines.length / 2);
    for (const line of this.lines.slice(0, cut)) this.#lose(line.stage, line.at, line.at, 0, 1);
    this.lines = this.lines.slice(cut);
    this.#textBytes = this.lines.reduce((sum, line) => sum + ROW_BYTES + line.text.length * 2, 0);
  }

  #shedColumn(column: Arrivals): void {
    if (column.length === 0) return;
    // Only two series say when their points came: wall time in its values, the host's in their keys.
    const times = column.stage === 0 ? column.keys : column.name === "time/wall" ? column.values : null;
    const [first, last] = [times?.[0], times?.[Math.ceil(column.length / 2) - 1]];
    const dropped = column.shed();
    this.points -= dropped;
    const scale = column.stage === 0 ? 1000 : 1;
    const at = (time: number | undefined, none: number) => (time === undefined ? none : time * scale);
    this.#lose(column.stage, at(first, Number.POSITIVE_INFINITY), at(last, Number.NEGATIVE_INFINITY), dropped, 0);
  }

  #lose(stage: StageIndex, from: number, to: number, points: number, lines: number): void {
    const loss = this.losses.get(stage) ?? { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY, points: 0, lines: 0 };
    this.losses.set(stage, {
      from: Math.min(loss.from, from),
      to: Math.max(loss.to, to),
      points: loss.points + points,
      lines: loss.lines + lines,
    });
  }
}
