/**
 * The lines that begin with a step: `step 00012/00040 (30.00%) | loss: 5.1 | …`, `Step 00020 | Validation bpb: 1.2`, …
 * Read as parts separated by `|`, each a `key: value`, so that a field that a fork has put in between costs nothing.
 */
import { metricId } from "../../core/metrics.ts";
import { NUMBER, numberOf } from "./numbers.ts";

export interface StepLine {
  step: number;
  /** The number behind the slash, where there is one. */
  total: number | null;
  /** By metric id. Durations are in seconds. */
  values: Record<string, number>;
}

/** Keys as the scripts print them (base_train, mid_train, chat_sft, chat_rl from 3a5e0bc to 92d63d4); null = of no use as a series. */
const KEYS: ReadonlyMap<string, string | null> = new Map(
  Object.entries({
    loss: "train/loss",
    "Training loss": "train/loss",
    "grad norm": "train/grad_norm",
    lrm: "train/lrm",
    dt: "train/dt",
    "tok/sec": "train/tok_per_sec",
    mfu: "train/mfu",
    bf16_mfu: "train/mfu",
    epoch: "train/epoch",
    "total time": "train/seconds",
    eta: null,
    "Validation bpb": "val/bpb",
    "Validation loss": "val/loss",
    "CORE metric": "core/metric",
    ChatCORE: "chatcore/metric",
    ChatCORE_cat: "chatcore/cat",
    "Average reward": "rl/reward",
    "Average sequence length": "rl/sequence_length",
  }),
);

/** What a number is multiplied by for the unit behind it. */
const UNITS: Readonly<Record<string, number>> = { "": 1, "%": 1, ms: 1e-3, s: 1, m: 60, h: 3600, k: 1e3, K: 1e3, M: 1e6, B: 1e9 };

const HEAD = /^([Ss])tep (\d+)(?:\/(\d+))?(?: \([^)|]*\))? \| ?/;
const GROUP = /^([\w /@.-]+?)\(([^()]*:[^()]*)\)$/;
const PAIR = new RegExp(String.raw`([A-Za-z][\w /@.-]{0,60}): *(${NUMBER})(ms|s|m|h|%|k|K|M|B)?(?=$|[\s,])`, "g");

/** Null when the line does not begin with a step. Parts that are no `key: value` with a number are passed over. */
export function parseStepLine(text: string): StepLine | null {
  const head = HEAD.exec(text);
  if (head === null) return null;
  const values: Record<string, number> = {};
  // Training lines begin with a small letter; the others, evaluations, keep the names that the script gives them.
  const folder = head[1] === "s" ? "train/" : "";
  for (const part of text.slice(head[0].length).split("|")) readPart(part.trim(), folder, values);
  return { step: Number(head[2]), total: head[3] === undefined ? null : Number(head[3]), values };
}

function readPart(part: string, folder: string, values: Record<string, number>): void {
  const group = part.includes("(") ? GROUP.exec(part) : null;
  const prefix = group === null ? "" : `${group[1]} `;
  const pairs = group?.[2] ?? part;
  PAIR.lastIndex = 0;
  for (let pair = PAIR.exec(pairs); pair !== null; pair = PAIR.exec(pairs)) {
    const [, key = "", digits = "", unit = ""] = pair;
    const id = idOf(prefix + key.trimEnd(), folder);
    if (id !== null) values[id] = numberOf(digits) * (UNITS[unit] ?? 1);
  }
}

function idOf(key: string, folder: string): string | null {
  if (KEYS.has(key)) return KEYS.get(key) ?? null;
  const name = key.toLowerCase().replace(/[^\w@/]+/g, "_");
  const known = metricId(name);
  return known === name ? folder + name : known;
}
