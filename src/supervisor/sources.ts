/** TEMPORARY while src/sources is being written. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseEventLine } from "../bridge/protocol.ts";
import type { Sink, Source } from "../core/journal.ts";
import type { Plan, PlannedStage } from "../core/plan.ts";
import { LineReader } from "../lib/jsonl.ts";
import type { StagePaths } from "../lib/run-dir.ts";
export interface StageSources {
  index: number;
  stage: PlannedStage;
  paths: StagePaths;
  plan: Plan;
  trainerPid: () => number | null;
}
class Mini implements Source {
  id = "mini";
  r!: LineReader;
  sink!: Sink;
  key: string;
  constructor(
    readonly n: number,
    readonly path: string,
  ) {
    this.key = path;
  }
  start(sink: Sink, offsets: ReadonlyMap<string, number>) {
    this.sink = sink;
    this.r = new LineReader(this.path, offsets.get(this.key) ?? 0);
  }
  poll() {
    const before = this.r.offset;
    const more = this.r.read((line) => {
      const e = parseEventLine(line.toString());
      const at = Math.round(("t" in e ? e.t : 0) * 1000);
      if (e.kind === "step" || e.kind === "metrics") this.sink.points(this.n, e.step, at, e.m);
      else if (e.kind === "command")
        this.sink.event({
          stage: this.n,
          at,
          step: e.step,
          kind: "request",
          body: {
            id: e.id,
            kind: e.command,
            phase: e.state,
            step: e.step,
            path: e.dir ?? null,
            bytes: e.bytes ?? null,
            reason: e.reason ?? null,
          },
        });
      else if (e.kind === "hello" || e.kind === "config" || e.kind === "checkpoint")
        this.sink.event({ stage: this.n, at, step: null, kind: e.kind, body: { ...e } });
    });
    if (this.r.offset !== before) this.sink.offset(this.key, this.r.offset);
    return more;
  }
  stop() {
    this.r.close();
  }
}
export const sourcesOf = (c: StageSources): Source[] => [new Mini(c.index, join(c.paths.bridge, "events.rank0.jsonl"))];
export const explainFailure = (lines: readonly string[]): string | null => lines.at(-1) ?? null;
void readdirSync;
void existsSync;
