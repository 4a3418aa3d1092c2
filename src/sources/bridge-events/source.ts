/** Telemetry of a trainer under the bridge: follows the events file of each rank (docs/bridge-protocol.md). */
import { join } from "node:path";
import { BRIDGE_PROTOCOL, type HelloEvent, type ParseEventLine, type UnknownEvent } from "../../core/bridge.ts";
import type { Sink, Source, StageIndex } from "../../core/journal.ts";
import { plain } from "../../lib/ansi.ts";
import { ioReason } from "../../lib/files.ts";
import { LineReader } from "../../lib/jsonl.ts";
import type { CatchUp } from "../catch-up.ts";
import { journalEvent, renamed } from "./translate.ts";

export interface BridgeEventsOptions {
  stage: StageIndex;
  /** The stage's `bridge` folder. */
  dir: string;
  ranks: number;
  parse: ParseEventLine;
  /** Is told of steps, for whoever reads what was written beside them. */
  catchUp?: CatchUp;
}

/** What is known of the file of one rank. */
interface Rank {
  rank: number;
  /** Under which the offset is kept: it holds when the run directory is moved. */
  key: string;
  reader: LineReader;
  /** Set when the rank speaks a version that we do not, or its file cannot be read: it is read no further. */
  refused: boolean;
  unknown: number;
}

export class BridgeEventsSource implements Source {
  readonly id = "bridge-events";
  #ranks: Rank[] = [];
  #sink: Sink | null = null;

  constructor(private readonly options: BridgeEventsOptions) {}

  start(sink: Sink, offsets: ReadonlyMap<string, number>): void {
    this.#sink = sink;
    this.#ranks = Array.from({ length: this.options.ranks }, (_, rank) => {
      const name = `events.rank${rank}.jsonl`;
      const key = `${this.options.stage}/bridge/${name}`;
      const reader = new LineReader(join(this.options.dir, name), offsets.get(key) ?? 0);
      return { rank, key, reader, refused: false, unknown: 0 };
    });
  }

  poll(budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs;
    let waiting = false;
    for (const rank of this.#ranks) {
      let more = !rank.refused;
      while (more) {
        more = this.#read(rank) && !rank.refused;
        if (performance.now() >= deadline) break;
      }
      waiting ||= more;
    }
    if (!waiting) this.options.catchUp?.abreast();
    return waiting;
  }

  stop(): void {
    for (const { reader } of this.#ranks) reader.close();
    this.#ranks = [];
    this.#sink = null;
  }

  #read(rank: Rank): boolean {
    const before = rank.reader.offset;
    try {
      const more = rank.reader.read((line) => this.#take(rank, line.toString("utf8")));
      if (rank.reader.offset !== before) this.#sink?.offset(rank.key, rank.reader.offset);
      return more;
    } catch (error) {
      rank.refused = true;
      this.#problem(Date.now(), `${rank.reader.path} could not be read`, ioReason(error));
      return false;
    }
  }

  #take(rank: Rank, line: string): void {
    if (rank.refused || line === "" || this.#sink === null) return;
    const { stage, parse } = this.options;
    const event = parse(line);
    if (event.kind === "step") {
      this.options.catchUp?.note(event.step, event.t * 1000);
      this.#sink.points(stage, event.step, event.t * 1000, event.m);
    } else if (event.kind === "metrics") this.#sink.points(stage, event.step, event.t * 1000, renamed(event.m));
    else if (event.kind === "unknown") this.#puzzle(rank, event);
    else if (event.kind === "hello" && event.protocol !== BRIDGE_PROTOCOL) this.#refuse(rank, event);
    else {
      const told = journalEvent(event, stage, rank.rank);
      if (told !== null) this.#sink.event(told);
    }
  }

  #refuse(rank: Rank, { protocol, t }: HelloEvent): void {
    rank.refused = true;
    const why = `the bridge speaks protocol ${protocol}, and this nanochat-cli ${BRIDGE_PROTOCOL}`;
    this.#problem(t * 1000, `${rank.reader.path} is not read`, why, "Start the run with the bridge of this nanochat-cli");
  }

  /** Told of at the 1st, 10th, 100th, … line of a file: once for a slip, and not a flood for a broken writer. */
  #puzzle(rank: Rank, event: UnknownEvent): void {
    rank.unknown++;
    if (!Number.isInteger(Math.log10(rank.unknown))) return;
    const what = rank.unknown === 1 ? "A line" : `${rank.unknown.toLocaleString("en-US")} lines`;
    const at = event.t > 0 ? event.t * 1000 : Date.now();
    this.#problem(at, `${what} of ${rank.reader.path} could not be understood`, `${event.why} It is: ${plain(event.line)}`);
  }

  #problem(at: number, what: string, why: string, remedy?: string): void {
    const body = { source: this.id, what, why, ...(remedy === undefined ? {} : { remedy }) };
    this.#sink?.event({ stage: this.options.stage, at, step: null, kind: "problem", body });
  }
}
