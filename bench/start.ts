/** From exec to the first frame, and to complete charts of a run of a million steps. */
import { JournalWriter } from "../src/journal/writer.ts";
import { writeJson } from "../src/lib/files.ts";
import { runPaths } from "../src/lib/run-dir.ts";
import { readState } from "../src/lib/run-files.ts";
import { Pty, startProgram } from "../test/drivers/pty.ts";
import { Sandbox } from "../test/drivers/sandbox.ts";
import { recordRun } from "./lib/firehose.ts";
import { quantile, type Row, ratioOf, residentMegabytes, timeTo } from "./lib/measure.ts";

const SIZE = { cols: 240, rows: 70 };
const ROUNDS = 7;
const STEPS = 1_000_000;
const METRICS = [
  "train/loss",
  "train/loss_raw",
  "train/lrm",
  "train/dt",
  "train/tok_per_sec",
  "train/mfu",
  "train/grad_norm",
  "train/tokens",
  "train/seconds",
  "train/flops",
  "bench/a",
  "bench/b",
];

async function median(measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await measure());
  return quantile(times, 0.5);
}

/** Node starting Bun starting nothing: what the launcher and the runtime cost. */
const bareStart = () =>
  median(() =>
    timeTo(
      () =>
        new Pty(
          [
            "node",
            "-e",
            `require("child_process").spawn(${JSON.stringify(process.execPath)},["-e","console.log('up')"],{stdio:"inherit"})`,
          ],
          SIZE,
        ),
      (s) => s.includes("up"),
    ),
  );

export async function firstFrameRow(): Promise<Row> {
  const box = new Sandbox();
  try {
    const bare = await bareStart();
    const ours = await median(() =>
      timeTo(
        () => startProgram(box.place, { ...SIZE, env: box.env }),
        (screen) => (screen.includes("Train") && screen.includes("quit")) || screen.includes("leave"),
      ),
    );
    return {
      what: "first frame from exec (through the Node launcher)",
      ours: `${ours.toFixed(0)} ms`,
      baseline: `${bare.toFixed(0)} ms, node starting an empty Bun`,
      ratio: ratioOf(ours, bare),
      target: "< 200 ms",
      met: ours < 200,
    };
  } finally {
    await box.close();
  }
}

function fillJournal(dir: string): void {
  const opened = JournalWriter.open(runPaths(dir).journal);
  if (!opened.ok) throw new Error(opened.failure.what);
  const journal = opened.value;
  const start = Date.now() - STEPS * 30;
  for (let step = 0; step < STEPS; step++) {
    const loss = 2 + 8 / (1 + step / 2e4) + ((step * 2654435761) % 1000) / 4000;
    const values = Object.fromEntries(METRICS.map((name, i) => [name, name === "train/tokens" ? step * 524_288 : loss + i]));
    journal.points(1, step, start + step * 30, values);
    if (step % 2000 === 0) journal.commit();
  }
  for (let i = 0; i < 500; i++) journal.commit(); // lets compaction finish
  journal.close();
}

export async function millionRows(): Promise<Row[]> {
  const box = new Sandbox();
  try {
    const run = recordRun(box);
    fillJournal(run.dir);
    const state = readState(run.dir);
    if (!state.ok) throw new Error(state.failure.what);
    const ended = new Date().toISOString();
    const [stage] = state.value.stages;
    writeJson(runPaths(run.dir).state, {
      ...state.value,
      status: "done",
      startedAt: ended,
      endedAt: ended,
      stages: [{ ...stage, status: "done", startedAt: ended, endedAt: ended, exitCode: 0 }],
    });
    const bare = await bareStart();
    const complete = (screen: string) => /step 999,999|1,000,000/.test(screen) && /loss \d+\.\d+/.test(screen) && /[⠁-⣿]{20}/.test(screen);
    const ours = await median(() => timeTo(() => box.tui(["runs", "attach", run.id], SIZE), complete));
    const pty = box.tui(["runs", "attach", run.id], SIZE);
    await pty.until(complete);
    const rss = residentMegabytes(pty.children()[0] as number);
    return [
      {
        what: "attach to 1,000,000 steps × 12 metrics: complete charts, from exec",
        ours: `${ours.toFixed(0)} ms`,
        baseline: `${bare.toFixed(0)} ms, node starting an empty Bun`,
        ratio: ratioOf(ours, bare),
        target: "< 300 ms",
        met: ours < 300,
      },
      { what: "memory of that viewer (RSS)", ours: `${rss.toFixed(0)} MB`, baseline: "–", ratio: "–", target: "< 120 MB", met: rss < 120 },
    ];
  } finally {
    await box.close();
  }
}
