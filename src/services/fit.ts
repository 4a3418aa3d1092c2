/** What a checkpoint is good for with this checkout and this base dir: by purpose, each reason with its remedy. */

import { nameOf, type Resaved, savedAgainText } from "../config/resaved.ts";
import { patchedRatesText } from "../config/rules/patched.ts";
import type { PatchChange } from "../core/bridge.ts";
import {
  BEING_WRITTEN,
  type Checkpoint,
  checkpointOf,
  type Fit,
  type FitReason,
  isOnlyOver,
  OVER_NEWER,
  type Purpose,
  whatIsNotFinite,
} from "../core/checkpoint.ts";
import type { DataFacts } from "../core/machine.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { type Liveness, writingStill } from "../core/run.ts";
import { counted } from "../lib/format.ts";

export interface FitContext {
  info: WorkspaceInfo;
  data: DataFacts;
  /** Processes of the plan that would go on with it; null = not known. */
  ranks: number | null;
  /** Commit that it was made with, when a run of this home did. */
  madeBy: string | null;
  /** Whether its checkout had uncommitted changes then; null = not known. */
  madeDirty: boolean | null;
  /** Tokenizer that it was made with, by hash, when a run recorded it. */
  tokenizer: string | null;
  /** Sizes of the tensors in its model file; null = not looked at. */
  storages: ReadonlySet<number> | null;
  /** Models beside it whose names end with no number. */
  strays: readonly string[];
  /** Learning rates that were patched before it was saved: looked up where somebody wants to know, for that reads a journal. */
  rates: () => readonly PatchChange[];
  /** What a resume with its own settings would write over, looked up as those; null = nothing, or a plan is to tell that. */
  newer: () => { resaved: Resaved; free: string } | null;
  /** The run that goes on and writes to its folder, and a tag that a copy of it can have; null = none. */
  writing: { run: string; liveness: Liveness; free: string } | null;
}

interface Rule {
  id: string;
  purposes: readonly Purpose[];
  severity: FitReason["severity"];
  /** The message and the remedy, or null when all is well. */
  check(one: Checkpoint, context: FitContext): { message: string; remedy: string; set?: FitReason["set"] } | null;
}

/** In the order in which they are shown. */
const ALL: readonly Purpose[] = ["resume", "sft", "rl", "eval"];

const ranksOf = ({ files }: Checkpoint): number => files.filter(({ name }) => name.startsWith("optim_")).length;
const number = (values: Record<string, unknown> | null, name: string): number | null => {
  const value = values?.[name];
  return typeof value === "number" ? value : null;
};

/** The earliest stage that a purpose starts from; RL goes on from a model that was taught to chat. */
const STARTS: Readonly<Record<Purpose, ReadonlySet<Checkpoint["stage"]>>> = {
  resume: new Set(["base"]),
  sft: new Set(["base", "mid"]),
  rl: new Set(["mid", "sft"]),
  eval: new Set(["base", "mid", "sft", "rl"]),
};

const NOT_FINITE = "not-finite";

function notFinite(one: Checkpoint): { message: string; remedy: string } | null {
  const what = whatIsNotFinite(one);
  if (what === null) return null;
  return {
    message: `Its ${what} is not finite: its weights are NaN or infinite by all appearances, and so is all that comes of them`,
    remedy: "Choose an earlier one, from before the loss went wrong",
  };
}

// Load and resume of nanochat 3a5e0bc to 92d63d4: checkpoint_manager.py, base_train.py, chat_sft.py.
const RULES: readonly Rule[] = [
  {
    id: "broken",
    purposes: ALL,
    severity: "error",
    check: ({ broken }) => (broken === null ? null : { message: `It is not whole: ${broken}`, remedy: "Choose an earlier checkpoint" }),
  },
  { id: NOT_FINITE, purposes: ["resume", "sft", "rl"], severity: "error", check: notFinite },
  // To look at what became of it costs nothing.
  { id: NOT_FINITE, purposes: ["eval"], severity: "warning", check: notFinite },
  {
    id: "resume-unknown",
    purposes: ["resume"],
    severity: "error",
    check: (_one, { info }) =>
      info.features["resumes"] === false
        ? { message: "This version of base_train cannot resume", remedy: "Check out a version since 9a71d13 (13 November 2025)" }
        : null,
  },
  {
    id: "no-optimizer",
    purposes: ["resume"],
    severity: "error",
    check: (one) =>
      ranksOf(one) === 0
        ? {
            message: "It has no optimizer file, and a resume loads one for each rank",
            remedy: "Start a new run from its model, or choose another checkpoint",
          }
        : null,
  },
  {
    id: BEING_WRITTEN,
    purposes: ["resume"],
    severity: "error",
    check: (one, { writing }) => {
      if (writing === null) return null;
      const { does, until } = writingStill(writing.run, writing.liveness);
      return {
        message: `Run ${writing.run} ${does} its checkpoints to the same place: one would overwrite the other's`,
        remedy: `Resume a copy of it: \`nanochat-cli checkpoints resume ${nameOf(one)} --as ${writing.free}\`, or ${until}`,
      };
    },
  },
  {
    id: OVER_NEWER,
    purposes: ["resume"],
    severity: "error",
    check: (one, { newer }) => {
      const found = one.stage === "base" ? newer() : null;
      return found === null ? null : savedAgainText(one, found.resaved, found.free);
    },
  },
  {
    id: "patched-rates",
    purposes: ["resume"],
    severity: "warning",
    check: (_one, { rates }) => {
      const patched = rates();
      return patched.length === 0 ? null : patchedRatesText(patched);
    },
  },
  {
    id: "rank-count",
    purposes: ["resume"],
    severity: "error",
    check: (one, { ranks }) => {
      const saved = ranksOf(one);
      if (ranks === null || saved === 0 || saved === ranks) return null;
      const [these, those] = [counted(saved, "rank"), `${ranks}`];
      return {
        message: `It was saved by ${these}, one optimizer file each, and this would run on ${those}`,
        remedy: `Resume it with --ranks ${saved}`,
        set: { ranks: saved },
      };
    },
  },
  {
    id: "vocabulary",
    purposes: ALL,
    severity: "error",
    check: ({ modelConfig }, { data }) => {
      const own = number(modelConfig, "vocab_size");
      if (own === null || data.vocabulary === null || own === data.vocabulary) return null;
      return {
        message: `Its vocabulary has ${own} entries, and the tokenizer in ${data.baseDir} has ${data.vocabulary}: it is loaded strictly`,
        remedy: "Put back the tokenizer that it was trained with, or use its own base dir",
      };
    },
  },
  {
    id: "tokenizer",
    purposes: ALL,
    severity: "warning",
    check: (_one, { tokenizer, data }) =>
      tokenizer === null || data.tokenizer === null || tokenizer === data.tokenizer
        ? null
        : {
            message: `It was trained with tokenizer ${tokenizer}, and ${data.tokenizer} lies there now: the same size, other tokens`,
            remedy: "Put back the tokenizer that it was trained with",
          },
  },
  {
    id: "stray",
    purposes: ALL,
    severity: "warning",
    // find_last_step makes a number of every model's name (nanochat/checkpoint_manager.py:116@3a5e0bc).
    check: ({ dir }, { info, strays: [stray] }) =>
      stray === undefined || info.features["last_step_of_every_name"] !== true
        ? null
        : {
            message: `${stray} lies beside it, and its name ends with no number: this version fails when it looks for the last step`,
            remedy: `Move it out of ${dir}`,
          },
  },
  {
    id: "layout",
    purposes: ALL,
    severity: "error",
    check: (_one, { info, madeBy, storages }) => {
      // The smear has no default: a model without its gate is not loaded (gpt.py since a825e63). In four bytes or two a number.
      const width = info.features["smear_width"];
      if (typeof width !== "number" || storages === null || storages.has(4 * width) || storages.has(2 * width)) return null;
      return {
        message: "It was made before this version's smear gate: that weight is missing, and it is loaded strictly",
        remedy: madeBy === null ? "Check out the commit that made it" : `Check out ${madeBy}, which made it`,
      };
    },
  },
  {
    id: "commit",
    purposes: ALL,
    severity: "warning",
    check: (_one, { info, madeBy }) =>
      madeBy === null || info.commit === null || madeBy === info.commit
        ? null
        : {
            message: `It was made with ${madeBy}, and this checkout is at ${info.commit}: what the model computes may differ without an error`,
            remedy: `Check out ${madeBy} to be sure`,
          },
  },
  {
    id: "uncommitted",
    purposes: ALL,
    severity: "warning",
    check: (_one, { info, madeBy, madeDirty }) => {
      if (madeDirty === true)
        return {
          message: `It was made with ${madeBy} and changes that were not committed: no commit computes for sure what it does`,
          remedy: "Look whether those changes are still there before you go on with it",
        };
      // At another commit it is that which counts, and is told.
      if (madeDirty !== false || info.dirty !== true || madeBy !== info.commit) return null;
      return {
        message: `${info.dir} has uncommitted changes, and it was made without any: what the model computes may differ without an error`,
        remedy: "Commit them, or put them aside with `git stash`, to be sure",
      };
    },
  },
  {
    id: "world-size",
    purposes: ["sft"],
    severity: "warning",
    check: (one, { ranks, info }) => {
      const takes = info.scripts
        .find(({ module }) => module.endsWith("chat_sft"))
        ?.parameters.some(({ name }) => name === "load_optimizer");
      const saved = ranksOf(one);
      if (takes !== true || ranks === null || saved === 0 || saved === ranks) return null;
      return {
        message: `Its optimizer was saved by ${saved} ranks, and this would run on ${ranks}`,
        remedy: "Set load_optimizer to 0",
        set: { load_optimizer: 0 },
      };
    },
  },
];

const WRONG_STAGE: Readonly<Record<Purpose, string>> = {
  resume: "Only a pretraining can be resumed: SFT and RL begin anew",
  sft: "Chat training starts from a base model (or a mid-trained one)",
  rl: "Reinforcement learning starts from a model that was taught to chat",
  eval: "",
};

/** The script that each purpose runs; to evaluate or talk none is needed. */
const SCRIPTS: Readonly<Partial<Record<Purpose, string>>> = { resume: "base_train", sft: "chat_sft", rl: "chat_rl" };

function scriptReason(purpose: Purpose, { info }: FitContext): FitReason[] {
  const script = SCRIPTS[purpose];
  if (script === undefined || info.scripts.some(({ module }) => module.endsWith(`.${script}`))) return [];
  return [{ id: "script", severity: "error", message: `${info.dir} has no ${script}`, remedy: "Use a checkout that has it" }];
}

function stageReason(one: Checkpoint, purpose: Purpose): FitReason[] {
  if (STARTS[purpose].has(one.stage)) return [];
  return [
    {
      id: "stage",
      severity: "error",
      message: `${WRONG_STAGE[purpose]}, and this is ${checkpointOf(one.stage)}`,
      remedy: "Choose a checkpoint of that stage",
    },
  ];
}

/** All four purposes, in their order. */
export const fitOf = (one: Checkpoint, context: FitContext): Fit[] =>
  ALL.map((purpose) => {
    const found = RULES.filter(({ purposes }) => purposes.includes(purpose)).flatMap(({ id, severity, check }) => {
      const reason = check(one, context);
      return reason === null ? [] : [{ id, severity, ...reason }];
    });
    const reasons = [...scriptReason(purpose, context), ...stageReason(one, purpose), ...found];
    const errors = reasons.filter(({ severity }) => severity === "error");
    // What only matters once it fits is left out where it does not; a copy of it may fit all the same.
    return { purpose, fits: errors.length === 0, reasons: errors.length === 0 || isOnlyOver(errors) ? reasons : errors };
  });
