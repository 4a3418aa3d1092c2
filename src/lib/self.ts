/** Where this program is installed, and how it starts itself again as another process. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The folder that holds `src/`, `bridge/` and `pocket/`: two above this file, and above the parts in `dist/STATE/` (bin/entry.mjs). */
export const PACKAGE_DIR = resolve(import.meta.dir, "../..");

/** What is started is what this process was started from. */
const MAIN = import.meta.path.endsWith(".ts") ? join(PACKAGE_DIR, "src", "main.ts") : join(import.meta.dir, "main.js");

/** The folder to put on PYTHONPATH so that `python -m nanochat_bridge` works. */
export const BRIDGE_DIR = join(PACKAGE_DIR, "bridge");

export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_DIR, "package.json"), "utf8")).version;

/**
 * The argument list that runs this program with `args`. Bun is told not to read `.env` and `bunfig.toml` of the working
 * directory: that is a user's checkout, and a preload in it would run as us.
 */
export const selfCommand = (args: readonly string[]): string[] => [
  process.execPath,
  "--no-env-file",
  `--config=${join(PACKAGE_DIR, "bunfig.runtime.toml")}`,
  MAIN,
  ...args,
];
