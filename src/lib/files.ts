/** Reading and writing small files so that a reader never sees half of one. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { spellNonFinite } from "./non-finite.ts";

/** Loaded with the first write: who only reads does not wait for it. */
const atomically = (): typeof import("write-file-atomic") => createRequire(import.meta.url)("write-file-atomic");

/** Replaces `path` in one rename. The folder is made when it is not there; files are 0600: a home is private. */
export function writeAtomic(path: string, content: string): Result<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    atomically().sync(path, content, { mode: 0o600 });
    return ok(undefined);
  } catch (error) {
    return fail("io", `${path} could not be written`, { why: ioReason(error), remedy: ioRemedy(error) });
  }
}

export const writeJson = (path: string, value: unknown): Result<void> => writeAtomic(path, `${JSON.stringify(value, spellNonFinite, 1)}\n`);

/** The file's text, or null when it is not there. Other errors are values. */
export function readText(path: string): Result<string | null> {
  try {
    return ok(readFileSync(path, "utf8"));
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return ok(null);
    return fail("io", `${path} could not be read`, {
      why: ioReason(error),
      remedy: errorCode(error) === "EISDIR" ? ioRemedy(error) : undefined,
    });
  }
}

/** What is at `path`; undefined when nothing can be told of it: it is not there, a file stands in the way, a link leads to itself. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The first bytes of a file, fewer when it has not so many. Throws what opening and reading throw. */
export function firstBytes(path: string, most: number): Buffer {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(fd, bytes, 0, most, 0));
  } finally {
    closeSync(fd);
  }
}

/** A JSON file: null when it is not there, `corrupt` when it is no JSON object. */
export function readJson(path: string): Result<Record<string, unknown> | null> {
  const text = readText(path);
  if (!text.ok || text.value === null) return text as Result<null>;
  try {
    const value: unknown = JSON.parse(text.value);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return ok(value as Record<string, unknown>);
  } catch {
    // told below, like any other content that is no object
  }
  return fail("corrupt", `${path} is not readable as JSON`, {
    why: "it was cut off or edited",
    remedy: "Move it away to go on without it",
  });
}

/** Names of the YAML files of a folder, sorted; none when there is no such folder. */
export function yamlFiles(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((entry) => /\.ya?ml$/.test(entry))
      .sort();
  } catch {
    return []; // nobody has kept one there
  }
}

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String((error as NodeJS.ErrnoException).code) : undefined;

const IO_REASONS: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOSPC: ["the disk is full", "Free some space on it"],
  EFBIG: ["the limit on the size of files is reached", "Raise it (ulimit -f)"],
  EDQUOT: ["the disk quota is used up", "Free some space on it"],
  EACCES: ["you have no permission there", "Choose another place with --home, or change its permissions"],
  EPERM: ["you have no permission there", "Choose another place with --home, or change its permissions"],
  EROFS: ["the file system is read-only", "Choose another place with --home"],
  EISDIR: ["it is a folder", "Name a file in it"],
  ENOTDIR: ["a part of the path is not a folder", "Choose another place with --home"],
  ENOENT: ["a folder on the way to it is not there", "Choose another place with --home"],
  EEXIST: ["something else is in its place", "Move it away"],
};

export const ioReason = (error: unknown): string =>
  IO_REASONS[errorCode(error) ?? ""]?.[0] ?? (error instanceof Error ? error.message : String(error));

export const ioRemedy = (error: unknown): string | undefined => IO_REASONS[errorCode(error) ?? ""]?.[1];
