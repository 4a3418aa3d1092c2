/** `runs patch`: other values for what a running loop reads again, shown before they are asked for. */
import { effectOf, expected, nowText, patchProblem, readNumber } from "../../config/patch.ts";
import { AGREEMENT_STEPS, type PatchField } from "../../core/bridge.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { RequestDetails, RunState } from "../../core/run.ts";
import { count, setting } from "../../lib/format.ts";
import { cannot, patchFields } from "../../panels/ability.ts";
import { currentStage } from "../../panels/data.ts";
import { patchText } from "../../panels/events.ts";
import { doubtsOf, type Loop } from "../../services/patch-doubts.ts";
import { askable } from "../../services/run-control.ts";
import type { RunView } from "../../services/run-view.ts";
import type { RunSummary } from "../../services/runs.ts";
import { consent } from "../ask.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { table } from "../table.ts";
import { find, open, RUN } from "./run-choice.ts";
import { askRun, NO_WAIT, notAwaited, YES } from "./run-requests.ts";

type Values = Record<string, number>;

/** The fields of the stage that runs, or that ran last. */
function readFields(view: RunView): Result<readonly PatchField[]> {
  const state = view.state();
  const fields = patchFields(view.reader, currentStage(state));
  if (fields !== null) return ok(fields);
  const why = cannot({ state, plan: view.plan, data: view.reader }, "patch") ?? "its trainer has not said yet what can be patched";
  return fail("refused", `Nothing of ${view.id} can be patched now`, { why, remedy: "Ask again once it makes steps" });
}

function loopOf(view: RunView, fields: readonly PatchField[]): Loop {
  const [state, stage] = [view.state(), currentStage(view.state())];
  return { data: view.reader, stage, fields, at: state.progress?.stage === stage ? state.progress.step : null };
}

/** `eval_every=50` as name and text; each field once. */
function readChanges(changes: readonly string[]): Result<ReadonlyArray<readonly [name: string, text: string]>> {
  const pairs: Array<readonly [string, string]> = [];
  for (const change of changes) {
    const at = change.indexOf("=");
    if (at < 1) return fail("usage", `${change} is no change`, { remedy: "Write NAME=VALUE, such as eval_every=50" });
    // Flags are written with dashes by newer scripts; a field has one name.
    const name = change.slice(0, at).replace(/^--/, "").replaceAll("-", "_");
    if (pairs.some(([other]) => other === name)) return fail("usage", `${name} is given twice`, { remedy: "Give each field once" });
    pairs.push([name, change.slice(at + 1)]);
  }
  return ok(pairs);
}

function judge(fields: readonly PatchField[], pairs: ReadonlyArray<readonly [string, string]>): Result<Values> {
  const problems = pairs.flatMap(([name, text]) => patchProblem(fields, name, text) ?? []);
  if (problems.length === 0) return ok(Object.fromEntries(pairs.map(([name, text]) => [name, readNumber(text)])));
  const remedy = "Without a change, `runs patch RUN` lists what can be patched";
  return fail("refused", "patch was refused", { why: problems.join("; "), remedy });
}

/** The change as a diff: name, now, new, and what it does. */
function preview(fields: readonly PatchField[], values: Values, { progress, status }: RunState): string {
  const rows = fields.flatMap((field) => {
    const to = values[field.name];
    return to === undefined ? [] : [[field.name, setting(field.value), "→", setting(to), effectOf(field, to)]];
  });
  const step = progress?.step ?? null;
  const soon = step === null ? "two steps from now" : `about step ${count(step + AGREEMENT_STEPS)}`;
  const when = status === "paused" ? "once the run goes on" : soon;
  return `${table(["field", "now", "", "new", "what it does"], rows, new Set([1, 3]))}\nAll ranks take it at the same step, ${when}.`;
}

function fieldList(fields: readonly PatchField[]): string {
  const open = fields.filter(({ frozen }) => frozen === null);
  const frozen = fields.filter((field) => field.frozen !== null);
  const parts = [
    open.length === 0
      ? "Nothing of this script can be patched."
      : table(
          ["field", "now", "takes", "what it does"],
          open.map((field) => [field.name, setting(field.value), expected(field), field.effect]),
          new Set([1]),
        ),
    ...(frozen.length === 0
      ? []
      : [
          table(
            ["frozen", "now", "why"],
            frozen.map((field) => [field.name, nowText(field), field.frozen ?? ""]),
            new Set([1]),
          ),
        ]),
  ];
  return parts.join("\n\n");
}

async function patch(
  context: Context,
  [wanted = "", ...changes]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<Result<Answer>> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const pairs = readChanges(changes);
  if (!pairs.ok) return pairs;
  if (changes.length > 0) {
    const may = askable(run.value.dir);
    if (!may.ok) return may;
  }
  const view = open(context, run.value.id);
  if (!view.ok) return view;
  const fields = readFields(view.value);
  const state = view.value.state();
  const values = fields.ok ? judge(fields.value, pairs.value) : fields;
  const doubts = fields.ok && values.ok ? doubtsOf(loopOf(view.value, fields.value), values.value) : [];
  view.value.close();
  if (!fields.ok) return fields;
  if (changes.length === 0) return answer({ run: run.value.id, fields: fields.value }, fieldList(fields.value));
  if (!values.ok) return values;
  context.face.note(preview(fields.value, values.value, state));
  for (const doubt of doubts) context.face.note(`warning: ${doubt}`);
  const agreed = await consent(context, {
    yes: Boolean(options["yes"]),
    question: "Patch it?",
    declined: "Nothing was patched",
    remedy: "--yes patches without asking",
  });
  if (!agreed.ok) return agreed;
  const details = { values: values.value, forStage: currentStage(state) };
  return apply(context, run.value, details, options["wait"] !== false);
}

async function apply(context: Context, run: RunSummary, details: RequestDetails, wait: boolean): Promise<Result<Answer>> {
  const asked = await askRun(context, run, { kind: "patch", details, until: "applied" }, wait);
  if (!asked.ok) return asked;
  const { id, status } = asked.value;
  return status === null ? notAwaited("patch", id) : answer(status, `Patched at step ${count(status.step)}: ${patchText(status)}.`);
}

export const RUN_PATCH_COMMANDS: readonly Command[] = [
  {
    name: "runs patch",
    summary: "Give a running loop other values; without any, list what can be patched",
    args: [...RUN, ["[changes...]", "NAME=VALUE, such as eval_every=50 matrix_lr=0.01: all of them at the same step, or none"]],
    options: [YES, NO_WAIT],
    run: patch,
  },
];
