/** Puts the program together in `dist/`, for entry.cjs to find. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findBun, isolation, packageDir } from "./bun.cjs";
import { dist, findBuilt, list, mark, source } from "./entry.cjs";

/** A supervisor starts others from what it was started from, days later: older ones stay for a while. */
const MOST_KEPT = 8;

/** Does nothing where it is there. Where it cannot be made the source is started, which takes longer. */
export function build() {
  if (findBuilt() !== null) return;
  const making = join(dist, `making-${process.pid}`);
  try {
    const names = readdirSync(join(packageDir, "src"), { recursive: true }).filter((name) => /(?<!\.test)\.ts$/.test(name));
    // What npm has installed is in it as well; this file of npm's is written anew with that.
    const all = [...names.map((name) => join("src", name)), "package.json", join("node_modules", ".package-lock.json")].sort();
    const files = Object.fromEntries(all.map((file) => [file, mark(file)]));
    const name = createHash("sha1").update(JSON.stringify({ packageDir, files })).digest("hex").slice(0, 12);
    mkdirSync(dist, { recursive: true });
    if (!existsSync(join(dist, name))) {
      // Byte code is what saves most of the time: nothing is translated at a start. It is made of this format only.
      const how = ["--target=bun", "--format=cjs", "--bytecode", "--external=@opentui/core"];
      const command = ["build", ...how, "--outdir", making, source];
      if (spawnSync(findBun(), [...isolation, ...command], { cwd: packageDir, stdio: "ignore" }).status !== 0) return;
      renameSync(making, join(dist, name));
    }
    writeFileSync(`${making}.json`, JSON.stringify({ main: join(name, "main.js"), packageDir, files }));
    renameSync(`${making}.json`, list);
    prune(name);
  } catch {
    // another process was quicker, or nothing may be written here
  } finally {
    for (const left of [making, `${making}.json`]) rmSync(left, { recursive: true, force: true });
  }
}

/** For the launcher, which would have to ask Node where Bun is. */
export function linkBun() {
  const [link, target] = [join(dist, "bun"), relative(dist, findBun())];
  const making = `${link}-${process.pid}`;
  try {
    if (existsSync(link) && readlinkSync(link) === target) return;
    mkdirSync(dist, { recursive: true });
    symlinkSync(target, making);
    renameSync(making, link);
  } catch {
    rmSync(making, { force: true }); // nothing may be written here: it asks Node each time
  }
}

function prune(current) {
  const others = readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== current);
  const all = others.map(({ name }) => ({ path: join(dist, name), at: statSync(join(dist, name)).mtimeMs }));
  for (const { path } of all.sort((a, b) => b.at - a.at).slice(MOST_KEPT - 1)) rmSync(path, { recursive: true, force: true });
}
