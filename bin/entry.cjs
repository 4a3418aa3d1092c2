/**
 * What is started. A program of hundreds of small files takes a third of its start to find and translate them, so
 * `npm start` and `npm test` put them together in `dist/` (build.mjs), with a list of what they were made from. Where a file is
 * not any more as that list has it the source itself is started: it is never an older program.
 */
const { existsSync, readFileSync, statSync } = require("node:fs");
const { join } = require("node:path");

const packageDir = join(__dirname, "..");

const source = join(packageDir, "src", "main.ts");
const dist = join(packageDir, "dist");
/**
 * `{ main, packageDir, files }`: what to start, the place that is written into it, and what `mark` says of each file that it was
 * made from. A new file is named by a changed one.
 */
const list = join(dist, "current.json");

const WITHOUT = { throwIfNoEntry: false };

/** Changes when a file does; null without one. */
function mark(file) {
  const stat = statSync(`${packageDir}/${file}`, WITHOUT);
  return stat === undefined ? null : `${stat.size} ${stat.mtimeMs}`;
}

/** The program as it was put together from just what there is now, or null. */
function findBuilt() {
  try {
    const { main, packageDir: place, files } = JSON.parse(readFileSync(list, "utf8"));
    const path = join(dist, main);
    return place === packageDir && existsSync(path) && Object.entries(files).every(([file, was]) => mark(file) === was) ? path : null;
  } catch {
    return null; // never made, or not readable: the source is
  }
}

/** The file to start. */
const findEntry = () => findBuilt() ?? source;

module.exports = { source, dist, list, mark, findBuilt, findEntry };
