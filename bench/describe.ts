/** How long a checkout takes to be described: cold (a Python reads all scripts), and when nothing has changed since. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describeWorkspace } from "../src/bridge/describe.ts";
import { POCKET_DIR } from "../src/services/workspace.ts";
import { quantile, type Row, ratioOf } from "./lib/measure.ts";

const ROUNDS = 7;

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return quantile(times, 0.5);
}

/** The checkout of NANOCHAT_DIR, else the pocket. */
export async function describeRows(): Promise<Row[]> {
  const dir = process.env["NANOCHAT_DIR"] || POCKET_DIR;
  const scratch = mkdtempSync(join(tmpdir(), "bench-describe-"));
  let fresh = 0;
  const look = async (cacheDir: string): Promise<void> => {
    const info = await describeWorkspace({ dir, python: ["python3"], cacheDir });
    if (!info.ok) throw new Error(info.failure.what);
  };
  try {
    const bare = await median(() => Bun.spawn(["python3", "-c", "pass"]).exited);
    const cold = await median(() => look(join(scratch, String(fresh++))));
    const cached = await median(() => look(join(scratch, "0")));
    const row = (what: string, ms: number, most: number): Row => ({
      what: `describe ${dir === POCKET_DIR ? "the pocket" : basename(dir)}, ${what}`,
      ours: `${ms.toFixed(0)} ms`,
      baseline: `${bare.toFixed(0)} ms, python3 starting and ending`,
      ratio: ratioOf(ms, bare),
      target: `< ${most} ms`,
      met: ms < most,
    });
    return [row("cold", cold, 1500), row("cached", cached, 30)];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
