import { expect, test } from "bun:test";
import type { Threshold } from "../watches/settings.ts";
import { idleLimits, idleText, type Logged, type Outlook } from "./idle-limits.ts";

const limit = (metric: string): Threshold => ({
  name: "mine",
  metric,
  direction: "above",
  limit: 1,
  lasting: { steps: 1 },
  severity: "warn",
});
const METRICS = ["train/loss", "train/dt", "host/cpu", "gpu/0/util"];

/** Whether a limit on it is said to be on nothing, in a last stage that evaluates every 10 steps and has made 20. */
function isIdle(
  metric: string,
  logged: Partial<Logged> = {},
  { later = [], every = {} }: { later?: Outlook["later"]; every?: Record<string, number> } = {},
) {
  const planned: Record<string, number> = { eval_every: 10, core_metric_every: -1, ...every };
  const outlook: Outlook = { later, every: (name) => planned[name] ?? null };
  return idleLimits([limit(metric)], { metrics: METRICS, steps: 20, samples: 20, ...logged }, outlook).length > 0;
}

const EVALUATED = { metrics: [...METRICS, "val/bpb"] };

test.each([
  ["what is logged, also by a pattern", false, isIdle("gpu/*/util")],
  ["a slip of the keyboard", true, isIdle("train/lss")],
  ["a slip, before enough steps to tell", false, isIdle("train/lss", { steps: 19 })],
  ["a slip, though other stages come", true, isIdle("train/lss", {}, { later: ["chat_sft"] })],
  ["what each step of some stage has", true, isIdle("train/mfu")],
  ["what each step of a later one may have", false, isIdle("rl/reward", {}, { later: ["chat_rl"] })],
  ["what each step has, where only an evaluation follows", true, isIdle("train/mfu", {}, { later: ["base_eval"] })],
  ["a validation that is planned", false, isIdle("val/bpb")],
  ["a validation that is off", true, isIdle("val/bpb", {}, { every: { eval_every: -1 } })],
  [
    "a validation that is off here, where another stage comes",
    false,
    isIdle("val/bpb", {}, { every: { eval_every: -1 }, later: ["chat_sft"] }),
  ],
  ["what an evaluation that there was has not measured", true, isIdle("val/loss", EVALUATED)],
  ["CORE that is off", true, isIdle("core/metric")],
  ["CORE that comes later than the validation", false, isIdle("core/metric", EVALUATED, { every: { core_metric_every: 2000 } })],
  ["a save that may be asked for", false, isIdle("timer/save")],
  ["a name of nobody's, before the evaluation", false, isIdle("own/figure")],
  ["a name of nobody's, after it", true, isIdle("own/figure", EVALUATED)],
  ["the machine, before it was looked at often enough", false, isIdle("gpu/*/pwr", { samples: 3 })],
  ["what the machine does not tell", true, isIdle("gpu/*/pwr", { steps: 0 })],
])("a limit on %s is on nothing: %p", (_what, expected, idle) => {
  expect(idle).toBe(expected);
});

test("it is told with the name that is near", () => {
  expect(idleText(limit("train/lss"), METRICS)).toBe(
    "The limit mine is on train/lss, which nothing logs so far, so nothing can be said of it. Did you mean train/loss?",
  );
});
