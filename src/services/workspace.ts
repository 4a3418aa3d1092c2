/** Which nanochat checkout: by flag, NANOCHAT_DIR, upwards from here, or the last one used; and its base dir and home. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { readJson, statsOf, writeJson } from "../lib/files.ts";
import { configDir, dataDir, expandHome } from "../lib/paths.ts";
import { PACKAGE_DIR } from "../lib/self.ts";

export interface FoundWorkspace {
  dir: string;
  /** `--workspace`, `NANOCHAT_DIR`, `this folder`, `the last one used`. */
  reason: string;
  /** What it was used with, when it is found because it was the last one used. */
  usedWith?: UsedWith;
}

/** Flags of the last use, absolute. */
export interface UsedWith {
  python?: string;
  baseDir?: string;
}

/** The pocket nanochat that comes with the program. */
export const POCKET_DIR = join(PACKAGE_DIR, "pocket");
export const POCKET_NAME = "pocket";

const remembered = () => join(configDir(), "last-workspace.json");

/** A file that every nanochat has had since its first commit; whether it really is one is for `describe` to say. */
const looksLikeNanochat = (dir: string): boolean => existsSync(join(dir, "scripts", "base_train.py"));

export function findWorkspace(flag: string | undefined, from: string = process.cwd()): Result<FoundWorkspace> {
  if (flag !== undefined) return named(flag, "--workspace");
  const variable = process.env["NANOCHAT_DIR"];
  if (variable) return named(variable, "NANOCHAT_DIR");
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (looksLikeNanochat(dir)) return ok({ dir, reason: dir === resolve(from) ? "this folder" : "above this folder" });
    if (dir === dirname(dir)) break;
  }
  const last = readJson(remembered());
  const { dir, python, baseDir } = (last.ok ? last.value : null) ?? {};
  if (typeof dir === "string" && existsSync(dir)) {
    const usedWith = { ...(typeof python === "string" ? { python } : {}), ...(typeof baseDir === "string" ? { baseDir } : {}) };
    const flags = Object.keys(usedWith).map((name) => (name === "python" ? "--python" : "--base-dir"));
    return ok({ dir, reason: ["the last one used", ...flags].join(", with the same "), usedWith });
  }
  return fail("not-found", `No nanochat checkout was found in ${from} or above it`, {
    why: last.ok ? whyNotLast(last.value) : last.failure.what,
    remedy:
      "Name one with --workspace DIR, or take what comes with the program, a pocket model, with `--workspace pocket`; `nanochat-cli try` trains it",
  });
}

/** What is wrong with the memory of the last one; undefined when nothing was ever remembered. */
function whyNotLast(last: Record<string, unknown> | null): string | undefined {
  if (last === null) return undefined;
  const dir = last["dir"];
  return typeof dir === "string" ? `the last one used, ${dir}, is not there any more` : `${remembered()} names no folder`;
}

function named(given: string, reason: string): Result<FoundWorkspace> {
  const dir = resolve(expandHome(given));
  const stats = statsOf(dir);
  // What comes with the program is called so from everywhere; a folder of that name here is what was meant.
  if (stats === undefined && given === POCKET_NAME && existsSync(POCKET_DIR)) return ok({ dir: POCKET_DIR, reason });
  if (stats === undefined)
    return fail("not-found", `${reason} names ${dir}, which does not exist`, { remedy: "Name the folder of a nanochat checkout" });
  if (!stats.isDirectory())
    return fail("usage", `${reason} names ${dir}, which is no folder`, { remedy: "Name the folder of a nanochat checkout" });
  return ok({ dir, reason });
}

/** So that `runs list` works from anywhere afterwards. That it could not be kept is no reason to stop. */
export function rememberWorkspace(dir: string, { python, baseDir }: UsedWith = {}): void {
  // A name without a slash is looked for on the PATH, from anywhere.
  const absolute = python?.includes("/") ? resolve(expandHome(python)) : python;
  writeJson(remembered(), { version: 1, dir, python: absolute, baseDir: baseDir === undefined ? undefined : resolve(expandHome(baseDir)) });
}

/** Whether another one than this would be found as the last one used. */
export function remembersAnother(dir: string): boolean {
  const last = readJson(remembered());
  const known = last.ok ? last.value?.["dir"] : undefined;
  return typeof known === "string" && known !== dir && existsSync(known);
}

/**
 * NANOCHAT_BASE_DIR of a workspace: flag, the pocket's own, environment, the flag of the last use, then nanochat's default
 * (nanochat/common.py@92d63d4).
 */
export function findBaseDir(workspaceDir: string, flag: string | undefined, lastFlag?: string): string {
  if (flag !== undefined) return resolve(expandHome(flag));
  if (workspaceDir === POCKET_DIR) return join(dataDir(), "pocket", "base");
  const variable = process.env["NANOCHAT_BASE_DIR"];
  if (!variable && lastFlag !== undefined) return lastFlag;
  return variable ? resolve(expandHome(variable)) : join(homedir(), ".cache", "nanochat");
}
