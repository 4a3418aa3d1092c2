/** The runs of a home: listed, and found by what a person types. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { didYouMean } from "../config/suggest.ts";
import { fail, ok, type Result, sentence } from "../core/result.ts";
import type { Liveness, Progress, RunStatus } from "../core/run.ts";
import { errorCode, ioReason } from "../lib/files.ts";
import { liveness, readState } from "../lib/run-files.ts";
import { runsDir } from "./home.ts";

/** One run in a list, as its record says. */
export interface RunSummary {
  id: string;
  dir: string;
  name: string;
  prefab: string;
  status: RunStatus;
  liveness: Liveness;
  /** UTC ISO */
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  reason: string | null;
  progress: Progress | null;
  /** Why the record cannot be read, in a sentence; then the other fields are guesses. */
  problem: string | null;
}

/** All runs, newest first. Reads one small file of each; a home without runs has none. */
export function listRuns(home: string): Result<RunSummary[]> {
  let ids: string[];
  try {
    ids = readdirSync(runsDir(home));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return ok([]);
    return fail("io", `${runsDir(home)} could not be read`, {
      why: ioReason(error),
      remedy: "Name another place with --home or NANOCHAT_CLI_HOME",
    });
  }
  const runs = ids.flatMap((id) => summarize(join(runsDir(home), id), id) ?? []);
  return ok(runs.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id)));
}

/** Null for a folder that is no run (yet). */
function summarize(dir: string, id: string): RunSummary | null {
  const read = readState(dir);
  if (!read.ok) return read.failure.code === "not-found" ? null : { ...UNREADABLE, id, dir, name: id, problem: sentence(read.failure) };
  const { name, prefab, status, createdAt, startedAt, endedAt, reason, progress } = read.value;
  return { id, dir, name, prefab, status, liveness: liveness(read.value), createdAt, startedAt, endedAt, reason, progress, problem: null };
}

const UNREADABLE = {
  prefab: "",
  status: "lost",
  liveness: "unattended",
  createdAt: "",
  startedAt: null,
  endedAt: null,
  reason: null,
  progress: null,
} as const;

/** In the order in which they are tried; the first that fits any run decides. */
const WAYS: ReadonlyArray<(run: RunSummary, wanted: string) => boolean> = [
  ({ id }, wanted) => id === wanted,
  ({ name, liveness }, wanted) => name === wanted && liveness !== "ended",
  ({ name }, wanted) => name === wanted,
  ({ id }, wanted) => id.startsWith(wanted),
  ({ id }, wanted) => id.includes(wanted),
];

/** The run that `wanted` names: an id, a name, a part of an id that only one has, or `last`. */
export function findRun(home: string, wanted: string): Result<RunSummary> {
  const listed = listRuns(home);
  if (!listed.ok) return listed;
  const runs = listed.value;
  if (runs.length === 0) {
    return fail("not-found", `There are no runs in ${home}`, { remedy: "Start one with `nanochat-cli train PREFAB`, or name its --home" });
  }
  if (wanted === "last") return ok(runs[0]!);
  for (const fits of WAYS) {
    const found = runs.filter((run) => fits(run, wanted));
    if (found.length === 1) return ok(found[0]!);
    if (found.length > 1) return ambiguous(wanted, found);
  }
  return fail("not-found", `There is no run ${wanted} in ${home}`, {
    remedy: didYouMean(
      wanted,
      runs.flatMap(({ id, name }) => [id, name]),
      "`nanochat-cli runs list` shows what there is",
    ),
  });
}

function ambiguous(wanted: string, found: readonly RunSummary[]): Result<never> {
  const ids = found.map(({ id }) => id);
  const shown = ids.slice(0, 5).join(", ") + (ids.length > 5 ? ", …" : "");
  return fail("usage", `${wanted} may be any of ${ids.length} runs`, { why: shown, remedy: "Name one by its id", details: ids.join("\n") });
}
