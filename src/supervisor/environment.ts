/** environment.json: the machine, the checkout and the tokenizer that a run was made with. */
import type { Environment } from "../core/plan.ts";
import { readJson, writeJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";

/** What is known only once a trainer runs: its own versions, and the tokenizer that it has loaded (an earlier stage may make it). */
export type Late = Pick<Environment, "pythonVersion" | "torchVersion" | "tokenizer">;

/** Adds what is not known yet, each once. A run whose file is unreadable goes on without it. */
export function completeEnvironment(runDir: string, late: Late): void {
  const path = runPaths(runDir).environment;
  const read = readJson(path);
  if (!read.ok || read.value === null) return;
  const known = read.value;
  const news = Object.entries(late).filter(([name, value]) => value !== null && (known[name] ?? null) === null);
  if (news.length > 0) writeJson(path, { ...known, ...Object.fromEntries(news) });
}
