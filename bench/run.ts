/** `npm run bench`: everything, one run, written to bench/README.md. Exit code 1 when a target is missed. */
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { checkpointRows } from "./checkpoints.ts";
import { describeRows } from "./describe.ts";
import { bridgeRow, ingestRow } from "./ingest.ts";
import { calmest, MOST_TIMES, MUCH_PERCENT, stolenText } from "./lib/calm.ts";
import type { Row } from "./lib/measure.ts";
import { nightRows } from "./night.ts";
import { patchRows } from "./patch.ts";
import { planRows } from "./plan.ts";
import { runsRows } from "./runs.ts";
import { firstFrameRow, millionRows } from "./start.ts";
import { firehoseRows, latencyRows } from "./tui.ts";
import { wandbRows } from "./wandb.ts";
import { workerRow } from "./worker.ts";
import { zoomRows } from "./zoom.ts";

/** Rows, or why there are none here. */
type Part = Row[] | string;

const PARTS: ReadonlyArray<readonly [name: string, run: () => Part | Promise<Part>]> = [
  ["ingest", () => [ingestRow()]],
  ["bridge", () => [bridgeRow()]],
  ["plan", planRows],
  ["describe", describeRows],
  ["checkpoints", checkpointRows],
  ["worker", () => [workerRow()]],
  ["patch", patchRows],
  ["runs", runsRows],
  ["start", async () => [await firstFrameRow()]],
  ["million", millionRows],
  ["wandb", wandbRows],
  ["zoom", zoomRows],
  ["latency", latencyRows],
  ["firehose", firehoseRows],
  ["night", nightRows],
];

// Node reads the certificates that this names before it does anything else, for tens of milliseconds; nothing here connects.
delete process.env["NODE_EXTRA_CA_CERTS"];

const wanted = process.argv.slice(2);
const rows: Array<Row & { stolen: string }> = [];
const leftOut: string[] = [];
for (const [name, run] of PARTS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  let why = "";
  const measured = await calmest(async () => {
    const part = await run();
    if (typeof part !== "string") return part;
    why = part;
    return [];
  });
  if (why !== "") {
    leftOut.push(why);
    console.log(`left out ${why}`);
  }
  const stolen = stolenText(measured);
  for (const row of measured.rows) {
    rows.push({ ...row, stolen });
    const verdict = row.met ? "met   " : "MISSED";
    console.log(`${verdict} ${row.what}: ${row.ours} (${row.target}); baseline ${row.baseline}, ${row.ratio}; the host took ${stolen}`);
  }
}

if (wanted.length === 0) {
  const [cpu] = cpus();
  const lines = rows.map(
    ({ what, ours, baseline, ratio, target, met, stolen }) =>
      `| ${what} | ${ours} | ${target} | ${met ? "met" : "**missed**"} | ${baseline} | ${ratio} | ${stolen} |`,
  );
  const text = `# Bench

Written by \`npm run bench\`: one run, ours beside bare baselines, so that the ratio means something on another machine. The last column is what the host of a virtual machine took of its processors meanwhile: what misses a target while that is more than ${MUCH_PERCENT} % is measured again, ${MOST_TIMES} times at most, and the calmest counts.

${new Date().toISOString().slice(0, 10)} · ${cpus().length} × ${cpu?.model.trim()} · ${Math.round(totalmem() / 2 ** 30)} GiB · Bun ${packageJson.dependencies.bun} · ${process.platform}

| what | ours | target | | baseline | ratio | host |
|---|---|---|---|---|---|---|
${lines.join("\n")}
${leftOut.map((why) => `\nLeft out: ${why}\n`).join("")}`;
  await Bun.write(join(import.meta.dir, "README.md"), text);
}
process.exit(rows.every(({ met }) => met) ? 0 : 1);
