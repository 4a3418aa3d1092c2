/** How long a checkout takes to be described: cold (a Python reads all scripts), and when nothing has changed since. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describeWorkspace } from "../src/bridge/describe.ts";
import { POCKET_DIR } from "../src/services/workspace.ts";
import { medianMilliseconds, type Row, timedRow } from "./lib/measure.ts";

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
    const bare = await medianMilliseconds(() => Bun.spawn(["python3", "-c", "pass"]).exited);
    const cold = await medianMilliseconds(() => look(join(scratch, String(fresh++))));
    const cached = await medianMilliseconds(() => look(join(scratch, "0")));
    const what = `describe ${dir === POCKET_DIR ? "the pocket" : basename(dir)}`;
    const baseline = "python3 starting and ending";
    return [timedRow(`${what}, cold`, cold, 1500, bare, baseline), timedRow(`${what}, cached`, cached, 30, bare, baseline)];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
