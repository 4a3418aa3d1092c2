/** Runs of elsewhere in a folder of their own, and what has been made of them. */
import { afterEach, beforeEach } from "bun:test";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import { type Result, sentence } from "../core/result.ts";
import { JournalReader } from "../journal/reader.ts";
import { runPaths } from "../lib/run-dir.ts";
import { field, framed, history, numberField } from "../sources/wandb-file/fixtures.ts";

export const SOURCES = join(import.meta.dir, "..", "sources");
export const WHOLE = join(SOURCES, "wandb-file", "captures", "whole", "run-whole123.wandb");
export const RESUMED = join(SOURCES, "wandb-file", "captures", "resumed");
export const log = (name: string): Buffer => readFileSync(join(SOURCES, "process-log", "captures", name, "stdout.log"));

export let folder: ReturnType<typeof temporaryFolder>;
export let home: string;
/** A folder anew for each test of the file that calls this. */
export function inFolder(): void {
  beforeEach(() => {
    folder = temporaryFolder();
    home = join(folder.path, "home");
  });
  afterEach(() => folder.remove());
}

/** A file in the sandbox, that nobody has written to for an hour unless it is `fresh`. */
export function put(name: string, content: Buffer | string, fresh = false): string {
  const path = join(folder.path, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  const hourAgo = Date.now() / 1000 - 3600;
  if (!fresh) utimesSync(path, hourAgo, hourAgo);
  return path;
}

/** The `run` record of a W&B run that began at a second, with further records. */
export const wandb = (id: string, startSeconds: number, ...records: Buffer[]): Buffer =>
  framed([
    field(17, Buffer.concat([field(1, id), field(3, "nanochat"), field(8, `name-${id}`), field(17, numberField(1, startSeconds))])),
    ...records,
  ]);
export const point = (step: number, atSeconds: number) =>
  history({ step: String(step), "train/loss": "1.5", _timestamp: String(atSeconds) });
export const exit = (code: number) => field(18, numberField(1, code));

export function journal<T>(dir: string, look: (reader: JournalReader) => T): T {
  const reader = unwrap(JournalReader.open(runPaths(dir).journal));
  reader.refresh();
  const found = look(reader);
  reader.close();
  return found;
}

const eventsOf = (reader: JournalReader) =>
  reader.events().flatMap(({ stage, kind, step, body }) => (kind === "stage" ? [] : [{ stage, kind, step, body }]));

/** Everything that a run holds, in an order of its own. */
export const contents = (dir: string) =>
  journal(dir, (reader) => ({
    points: reader.stages().flatMap((stage) =>
      reader
        .metrics(stage)
        .sort()
        .map((name) => [stage, name, reader.points(stage, name)]),
    ),
    lines: reader.log({ limit: 10_000 }).map(({ stage, stream, text }) => [stage, stream, text]),
    // Alerts come after what was read at a time, wherever that ends.
    events: eventsOf(reader).filter(({ kind }) => kind !== "alert"),
    alerts: eventsOf(reader).filter(({ kind }) => kind === "alert"),
  }));

export const told = (result: Result<unknown>): string => (result.ok ? "done" : sentence(result.failure));
