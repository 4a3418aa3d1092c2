/** Everything that a person does with a model, on every checkout that is given; docs/compatibility.md is written by it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deviceObstacle } from "../../src/config/obstacles.ts";
import type { Checkpoint, Fit } from "../../src/core/checkpoint.ts";
import type { ScriptInfo, WorkspaceInfo } from "../../src/core/params.ts";
import type { RequestStatus } from "../../src/core/run.ts";
import type { Check } from "../../src/core/setup.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { eventually } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
import { compatibilityPage, isWhole, type Outcome, TRIED, type Tried } from "./matrix.ts";
import { checkouts, ENDLESS, RealNanochat } from "./nanochat.ts";

const PATIENCE_MS = 300_000;
/** Steps that a resumed run makes before it is done. */
const MORE_STEPS = 10;

type Named = Checkpoint & { name: string };
interface Reply {
  text: string;
  tokensOut: number;
}

const outcomes = new Map<string, Map<Tried, Outcome>>();
const parameters = new Map<string, number>();
let torch = "?";

afterAll(() => {
  if (!isWhole(outcomes)) return;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(ROOT, "docs", "compatibility.md"), compatibilityPage(outcomes, { parameters, torch, date }));
});

for (const dir of checkouts()) {
  const box = new RealNanochat(dir);
  const tasksAreLocal = box.source("tasks/common.py").includes("task_data");
  const resumes = box.source("scripts/base_train.py").includes("resume_from_step");
  let info: WorkspaceInfo;
  const seen = (tried: Tried, outcome: Outcome = null): void => {
    const commit = info.commit ?? dir;
    outcomes.set(commit, (outcomes.get(commit) ?? new Map<Tried, Outcome>()).set(tried, outcome));
  };
  const step = (id: string): number => box.state(id).progress?.step ?? -1;
  const reached = (id: string, wanted: number) =>
    eventually(
      `step ${wanted}`,
      () => {
        const { status } = box.state(id);
        if (status === "failed" || status === "done") throw new Error(`it has ended (${status}): ${box.log(id).slice(-2000)}`);
        return step(id) >= wanted;
      },
      PATIENCE_MS,
    );
  const ended = async (id: string): Promise<string> => {
    await box.cli(["runs", "follow", id, "--json"]);
    return box.state(id).status;
  };
  const start = async (prefab: string, name: string, ...more: string[]): Promise<string> => {
    const { id } = await box.json<{ id: string }>(["train", prefab, "--name", name, "--detach", "--fix", "--yes", ...more]);
    return id;
  };
  const all = (): Promise<Named[]> => box.json<Named[]>(["checkpoints", "list"]);

  describe(dir, () => {
    beforeAll(async () => {
      info = await box.look();
      parameters.set(
        info.commit ?? dir,
        info.scripts.reduce((sum, script) => sum + script.parameters.length, 0),
      );
      box.tinyPrefab("endless", [ENDLESS]);
    }, PATIENCE_MS);
    afterAll(() => box.close());

    test(
      "is trained, steered, stopped, resumed and talked to; or refused as the doctor says, and fails when forced",
      async () => {
        const obstacle = deviceObstacle(info.features, "cpu", "base_train");
        if (obstacle === null) await isUsed();
        else await isRefused(`${obstacle.message}.`);
      },
      4 * PATIENCE_MS,
    );
  });

  async function isRefused(reason: string): Promise<void> {
    const doctor = await box.cli(["doctor", "--json"]);
    const checks = JSON.parse(doctor.stdout) as Check[];
    expect(checks.find(({ id }) => id === "gpus")).toMatchObject({ status: "bad", evidence: expect.arrayContaining([reason]) });
    const refused = await box.cli(["train", "endless", "--name", "refused", "--detach"]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(reason.slice(0, -1));
    const forced = await start("endless", "forced", "--force");
    expect(await ended(forced)).toBe("failed");
    for (const tried of Object.keys(TRIED) as Tried[]) seen(tried, reason);
  }

  async function isUsed(): Promise<void> {
    const id = await start("endless", "steered");
    await reached(id, 5);
    seen("train");
    const stopped = await isSteered(id);
    const name = `base/steered@${stopped}`;
    expect((await all()).find((one) => one.name === name)).toMatchObject({ broken: null });
    seen("list");
    await fits(name);
    await isResumed(name, stopped);
    await answers("continue", "base/steered");
    await isTaught();
    const environment = JSON.parse(readFileSync(runPaths(box.runDir(id)).environment, "utf8")) as { torchVersion?: string };
    torch = environment.torchVersion ?? torch;
  }

  /** The step of the checkpoint that it stopped with. */
  async function isSteered(id: string): Promise<number> {
    const saved = await box.json<RequestStatus>(["runs", "save", id]);
    expect(saved).toMatchObject({ kind: "save", phase: "done" });
    seen("save");
    await reached(id, (saved.step ?? 0) + 2);
    const patched = await box.json<RequestStatus>(["runs", "patch", id, "eval_every=900", "matrix_lr=0.01", "--yes"]);
    expect(patched).toMatchObject({ kind: "patch", phase: "done" });
    seen("patch");
    await evaluated(id);
    const stopped = await box.json<RequestStatus>(["runs", "stop", id]);
    expect(await ended(id)).toBe("stopped");
    seen("stop");
    return stopped.step ?? -1;
  }

  async function evaluated(id: string): Promise<void> {
    const ran = await box.cli(["runs", "evaluate", id, "--json"]);
    if (ran.code === 0) {
      expect(JSON.parse(ran.stdout)).toMatchObject({ kind: "evaluate", phase: "done" });
      return seen("evaluate");
    }
    seen("evaluate", saidBy(ran.stderr));
  }

  async function fits(name: string): Promise<void> {
    const { fits: found } = await box.json<{ fits: Fit[] }>(["checkpoints", "show", name]);
    const good = found.filter((fit) => fit.fits).map(({ purpose }) => purpose);
    expect(good).toEqual(expect.arrayContaining(resumes ? ["resume", "eval"] : ["eval"]));
    seen("fit");
  }

  async function isResumed(name: string, from: number): Promise<void> {
    const last = from + MORE_STEPS;
    const ran = await box.cli(["checkpoints", "resume", name, "--set", `num_iterations=${last}`, "--detach", "--yes", "--json"]);
    if (!resumes) {
      expect(ran.code).toBe(3);
      return seen("resume", saidBy(ran.stderr));
    }
    if (ran.code !== 0) throw new Error(ran.stderr);
    const { id } = JSON.parse(ran.stdout) as { id: string };
    expect(await ended(id)).toBe("done");
    expect((await all()).filter(({ stage, step: at, broken }) => stage === "base" && at === last && broken === null)).toHaveLength(1);
    seen("resume");
  }

  async function answers(how: "continue" | "chat", wanted: string): Promise<void> {
    const args = ["eval", how, "--checkpoint", wanted, "--prompt", "Who are you?", "--max-tokens", "8"];
    const reply = await box.json<Reply>(args);
    expect(reply.tokensOut).toBeGreaterThan(0);
    seen(how);
  }

  /** Every later stage of this version on the model before it, then a chat with the newest that was taught to. */
  async function isTaught(): Promise<void> {
    for (const stage of LATER) await isTrainedOn(stage);
    const chat = (await all()).find(({ stage }) => stage === "sft") ?? (await all()).find(({ stage }) => stage === "base");
    await answers("chat", chat?.name ?? "last");
  }

  async function isTrainedOn({ tried, script, from, set }: Later): Promise<void> {
    const module = info.scripts.find((each) => each.module === `scripts.${script}`);
    const obstacle = deviceObstacle(info.features, "cpu", script);
    if (module === undefined) return seen(tried, `this version has no ${script}.`);
    if (obstacle !== null) return seen(tried, `${obstacle.message}.`);
    const models = await all();
    const source = from.map((stage) => models.find((one) => one.stage === stage)).find((one) => one !== undefined);
    if (source === undefined) return seen(tried, `not tried: there is no ${from.join(" or ")} model.`);
    box.tinyPrefab(tried, [{ script: `scripts.${script}`, set: { ...set, ...loads(module, source) } }], {
      env: tasksAreLocal ? {} : { PYTHONPATH: box.hubFolder() },
    });
    const id = await start(tried, tried);
    await reached(id, 2);
    const saved = await box.json<RequestStatus>(["runs", "save", id]);
    expect(saved).toMatchObject({ kind: "save", phase: "done" });
    expect(await box.json<RequestStatus>(["runs", "patch", id, "eval_every=900", "--yes"])).toMatchObject({ phase: "done" });
    const stopped = await box.json<RequestStatus>(["runs", "stop", id]);
    expect(await ended(id)).toBe("stopped");
    const made = (await all()).filter(({ stage, broken }) => stage === tried && broken === null).map(({ step: at }) => at);
    expect(made.sort((a, b) => a - b)).toEqual([saved.step ?? -1, stopped.step ?? -1]);
    seen(tried);
  }
}

interface Later {
  tried: "mid" | "sft" | "rl";
  script: string;
  /** The stages that it may start from, the best first. */
  from: readonly Checkpoint["stage"][];
  set: Record<string, number>;
}

/** The stages after the base model, with as many steps as nobody waits for. */
const LATER: readonly Later[] = [
  { tried: "mid", script: "mid_train", from: ["base"], set: { num_iterations: 2000, eval_every: 1000 } },
  { tried: "sft", script: "chat_sft", from: ["mid", "base"], set: { num_iterations: 2000, eval_every: 1000, target_examples_per_step: 2 } },
  {
    tried: "rl",
    script: "chat_rl",
    from: ["sft"],
    set: {
      num_epochs: 1000,
      num_samples: 2,
      examples_per_step: 2,
      max_new_tokens: 16,
      eval_every: 1000,
      save_every: 1000,
      eval_examples: 2,
    },
  },
];

/** How a script is told what to load, as far as its version can be told. */
const loads = ({ parameters: known }: ScriptInfo, { stage, tag }: Checkpoint): Record<string, string> =>
  Object.fromEntries(Object.entries({ source: stage, model_tag: tag }).filter(([name]) => known.some((one) => one.name === name)));

const saidBy = (stderr: string): string => stderr.trim().replace(/^nanochat-cli: /, "");
