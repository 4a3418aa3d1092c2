/**
 * What tok_train writes over: the tokenizer that lies in the base dir. Checkpoints made with that one cannot be loaded by another, so
 * it is kept beside the stage, until it is known that the new one is the same.
 */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { ioReason, ioRemedy } from "../lib/files.ts";
import { tokenizerHash } from "../services/data-facts.ts";

const SCRIPT = "scripts.tok_train";

interface Before {
  script: string;
  baseDir: string;
  /** Where it is kept, laid out as a base dir. */
  folder: string;
}

/** Copies it; does nothing where there is none, or where an earlier supervisor has done so. */
export function keepTokenizer({ script, baseDir, folder }: Before): Result<void> {
  const there = join(baseDir, "tokenizer");
  if (script !== SCRIPT || tokenizerHash(baseDir) === null || existsSync(folder)) return ok(undefined);
  try {
    cpSync(there, join(folder, "tokenizer"), { recursive: true, dereference: true });
    return ok(undefined);
  } catch (error) {
    const why = `tok_train writes over ${there}, and it could not be kept in ${folder} first: ${ioReason(error)}`;
    return fail("io", "The tokenizer is not trained", { why, remedy: ioRemedy(error) });
  }
}

/** A sentence when another tokenizer stands there now; null when it is the same, and then the copy is given up. */
export function replacedTokenizer({ baseDir, folder }: Before): string | null {
  const before = tokenizerHash(folder);
  if (before === null) return null;
  if (before !== tokenizerHash(baseDir)) {
    return `the tokenizer in ${baseDir} is another one now: the one before, which older checkpoints need, is kept in ${join(folder, "tokenizer")}`;
  }
  rmSync(folder, { recursive: true, force: true });
  return null;
}
