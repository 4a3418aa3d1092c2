/** From exec to the first frame, and to complete charts of a run of a million steps. */
import { Pty, startProgram } from "../test/drivers/pty.ts";
import { Sandbox } from "../test/drivers/sandbox.ts";
import { METRICS, SIZE } from "./lib/busy.ts";
import { quantile, type Row, ratioOf, residentMegabytes, timeTo } from "./lib/measure.ts";
import { millionRun } from "./lib/million.ts";

const ROUNDS = 7;
/** Until a viewer that was just opened is warm, and has nothing more to do. */
const WARM_MS = 5000;

async function median(measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await measure());
  return quantile(times, 0.5);
}

/** A shell starting Bun starting nothing: what a launcher and the runtime cost. */
const bareStart = () =>
  median(() =>
    timeTo(
      () => new Pty(["sh", "-c", `"$1" -e "console.log('up')" & wait`, "sh", process.execPath], SIZE),
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
      what: "first frame from exec (through the launcher)",
      ours: `${ours.toFixed(0)} ms`,
      baseline: `${bare.toFixed(0)} ms, a shell starting an empty Bun`,
      ratio: ratioOf(ours, bare),
      target: "< 200 ms",
      met: ours < 200,
    };
  } finally {
    await box.close();
  }
}

export async function millionRows(): Promise<Row[]> {
  const box = new Sandbox();
  try {
    const run = millionRun(box);
    const bare = await bareStart();
    /** Each chart has that label, and the log comes last. */
    const complete = (screen: string) =>
      screen.split("500,000").length > METRICS.length &&
      /│ 1,000,000 (?:\/ [\d,]+ )?steps/.test(screen) &&
      screen.includes("╭ log") &&
      /TRAIN .*done/.test(screen);
    const ours = await median(() => timeTo(() => box.tui(["runs", "attach", run.id], SIZE), complete));
    const pty = box.tui(["runs", "attach", run.id], SIZE);
    await pty.until(complete);
    await Bun.sleep(WARM_MS); // what the first keys will need is made ready, which takes memory
    const rss = residentMegabytes(pty.children()[0] as number);
    return [
      {
        what: "attach to 1,000,000 steps × 12 metrics: 12 complete charts, log, GPUs and timers, from exec",
        ours: `${ours.toFixed(0)} ms`,
        baseline: `${bare.toFixed(0)} ms, a shell starting an empty Bun`,
        ratio: ratioOf(ours, bare),
        target: "< 300 ms",
        met: ours < 300,
      },
      {
        what: "memory of that viewer, warm (RSS)",
        ours: `${rss.toFixed(0)} MB`,
        baseline: "–",
        ratio: "–",
        target: "< 120 MB",
        met: rss < 120,
      },
    ];
  } finally {
    await box.close();
  }
}
