/** How long a stage trains, and how its learning rate goes. */
import { count } from "../../lib/format.ts";
import type { StageContext } from "./context.ts";
import { rule, shown } from "./rule.ts";

/** In the order in which base_train looks at them (base_train.py:341@92d63d4). */
const HORIZONS = ["num_iterations", "target_flops", "target_param_data_ratio"] as const;

const horizonsOf = (stage: StageContext) => HORIZONS.filter((name) => (stage.number(name) ?? 0) > 0);

const stepsOf = (stage: StageContext): number | null => {
  const given = stage.number("num_iterations");
  return given !== null && given > 0 ? given : (stage.figures?.horizon?.steps ?? null);
};

export const HORIZON_RULES = [
  rule({
    id: "no-horizon",
    appliesTo: ["base_train"],
    needs: HORIZONS,
    check: (stage) => (horizonsOf(stage).length === 0 ? {} : null),
    severity: "error",
    field: "num_iterations",
    message: () => "num_iterations, target_flops and target_param_data_ratio are all off: nothing says when to stop",
    fix: (_, stage) =>
      Number(stage.defaultOf("target_param_data_ratio")) > 0
        ? { set: { target_param_data_ratio: null } }
        : { set: { target_param_data_ratio: 20 } },
  }),
  rule({
    id: "horizons-conflict",
    appliesTo: ["base_train"],
    needs: HORIZONS,
    check: (stage) => {
      const [used, ...rest] = horizonsOf(stage);
      const ignored = rest.filter((name) => stage.given(name));
      return used === undefined || ignored.length === 0 ? null : { used, ignored };
    },
    severity: "warning",
    field: ({ ignored }) => ignored[0] ?? "",
    message: ({ used, ignored }, stage) =>
      `${used}=${shown(stage.value(used))} decides how long it trains, so ${ignored.map((name) => `${name}=${shown(stage.value(name))}`).join(" and ")} is not looked at`,
    fix: ({ ignored }) => ({ set: Object.fromEntries(ignored.map((name) => [name, null])) }),
  }),
  rule({
    id: "no-steps",
    appliesTo: ["base_train"],
    needs: HORIZONS,
    check: (stage) => {
      const used = horizonsOf(stage)[0];
      return used !== undefined && used !== "num_iterations" && stage.figures?.horizon?.steps === 0 ? { used } : null;
    },
    severity: "error",
    field: ({ used }) => used,
    message: ({ used }, stage) =>
      `${used}=${shown(stage.value(used))} comes to less than one step of ${count(stage.totalBatch)} tokens: nothing would be trained`,
    fix: ({ used }, stage) => ({ set: stage.given(used) ? { [used]: null } : { num_iterations: 1 } }),
  }),
  rule({
    id: "past-the-end",
    appliesTo: ["base_train"],
    needs: ["resume_from_step"],
    check: (stage) => {
      const [from, steps] = [stage.number("resume_from_step"), stepsOf(stage)];
      return from !== null && from >= 0 && steps !== null && from >= steps ? { from, steps } : null;
    },
    severity: "error",
    field: "resume_from_step",
    message: ({ from, steps }) =>
      from === steps
        ? `resume_from_step is ${count(from)}, and the run ends at that step: there is nothing left to train`
        : `resume_from_step is ${count(from)}, past the run's end at step ${count(steps)}: base_train would never stop`,
    remedy: () => "Set a larger num_iterations",
  }),
  rule({
    id: "endless-warmup",
    appliesTo: "training",
    needs: ["warmup_steps"],
    check: (stage) => {
      const [warmup, steps] = [stage.number("warmup_steps"), stepsOf(stage)];
      return warmup !== null && steps !== null && steps > 0 && warmup >= steps ? { warmup, steps } : null;
    },
    severity: "warning",
    field: "warmup_steps",
    message: ({ warmup, steps }) =>
      `warmup_steps is ${count(warmup)} of a run of ${count(steps)} steps: the learning rate never gets to its full height`,
    fix: ({ steps }) => ({ set: { warmup_steps: Math.floor(steps / 10) } }),
  }),
  rule({
    id: "schedule-overlaps",
    appliesTo: "training",
    needs: ["warmup_ratio", "warmdown_ratio"],
    check: (stage) => {
      const [up, down] = [stage.number("warmup_ratio") ?? 0, stage.number("warmdown_ratio") ?? 0];
      return up <= 1 && down <= 1 && up + down > 1 ? { up, down } : null;
    },
    severity: "warning",
    field: "warmdown_ratio",
    message: ({ up, down }) =>
      `warmup_ratio ${up} and warmdown_ratio ${down} come to more than the whole run: the learning rate jumps between them`,
    fix: ({ up }) => ({ set: { warmdown_ratio: Number((1 - up).toFixed(4)) } }),
  }),
  rule({
    id: "final-rate-rises",
    appliesTo: "training",
    needs: ["final_lr_frac"],
    check: (stage) => {
      const fraction = stage.number("final_lr_frac");
      return fraction !== null && fraction > 1 ? { fraction } : null;
    },
    severity: "warning",
    field: "final_lr_frac",
    message: ({ fraction }) => `final_lr_frac is ${fraction}: the learning rate would rise towards the end, where it is meant to fall`,
    fix: (_, stage) => (Number(stage.defaultOf("final_lr_frac")) > 1 ? null : { set: { final_lr_frac: null } }),
  }),
];
