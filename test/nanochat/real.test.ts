/** The whole program on a real nanochat with real torch, on the CPU. docs/real-nanochat.md says how to run it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checkpoint } from "../../src/core/checkpoint.ts";
import type { ScriptInfo, WorkspaceInfo } from "../../src/core/params.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { RequestStatus, RunState } from "../../src/core/run.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { eventually } from "../drivers/cli.ts";
import { ENDLESS, RealNanochat } from "./nanochat.ts";

const PATIENCE_MS = 300_000;
const STEPS = 40;

const box = new RealNanochat();
/** Until task_data/ came, the chat tasks were fetched from the Hugging Face Hub. */
const tasksAreLocal = box.source("tasks/common.py").includes("task_data");
/** Until c6abcdf only rank 0 saved an optimizer. */
const everyRankSaves = box.source("scripts/base_train.py").includes("rank=ddp_rank");

const BASE = { script: "scripts.base_train" };
const SFT = { script: "scripts.chat_sft", set: { eval_every: 10 } };

type Named = Checkpoint & { name: string };
interface Reply {
  text: string;
  tokensOut: number;
  firstTokenSeconds: number;
}
interface FollowLine {
  event: string;
  step: number | null;
  [field: string]: unknown;
}

let info: WorkspaceInfo;
beforeAll(async () => {
  info = await box.look();
  box.tinyPrefab("tiny", tasksAreLocal ? [BASE, SFT] : [BASE]);
  box.tinyPrefab("endless", [ENDLESS]);
}, PATIENCE_MS);
afterAll(() => box.close());

async function start(prefab: string, name: string, ...more: string[]): Promise<string> {
  const { id } = await box.json<{ id: string }>(["train", prefab, "--name", name, "--detach", "--yes", ...more]);
  return id;
}

/** Follows a run to its end; its exit code and everything that was told. */
async function follow(id: string): Promise<{ code: number; lines: FollowLine[] }> {
  const { code, stdout } = await box.cli(["runs", "follow", id, "--json"]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as FollowLine);
  return { code, lines };
}

const step = (id: string): number => box.state(id).progress?.step ?? -1;
const reached = (id: string, wanted: number) => eventually(`step ${wanted}`, () => step(id) >= wanted, PATIENCE_MS);
const checkpoints = (tag: string): Promise<Named[]> =>
  box.json<Named[]>(["checkpoints", "list"]).then((all) => all.filter((one) => one.tag === tag));
const planOf = (prefab: string): Promise<Plan> => box.json<Plan>(["plan", prefab, "--name", "looked-at"]);

describe("the workspace", () => {
  test("is described as a nanochat with every parameter of its training script", () => {
    expect(info).toMatchObject({ kind: "nanochat", package: "nanochat", dirty: false });
    const script = info.scripts.find(({ module }) => module === "scripts.base_train");
    expect(script).toMatchObject({ trainable: true, issues: [] });
    if (script?.style === "argparse") {
      expect(script.parameters).toHaveLength(box.source("scripts/base_train.py").split(".add_argument(").length - 1);
    }
    if (info.commit === "92d63d4") expect(script?.parameters).toHaveLength(30);
  });

  test("tells the flags with their types and defaults", async () => {
    const script = await box.json<ScriptInfo>(["params", "base_train"]);
    const named = (name: string) => script.parameters.find((parameter) => parameter.name === name);
    expect(named("depth")).toMatchObject({ flag: "--depth", type: "int", default: 20 });
    expect(named("matrix_lr")).toMatchObject({ type: "float", default: 0.02 });
    expect(named("run")).toMatchObject({ type: "str", default: "dummy" });
  });
});

test("a plan of the user's own prefab has each value with its place, and the arguments as the script spells them", async () => {
  const plan = await planOf("tiny");
  const [base] = plan.stages;
  expect(plan.env["TORCHDYNAMO_DISABLE"]).toBe("1");
  expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(base).toMatchObject({ name: "01-base_train", bridged: true, launcher: "python" });
  expect(base?.args.map((arg) => arg.replaceAll("_", "-"))).toContain("--device-batch-size=2");
  const depth = base?.values.find(({ parameter }) => parameter.name === "depth");
  expect(depth?.origin).toMatchObject({ layer: "user prefab", prefab: "tiny", file: join(box.home, "prefabs", "tiny.yaml") });
  const line = readFileSync(depth?.origin.file ?? "", "utf8").split("\n")[(depth?.origin.line ?? 0) - 1];
  expect(line?.trim()).toBe("depth: 2");
});

describe("a run to its end", () => {
  let id: string;
  let followed: Awaited<ReturnType<typeof follow>>;
  beforeAll(async () => {
    id = await start("tiny", "whole");
    followed = await follow(id);
  }, PATIENCE_MS);

  test("ends well, and its record says with what it was made", () => {
    expect(followed.code).toBe(0);
    expect(followed.lines.filter(({ event }) => event === "problem")).toEqual([]);
    const environment = JSON.parse(readFileSync(runPaths(box.runDir(id)).environment, "utf8")) as Record<string, unknown>;
    expect(environment).toMatchObject({
      commit: info.commit,
      dirty: false,
      torchVersion: expect.stringMatching(/^\d+\.\d+/),
      tokenizer: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(box.state(id).stages.map(({ status, exitCode }) => `${status} ${exitCode}`)).toEqual(box.state(id).stages.map(() => "done 0"));
  });

  test(
    "has the losses that a plain run prints, digit for digit",
    async () => {
      const { losses } = await box.plain(await planOf("tiny"), STEPS - 1);
      expect(losses.size).toBe(STEPS);
      expect(await box.losses(id)).toEqual(losses);
    },
    PATIENCE_MS,
  );

  test("tells what the time of its steps went to", async () => {
    const known = await box.json<Array<{ metric: string; unit: string; latest: { value: number } }>>(["runs", "query", id, "--stage", "1"]);
    const timers = known.filter(({ metric }) => metric.startsWith("timer/"));
    const parts = ["backward", "data", "eval", "forward", "optimizer", "save"];
    expect(timers.map(({ metric }) => metric).sort()).toEqual(parts.map((part) => `timer/${part}`));
    expect(timers.filter(({ unit, latest }) => unit !== "s" || !(latest.value > 0))).toEqual([]);
  });

  test("leaves a whole checkpoint of each stage", async () => {
    const found = await checkpoints("whole");
    expect(found.map(({ broken }) => broken)).toEqual(found.map(() => null));
    // chat_sft counts micro-batches and has fetched one before its loop: 40 of them are 39 steps.
    expect(found.map(({ name }) => name).sort()).toEqual(tasksAreLocal ? ["base/whole@40", `sft/whole@${STEPS - 1}`] : ["base/whole@40"]);
  });

  test(
    "leaves models that go on from a prompt and answer, the same with the same seed",
    async () => {
      const continued = ["eval", "continue", "--checkpoint", "base/whole", "--prompt", "The", "--max-tokens", "16", "--seed", "7"];
      const first = await box.json<Reply>(continued);
      expect(first.tokensOut).toBeGreaterThan(0);
      expect(first.firstTokenSeconds).toBeGreaterThan(0);
      expect((await box.json<Reply>(continued)).text).toBe(first.text);
      const chat = await box.json<Reply>(["eval", "chat", "--checkpoint", "whole", "--prompt", "Who are you?", "--max-tokens", "16"]);
      expect(chat.tokensOut).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});

describe("a run that is steered", () => {
  let id: string;
  let saved: RequestStatus;
  let stopped: RequestStatus;
  beforeAll(async () => {
    id = await start("endless", "steered");
    await reached(id, 5);
  }, PATIENCE_MS);

  test(
    "is shown in the terminal with its step and loss, and goes on when the viewer leaves",
    async () => {
      const pty = box.tui(["runs", "attach", id], { cols: 120, rows: 36 });
      const screen = await pty.until(/[\d,]+ \/ 2,000 steps/);
      expect(screen).toMatch(/\bloss +\d+\.\d{4}/);
      const before = step(id);
      pty.type("\x11"); // ctrl+q
      await pty.until(() => !pty.alternate, 20_000);
      expect(await pty.exited()).toBe(0);
      await reached(id, before + 3);
    },
    PATIENCE_MS,
  );

  test(
    "saves when asked, and stops when asked",
    async () => {
      saved = await box.json<RequestStatus>(["runs", "save", id]);
      expect(saved).toMatchObject({ kind: "save", phase: "done", path: join(box.baseDir, "base_checkpoints", "steered") });
      await reached(id, (saved.step ?? 0) + 5);
      stopped = await box.json<RequestStatus>(["runs", "stop", id]);
      expect((await follow(id)).code).toBe(0);
      expect(box.state(id).status).toBe("stopped");
      const found = await checkpoints("steered");
      expect(found.map(({ step: at, broken }) => [at, broken])).toEqual([
        [stopped.step as number, null],
        [saved.step as number, null],
      ]);
      expect(found.map(({ bytes }) => bytes)).toEqual([stopped.bytes as number, saved.bytes as number]);
    },
    PATIENCE_MS,
  );

  test(
    "has the losses of a run that nobody touched",
    async () => {
      const last = (stopped.step ?? 0) - 1;
      const { losses } = await box.plain(await planOf("endless"), last);
      const steered = await box.losses(id);
      expect([...steered.keys()]).toEqual(Array.from({ length: last + 1 }, (_, at) => at));
      expect(steered).toEqual(new Map([...losses].filter(([at]) => at <= last)));
    },
    PATIENCE_MS,
  );
});

describe.if(everyRankSaves)("two ranks", () => {
  test(
    "save and stop at the same step, each with its optimizer",
    async () => {
      const set = { ...ENDLESS.set, total_batch_size: 512 };
      box.tinyPrefab("pair", [{ script: "scripts.base_train", set }], { env: { PYTHONPATH: box.glooFolder() }, ranks: 2 });
      const id = await start("pair", "pair", "--force");
      await reached(id, 5);
      const saved = await box.json<RequestStatus>(["runs", "save", id]);
      await reached(id, (saved.step ?? 0) + 3);
      const stopped = await box.json<RequestStatus>(["runs", "stop", id]);
      const { code, lines } = await follow(id);
      expect(code).toBe(0);
      expect(await checkpoints("pair")).toMatchObject([
        { step: stopped.step, broken: null },
        { step: saved.step, broken: null },
      ]);
      const folder = join(box.baseDir, "base_checkpoints", "pair");
      const optimizers = [saved.step, stopped.step].flatMap((at) =>
        [0, 1].map((rank) => `optim_${String(at).padStart(6, "0")}_rank${rank}.pt`),
      );
      expect(
        readdirSync(folder)
          .filter((name) => name.startsWith("optim"))
          .sort(),
      ).toEqual(optimizers.sort());
      const applied = appliedBy(lines);
      expect(applied).toHaveLength(4);
      expect(applied.slice(2)).toEqual(applied.slice(0, 2));
    },
    PATIENCE_MS,
  );
});

/** Commands and the steps at which they were applied: those of rank 0, then those of rank 1. */
function appliedBy(lines: readonly FollowLine[]): Array<[unknown, unknown]> {
  const leader = lines.filter(({ event }) => event === "request");
  const other = lines.filter((line) => line["tag"] === "rank-command").map((line) => line["fields"] as FollowLine);
  return [...leader, ...other].filter((line) => line["phase"] === "applied").map((line) => [line["id"], line.step]);
}

test(
  "a run that fails says why, and the next stage is not begun",
  async () => {
    const id = await start("tiny", "failing", "--force", "--set", "base_train.device_batch_size=3");
    expect((await follow(id)).code).toBe(1);
    const shown = await box.cli(["runs", "show", id]);
    expect(shown.stdout).toMatch(/scripts\.base_train ended with exit code 1\. A check of the script failed/);
    const state = await box.json<RunState>(["runs", "show", id]);
    expect(state.stages.map(({ status }) => status)).toEqual(state.stages.map((_, index) => (index === 0 ? "failed" : "pending")));
    expect(existsSync(join(box.baseDir, "base_checkpoints", "failing"))).toBe(false);
  },
  PATIENCE_MS,
);
