/** A run that another program left, from its file to complete charts, beside that program's own viewer. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { bytes, count } from "../src/lib/format.ts";
import { Pty } from "../test/drivers/pty.ts";
import { Sandbox } from "../test/drivers/sandbox.ts";
import { quantile, type Row, ratioOf, timeTo } from "./lib/measure.ts";

const SIZE = { cols: 240, rows: 70 };
const STEPS = 100_000;
const ROUNDS = 3;
/** The peer takes minutes for it. */
const PEER_PATIENCE_MS = 30 * 60_000;

const LEAVE_MS = 10_000;

const LAST = STEPS - 1;
const complete = (screen: string): boolean =>
  screen.includes(`${count(STEPS)} steps`) && /loss \d+\.\d+/.test(screen) && /[⠁-⣿]{20}/.test(screen);
/** It has read the last record when it shows the last step, and the run's end, which is the very last one. */
const peerComplete = (screen: string): boolean => new RegExp(`_step\\s+${LAST}\\b`).test(screen) && screen.includes("State: Finished");

/** The rows, or why there are none, a sentence. */
export async function wandbRows(): Promise<Row[] | string> {
  const python = process.env["NANOCHAT_PYTHON"];
  if (!python) return "Import of a .wandb file: NANOCHAT_PYTHON names no Python that has wandb.";
  if (spawnSync(python, ["-c", "import wandb"]).status !== 0) return `Import of a .wandb file: ${python} has no wandb.`;
  const box = new Sandbox();
  try {
    const file = write(box, python);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const home = join(box.dir, `home-${round}`);
      times.push(await timeTo(() => box.tui(["runs", "import", file, "--attach", "--home", home], SIZE), complete));
    }
    const ours = quantile(times, 0.5);
    const peer = await timePeer([python, "-m", "wandb", "leet", "run", file], box.env);
    return [
      {
        what: `import of a .wandb of ${count(STEPS)} steps × 12 (${bytes(statSync(file).size)}): complete charts, from exec`,
        ours: `${ours.toFixed(0)} ms`,
        baseline: `${peer.toFixed(0)} ms, wandb leet to its last record`,
        ratio: ratioOf(ours, peer),
        target: "≤ half of wandb leet",
        met: ours <= peer / 2,
      },
    ];
  } finally {
    await box.close();
  }
}

/** As `timeTo`; the peer starts a program of its own, which ends with it only when it is asked to leave. */
async function timePeer(command: readonly string[], env: Record<string, string>): Promise<number> {
  const started = performance.now();
  const pty = new Pty(command, { ...SIZE, env });
  pty.recording = false;
  try {
    await pty.until(peerComplete, PEER_PATIENCE_MS);
    return pty.arrived - started;
  } finally {
    pty.type("q");
    await Promise.race([pty.process.exited, Bun.sleep(LEAVE_MS)]);
    await pty.close();
  }
}

/** The real client's file. */
function write(box: Sandbox, python: string): string {
  const folder = join(box.dir, "written");
  mkdirSync(folder);
  const ran = spawnSync(python, [join(import.meta.dir, "wandb_write.py"), folder, String(STEPS)], {
    encoding: "utf8",
    env: { ...process.env, ...box.env },
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  const latest = join(folder, "wandb", "latest-run");
  const name = readdirSync(latest).find((entry) => entry.endsWith(".wandb"));
  if (name === undefined) throw new Error(`no .wandb file in ${latest}`);
  return join(latest, name);
}
