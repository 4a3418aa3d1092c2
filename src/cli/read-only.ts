/** `--read-only`: which commands only look. All others are refused, so that a new one writes nothing by oversight. */
import type { Failure } from "../core/result.ts";

/** By name; with the options that make even such a command write. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  "": [],
  keys: [],
  themes: [],
  panels: [],
  plan: [],
  train: [],
  doctor: ["fix"],
  describe: [],
  params: [],
  "prefabs list": [],
  "prefabs show": [],
  "prefabs validate": [],
  "prefabs diff": [],
  "runs list": [],
  "runs show": [],
  "runs attach": [],
  "runs replay": [],
  "runs follow": [],
  "runs history": [],
  "runs logs": [],
  "runs query": [],
  "runs export": [],
  "runs panel": [],
  "runs alerts": [],
  "runs chart": ["out"],
  "checkpoints list": [],
  "checkpoints show": [],
  "checkpoints verify": [],
  "screens list": [],
  "screens show": [],
  "screens validate": [],
  "screens render": [],
  "secrets list": [],
  "presets list": [],
  "presets show": [],
  "alerts list": [],
  "alerts check": [],
};

/** Commands that only look when this option is given. */
const ONLY_WITH: Readonly<Record<string, string>> = { train: "dryRun" };

export const readerNames = (): readonly string[] => Object.keys(READERS);

/** Why a command is refused under `--read-only`, or null when it only looks. */
export function refusedReading(name: string, options: Readonly<Record<string, unknown>>): Failure | null {
  const writing = READERS[name];
  const needed = ONLY_WITH[name];
  const option = writing?.find((one) => options[one] !== undefined);
  if (writing !== undefined && option === undefined && (needed === undefined || options[needed])) return null;
  return {
    code: "refused",
    what: `${name}${option === undefined ? "" : ` --${option}`} does not only look`,
    why: "--read-only was given",
    remedy: "Leave --read-only out to do it",
  };
}
