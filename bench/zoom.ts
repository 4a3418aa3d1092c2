/** How soon the screen of a run of a million steps has followed a key: zoom, cursor and another screen. */
import type { Pty } from "../test/drivers/pty.ts";
import { Sandbox } from "../test/drivers/sandbox.ts";
import { SIZE } from "./lib/busy.ts";
import { quantile, type Row, ratioOf } from "./lib/measure.ts";
import { millionRun } from "./lib/million.ts";
import { bareEcho } from "./tui.ts";

/** End of a synchronized update (DEC mode 2026): the frame is written. */
const FRAME = "\x1b[?2026l";
const PATIENCE_MS = 2000;

const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
const FAR_LEFT = "\x1b[1;2D";
const FAR_RIGHT = "\x1b[1;2C";
const times = (count: number, ...keys: string[]): string[] => Array.from({ length: count }, () => keys).flat();

/** Into the run and out again, at its end and around a place in its middle: so often that the slowest of a hundred are ten. */
const ZOOM = times(18, ...times(12, "+"), ...times(12, "-"), "c", ...times(5, FAR_LEFT), ...times(14, "+"), ...times(14, "-"), "c");
/** All shipped screens, twice. */
const SCREENS = times(18, "]");
/** After a key, a frame that comes later than this is no answer to it. */
const ANSWERED_MS = 200;
const CURSOR = ["c", ...times(90, LEFT, LEFT, FAR_LEFT, RIGHT, RIGHT, FAR_RIGHT, LEFT, RIGHT)];

export async function zoomRows(): Promise<Row[]> {
  const box = new Sandbox();
  try {
    const { id } = millionRun(box);
    const pty = box.tui(["runs", "attach", id], SIZE);
    pty.recording = false;
    await pty.until(/loss \d+\.\d{4}/);
    await Bun.sleep(1500);
    pty.emulating = false;
    const zoom = await latencies(pty, ZOOM);
    const cursor = await latencies(pty, CURSOR);
    pty.type("c");
    await Bun.sleep(ANSWERED_MS);
    const screens = await lastFrames(pty, SCREENS);
    await pty.close();
    const bare = quantile(await bareEcho(), 0.99);
    return [row("zoom", zoom, bare), row("cursor", cursor, bare), switchRow(screens, bare)];
  } finally {
    await box.close();
  }
}

function row(what: string, measured: readonly number[], bare: number): Row {
  const [p50, p99] = [quantile(measured, 0.5), quantile(measured, 0.99)];
  return {
    what: `${what} key → frame written, 12 charts of 1,000,000 steps at 240×70, p99 of ${measured.length} (p50 ${p50.toFixed(1)} ms)`,
    ours: `${p99.toFixed(1)} ms`,
    baseline: `${bare.toFixed(1)} ms, raw echo in a PTY`,
    ratio: ratioOf(p99, bare),
    target: "< 8 ms",
    met: p99 < 8,
  };
}

function switchRow(measured: readonly number[], bare: number): Row {
  const slowest = Math.max(...measured);
  return {
    what: `another screen, key → its last frame written, the slowest of ${measured.length} (p50 ${quantile(measured, 0.5).toFixed(1)} ms)`,
    ours: `${slowest.toFixed(1)} ms`,
    baseline: `${bare.toFixed(1)} ms, raw echo in a PTY`,
    ratio: ratioOf(slowest, bare),
    target: "< 30 ms",
    met: slowest < 30,
  };
}

/** Milliseconds from each key to the end of the last frame that answers it. */
async function lastFrames(pty: Pty, keys: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  for (const key of keys) {
    let last = Number.NaN;
    const started = performance.now();
    const end = pty.onText(FRAME, () => {
      last = performance.now();
    });
    pty.type(key);
    await Bun.sleep(ANSWERED_MS);
    end();
    found.push(last - started);
  }
  return found;
}

async function latencies(pty: Pty, keys: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  for (const [i, key] of keys.entries()) {
    const seen = pty.watch(FRAME, PATIENCE_MS);
    const started = performance.now();
    pty.type(key);
    const at = await seen;
    found.push(at === null ? PATIENCE_MS : at - started);
    await Bun.sleep(15 + ((i * 7) % 23));
  }
  return found;
}
