/** How long a plan takes, and one edit in a form: figures, rules and all. */
import { captured } from "../src/config/captures/capture.ts";
import { makePlan } from "../src/config/plan.ts";
import type { PlanInput } from "../src/config/plan-input.ts";
import { figuresOf } from "../src/config/planner/figures.ts";
import { validateEdit } from "../src/config/revise.ts";
import { checkpoint, DATA, h100, planInput, stage, testPrefab } from "../src/config/rules/fixtures.ts";
import { quantile, type Row, ratioOf } from "./lib/measure.ts";

const ROUNDS = 2000;
const CHECKPOINTS = 1000;

/** All stages from data to chat on eight GPUs, with a thousand checkpoints to look through. */
function wholePipeline(): PlanInput {
  const stages = [
    "nanochat.dataset",
    "scripts.tok_train",
    "scripts.base_train",
    "scripts.base_eval",
    "scripts.chat_sft",
    "scripts.chat_eval",
  ];
  const checkpoints = Array.from({ length: CHECKPOINTS }, (_, i) => checkpoint("base", `d${i % 40}`, i, 8));
  return planInput({
    prefab: testPrefab(
      stages.map((script) => stage(script)),
      { ranks: 8 },
    ),
    workspace: captured("92d63d4"),
    surroundings: { ...planInput().surroundings, machine: h100(8), data: DATA, checkpoints, tokenizer: true, evalBundle: true },
    figuresOf: figuresOf(),
    sets: ["depth=24", "device_batch_size=16"],
  });
}

function milliseconds(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

const p99 = (work: () => void): number =>
  quantile(
    Array.from({ length: ROUNDS }, () => milliseconds(work)),
    0.99,
  );

export function planRows(): Row[] {
  const input = wholePipeline();
  const parameter = input.workspace.scripts
    .find(({ module }) => module === "scripts.base_train")
    ?.parameters.find(({ name }) => name === "device_batch_size");
  if (parameter === undefined) throw new Error("the capture has no device_batch_size");
  const first = milliseconds(() => makePlan(input)); // in a fresh process, nothing compiled yet
  const plan = p99(() => makePlan(input));
  let batch = 0;
  const edit = p99(() => validateEdit(parameter, String(1 + (batch++ % 64)), { input, script: "base_train" }));
  const text = JSON.stringify(makePlan(input));
  const bare = p99(() => JSON.stringify(JSON.parse(text)));
  const row = (what: string, ms: number, limit: number): Row => ({
    what,
    ours: `${ms.toFixed(1)} ms`,
    baseline: `${bare.toFixed(1)} ms, the plan's JSON read and written`,
    ratio: ratioOf(ms, bare),
    target: `< ${limit} ms`,
    met: ms < limit,
  });
  return [
    row(`plan of six stages beside ${CHECKPOINTS.toLocaleString("en-US")} checkpoints, the first in a process`, first, 50),
    row("the same, p99", plan, 50),
    row("one edit checked against that plan, p99", edit, 5),
  ];
}
