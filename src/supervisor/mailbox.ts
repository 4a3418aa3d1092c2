/** The folder `requests/`, where viewers leave what they ask of a run. */
import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Failure, fail } from "../core/result.ts";
import type { RunRequest } from "../core/run.ts";
import { readRequest } from "../lib/run-files.ts";

/** A file that cannot be read for this long is broken; before, it may still be on its way through a shared disk. */
const PATIENCE_MS = 1000;

export type Letter =
  | { kind: "request"; file: string; request: RunRequest }
  /** Well formed, but of a format that we do not know: answered, not thrown away. */
  | { kind: "newer"; file: string; id: string; failure: Failure }
  | { kind: "broken"; file: string; failure: Failure };

/** All letters that can be judged now, oldest name first. Looks only; nothing is moved. */
export function readMailbox(folder: string, nowMs: number): Letter[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // nobody has asked anything yet
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => readLetter(join(folder, name), nowMs) ?? []);
}

function readLetter(file: string, nowMs: number): Letter | null {
  const read = readRequest(file);
  if (!read.ok) {
    if (read.failure.code === "newer-version") return { kind: "newer", file, id: basename(file, ".json"), failure: read.failure };
    return isOlderThan(file, nowMs - PATIENCE_MS) ? { kind: "broken", file, failure: read.failure } : null;
  }
  if (read.value === null) return null;
  const named = `${read.value.id}.json`;
  if (named !== basename(file)) {
    return { kind: "broken", file, failure: fail("corrupt", `${file} is not usable`, { why: `its id belongs to ${named}` }).failure };
  }
  return { kind: "request", file, request: read.value };
}

/** Puts a broken letter aside as `<name>.bad`, where it is not read again and can be looked at. */
export function putAside(file: string): void {
  try {
    renameSync(file, `${file}.bad`);
  } catch {
    rmSync(file, { force: true, recursive: true });
  }
}

export function isOlderThan(file: string, ms: number): boolean {
  try {
    return statSync(file).mtimeMs < ms;
  } catch {
    return false; // it has just been taken away
  }
}
