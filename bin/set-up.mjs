/** Installs what package-lock.json names, once, and puts the program together: `npm start` and `npm test` work in a fresh clone. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, linkBun } from "./build.mjs";
import { findBun, packageDir, pinnedBun } from "./bun.cjs";
import { findBuilt } from "./entry.cjs";

const OLDEST_NODE = 20;

function isSetUp() {
  const installed = join(packageDir, "node_modules", "bun", "package.json");
  if (!existsSync(installed) || findBun() === null) return false;
  if (JSON.parse(readFileSync(installed, "utf8")).version !== pinnedBun()) return false;
  // npm writes this copy of the lock file last: when it is there, the install was whole.
  return existsSync(join(packageDir, "node_modules", ".package-lock.json"));
}

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
  console.error(`nanochat-cli needs Node ${OLDEST_NODE} or newer; this is ${process.version}.`);
  process.exit(1);
}
if (!isSetUp()) {
  console.error("Setting up (once): npm ci");
  const done = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: packageDir, stdio: ["ignore", 2, 2] });
  if (done.status !== 0 || !isSetUp()) {
    console.error("Setting up failed: `npm ci` did not install everything. The messages above say why; `npm install` may still work.");
    process.exit(1);
  }
}
if (findBuilt() === null) console.error("Putting the program together (once for each state of its source): some seconds");
build();
linkBun();
