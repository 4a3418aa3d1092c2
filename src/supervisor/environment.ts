/** environment.json: the machine and the checkout that a run was made with. */
import type { Environment } from "../core/plan.ts";
import { readJson, writeJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";

/** Adds what only the trainer's own process can tell, once. A run whose file is unreadable goes on without it. */
export function completeEnvironment(runDir: string, pythonVersion: string | null, torchVersion: string | null): void {
  const path = runPaths(runDir).environment;
  const read = readJson(path);
  if (!read.ok || read.value === null) return;
  const known = read.value as unknown as Partial<Environment>;
  const completed = { ...known, pythonVersion: known.pythonVersion ?? pythonVersion, torchVersion: known.torchVersion ?? torchVersion };
  if (completed.pythonVersion === known.pythonVersion && completed.torchVersion === known.torchVersion) return;
  writeJson(path, completed);
}
