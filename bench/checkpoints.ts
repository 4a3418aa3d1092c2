/** How long a list of a thousand checkpoints takes: cold, and when nothing has changed since. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listCheckpoints } from "../src/services/checkpoints.ts";
import { medianMilliseconds, type Row, timedRow } from "./lib/measure.ts";

const RUNS = 20;
const STEPS = 50;
/** As on one machine of eight GPUs: an optimizer file each (nanochat/checkpoint_manager.py since c6abcdf). */
const RANKS = 8;

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

/** What any list has to do: names, sizes and times of all files. */
function statAll(baseDir: string): void {
  const root = join(baseDir, "base_checkpoints");
  for (const tag of readdirSync(root)) for (const name of readdirSync(join(root, tag))) statSync(join(root, tag, name));
}

export async function checkpointRows(): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "bench-checkpoints-"));
  const [baseDir, cache] = [join(scratch, "base"), join(scratch, "cache")];
  try {
    thousand(baseDir);
    const list = () => listCheckpoints(baseDir, cache);
    const bare = await medianMilliseconds(() => statAll(baseDir));
    const cold = await medianMilliseconds(list, () => rmSync(cache, { recursive: true, force: true }));
    const cached = await medianMilliseconds(list);
    const what = `list of ${RUNS * STEPS} checkpoints of ${RANKS} ranks`;
    const baseline = `stat of the ${RUNS * STEPS * (RANKS + 2)} files`;
    return [timedRow(`${what}, cold`, cold, 1000, bare, baseline), timedRow(`${what}, cached`, cached, 100, bare, baseline)];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
