/** How fast events files become a journal, and what the hook costs a training step. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEventLine } from "../src/bridge/protocol.ts";
import { JournalReader } from "../src/journal/reader.ts";
import { JournalWriter } from "../src/journal/writer.ts";
import { BridgeEventsSource } from "../src/sources/bridge-events/source.ts";
import { ROOT } from "../test/drivers/pty.ts";
import { type Row, ratioOf } from "./lib/measure.ts";

const LINES = 400_000;
const METRICS = 12;

function writeEvents(path: string): void {
  const lines: string[] = [];
  for (let step = 0; step < LINES; step++) {
    const values = Array.from({ length: METRICS }, (_, i) => `"m${i}":${(Math.sin(step / 999 + i) * 3).toFixed(9)}`).join(",");
    lines.push(`{"t":${1.7e9 + step / 100},"kind":"step","step":${step},"m":{${values}}}\n`);
  }
  writeFileSync(path, lines.join(""));
}

/** Only reading the file and parsing its JSON: no ingest can be faster. */
function bareParse(path: string): number {
  const started = performance.now();
  let points = 0;
  for (const line of readFileSync(path, "latin1").split("\n"))
    if (line !== "") points += Object.keys((JSON.parse(line) as { m: object }).m).length;
  return points / ((performance.now() - started) / 1000);
}

export function ingestRow(): Row {
  const dir = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const events = join(dir, "events.rank0.jsonl");
    writeEvents(events);
    const bare = bareParse(events);
    const opened = JournalWriter.open(join(dir, "journal.db"));
    if (!opened.ok) throw new Error(opened.failure.what);
    const source = new BridgeEventsSource({ stage: 1, dir, ranks: 1, parse: parseEventLine });
    const started = performance.now();
    source.start(opened.value, new Map());
    for (let more = true; more; opened.value.commit()) more = source.poll(20);
    const rate = (LINES * METRICS) / ((performance.now() - started) / 1000);
    source.stop();
    opened.value.close();
    const lost = LINES * METRICS - storedPoints(join(dir, "journal.db"));
    return {
      what: `ingest of ${LINES.toLocaleString("en-US")} steps × ${METRICS}, events file → journal (${lost} points lost)`,
      ours: `${Math.round(rate).toLocaleString("en-US")} points/s`,
      baseline: `${Math.round(bare).toLocaleString("en-US")} points/s, only JSON.parse`,
      ratio: ratioOf(rate, bare),
      target: "≥ 300,000 points/s, none lost",
      met: rate >= 300_000 && lost === 0,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function storedPoints(path: string): number {
  const reader = JournalReader.open(path);
  if (!reader.ok) throw new Error(reader.failure.what);
  reader.value.refresh();
  const counts = Array.from(
    { length: METRICS },
    (_, i) => reader.value.query({ stage: 1, metric: `m${i}`, axis: "step", columns: 1 }).total.count,
  );
  reader.value.close();
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The bridge's own measure: the same loop with and without it. */
export function bridgeRow(): Row {
  const ran = spawnSync("python3", [join(ROOT, "bench", "bridge_overhead.py")], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(ran.stderr);
  const { plainMicroseconds, bridgedMicroseconds } = JSON.parse(ran.stdout) as { plainMicroseconds: number; bridgedMicroseconds: number };
  const cost = bridgedMicroseconds - plainMicroseconds;
  const share = (cost / 30_000) * 100;
  return {
    what: "bridge, no command waiting, of a 30 ms step",
    ours: `${share.toFixed(3)} % (${cost.toFixed(1)} µs a step)`,
    baseline: `${plainMicroseconds.toFixed(1)} µs, the loop alone`,
    ratio: "–",
    target: "< 0.1 %",
    met: share < 0.1,
  };
}
