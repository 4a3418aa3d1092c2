/**
 * A log that was kept by hand (`python -m scripts.base_train > train.log`), of one training or of several, one after the
 * other. It has no times: points come without one (NaN), lines and events with that of the file's last change.
 */
import type { Sink, Source } from "../../core/journal.ts";
import { FollowedLog } from "./followed-log.ts";
import { Narrator } from "./narrator.ts";

export interface PlainLogOptions {
  path: string;
  /** Under which the offset is kept. */
  key: string;
  /** Where each training's lines begin, in bytes; that of stage 1 first. */
  begins: readonly number[];
}

export class PlainLogSource implements Source {
  readonly id = "plain-log";
  #log: FollowedLog | null = null;
  #sink: Sink | null = null;

  constructor(private readonly options: PlainLogOptions) {}

  start(sink: Sink, offsets: ReadonlyMap<string, number>): void {
    const { path, key, begins } = this.options;
    const told = begins.map((_, i) => ({
      stage: i + 1,
      narrator: new Narrator({ stage: i + 1, stream: "stdout", rank: null, metricsFromLog: true }),
    }));
    const of = (offset: number) =>
      told[
        Math.max(
          0,
          begins.findLastIndex((from) => from <= offset),
        )
      ]!;
    this.#sink = timeless(sink);
    this.#log = new FollowedLog({ path, key, offset: offsets.get(key) ?? 0, narrator: of, source: this.id });
  }

  /** How far it has been read, in bytes. */
  get offset(): number {
    return this.#log?.offset ?? 0;
  }

  poll(budgetMs: number): boolean {
    if (this.#sink === null) return false;
    return this.#log?.take(performance.now() + budgetMs, this.#sink) ?? false;
  }

  finish(): void {
    if (this.#sink !== null) this.#log?.finish(this.#sink);
  }

  stop(): void {
    this.#log?.close();
    this.#log = null;
    this.#sink = null;
  }
}

const timeless = (sink: Sink): Sink => ({
  points: (stage, key, _atMs, values) => sink.points(stage, key, Number.NaN, values),
  event: (event) => sink.event(event),
  log: (line) => sink.log(line),
  offset: (file, offset) => sink.offset(file, offset),
});
