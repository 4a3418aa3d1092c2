/** A small workspace as `describe` would give it; for tests only. */
import type { Parameter, ScriptInfo, WorkspaceInfo } from "../core/params.ts";

export const parameter = (
  name: string,
  type: Parameter["type"],
  value: Parameter["default"],
  more: Partial<Parameter> = {},
): Parameter => ({
  name,
  flag: `--${name.replaceAll("_", "-")}`,
  aliases: [],
  type,
  default: value,
  defaultKnown: true,
  defaultExpr: String(value),
  nullable: value === null,
  required: false,
  isFlag: false,
  nargs: null,
  choices: null,
  help: null,
  section: null,
  line: 1,
  ...more,
});

export const script = (module: string, parameters: Parameter[], more: Partial<ScriptInfo> = {}): ScriptInfo => ({
  module,
  file: `${module.replaceAll(".", "/")}.py`,
  style: "argparse",
  parameters,
  trainable: false,
  issues: [],
  ...more,
});

export const workspace = (scripts: ScriptInfo[], more: Partial<WorkspaceInfo> = {}): WorkspaceInfo => ({
  dir: "/checkout",
  kind: "nanochat",
  commit: "92d63d4",
  dirty: false,
  package: "nanochat",
  features: {},
  scripts,
  ...more,
});

export const BASE_TRAIN = script(
  "scripts.base_train",
  [
    parameter("depth", "int", 20),
    parameter("device_batch_size", "int", 32),
    parameter("embedding_lr", "float", 0.3),
    parameter("fp8", "bool", false, { isFlag: true }),
    parameter("fp8_recipe", "str", "tensorwise", { choices: ["rowwise", "tensorwise"] }),
    parameter("model_tag", "str", null),
  ],
  { trainable: true },
);
