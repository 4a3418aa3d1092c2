/** How many steps a patch that was accepted waits until it is made: on a training pocket, one after another and many at once. */
import type { RunRequest } from "../src/core/run.ts";
import { JournalReader } from "../src/journal/reader.ts";
import { runPaths } from "../src/lib/run-dir.ts";
import { requestRun, waitForRequest } from "../src/services/run-control.ts";
import { eventually } from "../test/drivers/cli.ts";
import { ENDLESS, Sandbox } from "../test/drivers/sandbox.ts";
import { unwrap } from "../test/fixtures/runs.ts";
import { quantile, type Row, ratioOf } from "./lib/measure.ts";

const PATCHES = 240;
/** Asked for at once, one round after the other. */
const ROUNDS = [1, 1, 1, 5];
const PATIENCE_MS = 30_000;
/** An interval so short that evaluations come in between. */
const SETTINGS = ["--set", "eval_every=20"];

interface Waited {
  /** From the step that accepted it to the one that made it; null when it was refused or has no answer. */
  steps: number | null;
  /** From the request to the answer that it is made. */
  ms: number;
}

async function patchMany(runDir: string): Promise<Array<{ request: RunRequest; ms: number }>> {
  const made: Array<{ request: RunRequest; ms: number }> = [];
  for (let round = 0; made.length < PATCHES; round++) {
    const asked = Array.from({ length: ROUNDS[round % ROUNDS.length] ?? 1 }, (_, at) => {
      const values = { sample_every: 1000 + made.length + at, lr_scale: 1 - (made.length % 7) / 100 };
      return { request: unwrap(requestRun(runDir, "patch", "bench", { values })), at: performance.now() };
    });
    for (const { request, at } of asked) {
      unwrap(await waitForRequest(runDir, request.id, { timeoutMs: PATIENCE_MS, until: "applied" }));
      made.push({ request, ms: performance.now() - at });
    }
  }
  return made;
}

/** What the journal has of each, and the middle of the milliseconds that a step takes. */
function read(runDir: string, made: Awaited<ReturnType<typeof patchMany>>): { waited: Waited[]; stepMs: number } {
  const reader = unwrap(JournalReader.open(runPaths(runDir).journal));
  reader.refresh();
  const steps = new Map<string, number>();
  for (const { step, body } of reader.events({ kinds: ["request"] })) if (step !== null) steps.set(`${body["id"]} ${body["phase"]}`, step);
  const waited = made.map(({ request: { id }, ms }) => {
    const [seen, applied] = [steps.get(`${id} seen`), steps.get(`${id} applied`)];
    return { steps: seen === undefined || applied === undefined ? null : applied - seen, ms };
  });
  const times = [...reader.points(2, "train/dt").values];
  reader.close();
  return { waited, stepMs: quantile(times, 0.5) * 1000 };
}

async function measure(ranks: number): Promise<Row> {
  const box = new Sandbox();
  try {
    box.prefab("endless", ENDLESS);
    const { id } = await box.json<{ id: string }>(["train", "endless", "--ranks", `${ranks}`, "--detach", "--yes", "--fix", ...SETTINGS]);
    await eventually("steps", () => (box.state(id).progress?.step ?? 0) > 5);
    const { waited, stepMs } = read(box.runDir(id), await patchMany(box.runDir(id)));
    const lost = waited.filter(({ steps }) => steps === null).length;
    const most = Math.max(...waited.map(({ steps }) => steps ?? Number.POSITIVE_INFINITY));
    const middle = quantile(
      waited.map(({ ms }) => ms),
      0.5,
    );
    return {
      what: `patch accepted → made, the longest of ${waited.length} on ${ranks} ${ranks === 1 ? "rank" : "ranks"} (${lost} without an answer)`,
      ours: `${most} steps (p50 ${middle.toFixed(0)} ms from asking)`,
      baseline: `${(2 * stepMs).toFixed(1)} ms, two steps`,
      ratio: ratioOf(middle, 2 * stepMs),
      target: "≤ 2 steps, always",
      met: most <= 2 && lost === 0,
    };
  } finally {
    await box.close();
  }
}

export const patchRows = async (): Promise<Row[]> => [await measure(1), await measure(2)];
