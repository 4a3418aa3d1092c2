/** Rules about the plan as a whole: the prefab, the checkout, its Python, the environment, W&B. */
import { FULL_BYTES } from "../../core/machine.ts";
import type { Finding } from "../../core/plan.ts";
import { sentence } from "../../core/result.ts";
import { bytes } from "../../lib/format.ts";
import { otherWorkspace } from "../workspace-kind.ts";
import type { PlanContext, StageContext } from "./context.ts";
import type { PlanRule } from "./rule.ts";

type Said = Omit<Finding, "id">;

const trainers = ({ stages }: PlanContext): StageContext[] => stages.filter(({ script }) => script.trainable);

/** Variables that have a meaning of their own, and what is wrong with giving them in a prefab. */
const VARIABLES: Readonly<Record<string, (value: string, plan: PlanContext) => Omit<Said, "field"> | null>> = {
  OMP_NUM_THREADS: (value, plan) => {
    if (!/^[1-9]\d*$/.test(value))
      return { severity: "error", message: `OMP_NUM_THREADS is "${value}", which is no number of threads`, remedy: "Give a whole number" };
    const cpus = plan.input.surroundings.machine?.cpus ?? 0;
    const slow =
      value === "1" && cpus > 1 && trainers(plan).some(({ device, ranks, machine }) => machine !== null && device === "cpu" && ranks === 1);
    if (!slow) return null;
    return {
      severity: "warning",
      message: `OMP_NUM_THREADS is 1, so training on the CPU uses one of ${cpus} cores`,
      remedy: "Leave it out where there is no GPU",
    };
  },
  NANOCHAT_DTYPE: (value, { input }) => {
    if (!["bfloat16", "float16", "float32"].includes(value))
      return {
        severity: "error",
        message: `NANOCHAT_DTYPE is "${value}", and nanochat knows bfloat16, float16 and float32`,
        remedy: "Take one of the three",
      };
    const old = input.surroundings.machine?.gpus.find(({ capability }) => capability !== null && capability[0] < 8);
    if (value !== "bfloat16" || old === undefined) return null;
    return {
      severity: "warning",
      message: `NANOCHAT_DTYPE is bfloat16, which ${old.name} has no units for`,
      remedy: "Take float32, or leave it out",
    };
  },
  NANOCHAT_BASE_DIR: (_, { input }) => ({
    severity: "warning",
    message: `NANOCHAT_BASE_DIR of the prefab is not looked at: the run uses ${input.baseDir}`,
    remedy: "Name the folder with --base-dir",
  }),
  WANDB_RUN: () => ({
    severity: "warning",
    message: "WANDB_RUN is read by nanochat's shell scripts only",
    remedy: "Set the parameter run instead",
  }),
  NPROC_PER_NODE: () => ({
    severity: "warning",
    message: "NPROC_PER_NODE is for nanochat's shell scripts and does nothing here",
    remedy: "Write `ranks:` instead",
  }),
  RANK: taken,
  LOCAL_RANK: taken,
  WORLD_SIZE: taken,
};

function taken(): Omit<Said, "field"> {
  return {
    severity: "error",
    message: "RANK, LOCAL_RANK and WORLD_SIZE are for the launcher to give: set here, every process would take itself for the same one",
    remedy: "Write `ranks:` instead",
  };
}

/** The first stage that is told a W&B run name, and whether the import and the key it needs are there. */
const loggedStage = (plan: PlanContext): StageContext | undefined =>
  trainers(plan).find((stage) => stage.has("run") && stage.text("run") !== "dummy");

/** All trainers called `dummy`, which logs nothing. */
const silently = (plan: PlanContext) =>
  trainers(plan)
    .filter((stage) => stage.has("run"))
    .map(({ stage }) => ({ stage: stage.name, name: "run", value: "dummy" }));

const wandbIsOff = ({ input }: PlanContext): boolean => /^(offline|disabled|dryrun)$/.test(input.prefab.env["WANDB_MODE"] ?? "");

export const PLAN_RULES: readonly PlanRule[] = [
  {
    id: "prefab-workspace",
    run: ({ input: { prefab, workspace } }) => {
      const other = otherWorkspace(prefab, workspace);
      return other === null ? [] : [{ severity: "error", message: other.what, remedy: other.remedy }];
    },
  },
  {
    id: "python",
    run: ({ input: { python } }) =>
      python.failure === undefined
        ? []
        : [
            {
              severity: "error",
              message: sentence({ ...python.failure, remedy: undefined }).replace(/\.$/, ""),
              remedy: python.failure.remedy,
            },
          ],
  },
  {
    id: "wandb-import",
    run: (plan) =>
      plan.input.surroundings.wandbImport !== false || plan.input.workspace.kind === "pocket" || trainers(plan).length === 0
        ? []
        : [
            {
              severity: "error",
              message: `${plan.input.python.argv.join(" ")} cannot import wandb, which every trainer does, even with run=dummy`,
              remedy: "Install nanochat's dependencies with `uv sync` in the checkout",
            },
          ],
  },
  {
    id: "base-dir",
    run: ({ input: { surroundings, baseDir } }) => {
      const { readOnly = null, diskFreeBytes = null } = surroundings.data ?? {};
      if (readOnly !== null)
        return [
          { severity: "error", message: `${baseDir} cannot be written to: ${readOnly}`, remedy: "Name another place with --base-dir" },
        ];
      if (diskFreeBytes === null || diskFreeBytes >= FULL_BYTES) return [];
      const message = `${baseDir} lies on a disk that is full: ${bytes(diskFreeBytes)} are free, and every stage writes there`;
      return [{ severity: "error", message, remedy: "Free some space, or name another place with --base-dir" }];
    },
  },
  {
    id: "dirty",
    run: ({ input: { workspace } }) =>
      workspace.dirty
        ? [{ severity: "info", message: `${workspace.dir} has uncommitted changes: the commit alone will not reproduce this run` }]
        : [],
  },
  {
    id: "other-checkout",
    run: ({ input: { reproduces, workspace } }) => {
      if (reproduces === undefined) return [];
      const { run, workspace: then } = reproduces;
      const [was, is] = [then, workspace].map(({ commit, kind }) => commit ?? (kind === "pocket" ? "the pocket" : "no commit known"));
      if (was !== is)
        return [
          {
            severity: "warning",
            message: `Run ${run} was made with ${was}, and ${workspace.dir} is at ${is}`,
            remedy: `Check out ${was} to get the same`,
          },
        ];
      if (!then.dirty) return [];
      return [
        {
          severity: "warning",
          message: `Run ${run} was made with uncommitted changes that are not kept with it`,
          remedy: "Look whether they are still there",
        },
      ];
    },
  },
  {
    id: "model-tag",
    run: ({ input: { modelTag }, stages }) =>
      stages.flatMap((stage) => {
        const tag = stage.stage.values.find(({ parameter }) => parameter.name === "model_tag");
        const own = tag === undefined || tag.origin.layer === "override" || tag.origin.layer === "default" || tag.value === modelTag;
        if (own) return [];
        const message = `${stage.stage.name} uses the model tag ${tag.value}, not the run's own ${modelTag}`;
        return [{ severity: "info" as const, message, stage: stage.stage.name, field: "model_tag" }];
      }),
  },
  {
    id: "run-name",
    run: ({ input: { name, surroundings } }) => {
      const [newest] = surroundings.namesakes ?? [];
      const going = surroundings.namesakes?.find((run) => run.going);
      if (newest === undefined) return [];
      return [
        {
          severity: going === undefined ? "warning" : "error",
          message:
            going === undefined
              ? `Run ${newest.id} is called ${name} too: by that name alone neither could be told from the other`
              : `Run ${going.id} is still going, and is called ${name} too`,
          remedy:
            going === undefined ? "Choose another --name, or name both by their ids" : "Choose another --name, or wait for that run to end",
        },
      ];
    },
  },
  {
    id: "wandb-idle",
    run: (plan) => {
      const silent = trainers(plan).filter((stage) => stage.text("run") === "dummy");
      if (plan.input.surroundings.wandbKey !== true || silent.length === 0 || loggedStage(plan) !== undefined) return [];
      const set = silent.map(({ stage }) => ({ stage: stage.name, name: "run", value: plan.input.name }));
      const message = 'run is "dummy", so nothing goes to W&B although there is a key for it';
      return [
        { severity: "info", message, field: "run", remedy: "--name names it there too", fix: { title: `Log as ${plan.input.name}`, set } },
      ];
    },
  },
  {
    id: "wandb-key",
    run: (plan) => {
      const logged = loggedStage(plan);
      if (plan.input.surroundings.wandbKey !== false || logged === undefined || wandbIsOff(plan)) return [];
      const set = silently(plan);
      const message = `run is ${logged.text("run")}, to be logged at W&B, and there is no key: the trainer would wait for one and fail`;
      return [
        {
          severity: "error",
          message,
          field: "run",
          stage: logged.stage.name,
          remedy: "Give one with `secrets set WANDB_API_KEY`",
          fix: { title: "Do without W&B", set },
        },
      ];
    },
  },
  {
    id: "wandb-doubt",
    run: (plan) => {
      const logged = loggedStage(plan);
      const { wandbDoubt, wandbKey } = plan.input.surroundings;
      if (wandbKey !== true || wandbDoubt == null || logged === undefined || wandbIsOff(plan)) return [];
      return [
        {
          severity: "warning",
          message: `run is ${logged.text("run")}, to be logged at W&B, and the last check of the key said: ${wandbDoubt}; where W&B does not take it, the trainer fails at its start`,
          field: "run",
          stage: logged.stage.name,
          remedy: "Check it again with `secrets check`, or start with WANDB_MODE=offline in the environment (docs/secrets.md)",
          fix: { title: "Do without W&B", set: silently(plan) },
        },
      ];
    },
  },
  {
    id: "environment",
    run: (plan) =>
      Object.entries(plan.input.prefab.env).flatMap(([name, value]) => {
        const said = VARIABLES[name]?.(value, plan) ?? null;
        return said === null ? [] : [{ ...said, field: name }];
      }),
  },
];
