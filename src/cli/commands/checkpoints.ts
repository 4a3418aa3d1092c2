/** `checkpoints`: what there is, what it is good for, whether it is whole; going on with one, and deleting. */
import { type Checkpoint, errorIn, type Fit, hasFiniteModel, isOnlyOver, type Purpose, whatIsNotFinite } from "../../core/checkpoint.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { ago, bytes, count } from "../../lib/format.ts";
import { bpbNote, bpbText } from "../../panels/evaluation-text.ts";
import { keptText, prunable, removeCheckpoints, verifyCheckpoint } from "../../services/checkpoint-care.ts";
import { withEvaluated } from "../../services/checkpoint-evaluated.ts";
import { checkpointName, chooseCheckpoint, otherStages, soundInstead } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import { judgeOf } from "../../services/judge.ts";
import { mayDelete } from "../ask.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { prose, table } from "../table.ts";
import { YES } from "./run-requests.ts";
import { STARTING } from "./train.ts";

const NAME: readonly [string, string] = ["<checkpoint>", "STAGE/TAG@STEP or a part of it; `last` is the newest"];
const PURPOSES: readonly Purpose[] = ["resume", "sft", "rl", "eval"];

function all(context: Context): Result<Checkpoint[]> {
  const baseDir = context.baseDir();
  if (!baseDir.ok) return baseDir;
  const [found, home] = [listCheckpoints(baseDir.value), context.home()];
  return { ok: true, value: home.ok ? withEvaluated(home.value, found) : found };
}

function choose(context: Context, wanted: string): Result<Checkpoint> {
  const listed = all(context);
  if (!listed.ok) return listed;
  const exact = listed.value.find((one) => checkpointName(one) === wanted);
  if (exact !== undefined) return { ok: true, value: exact };
  const chosen = chooseCheckpoint(listed.value, wanted);
  const told = chosen.ok ? otherStages(listed.value, wanted, chosen.value) : null;
  if (told !== null) context.face.note(told);
  return chosen;
}

/** One to go on with: by a name that leaves the step open, not the newest where that is not finite, which is told. */
function chooseToBegin(context: Context, wanted: string): Result<Checkpoint> {
  const [listed, one] = [all(context), choose(context, wanted)];
  const sound = listed.ok && one.ok ? soundInstead(listed.value, wanted, one.value) : null;
  if (!one.ok || sound === null) return one;
  const [newest, taken] = [checkpointName(one.value), checkpointName(sound)];
  context.face.note(`${wanted} is taken for ${taken}: ${newest} is newer, and its ${whatIsNotFinite(one.value)} is not finite`);
  return ok(sound);
}

const fitText = ({ purpose, fits, reasons }: Fit): string[] => [
  fits ? `○ ${purpose}` : isOnlyOver(reasons) ? `▲ ${purpose}: as a copy alone` : `✕ ${purpose}: no`,
  ...reasons.flatMap(({ severity, message, remedy }) => [`    ${severity === "error" ? "✕" : "▲"} ${message}`, `      → ${remedy}`]),
];

async function list(context: Context, options: Readonly<Record<string, unknown>>): Promise<Result<Answer>> {
  const listed = all(context);
  if (!listed.ok) return listed;
  const purpose = options["for"] as Purpose | undefined;
  const looked = purpose === undefined ? null : await context.workspace();
  if (looked !== null && !looked.ok) return looked;
  const judge = looked?.ok ? judgeOf(looked.value) : null;
  const fits = (one: Checkpoint): Fit | null => judge?.(one, null).find((fit) => fit.purpose === purpose) ?? null;
  const found = listed.value.map((one) => ({ one, fit: fits(one) }));
  if (found.length === 0) return answer([], emptyText(context));
  const rows = found.map(({ one, fit }) => [
    checkpointName(one),
    count(one.step),
    bpbText(one.valBpb, one.evaluated),
    bytes(one.bytes),
    ago(one.writtenAt),
    stateText(one, fit !== null),
    ...(fit === null ? [] : [fitWord(fit)]),
  ]);
  const json = found.map(({ one, fit }) => ({ name: checkpointName(one), ...one, ...(fit === null ? {} : { fit }) }));
  const head = ["checkpoint", "step", "val bpb", "size", "written", "state", ...(purpose === undefined ? [] : [`for ${purpose}`])];
  const note = bpbNote(found.map(({ one }) => one));
  return answer(
    json,
    [table(head, rows, new Set([1, 2, 3]), { spare: [1, 3, 4] }), ...(note === undefined ? [] : ["", ...prose([note])])].join("\n"),
  );
}

const fitWord = (fit: Fit): string => errorIn(fit)?.message ?? (fit.reasons.length > 0 ? `with care: ${fit.reasons[0]?.message}` : "fits");

/** `short`: beside what it fits, where the reason stands. */
function stateText(one: Checkpoint, short: boolean): string {
  if (one.broken !== null) return short ? "broken" : `broken: ${one.broken}`;
  return hasFiniteModel(one) ? "whole" : "not finite";
}

/** With the folder: it is not always the one that was meant. */
function emptyText(context: Context): string {
  const baseDir = context.baseDir();
  const where = baseDir.ok ? baseDir.value : "this base dir";
  return `No checkpoints in ${where} yet: \`nanochat-cli train PREFAB\` makes some; --base-dir names another folder.`;
}

/** Asks before anything is gone for good; without a terminal it takes --yes. */
async function removal(context: Context, some: readonly Checkpoint[], yes: boolean, kept?: string): Promise<Result<Answer>> {
  const home = context.home();
  if (!home.ok) return home;
  const names = some.map(checkpointName);
  const size = bytes(some.reduce((sum, one) => sum + one.bytes, 0));
  if (some.length === 0) return answer({ deleted: [] }, "There is nothing to delete: only the best and the last are there");
  context.face.note(`These would be gone for good (${size}): ${names.join(", ")}`);
  if (kept !== undefined) context.face.note(kept);
  const agreed = await mayDelete(context, String(names.length), yes);
  if (!agreed.ok) return agreed;
  const gone = removeCheckpoints(home.value, some);
  return gone.ok ? answer({ deleted: names }, `${names.length} deleted, ${size} free again`) : gone;
}

const AS: Option = {
  flags: "--as <tag>",
  what: "copy it under this tag first and resume it there: checkpoints that came after it stay",
};

const beginCommand = (purpose: Exclude<Purpose, "eval">, summary: string, own: readonly Option[] = []): Command => ({
  name: `checkpoints ${purpose}`,
  summary,
  args: [NAME],
  options: [
    ...own,
    { flags: "--set <name=value>", what: "a parameter, as NAME=VALUE; may be repeated", many: true },
    { flags: "--ranks <n>", what: "another number of processes" },
    { flags: "--fix", what: "take the fixes of what the plan finds wrong" },
    ...STARTING,
  ],
  async run(context, [wanted = ""], options) {
    const one = chooseToBegin(context, wanted);
    if (!one.ok) return one;
    const { begin } = await import("../begin.ts");
    const begun = {
      sets: (options["set"] as string[] | undefined) ?? [],
      ranks: options["ranks"] === undefined ? null : Number(options["ranks"]),
      as: (options["as"] as string | undefined) ?? null,
      fix: Boolean(options["fix"]),
      force: Boolean(options["force"]),
      yes: Boolean(options["yes"]),
    };
    return begin(context, one.value, purpose, begun, options);
  },
});

export const CHECKPOINT_COMMANDS: readonly Command[] = [
  {
    name: "checkpoints list",
    summary:
      "List all checkpoints of the base dir, newest first; `~` before a bpb: of an evaluation before it, or nobody knows (`evaluated` in JSON)",
    options: [{ flags: "--for <purpose>", what: "say which fit it", choices: PURPOSES }],
    run: (context, _args, options) => list(context, options),
  },
  {
    name: "checkpoints show",
    summary: "Show one with its files, and what it is good for here, with reasons and remedies",
    args: [NAME],
    options: [{ flags: "--ranks <n>", what: "processes of what would go on with it" }],
    async run(context, [wanted = ""], options) {
      const one = choose(context, wanted);
      if (!one.ok) return one;
      const looked = await context.workspace();
      if (!looked.ok) return looked;
      const ranks = options["ranks"] === undefined ? null : Number(options["ranks"]);
      const fits = judgeOf(looked.value)(one.value, ranks);
      const files = one.value.files.map(({ name, bytes: size }) => `  ${name}  ${bytes(size)}`);
      const text = [`${checkpointName(one.value)}  ${one.value.dir}`, ...files, "", ...fits.flatMap(fitText)].join("\n");
      return answer({ name: checkpointName(one.value), ...one.value, fits }, text);
    },
  },
  {
    name: "checkpoints verify",
    summary: "Read every byte of one and compare all checksums",
    args: [NAME],
    async run(context, [wanted = ""]) {
      const one = choose(context, wanted);
      if (!one.ok) return one;
      const checked = await verifyCheckpoint(one.value, (text) => process.stderr.isTTY && context.face.note(text));
      if (!checked.ok) return checked;
      if (checked.value !== null)
        return fail("corrupt", `${checkpointName(one.value)} is damaged`, { why: checked.value, remedy: "Use an earlier one" });
      return answer({ name: checkpointName(one.value), whole: true }, `${checkpointName(one.value)} is whole: every checksum is right`);
    },
  },
  beginCommand("resume", "Go on training from one, with the settings and the ranks that it was made with", [AS]),
  beginCommand("sft", "Train a chat model from one"),
  beginCommand("rl", "Go on with reinforcement learning from one that was taught to chat"),
  {
    name: "checkpoints delete",
    summary: "Delete one for good",
    args: [NAME],
    options: [YES],
    async run(context, [wanted = ""], options) {
      const one = choose(context, wanted);
      return one.ok ? removal(context, [one.value], Boolean(options["yes"])) : one;
    },
  },
  {
    name: "checkpoints prune",
    summary: "Of the stage and tag of one, delete all but the best and the last",
    args: [NAME],
    options: [YES],
    async run(context, [wanted = ""], options) {
      const one = choose(context, wanted);
      const listed = all(context);
      if (!one.ok) return one;
      if (!listed.ok) return listed;
      const kept = keptText(one.value, listed.value);
      return removal(context, prunable(one.value, listed.value), Boolean(options["yes"]), kept);
    },
  },
];
