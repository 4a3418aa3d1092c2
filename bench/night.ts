/** Twelve hours of a run of a step a second, a hundred times as fast: does memory grow with what a viewer has seen? */
import { Sandbox } from "../test/drivers/sandbox.ts";
import { busyOverview, eightGpus, SIZE } from "./lib/busy.ts";
import { startFirehose } from "./lib/firehose.ts";
import { type Row, residentMegabytes } from "./lib/measure.ts";

const SPEED = 100;
const HOURS = 12;
const SECONDS = (HOURS * 3600) / SPEED;
const SAMPLE_MS = 1000;
/** Caches of a fixed size fill in the beginning; after it nothing may grow. */
const FILLED = 0.25;
const FLAT_MEGABYTES = 5;

export async function nightRows(): Promise<Row[]> {
  const box = new Sandbox();
  busyOverview(box);
  const undo = eightGpus(box);
  try {
    const events = { FIREHOSE_EVENTS: String(SPEED), FIREHOSE_LOGS: String(SPEED / 4), FIREHOSE_SECONDS: String(SECONDS) };
    const { id } = await startFirehose(box, events);
    const pty = box.tui(["runs", "attach", id], SIZE);
    pty.recording = false;
    await pty.until(/│ [\d,]+ (?:\/ [\d,]+ )?steps/);
    pty.emulating = false;
    const owner = box.state(id).owner?.pid;
    if (owner === undefined) throw new Error(`${id} has no supervisor`);
    const viewer = pty.children()[0] as number;
    const memory: Array<readonly [viewer: number, owner: number]> = [];
    while (box.state(id).status === "running") {
      memory.push([residentMegabytes(viewer), residentMegabytes(owner)]);
      await Bun.sleep(SAMPLE_MS);
    }
    await pty.close();
    const steps = box.state(id).progress?.step ?? 0;
    const told = `${HOURS} hours of a step a second at ${SPEED}× (${steps.toLocaleString("en-US")} steps)`;
    return [
      flatRow(
        `memory of the viewer, ${told}`,
        memory.map(([of]) => of),
      ),
      flatRow(
        `memory of the supervisor, ${told}`,
        memory.map(([, of]) => of),
      ),
    ];
  } finally {
    undo();
    await box.close();
  }
}

/** What the last quarter holds more than the second one, by the least of each: garbage that waits to be collected is no growth. */
function flatRow(what: string, samples: readonly number[]): Row {
  const part = (from: number, to: number): number =>
    Math.min(...samples.slice(Math.floor(from * samples.length), Math.floor(to * samples.length)));
  const [early, late] = [part(FILLED, 2 * FILLED), part(1 - FILLED, 1)];
  return {
    what,
    ours: `${early.toFixed(0)} → ${late.toFixed(0)} MB`,
    baseline: "–",
    ratio: `${(late / early).toFixed(2)}×`,
    target: `grows by less than ${FLAT_MEGABYTES} MB after the first quarter`,
    met: late - early < FLAT_MEGABYTES,
  };
}
