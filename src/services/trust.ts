/** Checkouts whose scripts may be run up to their settings. Starting a training needs no trust: the person does that. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../core/result.ts";
import { readJson, writeJson } from "../lib/files.ts";
import { configDir } from "../lib/paths.ts";

const file = (): string => join(configDir(), "trusted.json");

/** A link that is led elsewhere later leads to what nobody trusted. */
function real(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}

function trusted(): string[] {
  const read = readJson(file());
  const dirs = read.ok ? read.value?.["dirs"] : undefined;
  return Array.isArray(dirs) ? dirs.filter((dir): dir is string => typeof dir === "string") : [];
}

/** Whether the person has said so of this folder. */
export const isTrusted = (dir: string): boolean => trusted().includes(real(dir));

/** Keeps or takes back a person's word. Errors: `io` when it could not be written down. */
export function setTrusted(dir: string, yes: boolean): Result<void> {
  const others = trusted().filter((one) => one !== real(dir));
  return writeJson(file(), { version: 1, dirs: yes ? [...others, real(dir)].sort() : others });
}
