import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTicks } from "../lib/process.ts";
import { type StagePaths, stagePaths } from "../lib/run-dir.ts";
import { examine } from "./situation.ts";

let folder: string;
let paths: StagePaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  paths = stagePaths(folder, "01-base_train");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ALIVE = { pid: process.pid, startTicks: startTicks(process.pid) };
/** Our pid, as another process had it before us. */
const DEAD = { pid: process.pid, startTicks: 1 };

const make = () => mkdirSync(paths.bridge, { recursive: true });
const command = () => writeFileSync(paths.command, "{}");
const launch = (launcher: typeof ALIVE, ...children: Array<typeof ALIVE>) =>
  writeFileSync(
    paths.launch,
    JSON.stringify({ version: 1, ...launcher, startedAt: "", children: children.map((child, rank) => ({ ...child, rank })) }),
  );
const exit = () =>
  writeFileSync(
    paths.exit,
    JSON.stringify({ version: 1, code: 0, signal: null, oomKilled: false, endedAt: "", maxRssBytes: 1, ranks: [] }),
  );

const all = (...steps: Array<() => void>) => {
  for (const step of steps) step();
};

// Each is a moment at which a supervisor may have died.
const CASES: Array<[string, () => void, unknown]> = [
  ["before the folder", () => {}, { kind: "fresh" }],
  ["before command.json", make, { kind: "fresh" }],
  ["before or after the process was made", () => all(make, command), { kind: "launching", launcher: null }],
  ["after launch.json", () => all(make, command, () => launch(ALIVE)), { kind: "running", launcher: ALIVE, ranks: [] }],
  [
    "launch.py killed, trainer alive",
    () => all(make, () => launch(DEAD, ALIVE)),
    { kind: "running", launcher: null, ranks: [{ ...ALIVE, rank: 0 }] },
  ],
  ["all killed", () => all(make, command, () => launch(DEAD, DEAD)), { kind: "vanished" }],
  ["after exit.json", () => all(make, () => launch(DEAD), exit), { kind: "ended", exit: expect.objectContaining({ code: 0 }) }],
  ["a damaged exit.json", () => all(make, () => writeFileSync(paths.exit, "{")), { kind: "ended", exit: null }],
  ["a damaged launch.json, nothing alive", () => all(make, command, () => writeFileSync(paths.launch, "{")), { kind: "vanished" }],
];

test.each(CASES)("%s", (_when, arrange, expected) => {
  arrange();
  expect(examine(paths) as unknown).toEqual(expected);
});

test("a launch.py that has not told of itself is found by its command line", async () => {
  make();
  command();
  const child = Bun.spawn(["python3", "-c", "import time; time.sleep(60)", "launch.py", paths.dir]);
  const deadline = Date.now() + 10_000;
  let found = examine(paths);
  while (found.kind === "launching" && found.launcher?.pid !== child.pid && Date.now() < deadline) {
    await Bun.sleep(5);
    found = examine(paths);
  }
  child.kill("SIGKILL");
  expect(found).toEqual({ kind: "launching", launcher: { pid: child.pid, startTicks: expect.any(Number) } });
});
