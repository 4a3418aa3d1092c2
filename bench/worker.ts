/** What the inference worker adds to each token, on a pocket model that is made for it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BRIDGE_DIR } from "../src/lib/self.ts";
import { POCKET_DIR } from "../src/services/workspace.ts";
import { type Row, ratioOf } from "./lib/measure.ts";

const TAG = "bench";
const MAKING = [
  ["-m", "scripts.tok_train"],
  [
    "-m",
    "scripts.base_train",
    `--model-tag=${TAG}`,
    "--num-iterations=1",
    "--eval-every=-1",
    "--core-metric-every=-1",
    "--sample-every=-1",
  ],
];

function python(args: readonly string[], baseDir: string): string {
  const env = { ...process.env, NANOCHAT_BASE_DIR: baseDir, PYTHONPATH: BRIDGE_DIR, PYTHONDONTWRITEBYTECODE: "1" };
  const ran = spawnSync("python3", [...args], { cwd: POCKET_DIR, env, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

export function workerRow(): Row {
  const baseDir = mkdtempSync(join(tmpdir(), "bench-worker-"));
  try {
    for (const args of MAKING) python(args, baseDir);
    const told = JSON.parse(python([join(import.meta.dir, "worker_overhead.py"), baseDir, TAG], baseDir)) as {
      bareMilliseconds: number;
      workerMilliseconds: number;
      tokens: number;
    };
    const cost = told.workerMilliseconds - told.bareMilliseconds;
    return {
      what: `worker, of each of ${told.tokens} tokens of the pocket model`,
      ours: `${cost.toFixed(3)} ms`,
      baseline: `${told.bareMilliseconds.toFixed(3)} ms, the bare Engine`,
      ratio: ratioOf(told.workerMilliseconds, told.bareMilliseconds),
      target: "< 0.2 ms",
      met: cost < 0.2,
    };
  } finally {
    rmSync(baseDir, { recursive: true, force: true });
  }
}
