/** What the doctor says of a machine without a GPU, on a version that may not train there. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { type Commit, captured } from "../config/captures/capture.ts";
import { deviceObstacle } from "../config/cpu.ts";
import { fail } from "../core/result.ts";
import type { Check } from "../core/setup.ts";
import { examine } from "./doctor.ts";
import { withUser } from "./secrets-fixture.ts";

const user = withUser();
/** So that no nvidia-smi is found, and nobody's keys are. */
const OURS = ["PATH", "HOME", "WANDB_API_KEY", "HF_TOKEN"];
const before = new Map(OURS.map((name) => [name, process.env[name]]));
beforeEach(() => {
  for (const name of OURS) delete process.env[name];
  process.env["PATH"] = user.dir;
  process.env["HOME"] = join(user.dir, "home");
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function gpuCheck(commit: Commit): Promise<Check | undefined> {
  const python = fail("not-found", "There is no Python", { remedy: "Install one" });
  const checks = await examine({ info: captured(commit, { dir: user.dir }), python, baseDir: user.dir }, () => undefined);
  return checks.find(({ id }) => id === "gpus");
}

test("a version that trains on CUDA only is told so, with the words that refuse its plan", async () => {
  const obstacle = deviceObstacle(captured("3a5e0bc").features, "cpu", "base_train");
  expect(obstacle).not.toBeNull();
  expect(await gpuCheck("3a5e0bc")).toMatchObject({
    status: "bad",
    evidence: ["nvidia-smi names no GPU.", `${obstacle?.message}.`],
    remedy: obstacle?.remedy,
  });
});

test("a version that trains without a GPU is only warned of", async () => {
  expect(await gpuCheck("92d63d4")).toMatchObject({ status: "warn", evidence: ["nvidia-smi names no GPU."] });
});

test("a version of which one trainer alone is held up is warned of, and told which", async () => {
  const obstacle = deviceObstacle(captured("2dffdc8").features, "cpu", "chat_sft");
  expect(await gpuCheck("2dffdc8")).toMatchObject({ status: "warn", evidence: ["nvidia-smi names no GPU.", `${obstacle?.message}.`] });
});
