/** The home: where runs are kept. Private, and invisible to git. */
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { ioReason, writeAtomic } from "../lib/files.ts";
import { dataDir, expandHome } from "../lib/paths.ts";
import { POCKET_DIR } from "./workspace.ts";

/** Path of the home; nothing is made. The pocket workspace is part of the program, so its home is the user's. */
export function findHome(workspaceDir: string | null, flag: string | undefined): string {
  const given = flag ?? process.env["NANOCHAT_CLI_HOME"];
  if (given) return resolve(expandHome(given));
  if (workspaceDir === null || workspaceDir === POCKET_DIR) return join(dataDir(), "pocket", "home");
  return join(workspaceDir, ".nanochat-cli");
}

/** Makes the home with mode 0700 and a .gitignore of its own. */
export function prepareHome(home: string): Result<string> {
  try {
    mkdirSync(join(home, "runs"), { recursive: true, mode: 0o700 });
    accessSync(join(home, "runs"), constants.W_OK);
  } catch (error) {
    return fail("io", `Runs cannot be kept in ${home}`, {
      why: ioReason(error),
      remedy: "Name another place with --home or NANOCHAT_CLI_HOME",
    });
  }
  const ignore = join(home, ".gitignore");
  if (!existsSync(ignore)) {
    const written = writeAtomic(ignore, "*\n");
    if (!written.ok) return written;
  }
  return ok(home);
}

export const runsDir = (home: string): string => join(home, "runs");

/** What the folder of a run begins with that is being deleted: no run any more. */
export const DELETED = ".deleted-";

/** The home that a run directory lies in. */
export const homeOf = (runDir: string): string => dirname(dirname(resolve(runDir)));

/** Held by who makes a run or changes what is written about one: of two such, the second waits. */
export const lockOf = (home: string): string => join(home, "lock.db");

/** Folders of prefabs that belong to a home, lowest first: the user's own, then the workspace's. */
export const userPrefabDirs = (home: string, configDirectory: string): string[] => [
  join(configDirectory, "prefabs"),
  join(home, "prefabs"),
];
