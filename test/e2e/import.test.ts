/** Runs that were not started here, imported by the program itself, and everything that one can do with them. */
import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { field, framed, history, numberField } from "../../src/sources/wandb-file/fixtures.ts";
import { cli, eventually } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { watchedFolder } from "../drivers/watched.ts";

const box = new Sandbox();
afterAll(() => box.close());

const CAPTURES = join(ROOT, "src", "sources", "wandb-file", "captures");
const LOG = join(ROOT, "src", "sources", "process-log", "captures", "base_train-92d63d4", "stdout.log");

interface Answered {
  id: string;
  again: boolean;
  read: number;
  step: number;
  status: string;
  stages: unknown[];
}

const imported = (path: string, ...more: string[]): Promise<Answered> => box.json<Answered>(["runs", "import", path, ...more]);

test("a W&B folder becomes a run that every command knows", async () => {
  const { id, step, status } = await imported(join(CAPTURES, "resumed"), "--name", "theirs");
  expect([step, status]).toEqual([119, "done"]);
  expect(await box.json(["runs", "list"])).toMatchObject([{ id, name: "theirs", status: "done", liveness: "ended" }]);
  const shown = await box.cli(["runs", "show", "theirs"]);
  expect(shown.stdout).toContain("d4first1.wandb");
  const { total } = await box.json<{ total: { count: number; last: number } }>(["runs", "query", "theirs", "val/bpb"]);
  expect(total).toMatchObject({ count: 7, last: 1.8 });
  expect((await box.cli(["runs", "export", "theirs"])).stdout.split("\n")[0]).toContain("train/loss");
  expect((await box.cli(["runs", "logs", "theirs", "--filter", "CORE metric"])).stdout).toContain("CORE metric: 0.2100");
  expect((await box.cli(["runs", "follow", "theirs"])).stdout).toContain("base_train 120/120");
});

test("it is drawn like any other; what cannot be done with it says why", async () => {
  const pty = box.tui(["runs", "attach", "theirs"], { cols: 160, rows: 45 });
  await pty.until((screen) => screen.includes("120 / 120 steps") && /[⠁-⣿]{5}/.test(screen) && screen.includes("best 1.8000 @ 120"));
  pty.type("s");
  await pty.until("it was imported: its trainer is not here");
  await pty.close();
  for (const command of ["save", "stop", "pause", "adopt"]) {
    const ran = await box.cli(["runs", command, "theirs"]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("was not started here: it was imported from");
  }
});

test("an import needs no checkout: it is kept in the user's own home, where every command finds it; a checkout that is named must be there", async () => {
  const empty = watchedFolder("nanochat-cli-");
  const folders = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map((name) => [name, join(empty, name)]);
  const env: Record<string, string> = { ...Object.fromEntries(folders), NANOCHAT_DIR: "", NANOCHAT_CLI_HOME: "" };
  const bare = (args: string[]) => cli([...args, "--json"], { cwd: empty, env });
  const file = join(CAPTURES, "whole");
  expect((await bare(["runs", "list"])).stdout).toContain("No nanochat checkout was found");
  expect((await bare(["runs", "import", file, "--workspace", join(empty, "gone")])).stdout).toContain("--workspace names");
  const { id } = JSON.parse((await bare(["runs", "import", file])).stdout) as Answered;
  expect(JSON.parse((await bare(["runs", "list"])).stdout)).toMatchObject([{ id, status: "done" }]);
  rmSync(empty, { recursive: true, force: true });
});

test("importing shows it at once when asked to", async () => {
  const pty = box.tui(["runs", "import", join(CAPTURES, "whole"), "--attach"], { cols: 120, rows: 36 });
  await pty.until((screen) => screen.includes("120 / 120 steps"));
  await pty.close();
});

test("every run of a folder is imported with --all, shown as the list of runs, and told one a line", async () => {
  const folder = join(box.dir, "wandb");
  cpSync(join(CAPTURES, "resumed", "wandb"), folder, { recursive: true });
  cpSync(join(CAPTURES, "whole"), join(folder, "run-whole"), { recursive: true });
  const other = new Sandbox();
  const ran = await other.cli(["runs", "import", folder, "--all", "--json"]);
  const told = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answered);
  expect(told.map(({ step, status }) => [step, status])).toEqual([
    [119, "done"],
    [119, "done"],
  ]);
  const pty = other.tui(["runs", "import", folder, "--all", "--follow", "--attach"], { cols: 120, rows: 36 });
  await pty.until((screen) => screen.includes("runs 2") && told.every(({ id }) => screen.includes(id)));
  pty.type("q");
  expect(await pty.exited()).toBe(0);
  await other.close();
});

test("a log that grows is read on, and has no clock", async () => {
  const whole = readFileSync(LOG);
  const file = join(box.dir, "train.log");
  const half = whole.indexOf("step 00010");
  writeFileSync(file, whole.subarray(0, half));
  expect(await imported(file)).toMatchObject({ again: false, step: 9, status: "lost" });
  appendFileSync(file, whole.subarray(half));
  expect(await imported(file)).toMatchObject({ again: true, read: whole.length - half, step: 19, status: "done" });
  expect(await imported(file)).toMatchObject({ again: true, read: 0 });
  expect(await box.json(["runs", "query", "train", "loss", "--axis", "wall"])).toMatchObject({
    axis: "step",
    axisReason: "Its steps have no times: a log tells none.",
    total: { count: 20 },
  });
});

test("ctrl+c leaves what was read, and the next import goes on", async () => {
  const run = field(
    17,
    Buffer.concat([field(1, "long"), field(3, "nanochat"), field(8, "long"), field(17, numberField(1, 1_700_000_000))]),
  );
  const steps = Array.from({ length: 150_000 }, (_, step) => history({ step: String(step), "train/loss": "1.5", "train/lrm": "1" }));
  const folder = join(box.dir, "run-20231114_221320-long");
  mkdirSync(folder);
  writeFileSync(join(folder, "run-long.wandb"), framed([run, ...steps]));
  const pty = box.tui(["runs", "import", folder]);
  const id = await eventually("the run's folder", () => box.runIds().find((name) => name.endsWith("-long")));
  pty.type("\x03");
  const code = await pty.exited();
  const { status, imported: from } = box.state(id);
  // It may have been through before the key came.
  expect([code, from?.complete, status]).toEqual(code === 0 ? [0, true, "lost"] : [130, false, "lost"]);
  await pty.close();
  expect(await imported(folder)).toMatchObject({ id, again: true, step: 149_999 });
  expect(await box.json(["runs", "query", id, "train/loss"])).toMatchObject({ total: { count: 150_000 } });
}, 120_000);

test("what is no run is refused with a sentence and exit code", async () => {
  const ran = await box.cli(["runs", "import", join(ROOT, "package.json")]);
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain("package.json has no steps");
  expect((await box.cli(["runs", "import", join(box.dir, "nowhere")])).code).toBe(4);
});

const python = process.env["NANOCHAT_PYTHON"];
const hasClient = python !== undefined && spawnSync(python, ["-c", "import wandb"]).status === 0;

test.skipIf(!hasClient)(
  "a run of the real client is read while it is written, and has every step in the end",
  async () => {
    const folder = join(box.dir, "live");
    mkdirSync(folder);
    const steps = 5000;
    const writer = Bun.spawn([python ?? "", join(ROOT, "bench", "wandb_write.py"), folder, String(steps)], {
      env: { ...process.env, ...box.env },
      stdout: "ignore",
      stderr: "ignore",
    });
    const half = await eventually("its first steps", async () => {
      const ran = await box.cli(["runs", "import", folder, "--json"]);
      const found = ran.code === 0 ? (JSON.parse(ran.stdout) as Answered) : null;
      return found !== null && found.step !== null ? found : null;
    });
    expect(await writer.exited).toBe(0);
    expect(await imported(folder)).toMatchObject({ id: half.id, again: true, step: steps - 1, status: "done" });
    expect(await box.json(["runs", "query", half.id, "train/loss"])).toMatchObject({ total: { count: steps } });
  },
  180_000,
);
