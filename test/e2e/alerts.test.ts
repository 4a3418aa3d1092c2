/** Each built-in watch on a pocket run that is made to misbehave in its way; healthy runs are in src/services/alert-replay.test.ts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { type AlertStatus, alertsOf, deliveriesOf, isOpen } from "../../src/core/alert.ts";
import type { EventKind, StoredEvent } from "../../src/core/journal.ts";
import { JournalReader } from "../../src/journal/reader.ts";
import { isAlive } from "../../src/lib/process.ts";
import { runPaths, stagePaths } from "../../src/lib/run-dir.ts";
import { readLaunch } from "../../src/lib/run-files.ts";
import { eventually } from "../drivers/cli.ts";
import { POCKET, Sandbox } from "../drivers/sandbox.ts";

const folder = new Sandbox();
const workspace = join(folder.dir, "pocket");
cpSync(POCKET, workspace, { recursive: true, filter: (path) => !path.includes("__pycache__") });
const box = new Sandbox(workspace);
const gpu = join(folder.dir, "gpu");
const bin = join(folder.dir, "bin");
const env = { PATH: `${bin}${delimiter}${process.env["PATH"]}` };
/** While this file is there, each step waits. */
const slow = join(folder.dir, "slow");
/** While this file is there, each step complains. */
const oops = join(folder.dir, "oops");

const SIZE = "eval_every: 500, eval_tokens: 256, core_metric_every: -1, sample_every: -1";
const prefab = (name: string, set: string): string => `name: ${name}
stages:
  - script: scripts.tok_train
  - script: scripts.base_train
    set: {${set}, ${SIZE}}
`;

/**
 * The same as the defaults, but that one need not wait a minute for each. Other tests run beside this one and may really
 * take a half of the processor for two seconds: what is lost on purpose is more than they can take.
 */
const QUICK = {
  stalled: { seconds: 4 },
  throughput: { seconds: 2, percent: 90 },
  "gpu-idle": { seconds: 1 },
  "gpu-memory": { seconds: 1 },
  "gpu-temperature": { seconds: 1 },
};

type Gpu = readonly [util: number, usedMiB: number, celsius: number];
const WELL: readonly Gpu[] = [0, 1, 2].map(() => [97, 60_000, 62]);
/** What nvidia-smi says from now on. */
function setGpus(...gpus: readonly Gpu[]): void {
  const lines = gpus.map(([util, used, heat], i) => `${i}, NVIDIA H100, ${util}, ${used}, 80000, 300, ${heat}`);
  writeFileSync(`${gpu}.next`, `${lines.join("\n")}\n`);
  renameSync(`${gpu}.next`, gpu);
}

const told = join(folder.dir, "told");
const hook = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: async (request) => {
    hooked.push((await request.json()) as Record<string, unknown>);
    return new Response();
  },
});
const hooked: Array<Record<string, unknown>> = [];

function setAlerts(more: Record<string, unknown>): void {
  const command = ["sh", "-c", `f=$(mktemp ${told}/XXXXXX) && cat > $f && mv $f $f.json`];
  const webhook = `http://127.0.0.1:${hook.port}/T00/secret-of-the-hook`;
  writeFileSync(join(box.home, "alerts.yaml"), JSON.stringify({ watches: { ...QUICK, ...more }, command, webhook }));
}

beforeAll(async () => {
  mkdirSync(bin);
  mkdirSync(told);
  writeFileSync(join(bin, "nvidia-smi"), `#!/bin/sh\ncat ${gpu}\n`);
  chmodSync(join(bin, "nvidia-smi"), 0o755);
  setGpus(...WELL);
  const script = join(workspace, "scripts", "base_train.py");
  const wait = `    if os.path.exists(${JSON.stringify(slow)}):\n        time.sleep(0.5)\n`;
  const complain = `    if os.path.exists(${JSON.stringify(oops)}):\n        print("ERROR: the data loader lost a worker", flush=True)\n`;
  const pocket = readFileSync(script, "utf8");
  const clock = "    t0 = time.time()\n";
  const afterStep = "    first_step_of_run = ";
  expect([clock, afterStep].map((line) => pocket.split(line).length)).toEqual([2, 2]);
  writeFileSync(script, pocket.replace(clock, clock + wait).replace(afterStep, complain + afterStep));
  setAlerts({});
  box.prefab(
    "flat",
    prefab(
      "flat",
      "num_iterations: 700, depth: 1, max_seq_len: 16, total_batch_size: 16, embedding_lr: 0, unembedding_lr: 0, matrix_lr: 0, scalar_lr: 0",
    ),
  );
  box.prefab("long", prefab("long", "num_iterations: 100000, depth: 1, max_seq_len: 32, total_batch_size: 32, save_every: 20000"));
  for (const name of ["flat", "long"]) {
    const ran = await box.cli(["train", name, "--name", name, "--detach", "--yes"], name === "long" ? { env } : {});
    expect(ran.code).toBe(0);
  }
}, 60_000);
afterAll(async () => {
  await box.close();
  await hook.stop(true);
  await folder.close();
});

const idOf = (name: string): string => box.runIds().find((id) => id.endsWith(`-${name}`)) ?? "";
function eventsOf(run: string, kind: EventKind): StoredEvent[] {
  const opened = JournalReader.open(runPaths(box.runDir(idOf(run))).journal);
  if (!opened.ok) return [];
  opened.value.refresh();
  const events = opened.value.events({ kinds: [kind] });
  opened.value.close();
  return events;
}
const alerts = (run: string): AlertStatus[] => alertsOf(eventsOf(run, "alert"));
const deliveries = (): number => eventsOf("long", "note").filter(({ body }) => body["tag"] === "alert-delivery").length;
const trainer = (): number => {
  const launch = readLaunch(stagePaths(box.runDir(idOf("long")), "02-base_train").launch);
  return (launch.ok && launch.value?.children[0]?.pid) || -1;
};

/** Alerts of the long run that earlier tests have seen. */
let seen = 0;

/** Waits for these, and holds that nothing else was said since the last. */
async function onlyRaised(...keys: string[]): Promise<AlertStatus[]> {
  const found = await eventually(`alerts ${keys.join(", ")}`, () => {
    const all = alerts("long").slice(seen);
    return keys.every((key) => all.some((alert) => alert.key === key)) && all;
  });
  expect(found.map(({ key }) => key).sort()).toEqual([...keys].sort());
  return found;
}

async function cleared(): Promise<void> {
  await eventually("the alert to be over", () => !alerts("long").some(isOpen));
  seen = alerts("long").length;
}

test("a trainer that is stopped stalls; a new supervisor says nothing twice; it is over with the next step", async () => {
  await eventually("steps", () => (box.state(idOf("long")).progress?.step ?? -1) > 120);
  process.kill(trainer(), "SIGSTOP");
  const [alert] = await onlyRaised("stalled");
  expect(alert).toMatchObject({ severity: "bad", cause: expect.stringContaining("Nothing has come from the trainer for") });
  await eventually("it to be told", () => deliveries() === 2);
  const id = idOf("long");
  const { owner } = box.state(id);
  process.kill(owner?.pid ?? -1, "SIGKILL");
  await eventually("its end", () => !isAlive(owner?.pid ?? -1, owner?.startTicks ?? null));
  expect((await box.cli(["runs", "adopt", "long"], { env })).code).toBe(0);
  // It has heard the journal and looked at the trainer when it answers.
  const refused = await box.cli(["runs", "acknowledge", "long", "spike", "--json"]);
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining("open is stalled") });
  await onlyRaised("stalled");
  process.kill(trainer(), "SIGCONT");
  await cleared();
});

test("a trainer whose steps wait for something has lost throughput", async () => {
  writeFileSync(slow, "");
  await onlyRaised("throughput");
  rmSync(slow);
  await cleared();
});

test("of three GPUs one idles, one is full and one is hot", async () => {
  setGpus([0, 60_000, 62], [97, 79_500, 62], [97, 60_000, 90]);
  await onlyRaised("gpu-idle/0", "gpu-memory/1", "gpu-temperature/2");
  setGpus(...WELL);
  await cleared();
});

test("a disk with no room for the checkpoints to come, by a setting that is taken while the run goes on", async () => {
  await box.json(["runs", "save", "long"]); // until then nobody knows how large one is
  const { blocks, bsize } = statfsSync(box.baseDir);
  // More than the disk is large: what others write and delete meanwhile makes no difference.
  setAlerts({ disk: { reserve_gib: (blocks * bsize) / 2 ** 30 } });
  const [alert] = await onlyRaised("disk");
  expect(alert?.cause).toContain("are to stay free");
  setAlerts({});
  await cleared();
});

test("an error in the log; a terminal that shows the run rings, tells the desktop, lists it, and takes that it is acknowledged", async () => {
  const tui = box.tui(["runs", "attach", "long"]);
  await tui.ready();
  await tui.until(/TRAIN .* running/);
  writeFileSync(oops, "");
  const [alert] = await onlyRaised("log-errors");
  expect(alert?.cause).toBe("The trainer reported an error: ERROR: the data loader lost a worker");
  await tui.until(/▲1 /);
  await tui.until(() => tui.raw.includes("\x1b]777;notify;nanochat ") && tui.raw.includes("lost a worker\x07"));
  tui.type("a");
  await tui.until("alerts · 1 open");
  tui.type("x");
  await tui.until("open, acknowledged at");
  await tui.until("0 open · 1 acknowledged");
  tui.type("\x1b");
  await tui.until((screen) => !screen.includes("0 open · 1 acknowledged") && !/▲\d/.test(screen.split("\n").at(-1) ?? ""));
  tui.type("q");
  expect(await tui.exited()).toBe(0);
  expect((await box.cli(["runs", "acknowledge", "long", "log-errors"])).code).toBe(0);
  seen++;
});

test("learning rates that are far too large: a spike, a loss that is no number, divergence, and nothing else", async () => {
  expect((await box.cli(["runs", "patch", "long", "unembedding_lr=5", "embedding_lr=10", "--yes"])).code).toBe(0);
  await onlyRaised("spike", "non-finite", "divergence");
});

test("learning rates of 0 are a plateau, and nothing else was said of that run", async () => {
  await eventually("the plateau", () => alerts("flat").length > 0);
  const told = await box.json<AlertStatus[]>(["runs", "alerts", "flat"]);
  expect(told.map(({ key }) => key)).toEqual(["plateau"]);
});

test("a model that trains on a page of text overfits, and nothing else was said of that run", async () => {
  const pages = join(folder.dir, "a-page");
  cpSync(POCKET, pages, { recursive: true, filter: (path) => !path.includes("__pycache__") });
  const shard = (i: number): string => join(pages, "data", `shard_0000${i}.txt`);
  for (const i of [1, 2, 3, 4, 5, 6]) rmSync(shard(i));
  writeFileSync(shard(0), readFileSync(shard(0), "utf8").split("\n").slice(0, 12).join("\n"));
  const other = new Sandbox(pages);
  const size = "num_iterations: 300, max_seq_len: 64, total_batch_size: 64, eval_tokens: 256";
  const set = `${size}, eval_every: 10, core_metric_every: -1, sample_every: -1, warmdown_ratio: 0, warmup_steps: 0`;
  const rates = "matrix_lr: 0.05, embedding_lr: 0.3, unembedding_lr: 0.03";
  other.prefab("page", `name: page\nstages:\n  - script: scripts.tok_train\n  - {script: scripts.base_train, set: {${set}, ${rates}}}\n`);
  expect((await other.cli(["train", "page", "--name", "page", "--yes"])).code).toBe(0);
  const told = await other.json<AlertStatus[]>(["runs", "alerts", "page"]);
  expect(told).toMatchObject([{ key: "validation", cause: expect.stringContaining("so the model overfits") }]);
  await other.close();
}, 60_000);

test("each alert was told once to the command and to the webhook, and the address of that is nowhere", async () => {
  const raised = [...alerts("long"), ...alerts("flat")].map(({ key }) => key).sort();
  const files = () => readdirSync(told).filter((name) => name.endsWith(".json"));
  const commanded = () => files().map((name) => JSON.parse(readFileSync(join(told, name), "utf8")) as Record<string, unknown>);
  await eventually("all to be told", () => hooked.length >= raised.length && commanded().length >= raised.length);
  expect(hooked.map(({ key }) => String(key)).sort()).toEqual(raised);
  expect(
    commanded()
      .map(({ key }) => String(key))
      .sort(),
  ).toEqual(raised);
  const noted = (): string[] =>
    [...deliveriesOf(alerts("long"), eventsOf("long", "note")).values()].map((notes) =>
      notes.map(({ way, outcome }) => `${way} ${outcome}`).join(", "),
    );
  const all = alerts("long").map(() => "command sent, webhook sent");
  await eventually("each to have what became of telling it", () => noted().join() === all.join());
  const shown = await Promise.all([["alerts"], ["alerts", "test"], ["runs", "alerts", "long"]].map((args) => box.cli([...args, "--json"])));
  expect(shown.map(({ code }) => code)).toEqual([0, 0, 0]);
  for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain("secret-of-the-hook");
  expect(box.log(idOf("long"))).not.toContain("secret-of-the-hook");
});

test("a run that fails in quiet hours is told of when they are over, though it has ended; killed before, it is held no more", async () => {
  const other = new Sandbox();
  const file = join(other.dir, "told");
  const at = (hours: number): string => `"${new Date(Date.now() + hours * 3600_000).toTimeString().slice(0, 5)}"`;
  const set = (quiet: string): void =>
    writeFileSync(join(other.home, "alerts.yaml"), `command: [sh, -c, "cat > ${file}.new && mv ${file}.new ${file}"]\n${quiet}`);
  set(`quiet_hours: {from: ${at(13)}, to: ${at(12)}}\n`);
  other.prefab("long", prefab("long", "num_iterations: 100000, depth: 1, max_seq_len: 32, total_batch_size: 32"));
  const shown = async (id: string): Promise<string> => (await other.cli(["runs", "alerts", id])).stdout;
  /** It has failed; the supervisor that has something to tell of it. */
  const fail = async (name: string): Promise<{ id: string; supervisor: number }> => {
    expect((await other.cli(["train", "long", "--name", name, "--detach", "--yes"])).code).toBe(0);
    const id = other.runIds().find((each) => each.endsWith(`-${name}`)) ?? "";
    const pid = await eventually("its trainer", () => {
      const launch = readLaunch(stagePaths(other.runDir(id), "02-base_train").launch);
      return launch.ok && other.state(id).progress !== null && launch.value?.children[0]?.pid;
    });
    process.kill(pid, "SIGKILL");
    await eventually("its end", () => other.state(id).status === "failed");
    expect(await shown(id)).toContain("telling it: held: quiet hours until");
    return { id, supervisor: other.state(id).owner?.pid ?? -1 };
  };
  const killed = await fail("killed");
  process.kill(killed.supervisor, "SIGKILL");
  await eventually("its supervisor to be gone", () => !isAlive(killed.supervisor, null));
  expect(await shown(killed.id)).toContain("telling it: failed: quiet hours until");
  const kept = await fail("kept");
  set("");
  await eventually("it to be told", () => existsSync(file));
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ key: "failed", run: { id: kept.id } });
  await eventually("its supervisor to leave", () => other.state(kept.id).owner === null);
  expect(await shown(kept.id)).not.toContain("telling it");
  await other.close();
}, 60_000);
