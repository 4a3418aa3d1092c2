/** Finds the Bun binary that npm installed, whether or not its postinstall was allowed to run. */
const { readFileSync, statSync } = require("node:fs");
const { dirname, join } = require("node:path");

const packageDir = join(__dirname, "..");

/** A real Bun is about 100 MB; the stub that npm leaves when it blocks postinstall is a few hundred bytes. */
const SMALLEST_BINARY_BYTES = 1_000_000;

const isBinary = (path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > SMALLEST_BINARY_BYTES;

/** Path of the binary, or null when `npm ci` has not been run or brought no binary for this machine. */
function findBun() {
  const usual = join(packageDir, "node_modules", "bun", "bin", "bun.exe");
  if (isBinary(usual)) return usual;
  // Installed further up, beside other packages, or without its postinstall.
  const { createRequire } = require("node:module");
  const fromPackage = createRequire(join(packageDir, "package.json"));
  for (const candidate of candidates(fromPackage)) if (isBinary(candidate)) return candidate;
  return null;
}

function* candidates({ resolve }) {
  try {
    yield join(dirname(resolve("bun/package.json")), "bin", "bun.exe");
  } catch {
    return; // not installed at all
  }
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  const libc = isMusl() ? "-musl" : "";
  const machine = `${process.platform}-${arch}${libc}`;
  for (const name of [machine, `${machine}-baseline`]) {
    try {
      yield join(dirname(resolve(`@oven/bun-${name}/package.json`)), "bin", "bun");
    } catch {
      // not the package for this machine
    }
  }
}

const isMusl = () => process.platform === "linux" && !process.report?.getReport?.().header?.glibcVersionRuntime;

/**
 * Flags that keep the folder we are started in from running anything of its own: Bun would otherwise load its `.env`,
 * a `preload` of its `bunfig.toml`, and what the `paths` of its `tsconfig.json` (or of a folder above) put in the place of our files.
 */
const isolation = [
  "--no-env-file",
  `--config=${join(packageDir, "bunfig.runtime.toml")}`,
  `--tsconfig-override=${join(packageDir, "tsconfig.runtime.json")}`,
  "--no-install",
];

/** Bun's version as package.json pins it. */
const pinnedBun = () => JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")).dependencies.bun;

module.exports = { packageDir, findBun, isolation, pinnedBun };
