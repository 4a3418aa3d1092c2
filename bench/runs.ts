/** Two thousand runs of one home: opening the Runs tab, and reading the list again while it is looked at. */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstState } from "../src/lib/run-files.ts";
import { listRuns, type RunCache } from "../src/services/runs.ts";
import { Sandbox } from "../test/drivers/sandbox.ts";
import { makeRun, trainStage, unwrap } from "../test/fixtures/runs.ts";
import { medianMilliseconds, quantile, type Row, timedRow } from "./lib/measure.ts";

const RUNS = 2000;
const ROUNDS = 7;
const SIZE = { cols: 160, rows: 50 };

/** Ended runs with tags and notes, long ago; one that can be attached. Its id. */
function fill(box: Sandbox): string {
  const real = makeRun(box.home, trainStage(1));
  const then = new Date(Date.now() - 3_600_000);
  for (let i = 1; i < RUNS; i++) {
    const dir = box.runDir(`20260101-${100000 + i}-run${i}`);
    mkdirSync(dir);
    const state = firstState(dir, real.plan, new Date(1.7e12 + i * 1e6).toISOString());
    const progress = { stage: 1, step: 1000, totalSteps: 1000, loss: 2 + i / RUNS, valBpb: 0.8, tokensPerSecond: 1e5, etaSeconds: 0 };
    writeFileSync(join(dir, "state.json"), JSON.stringify({ ...state, status: "done", endedAt: state.createdAt, progress }));
    if (i % 2 === 0) writeFileSync(join(dir, "about.json"), JSON.stringify({ version: 1, tags: ["sweep"], note: `try ${i}` }));
    utimesSync(dir, then, then);
  }
  return real.id;
}

/** From the key of the tab to the bytes of the list, in a program that has not looked at a run yet but one. */
async function openTab(box: Sandbox, id: string): Promise<number> {
  const pty = box.tui(["runs", "attach", id, "--fresh"], SIZE);
  await pty.until("No loss yet");
  await pty.ready();
  const began = performance.now();
  pty.type("6");
  await pty.until("runs 2,000");
  const took = pty.arrived - began;
  await pty.close();
  return took;
}

export async function runsRows(): Promise<Row[]> {
  const box = new Sandbox();
  try {
    const id = fill(box);
    const folder = join(box.home, "runs");
    const bare = await medianMilliseconds(() => {
      for (const name of readdirSync(folder)) JSON.parse(readFileSync(join(folder, name, "state.json"), "utf8"));
    });
    const opened: number[] = [];
    for (let i = 0; i < ROUNDS; i++) opened.push(await openTab(box, id));
    const cache: RunCache = new Map();
    unwrap(listRuns(box.home, cache));
    const again = await medianMilliseconds(() => unwrap(listRuns(box.home, cache)));
    const baseline = "reading and parsing each state.json";
    return [
      timedRow(`key → ${RUNS.toLocaleString("en-US")} runs listed, Runs tab, cold`, quantile(opened, 0.5), 300, bare, baseline),
      timedRow(`that list read again, once a second`, again, 50, bare, baseline),
    ];
  } finally {
    await box.close();
  }
}
