/** What only git tells of a checkout, and checkouts that meet in one base dir. The trainer is the fixture `mortal`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fit } from "../../src/core/checkpoint.ts";
import type { Check } from "../../src/core/setup.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { eventually } from "../drivers/cli.ts";
import { fakePython } from "../drivers/fake-python.ts";
import { ROOT } from "../drivers/pty.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";

const { stringContaining } = expect;
const scratch = new Sandbox();
/** Two checkouts of one user with one base dir. */
let mine: Sandbox;
let theirs: Sandbox;

const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", ["-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { encoding: "utf8" }).trim();
const commitOf = ({ workspace }: Sandbox): string => git(workspace, "rev-parse", "--short=7", "HEAD");

/** No pocket, so its commit counts; `note` makes that commit another one. */
function checkout(name: string, note: string): string {
  const dir = join(scratch.dir, name);
  cpSync(join(ROOT, "test", "fixtures", "mortal"), dir, { recursive: true });
  writeFileSync(join(dir, "nanochat", "__init__.py"), `# ${note}\n`);
  const script = join(dir, "scripts", "base_train.py");
  const device = 'parser.add_argument("--device-type", type=str, default="")'; // without it a version is CUDA's alone
  writeFileSync(script, readFileSync(script, "utf8").replace("args = parser", `${device}\nargs = parser`));
  git(scratch.dir, "init", "-q", dir);
  git(dir, "add", "-A");
  git(dir, "commit", "-q", "-m", note);
  return dir;
}

beforeAll(() => {
  mkdirSync(join(scratch.dir, "bin"));
  const path = `${fakePython(join(scratch.dir, "bin", "torch"), { version: "3.12.1", torch: "2.9.1" })}:${process.env["PATH"]}`;
  mine = new Sandbox(checkout("mine", "one"));
  theirs = new Sandbox(checkout("theirs", "two"), mine);
  for (const box of [mine, theirs]) {
    box.env["PATH"] = path;
    box.prefab("mortal", "name: mortal\nstages:\n  - script: scripts.base_train\n");
  }
});
afterAll(async () => {
  for (const box of [theirs, mine, scratch]) await box.close();
});

const train = (box: Sandbox, name: string, ...more: string[]) => box.cli(["train", "mortal", "--name", name, "--yes", "--json", ...more]);
const short = (box: Sandbox, name: string) => train(box, name, "--set", "num_iterations=3");
const environment = (box: Sandbox, name: string): Record<string, unknown> => {
  const id = box.runIds().find((one) => one.endsWith(`-${name}`)) ?? "";
  return JSON.parse(readFileSync(runPaths(box.runDir(id)).environment, "utf8")) as Record<string, unknown>;
};
/** Of the doctor; it is not content with a Python that has no packages, whose exit code is not what is asked here. */
const check = async (box: Sandbox, wanted: string): Promise<Check | undefined> =>
  (JSON.parse((await box.cli(["doctor", "--json"])).stdout) as Check[]).find(({ id }) => id === wanted);
const reasons = async (box: Sandbox, name: string): Promise<string[]> => {
  const { fits } = await box.json<{ fits: Fit[] }>(["checkpoints", "show", name]);
  return fits.find(({ purpose }) => purpose === "eval")?.reasons.map(({ message }) => message) ?? [];
};

test("a checkout with uncommitted changes: the doctor says so, it is recorded with the run, and its checkpoint is doubted", async () => {
  expect(await short(mine, "clean")).toMatchObject({ code: 0 });
  expect(environment(mine, "clean")).toMatchObject({ commit: commitOf(mine), dirty: false });
  expect(await reasons(mine, "base/clean@3")).toEqual([]);
  const script = join(mine.workspace, "scripts", "base_train.py");
  const before = readFileSync(script, "utf8");
  appendFileSync(script, "# a change\n");
  expect(await check(mine, "checkout")).toMatchObject({
    verdict: `${commitOf(mine)}, with changes`,
    remedy: "Commit them: the commit alone will not reproduce a run",
  });
  expect(await reasons(mine, "base/clean@3")).toEqual([stringContaining("has uncommitted changes, and it was made without any")]);
  expect(await short(mine, "dirty")).toMatchObject({ code: 0 });
  expect(environment(mine, "dirty")).toMatchObject({ commit: commitOf(mine), dirty: true });
  writeFileSync(script, before);
  expect(await reasons(mine, "base/dirty@3")).toEqual([
    `It was made with ${commitOf(mine)} and changes that were not committed: no commit computes for sure what it does`,
  ]);
}, 60_000);

test("two checkouts sharing one base dir: a name that the other's run writes to is refused, and its checkpoints are left alone", async () => {
  const { id } = JSON.parse((await train(mine, "same", "--detach")).stdout) as { id: string };
  await eventually("steps", () => (mine.state(id).progress?.step ?? -1) > 1);
  expect(refused(await train(theirs, "same", "--detach"))).toMatchObject({
    exit: 3,
    what: stringContaining(`Run ${id} of ${mine.workspace} is still going and writes its checkpoints to the same place`),
    remedy: stringContaining("Choose another"),
  });
  const dry = await theirs.cli(["train", "mortal", "--name", "same", "--set", "model_tag=same", "--dry-run"]);
  expect([dry.code, dry.stderr]).toEqual([3, stringContaining(`Run ${id} of`)]);
  expect(theirs.runIds()).toEqual([]);
  const { step } = await mine.json<{ step: number }>(["runs", "save", id]);
  const deleted = refused(await theirs.cli(["checkpoints", "delete", `base/same@${step}`, "--yes", "--json"]));
  expect(deleted).toMatchObject({ exit: 3, what: stringContaining(`belongs to ${id} of ${mine.workspace}, which is still going`) });
  expect((await mine.cli(["runs", "stop", id])).code).toBe(0);
  const again = refused(await train(theirs, "same"));
  expect(again).toMatchObject({ exit: 3, what: stringContaining("The model tag same already has checkpoints") });
}, 60_000);

test("two checkouts sharing one base dir: the doctor names the other, and a checkpoint is told by the commit that made it", async () => {
  expect((await check(theirs, "base-dir"))?.evidence.at(-1)).toStartWith(`${mine.workspace} uses it too: `);
  expect(await reasons(theirs, "base/clean@3")).toEqual([
    `It was made with ${commitOf(mine)}, and this checkout is at ${commitOf(theirs)}: what the model computes may differ without an error`,
  ]);
}, 60_000);
