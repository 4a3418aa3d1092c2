/**
 * What was found inside of checkpoints, by the stamp of their files: a long list is not read anew, which on a shared file
 * system takes seconds. A cache that is torn, foreign or cannot be written costs time, nothing else.
 */
import { join } from "node:path";
import type { Checkpoint } from "../core/checkpoint.ts";
import { readText, writeAtomic } from "../lib/files.ts";
import { sha256 } from "../lib/hash.ts";
import { isNumber, isRecord, isString, orNull, recordOf, shaped } from "../lib/shape.ts";

export type CheckpointContent = Pick<Checkpoint, "valBpb" | "modelConfig" | "userConfig" | "broken"> & { trainLoss: number | null };

/** Rises when what is kept, or how checkpoints are judged, changes. */
const VERSION = 2;
/** A shorter list is read as fast as its cache. */
const LEAST_KEPT = 20;

interface Kept {
  stamp: string;
  content: CheckpointContent;
}

const isKept = recordOf(
  shaped({
    stamp: isString,
    content: shaped({
      ...{ valBpb: orNull(isNumber), trainLoss: orNull(isNumber) },
      ...{ modelConfig: orNull(isRecord), userConfig: orNull(isRecord), broken: orNull(isString) },
    }),
  }),
);

export interface CheckpointCache {
  /** What is inside of one, looked at when the stamp of its files is a new one. */
  of(key: string, stamp: string, look: () => CheckpointContent): CheckpointContent;
  /** Writes down what was asked for, when something of it is new. */
  keep(): void;
}

export function openCheckpointCache(baseDir: string, folder: string): CheckpointCache {
  const path = join(folder, `checkpoints-${sha256(baseDir).slice(0, 16)}.json`);
  const before = read(path);
  const now: Record<string, Kept> = {};
  let looked = false;
  return {
    of(key, stamp, look) {
      const known = before[key];
      if (known?.stamp === stamp) {
        now[key] = known;
        return known.content;
      }
      const content = look();
      if (isPlain(content)) {
        now[key] = { stamp, content };
        looked = true;
      }
      return content;
    },
    keep() {
      const size = Object.keys(now).length;
      const changed = looked || size !== Object.keys(before).length;
      if (changed && size >= LEAST_KEPT) writeAtomic(path, JSON.stringify({ version: VERSION, checkpoints: now }));
    },
  };
}

/** Whether JSON can keep it: Python writes Infinity and NaN, which JSON would turn into null. */
function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (value === null || typeof value !== "object") return true;
  return Object.values(value).every(isPlain);
}

function read(path: string): Readonly<Record<string, Kept>> {
  const text = readText(path);
  try {
    const { version, checkpoints } = JSON.parse((text.ok && text.value) || "{}") as { version?: unknown; checkpoints?: unknown };
    return version === VERSION && isKept(checkpoints) ? (checkpoints as Record<string, Kept>) : {};
  } catch {
    return {};
  }
}
