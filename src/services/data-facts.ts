/** What lies under NANOCHAT_BASE_DIR: tokenizer, shards, room. Nothing is unpickled. */
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DataFacts } from "../core/machine.ts";
import type { Features } from "../core/params.ts";
import { ioReason } from "../lib/files.ts";
import { readEntries } from "./torch-zip.ts";

/** Bytes of an entry of token_bytes.pt: one int32 for each token (scripts/tok_train.py, all versions). */
const TOKEN_BYTES_ENTRY = 4;
const POCKET_VOCABULARY = 265;

export function dataFacts(baseDir: string, features: Features): DataFacts {
  return {
    baseDir,
    vocabulary: features["pocket"] === true ? POCKET_VOCABULARY : vocabulary(baseDir),
    tokenizer: tokenizerHash(baseDir),
    shards: shards(baseDir, features),
    diskFreeBytes: diskFree(baseDir),
    readOnly: whyReadOnly(baseDir),
  };
}

/** The length of the only tensor in token_bytes.pt. */
function vocabulary(baseDir: string): number | null {
  const entries = readEntries(join(baseDir, "tokenizer", "token_bytes.pt"));
  const data = entries.ok ? entries.value.find(({ name }) => name.endsWith("/data/0")) : undefined;
  return data === undefined ? null : data.size / TOKEN_BYTES_ENTRY;
}

/** Short SHA-256 of tokenizer.pkl: two tokenizers of one size are told apart by it. */
export function tokenizerHash(baseDir: string): string | null {
  try {
    return createHash("sha256")
      .update(readFileSync(join(baseDir, "tokenizer", "tokenizer.pkl")))
      .digest("hex")
      .slice(0, 12);
  } catch {
    return null;
  }
}

/** Shards in the folder that the checkout reads; a newer one falls back to the older folder (nanochat/dataset.py@92d63d4). */
function shards(baseDir: string, features: Features): number | null {
  const folder = features["shards_folder"];
  if (typeof folder !== "string") return null;
  const own = count(join(baseDir, folder));
  return own > 0 ? own : count(join(baseDir, "base_data"));
}

function count(folder: string): number {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".parquet")).length;
  } catch {
    return 0;
  }
}

/** The folder itself, or the nearest one above that is there. */
const existing = (path: string): string => (existsSync(path) || dirname(path) === path ? path : existing(dirname(path)));

function diskFree(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(existing(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}

function whyReadOnly(path: string): string | null {
  try {
    accessSync(existing(path), constants.W_OK);
    return null;
  } catch (error) {
    return ioReason(error);
  }
}
