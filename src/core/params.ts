/** One setting of a script, as read from its source; and what is known of a workspace. */

export type ParamType = "int" | "float" | "str" | "bool" | "any" | "unknown";

export interface Parameter {
  /** Python name, `device_batch_size`. */
  name: string;
  /** As the script spells it, `--device-batch-size` or `--device_batch_size`. Empty for a positional. */
  flag: string;
  aliases: string[];
  type: ParamType;
  default: string | number | boolean | null | Array<string | number>;
  /** False when the default is an expression that cannot be folded; then `defaultExpr` is all there is. */
  defaultKnown: boolean;
  defaultExpr: string;
  nullable: boolean;
  required: boolean;
  /** `store_true`: given without a value. */
  isFlag: boolean;
  nargs: string | number | null;
  choices: Array<string | number> | null;
  help: string | null;
  /** The comment that heads the block it stands in. */
  section: string | null;
  line: number;
}

export interface ScriptInfo {
  /** `scripts.base_train` */
  module: string;
  /** Path relative to the workspace. */
  file: string;
  style: "argparse" | "configurator" | "argv" | "none";
  parameters: Parameter[];
  /** Has the training loop that the bridge can hook (zero_grad and a save call). */
  trainable: boolean;
  /** What could not be learnt of its settings, in sentences. */
  issues: string[];
  /** The script itself told what its source does not: it was run up to where it reads its settings. */
  asked?: boolean | undefined;
}

/**
 * What the formulas of a checkout depend on, read from its source (never guessed from a date): see
 * bridge/nanochat_bridge/features.py for each one's meaning. Absent or null = could not be told.
 */
export type Features = Readonly<Record<string, string | number | boolean | null>>;

export interface WorkspaceInfo {
  dir: string;
  kind: "nanochat" | "pocket" | "fork";
  /** Short commit, or null when it is no git checkout. */
  commit: string | null;
  dirty: boolean | null;
  /** Name of the package that plays nanochat's part; a fork may have renamed it. */
  package: string;
  features: Features;
  scripts: ScriptInfo[];
}
