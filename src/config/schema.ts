/** The YAML of a prefab. */
import { z } from "zod";

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "use lower-case letters, digits, dots and dashes");
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const positive = z.number().positive();

const stage = z.strictObject({
  /** The module: `scripts.base_train`. */
  script: z.string().regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, "give a module such as scripts.base_train"),
  /** Parameters by their Python name. */
  set: z.record(z.string(), value).default({}),
  /** Number of processes for this stage, when it is not the prefab's. */
  ranks: z.int().min(1).optional(),
  /** Left out without a word where the checkout does not have the script. */
  optional: z.boolean().optional(),
});

/** What it was made for. A text alone is the same as `words`. */
const hardware = z.strictObject({
  /** As `--on` names it: `H100`; absent = none is needed. */
  gpu: z.string().min(1).optional(),
  count: z.int().min(1).optional(),
  /** Memory of one GPU in GB. */
  memory_gb: positive.optional(),
  /** For people; made from the rest when absent. */
  words: z.string().optional(),
});

/** What somebody has measured and published. Not inherited: another plan costs something else. */
const cost = z
  .strictObject({
    hours: positive.optional(),
    dollars: positive.optional(),
    /** Of the whole machine; with `hours` it makes the dollars. */
    dollars_per_hour: positive.optional(),
    /** What was measured, where it is not the whole prefab: `pretraining`. */
    covers: z.string().optional(),
    /** Where it is published: `README.md@92d63d4`. */
    source: z.string().min(1),
  })
  .refine(({ hours, dollars }) => hours !== undefined || dollars !== undefined, "give hours, dollars, or both");

export const prefabSchema = z.strictObject({
  name,
  title: z.string().optional(),
  description: z.string().optional(),
  /** Another prefab: this one's keys win; its stages are merged by script. */
  extends: name.optional(),
  /** The kind of workspace that it is for; absent = any. */
  workspace: z.enum(["pocket", "nanochat"]).optional(),
  /** Variables of the trainer's environment. Never secrets. */
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "use capitals, digits and underscores"), z.string()).default({}),
  ranks: z.int().min(1).optional(),
  hardware: z.preprocess((given) => (typeof given === "string" ? { words: given } : given), hardware.optional()),
  cost: cost.optional(),
  stages: z.array(stage).default([]),
});

/** What may stand where, for "did you mean": by the last part of the path. */
export const PREFAB_KEYS: Readonly<Record<string, { of: string; keys: readonly string[] }>> = {
  "": { of: "a prefab", keys: Object.keys(prefabSchema.shape) },
  stages: { of: "a stage", keys: Object.keys(stage.shape) },
  hardware: { of: "hardware", keys: Object.keys(hardware.shape) },
  cost: { of: "cost", keys: Object.keys(cost.shape) },
};

export type PrefabDocument = z.infer<typeof prefabSchema>;
