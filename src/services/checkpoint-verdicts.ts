/** What a full verification of checkpoints has found, by the stamp of their files: a checkpoint that is damaged stays told as that. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "../lib/files.ts";
import { cacheDir } from "../lib/paths.ts";
import { isRecord, isString, recordOf, shaped } from "../lib/shape.ts";

/** In the cache: every byte can be read again. Only damage is kept, which is rare. */
const memory = (folder: string): string => join(folder, "damaged-checkpoints.json");

interface Verdict {
  stamp: string;
  /** What is wrong, a sentence. */
  wrong: string;
}

const areVerdicts = recordOf(shaped({ stamp: isString, wrong: isString }));

function read(folder: string): Record<string, Verdict> {
  const document = readJson(memory(folder));
  const known = document.ok ? document.value?.["damaged"] : null;
  // Checked field by field, which the type of a record cannot tell.
  return isRecord(known) && areVerdicts(known) ? (known as unknown as Record<string, Verdict>) : {};
}

const keyOf = (dir: string, step: number): string => join(dir, String(step));

/** Changes whenever one of the files does: another size, or written since. */
function stampOf(dir: string, files: ReadonlyArray<{ name: string }>): string {
  return files.map(({ name }) => `${name} ${fileStamp(join(dir, name))}`).join("\n");
}

function fileStamp(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "gone" : `${stats.size} ${stats.mtimeMs}`;
}

interface Files {
  dir: string;
  step: number;
  files: ReadonlyArray<{ name: string }>;
}

/** Keeps what a verification found; null = all is well, so that nothing is held against it any more. */
export function rememberVerdict({ dir, step, files }: Files, wrong: string | null, folder: string = cacheDir()): void {
  const known = read(folder);
  const key = keyOf(dir, step);
  if (wrong === null && known[key] === undefined) return;
  const { [key]: _, ...others } = known;
  // That it could not be kept is no reason to stop.
  writeJson(memory(folder), { version: 1, damaged: wrong === null ? others : { ...others, [key]: { stamp: stampOf(dir, files), wrong } } });
}

/** Tells of checkpoints whose files have not changed since what was found damaged in them; null of all others. */
export function knownDamage(folder: string = cacheDir()): (one: Files) => string | null {
  const known = read(folder);
  return ({ dir, step, files }) => {
    const verdict = known[keyOf(dir, step)];
    return verdict !== undefined && verdict.stamp === stampOf(dir, files) ? verdict.wrong : null;
  };
}
