/** The YAML of a prefab. */
import { z } from "zod";

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "use lower-case letters, digits, dots and dashes");
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

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
  /** What it was made for, in words. */
  hardware: z.string().optional(),
  stages: z.array(stage).default([]),
});

export type PrefabDocument = z.infer<typeof prefabSchema>;
