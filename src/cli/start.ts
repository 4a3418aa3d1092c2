/** What every command that starts a run does with the plan: show it, or start it and watch. */
import { EXIT_CODES, ok, type Result, sentence } from "../core/result.ts";
import { refuseSharedTag } from "../services/run-create.ts";
import { RunView } from "../services/run-view.ts";
import type { Context } from "./context.ts";
import { Follower, runExitCode } from "./follow.ts";
import { type Launched, type LaunchOptions, launchRun, type PlannedRun, planRun, refusalOf, unanswered } from "./launch.ts";
import { type Answer, answer } from "./output.ts";
import { commandsOf, planText } from "./plan-text.ts";

/** The plan, the processes that it would start, and the fixes that were taken. */
export function planAnswer({ plan, taken }: PlannedRun): Answer {
  const fixed = taken.map(({ id, stage, field, message, fix }) => ({ id, stage, field, message, fix }));
  return { json: { ...plan, commands: commandsOf(plan), fixed }, text: planText(plan, taken) };
}

/** Shows the run as it goes: the TUI for a person at a terminal, progress lines otherwise; `quiet`: on stderr. */
export async function watch(context: Context, { id, dir }: Launched, quiet = false): Promise<Result<number>> {
  if (context.interactive) return context.showTui(context, { initialRun: id, initialTab: "train" });
  const view = RunView.open(dir);
  if (!view.ok) return view;
  const ended = await new Follower(view.value, context.face, quiet).untilEnd();
  return ended.ok ? ok(runExitCode(ended.value)) : ended;
}

/** The plan is shown in any case; the exit code is the one that starting it would have. */
async function dryRun(context: Context, wanted: LaunchOptions): Promise<Result<Answer | number>> {
  const planned = await planRun(context, wanted);
  if (!planned.ok) return planned;
  const shown = planAnswer(planned.value);
  const { plan, workspace } = planned.value;
  const refused = refusalOf(plan, wanted.force) ?? refuseSharedTag(workspace.home, plan)?.failure ?? unanswered(context, plan, wanted);
  if (refused === null && wanted.note !== undefined) context.face.note(wanted.note);
  if (refused === null) return ok(shown);
  context.face.answer(shown);
  context.face.note(`nanochat-cli: ${sentence(refused)}`);
  return ok(EXIT_CODES[refused.code]);
}

/** `said` tells of a run that was started and is left to itself. */
export async function startRun(
  context: Context,
  wanted: LaunchOptions,
  options: Readonly<Record<string, unknown>>,
  said: (id: string) => string,
): Promise<Result<Answer | number>> {
  if (options["dryRun"]) return dryRun(context, wanted);
  const launched = await launchRun(context, wanted);
  if (!launched.ok) return launched;
  const { id, dir } = launched.value;
  if (options["detach"]) return answer({ id, dir }, `${said(id)} Watch it: ${context.attachCommand(id)}`);
  return watch(context, launched.value);
}
