/** The viewer under a firehose, and from event to screen. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../test/drivers/cli.ts";
import { Pty } from "../test/drivers/pty.ts";
import { Sandbox } from "../test/drivers/sandbox.ts";
import { busyOverview, eightGpus, SIZE } from "./lib/busy.ts";
import { startFirehose } from "./lib/firehose.ts";
import { keyLatencies } from "./lib/keys.ts";
import { cpuPercent, ownMegabytes, quantile, type Row, ratioOf, residentMegabytes } from "./lib/measure.ts";

const KEYS = 900;
const LOOK_MS = 250;

/** A raw echo in the same runtime behind the same PTY, beside the same trainer and supervisor: what the machine and the driver cost. */
export async function bareEcho(): Promise<number[]> {
  const pty = new Pty(
    [process.execPath, "-e", "process.stdin.setRawMode(true);process.stdin.on('data',d=>process.stdout.write(d));console.log('ready')"],
    SIZE,
  );
  await pty.until("ready");
  pty.emulating = false;
  const latencies = await keyLatencies(pty, KEYS, "\r");
  await pty.close();
  return latencies;
}

const drawer = (pty: Pty): number => pty.children()[0] as number;

export async function firehoseRows(): Promise<Row[]> {
  const box = new Sandbox();
  busyOverview(box);
  const undo = eightGpus(box);
  try {
    const { id } = await startFirehose(box, { FIREHOSE_EVENTS: "40000", FIREHOSE_LOGS: "10000", FIREHOSE_SECONDS: "180" });
    const pty = box.tui(["runs", "attach", id], SIZE);
    pty.recording = false;
    await pty.until(/│ [1-9][\d,]{4,} (?:\/ [\d,]+ )?steps/);
    const pid = drawer(pty);
    // Garbage comes and goes: one look would tell the moment.
    const looks: number[] = [];
    const looking = setInterval(() => looks.push(residentMegabytes(pid)), LOOK_MS);
    const cpu = await cpuPercent(pid, () => Bun.sleep(10_000));
    const rate = await arrivalRate(box, id);
    pty.type(":"); // the palette's input line echoes what is typed
    await Bun.sleep(300);
    pty.emulating = false;
    const latencies = await keyLatencies(pty, KEYS, "\x15");
    const own = ownMegabytes(pid);
    clearInterval(looking);
    await pty.close();
    const [least, rss, most] = [0, 0.5, 1].map((q) => quantile(looks, q)) as [number, number, number];
    const bare = await bareEcho();
    const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
    return [
      {
        what: `key → bytes, Overview of 12 charts, log, GPUs and timers at 240×70, ${Math.round(rate).toLocaleString("en-US")} events/s arriving, p99 (p50 ${p50.toFixed(1)} ms)`,
        ours: `${p99.toFixed(1)} ms`,
        baseline: `${quantile(bare, 0.99).toFixed(1)} ms, raw echo in a PTY, same load`,
        ratio: ratioOf(p99, quantile(bare, 0.99)),
        target: "< 8 ms",
        met: p99 < 8,
      },
      { what: "CPU of the viewer meanwhile", ours: `${cpu.toFixed(1)} %`, baseline: "–", ratio: "–", target: "< 15 %", met: cpu < 15 },
      {
        what: `memory of the viewer meanwhile (RSS, the middle of ${looks.length} looks at ${least.toFixed(0)} to ${most.toFixed(0)} MB; at the end ${own.toFixed(0)} MB were its own)`,
        ours: `${rss.toFixed(0)} MB`,
        baseline: "–",
        ratio: "–",
        target: "< 120 MB",
        met: rss < 120,
      },
    ];
  } finally {
    undo();
    await box.close();
  }
}

/** Events a second that reach the journal: steps and log lines, as the journal counts them, between two moments at which it told. */
async function arrivalRate(box: Sandbox, id: string): Promise<number> {
  const told = async (): Promise<{ step: number; at: number }> => {
    const step = () => box.state(id).progress?.step ?? 0;
    const before = step();
    await eventually("the next steps", () => step() !== before);
    return { step: step(), at: performance.now() };
  };
  const first = await told();
  await Bun.sleep(5000);
  const last = await told();
  return ((last.step - first.step) / ((last.at - first.at) / 1000)) * 1.25; // a log line for every fourth step
}

/** A calm run: every step's way from the trainer's file to the cells, and what the viewer costs when nothing happens. */
export async function latencyRows(): Promise<Row[]> {
  const box = new Sandbox();
  busyOverview(box);
  try {
    const run = await startFirehose(box, { FIREHOSE_EVENTS: "20", FIREHOSE_LOGS: "0", FIREHOSE_SECONDS: "25" });
    const pty = box.tui(["runs", "attach", run.id], SIZE);
    pty.recording = false;
    await pty.until(/│ [\d,]+ (?:\/ [\d,]+ )?steps/);
    const shown = new Map<number, number>();
    while (box.state(run.id).status === "running" && shown.size < 250) {
      const step = Number(/│ ([\d,]+) (?:\/ [\d,]+ )?steps/.exec(pty.screen())?.[1]?.replaceAll(",", ""));
      if (Number.isFinite(step) && !shown.has(step)) shown.set(step, Date.now());
      await Bun.sleep(2);
    }
    const written = new Map<number, number>();
    for (const line of readFileSync(join(run.dir, "stages", "01-base_train", "bridge", "events.rank0.jsonl"), "utf8").split("\n")) {
      if (line.includes('"kind":"step"')) {
        const { step, t } = JSON.parse(line) as { step: number; t: number };
        written.set(step, t * 1000);
      }
    }
    const delays = [...shown].slice(3).map(([step, at]) => at - (written.get(step) ?? Number.NaN));
    const p95 = quantile(delays.filter(Number.isFinite), 0.95);
    await eventually("the end of the run", () => box.state(run.id).status === "done");
    const bare = Bun.spawn([process.execPath, "-e", "setInterval(() => require('node:fs').statSync('.'), 1000)"]);
    // What the end of a run is followed by (its last look, one collection of garbage) is not nothing.
    await Bun.sleep(5000);
    const within20Seconds = (pid: number): Promise<number> => cpuPercent(pid, () => Bun.sleep(20_000));
    const [idle, bareIdle] = await Promise.all([within20Seconds(drawer(pty)), within20Seconds(bare.pid)]);
    bare.kill();
    return [
      {
        what: `event written → on the screen, p95 of ${delays.length}`,
        ours: `${p95.toFixed(0)} ms`,
        baseline: "–",
        ratio: "–",
        target: "< 150 ms",
        met: p95 < 150,
      },
      {
        what: "CPU of the viewer when nothing happens",
        ours: `${idle.toFixed(2)} %`,
        baseline: `${bareIdle.toFixed(2)} %, an empty Bun that looks at one file each second`,
        ratio: ratioOf(idle, bareIdle),
        target: "< 1 %",
        met: idle < 1,
      },
    ];
  } finally {
    await box.close();
  }
}
