/** What lies under NANOCHAT_BASE_DIR: tokenizer, shards, room. Nothing is unpickled. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DataFacts } from "../core/machine.ts";
import type { Features } from "../core/params.ts";
import { ioReason } from "../lib/files.ts";
import { sha256 } from "../lib/hash.ts";
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
    return sha256(readFileSync(join(baseDir, "tokenizer", "tokenizer.pkl"))).slice(0, 12);
  } catch {
    return null;
  }
}

/**
 * The folder that the checkout reads shards from, or null when it does not tell. Where a newer one's is not there at all
 * it reads the older one; an empty one of its own is read, and found empty (nanochat/dataset.py:37@92d63d4).
 */
export function shardsFolder(baseDir: string, features: Features): string | null {
  const folder = features["shards_folder"];
  if (typeof folder !== "string") return null;
  const [own, older] = [join(baseDir, folder), join(baseDir, "base_data")];
  return !existsSync(own) && existsSync(older) ? older : own;
}

function shards(baseDir: string, features: Features): number | null {
  const folder = shardsFolder(baseDir, features);
  if (folder === null) return null;
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

/** Types of the file systems of /proc and /sys (linux/magic.h): who is root may write there, and cannot make a file. */
const NO_DISKS: ReadonlySet<number> = new Set([0x9fa0, 0x62656572]);

function whyReadOnly(path: string): string | null {
  try {
    // With a slash at its end a file is no folder, however writable it is.
    accessSync(`${existing(path)}/`, constants.W_OK);
    return NO_DISKS.has(statfsSync(existing(path)).type) ? "no files can be kept there: it is a view of the system, no disk" : null;
  } catch (error) {
    return ioReason(error);
  }
}
