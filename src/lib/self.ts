/** Where this program is installed, and how it starts itself again as another process. */
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";

/**
 * The folder that holds `src/`, `bridge/` and `pocket/`. In what was put together this is a text: the place at which it was done
 * (bin/entry.cjs starts it nowhere else).
 */
export const PACKAGE_DIR = resolve(import.meta.dir, "../..");

/** What is started is what this process was started from. */
const started = process.argv[1] ?? "";
const MAIN = started.startsWith(join(PACKAGE_DIR, "dist")) ? started : join(PACKAGE_DIR, "src", "main.ts");

const NAME = "nanochat-cli";

/** What starts this program when it is typed here: its name where a shell finds that, else the way to its launcher. */
export function programAsTyped({ PATH = "" }: Readonly<Record<string, string | undefined>> = process.env, from = process.cwd()): string {
  if (PATH.split(":").some((dir) => isAbsolute(dir) && existsSync(join(dir, NAME)))) return NAME;
  const launcher = join(PACKAGE_DIR, "bin", NAME);
  const near = relative(from, launcher);
  return near.startsWith("..") ? launcher : near.includes("/") ? near : `./${near}`;
}

/** The folder to put on PYTHONPATH so that `python -m nanochat_bridge` works. */
export const BRIDGE_DIR = join(PACKAGE_DIR, "bridge");

export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_DIR, "package.json"), "utf8")).version;

/**
 * The argument list that runs this program with `args`. Bun is told not to read `.env`, `bunfig.toml` and `tsconfig.json` of the
 * working directory: that is a user's checkout, and a preload in it would run as us.
 */
export const selfCommand = (args: readonly string[]): string[] => [
  process.execPath,
  "--no-env-file",
  `--config=${join(PACKAGE_DIR, "bunfig.runtime.toml")}`,
  `--tsconfig-override=${join(PACKAGE_DIR, "tsconfig.runtime.json")}`,
  MAIN,
  ...args,
];
