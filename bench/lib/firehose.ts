/** A run whose trainer writes as fast as it is told (bench/firehose), through the real supervisor and journal. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../src/core/plan.ts";
import { RUN_FORMAT } from "../../src/core/run.ts";
import { startSupervisor } from "../../src/services/run-control.ts";
import { createRun, reserveRun } from "../../src/services/run-create.ts";
import { ROOT } from "../../test/drivers/pty.ts";
import type { Sandbox } from "../../test/drivers/sandbox.ts";

/** Variables of bench/firehose/nanochat_bridge/__main__.py. */
export type FirehoseSettings = Partial<Record<"FIREHOSE_EVENTS" | "FIREHOSE_LOGS" | "FIREHOSE_SECONDS" | "FIREHOSE_STEPS", string>>;

export function firehosePlan(baseDir: string, env: FirehoseSettings): Plan {
  return {
    version: RUN_FORMAT,
    name: "firehose",
    prefab: "firehose",
    workspace: { dir: join(ROOT, "bench", "firehose"), kind: "fork", commit: null, dirty: null, package: "firehose" },
    python: ["python3"],
    pythonReason: "bench",
    baseDir,
    env: env as Record<string, string>,
    stages: [{ name: "01-base_train", script: "scripts.base_train", values: [], args: [], ranks: 1, launcher: "python", bridged: true }],
    findings: [],
  };
}

/** Reserves and records a run that nothing has been started of. */
export function recordRun(box: Sandbox, env: FirehoseSettings = {}): { id: string; dir: string } {
  mkdirSync(box.baseDir, { recursive: true });
  const place = reserveRun(box.home, "firehose");
  if (!place.ok) throw new Error(place.failure.what);
  const created = createRun(box.home, place.value, firehosePlan(box.baseDir, env));
  if (!created.ok) throw new Error(created.failure.what);
  return place.value;
}

export async function startFirehose(box: Sandbox, env: FirehoseSettings): Promise<{ id: string; dir: string }> {
  const run = recordRun(box, env);
  const started = await startSupervisor(run.dir);
  if (!started.ok) throw new Error(started.failure.what);
  return run;
}
