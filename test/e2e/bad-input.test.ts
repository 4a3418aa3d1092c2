import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, eventually } from "../drivers/cli.ts";
import { fakePython } from "../drivers/fake-python.ts";
import { ROOT } from "../drivers/pty.ts";
import { type Refused, refused } from "../drivers/refused.ts";
import { ENDLESS, Sandbox } from "../drivers/sandbox.ts";
import { NO_SMALL_DISK, type SmallDisk, smallDisk } from "../fixtures/disk.ts";

const { stringContaining, stringMatching } = expect;
const path = process.env["PATH"] ?? "";

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.close());

/** The answer of a command that must be refused. */
const refuses = async (args: string[], env: Record<string, string> = {}): Promise<Refused> =>
  refused(await box.cli([...args, "--json"], { env }));

test.concurrent("an unknown prefab", async () => {
  expect(await refuses(["train", "pockt"])).toMatchObject({ exit: 4, what: "There is no prefab pockt", remedy: "Did you mean pocket?" });
});

test.concurrent("an unknown command, option, or word too many", async () => {
  expect(await refuses(["trian"])).toMatchObject({ exit: 2, what: "There is no command trian", remedy: "Did you mean train?" });
  expect(await refuses(["train", "pocket", "--nmae=x"])).toMatchObject({ exit: 2, remedy: "Did you mean --name?" });
  expect(await refuses(["train", "pocket", "again"])).toMatchObject({ exit: 2, code: "usage" });
});

test.concurrent("a name that is empty or blank, before anything is done", async () => {
  const what = "The name after --name is empty";
  for (const name of ["", "  "]) expect(await refuses(["train", "pocket", "--name", name])).toMatchObject({ exit: 2, what });
  expect(await refuses(["runs", "import", "/nowhere", "--name="])).toMatchObject({ exit: 2, what });
  expect(await refuses(["plan", "pocket", "--name", ""])).toMatchObject({ exit: 2, what });
});

test.concurrent("a filter with a regular expression that is none", async () => {
  const what = "--filter has a regular expression that is none: /(/: missing )";
  expect(await refuses(["runs", "logs", "last", "--filter", "step /(/"])).toMatchObject({ exit: 2, what });
});

test.concurrent("a flag that a command without --set has not is no setting of a script", async () => {
  const remedy = "`nanochat-cli runs chart --help` tells how it is used";
  expect(await refuses(["runs", "chart", "last", "train/loss", "--step", "1"])).toMatchObject({
    exit: 2,
    what: "Unknown option '--step'",
    remedy,
  });
});

test.concurrent("a command that its group has not, and a group that is misspelt, are told with what was meant", async () => {
  expect(await refuses(["runs", "show"])).toMatchObject({
    exit: 2,
    what: "RUN is missing",
    remedy: "`nanochat-cli runs show --help` tells how it is used",
  });
  const what = "There is no command alerts chek";
  expect(await refuses(["alerts", "chek"])).toMatchObject({ exit: 2, what, remedy: "Did you mean check?" });
  expect(await refuses(["runs", "lst"])).toMatchObject({ what: "There is no command runs lst", remedy: "Did you mean list?" });
  expect(await refuses(["screens", "check"])).toMatchObject({ remedy: "There are list, show, validate, render, delete" });
  expect(await refuses(["run", "list"])).toMatchObject({ what: "There is no command run", remedy: "Did you mean runs list?" });
});

test.concurrent("a value that an option does not take, and a preset, are told with the one that is near", async () => {
  expect(await refuses(["checkpoints", "list", "--for", "resmue"])).toMatchObject({ exit: 2, remedy: "Did you mean resume?" });
  expect(await refuses(["presets", "show", "stroy"])).toMatchObject({ exit: 4, remedy: "Did you mean story?" });
  expect(await refuses(["runs", "query", "last", "loss", "--axis", "tiem"])).toMatchObject({ exit: 2, remedy: "Did you mean time?" });
});

test.concurrent("what is missing, or too much, points to the help of that command", async () => {
  const remedy = "`nanochat-cli runs save --help` tells how it is used";
  expect(await refuses(["runs", "save"])).toMatchObject({ exit: 2, remedy });
  expect(await refuses(["--base-dir", "runs", "runs", "save", "a", "b"])).toMatchObject({ exit: 2, remedy });
  expect(await refuses(["train"])).toMatchObject({ remedy: "`nanochat-cli train --help` tells how it is used" });
  expect(await refuses(["secrets"])).toMatchObject({ remedy: "`nanochat-cli secrets --help` lists its commands" });
});

test.concurrent("a script's own flag in place of --set, as `--device_batch_size` of any version", async () => {
  const remedy = "If it is a setting of a script, write --set device_batch_size=4";
  for (const flag of ["--device_batch_size=4", "--device-batch-size=4"])
    expect(await refuses(["train", "pocket", flag])).toMatchObject({ exit: 2, what: `Unknown option '${flag}'`, remedy });
  expect(await refuses(["train", "pocket", "--device-batch-size", "4"])).toMatchObject({ remedy: remedy.replace("=4", "=VALUE") });
});

const VALUES: ReadonlyArray<readonly [mistake: string, set: string, what: string, remedy: string]> = [
  ["an unknown parameter", "detph=4", "have no parameter detph", "Did you mean depth?"],
  [
    "an unknown choice",
    "fp8_recipe=row",
    'fp8_recipe of scripts.base_train is one of rowwise, tensorwise, not "row"',
    "Did you mean rowwise?",
  ],
  ["a wrong type", "depth=four", 'depth of scripts.base_train takes a whole number, not "four"', "nanochat-cli params scripts.base_train"],
];

test.concurrent.each(VALUES)("%s", async (_mistake, set, what, remedy) => {
  expect(await refuses(["train", "pocket", "--set", set])).toMatchObject({
    exit: 2,
    what: stringContaining(what),
    remedy: stringContaining(remedy),
  });
});

const PREFABS: ReadonlyArray<readonly [mistake: string, yaml: string, what: RegExp]> = [
  [
    "YAML that is none",
    "name: NAME\nstages:\n  - script: scripts.base_train\n    set: {depth: 4\n  - x\n",
    /bad-.\.yaml:4:10 is no valid YAML$/,
  ],
  [
    "a key that a prefab has not",
    "name: NAME\nstages:\n  - script: scripts.base_train\n    sett: {}\n",
    /bad-.\.yaml:4:5: `stages\.0\.sett` is no key of a stage$/,
  ],
  [
    "a value of the wrong type",
    "name: NAME\nstages:\n  - script: scripts.base_train\n    set:\n      depth: four\n",
    /bad-.\.yaml:5: depth of .* takes a whole number/,
  ],
];

test.concurrent.each(PREFABS)("%s, with its line and column", async (_mistake, yaml, what) => {
  const name = `bad-${PREFABS.findIndex((prefab) => prefab[1] === yaml)}`;
  box.prefab(name, yaml.replace("NAME", name));
  expect(await refuses(["train", name])).toMatchObject({ exit: 2, what: stringMatching(what) });
});

test.concurrent("a directory that is no nanochat, or is not there", async () => {
  const empty = join(box.dir, "empty");
  mkdirSync(empty);
  const at = async (dir: string) => refused(await cli(["train", "pocket", "--workspace", dir, "--json"], { env: box.env }));
  expect(await at(empty)).toMatchObject({ exit: 4, what: `${empty} is not a nanochat directory`, why: stringContaining("training loop") });
  expect(await at(join(box.dir, "nowhere"))).toMatchObject({ exit: 4, what: stringContaining("does not exist") });
  expect(await at(join(ROOT, "package.json"))).toMatchObject({ exit: 2, what: stringContaining("is no folder") });
});

test.concurrent("no Python", async () => {
  const dir = join(box.dir, "nothing-but-node");
  mkdirSync(dir);
  symlinkSync(Bun.which("node") ?? "", join(dir, "node"));
  const wanted = { exit: 3, what: stringContaining("python3 cannot be started"), remedy: stringContaining("--python") };
  expect(await refuses(["train", "pocket"], { PATH: dir })).toMatchObject(wanted);
  expect(await refuses(["train", "pocket"], { PATH: dir, XDG_CACHE_HOME: join(box.dir, "cold") })).toMatchObject(wanted);
  expect(await refuses(["train", "pocket", "--python", "/nowhere/python"])).toMatchObject({
    exit: 3,
    remedy: stringContaining("--python"),
  });
  const looking = await box.cli(["runs", "list"], { env: { PATH: dir } });
  expect(looking).toMatchObject({ code: 0, stdout: stringContaining("No runs") });
});

test.concurrent("too old a Python", async () => {
  const env = { PATH: `${fakePython(join(box.dir, "old"), { version: "3.8.18" })}:${path}` };
  expect(await refuses(["train", "pocket"], env)).toMatchObject({
    exit: 3,
    what: stringContaining("python3 is Python 3.8.18, which is too old: nanochat needs 3.10 or newer"),
    remedy: stringContaining("Name a newer one with --python"),
  });
});

test.concurrent("a Python without torch", async () => {
  const checkout = join(box.dir, "checkout");
  cpSync(join(ROOT, "test", "fixtures", "mortal"), checkout, { recursive: true });
  writeFileSync(join(checkout, "nanochat", "__init__.py"), ""); // no pocket nanochat, so it needs torch
  box.prefab("mortal", "name: mortal\nstages:\n  - script: scripts.base_train\n");
  const env = { ...box.env, PATH: `${fakePython(join(box.dir, "torchless"), { version: "3.12.1" })}:${path}` };
  expect(refused(await cli(["train", "mortal", "--workspace", checkout, "--json"], { env }))).toMatchObject({
    exit: 3,
    why: stringContaining("python3 has no torch"),
  });
});

test.concurrent("an unwritable home", async () => {
  const file = join(box.dir, "file");
  writeFileSync(file, "precious");
  for (const home of [file, join(file, "home")]) {
    expect(await refuses(["train", "pocket", "--home", home])).toMatchObject({
      exit: 1,
      what: `Runs cannot be kept in ${home}`,
      why: "a part of the path is not a folder",
      remedy: stringContaining("--home"),
    });
    expect(await refuses(["runs", "list", "--home", home])).toMatchObject({ exit: 1, what: stringContaining("could not be read") });
  }
  expect(await Bun.file(file).text()).toBe("precious");
  expect(existsSync(box.baseDir)).toBe(false);
});

test("nothing of all this has left a run behind", () => {
  expect(box.runIds()).toEqual([]);
});

test("a base dir that is a file is refused; forced, the stage fails in its own words", async () => {
  const file = join(box.dir, "base-file");
  writeFileSync(file, "");
  const train = (...more: string[]) =>
    cli(["train", "pocket", "--workspace", box.workspace, "--base-dir", file, ...more], { env: box.env });
  const refused = await train();
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(`${file} cannot be written to: a part of the path is not a folder. Name another place with --base-dir`);
  const forced = await train("--force");
  expect(forced.code).toBe(1);
  expect(forced.stdout).toContain(`scripts.tok_train ended with exit code 1. Its last words: [Errno 17] File exists: '${file}'.`);
});

describe.skipIf(NO_SMALL_DISK !== null)(`a base dir on a disk of its own (${NO_SMALL_DISK ?? "there is one"})`, () => {
  let disk: SmallDisk;
  beforeAll(() => {
    disk = smallDisk(2 << 20);
  });
  afterAll(() => disk.remove());
  const train = (...more: string[]) =>
    cli(["train", "pocket", "--workspace", box.workspace, "--base-dir", disk.path, ...more], { env: box.env });

  test("that fills up while it trains: the save that is asked for is refused with the reason, and the training goes on", async () => {
    box.prefab("endless", ENDLESS);
    const there = ["--workspace", box.workspace, "--base-dir", disk.path];
    const started = await cli(["train", "endless", "--name", "crowded", "--detach", "--yes", "--json", ...there], { env: box.env });
    const { id } = JSON.parse(started.stdout) as { id: string };
    await eventually("steps", () => (box.state(id).progress?.step ?? -1) > 1);
    disk.fill();
    const saved = refused(await box.cli(["runs", "save", id, "--json"]));
    expect(saved).toMatchObject({ exit: 3, why: stringContaining("No space left on device") });
    const reached = box.state(id).progress?.step ?? 0;
    await eventually("more steps", () => (box.state(id).progress?.step ?? -1) > reached + 5);
    expect((await box.cli(["runs", "stop", id, "--now", "--yes"])).code).toBe(0);
  });

  test("that is full is refused; forced, the stage fails in a sentence with a remedy", async () => {
    const full = stringMatching(/lies on a disk that is full: 0 B are free, .* Free some space, or name another place with --base-dir/);
    expect(await train()).toMatchObject({ code: 3, stderr: full });
    const forced = await train("--force");
    expect(forced).toMatchObject({
      code: 1,
      stdout: stringContaining("The disk is full: make room, or name another place with --base-dir."),
    });
  });

  test("that is read-only is refused; forced, the stage fails in a sentence with a remedy", async () => {
    disk.makeReadOnly();
    const told = `${disk.path} cannot be written to: the file system is read-only. Name another place with --base-dir`;
    expect(await train()).toMatchObject({ code: 3, stderr: stringContaining(told) });
    const forced = await train("--force");
    expect(forced).toMatchObject({ code: 1, stdout: stringMatching(/The disk of '.*' is read-only: name another place with --base-dir/) });
  });
});
