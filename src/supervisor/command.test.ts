import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Plan, PlannedStage } from "../core/plan.ts";
import { BRIDGE_DIR } from "../lib/self.ts";
import { launcherCommand, stageCommand } from "./command.ts";

const STAGE: PlannedStage = {
  name: "01-base_train",
  script: "scripts.base_train",
  values: [],
  args: ["--depth=4"],
  ranks: 1,
  launcher: "python",
  bridged: true,
};
const PLAN: Plan = {
  version: 1,
  name: "x",
  prefab: "x",
  workspace: { dir: "/checkout", kind: "nanochat", commit: null, dirty: null, package: "nanochat" },
  python: ["/venv/bin/python"],
  pythonReason: ".venv",
  baseDir: "/base",
  env: { OMP_NUM_THREADS: "1", PYTHONPATH: "/theirs" },
  stages: [STAGE],
  findings: [],
};
const argv = (stage: Partial<PlannedStage>) =>
  stageCommand(PLAN, { ...STAGE, ...stage }, "/run/bridge")
    .argv.slice(1)
    .join(" ");

test("argv by kind of stage", () => {
  expect(argv({})).toBe("-m nanochat_bridge train scripts.base_train --depth=4");
  expect(argv({ bridged: false, script: "scripts.tok_train", args: [] })).toBe("-m scripts.tok_train");
  expect(argv({ launcher: "torchrun", ranks: 8 })).toBe(
    "-m torch.distributed.run --standalone --nproc_per_node=8 -m nanochat_bridge train scripts.base_train --depth=4",
  );
  expect(argv({ launcher: "plain", ranks: 2 })).toBe("-m nanochat_bridge train scripts.base_train --depth=4");
});

test("the environment has the plan's variables, the base dir, and the bridge before the user's own path", () => {
  expect(stageCommand(PLAN, STAGE, "/run/bridge")).toMatchObject({
    version: 1,
    cwd: "/checkout",
    ranks: 1,
    launcher: "python",
    env: {
      OMP_NUM_THREADS: "1",
      NANOCHAT_BASE_DIR: "/base",
      NANOCHAT_BRIDGE_DIR: "/run/bridge",
      PYTHONUNBUFFERED: "1",
      PYTHONPATH: `${BRIDGE_DIR}:/theirs`,
    },
  });
});

test("no variable of our own environment is written down: a secret may be among them", () => {
  process.env["WANDB_API_KEY"] = "a secret";
  expect(JSON.stringify(stageCommand(PLAN, STAGE, "/run/bridge"))).not.toContain("a secret");
  delete process.env["WANDB_API_KEY"];
});

test("launch.py runs in the trainer's own Python", () => {
  expect(launcherCommand(PLAN, "/run/stages/01")).toEqual([
    "/venv/bin/python",
    join(BRIDGE_DIR, "nanochat_bridge", "launch.py"),
    "/run/stages/01",
  ]);
});
