/**
 * Makes the fixture of the pictures from real runs, once: `bun shots/record.ts OUT RUN_DIR… [FROM=TO…]`. A run may be a copy
 * of one that was going on. FROM=TO replaces paths of the machine by those of somebody. What a source can read again is kept
 * as its file, the rest as the journal has it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { JournalEvent, LogLine } from "../src/core/journal.ts";
import { JournalReader } from "../src/journal/reader.ts";
import { runPaths } from "../src/lib/run-dir.ts";
import { exportRun } from "../src/services/run-export.ts";
import { bridgeEvents, type Told, type ToldLine, USUAL_LINE } from "./replay.ts";

const [out = "", ...rest] = process.argv.slice(2);
const replacements = rest.filter((one) => one.includes("=")).map((one) => one.split("=") as [string, string]);
const replaced = (text: string): string => replacements.reduce((all, [from, to]) => all.replaceAll(from, to), text);

/** Nobody sees more than seven digits, and a file of them is half as long. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) && Math.abs(value) < 1e6 ? Number(value.toPrecision(7)) : value;

function recordRun(dir: string): void {
  const to = join(out, "runs", basename(dir));
  mkdirSync(to, { recursive: true });
  const paths = runPaths(dir);
  for (const file of [paths.state, paths.environment]) writeFileSync(join(to, basename(file)), replaced(readFileSync(file, "utf8")));
  // JSON is YAML, and half as long here.
  writeFileSync(join(to, basename(paths.plan)), replaced(`${JSON.stringify(Bun.YAML.parse(readFileSync(paths.plan, "utf8")))}\n`));
  for (const stage of readdirSync(join(dir, "stages"))) {
    const events = join("stages", stage, "bridge", "events.rank0.jsonl");
    if (!existsSync(join(dir, events))) continue;
    const text = readFileSync(join(dir, events), "utf8");
    const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
    mkdirSync(dirname(join(to, events)), { recursive: true });
    writeFileSync(join(to, events), replaced(lines.map((line) => `${JSON.stringify(JSON.parse(line), rounded)}\n`).join("")));
  }
  writeFileSync(
    join(to, "told.jsonl"),
    replaced(
      toldOf(dir)
        .map((one) => `${JSON.stringify(one, rounded)}\n`)
        .join(""),
    ),
  );
}

/** The tallest picture has not room for more. */
const LINES = 120;

/** What nearly every line has is left out of the file. */
const unusual = ({ stage, at, text, ...line }: LogLine): ToldLine => ({
  stage,
  at,
  ...Object.fromEntries(Object.entries(line).filter(([key, value]) => USUAL_LINE[key as keyof typeof USUAL_LINE] !== value)),
  text,
});

const keyOf = ({ stage, at, kind, body }: JournalEvent): string => JSON.stringify([stage, Math.round(at), kind, body]);

/** Host figures, log lines, and events that no bridge has told. */
function toldOf(dir: string): Told[] {
  const opened = JournalReader.open(runPaths(dir).journal);
  if (!opened.ok) throw new Error(opened.failure.what);
  const reader = opened.value;
  const bridged = new Set(bridgeEvents(dir).map(keyOf));
  const events = reader.events().filter((event) => !bridged.has(keyOf(event)));
  const host = [...exportRun(reader, "jsonl")].map((line) => JSON.parse(line)).filter(({ stage }) => stage === 0);
  const told: Told[] = [
    ...host.map(({ stage: _stage, step: _step, time, ...values }): Told => ({ type: "host", at: Date.parse(time), values })),
    ...events.map(({ seq: _, ...event }): Told => ({ type: "event", ...event })),
    ...reader.log({ limit: LINES }).map(({ seq: _, ...line }): Told => ({ type: "line", ...unusual(line) })),
  ];
  reader.close();
  return told.sort((a, b) => a.at - b.at);
}

for (const run of rest.filter((one) => !one.includes("="))) recordRun(run);
