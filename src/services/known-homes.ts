/** Homes that runs have been started in: checkouts that share a base dir know of each other's runs by them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "../lib/files.ts";
import { sha256 } from "../lib/hash.ts";
import { dataDir } from "../lib/paths.ts";
import { readPlan } from "../lib/run-files.ts";
import { runsDir } from "./home.ts";
import { listRuns } from "./runs.ts";

/** A file each, so that two that are remembered at once do not lose one another. */
const folder = (): string => join(dataDir(), "homes");

/** That it could not be kept is no reason to stop. */
export function rememberHome(home: string): void {
  const file = join(folder(), `${sha256(home).slice(0, 16)}.json`);
  if (!existsSync(file)) writeJson(file, { version: 1, home });
}

/** All but this one that are still there; null = all. */
export function otherHomes(home: string | null): string[] {
  return names()
    .flatMap((name) => {
      const read = readJson(join(folder(), name));
      const other = read.ok ? read.value?.["home"] : undefined;
      return typeof other === "string" && other !== home && existsSync(runsDir(other)) ? [other] : [];
    })
    .sort();
}

/** So many of a home's newest runs are looked at for the base dirs that it uses. */
const LOOKED_AT = 10;

/** Checkouts besides `dir` whose newest runs used this base dir. */
export function checkoutsBeside(dir: string, baseDir: string): string[] {
  const plans = otherHomes(null).flatMap((home) => {
    const listed = listRuns(home);
    return (listed.ok ? listed.value : []).slice(0, LOOKED_AT).map((run) => readPlan(run.dir));
  });
  const beside = plans.flatMap((plan) => (plan.ok && plan.value.baseDir === baseDir ? plan.value.workspace.dir : []));
  return [...new Set(beside)].filter((one) => one !== dir).sort();
}

function names(): string[] {
  try {
    return readdirSync(folder());
  } catch {
    return []; // nothing was remembered yet
  }
}
