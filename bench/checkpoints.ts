/** How long a list of a thousand checkpoints takes: cold, and when nothing has changed since. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listCheckpoints } from "../src/services/checkpoints.ts";
import { quantile, type Row, ratioOf } from "./lib/measure.ts";

const RUNS = 20;
const STEPS = 50;
/** As on one machine of eight GPUs: an optimizer file each (nanochat/checkpoint_manager.py since c6abcdf). */
const RANKS = 8;
const ROUNDS = 9;

/** The end record of an archive; the list reads no more of a model. */
const TENSORS = Buffer.concat([Buffer.alloc(4096), Buffer.from("PK\x05\x06", "latin1"), Buffer.alloc(18)]);
const META = JSON.stringify({
  step: 1000,
  val_bpb: 0.81,
  model_config: { sequence_len: 2048, vocab_size: 32768, n_layer: 12, n_head: 6, n_kv_head: 6, n_embd: 768, window_pattern: "SSSL" },
  user_config: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`setting_${index}`, index * 1.5])),
  dataloader_state_dict: { pq_idx: 12, rg_idx: 34 },
});

function thousand(baseDir: string): void {
  for (let run = 0; run < RUNS; run++) {
    const folder = join(baseDir, "base_checkpoints", `run-${run}`);
    mkdirSync(folder, { recursive: true });
    for (let at = 1; at <= STEPS; at++) {
      const step = String(at * 100).padStart(6, "0");
      writeFileSync(join(folder, `meta_${step}.json`), META);
      writeFileSync(join(folder, `model_${step}.pt`), TENSORS);
      for (let rank = 0; rank < RANKS; rank++) writeFileSync(join(folder, `optim_${step}_rank${rank}.pt`), TENSORS);
    }
  }
}

function median(work: () => unknown, before: () => void = () => undefined): number {
  const times = Array.from({ length: ROUNDS }, () => {
    before();
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return quantile(times, 0.5);
}

/** What any list has to do: names, sizes and times of all files. */
function statAll(baseDir: string): void {
  const root = join(baseDir, "base_checkpoints");
  for (const tag of readdirSync(root)) for (const name of readdirSync(join(root, tag))) statSync(join(root, tag, name));
}

export function checkpointRows(): Row[] {
  const scratch = mkdtempSync(join(tmpdir(), "bench-checkpoints-"));
  const [baseDir, cache] = [join(scratch, "base"), join(scratch, "cache")];
  try {
    thousand(baseDir);
    const bare = median(() => statAll(baseDir));
    const cold = median(
      () => listCheckpoints(baseDir, cache),
      () => rmSync(cache, { recursive: true, force: true }),
    );
    const cached = median(() => listCheckpoints(baseDir, cache));
    const row = (what: string, ms: number, most: number): Row => ({
      what: `list of ${RUNS * STEPS} checkpoints of ${RANKS} ranks, ${what}`,
      ours: `${ms.toFixed(0)} ms`,
      baseline: `${bare.toFixed(0)} ms, stat of the ${RUNS * STEPS * (RANKS + 2)} files`,
      ratio: ratioOf(ms, bare),
      target: `< ${most} ms`,
      met: ms < most,
    });
    return [row("cold", cold, 1000), row("cached", cached, 100)];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
