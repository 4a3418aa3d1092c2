/** `try`, `plan` and `train`: from a prefab to a run. */
import { ok, type Result } from "../../core/result.ts";
import { checkpointName, chooseCheckpoint } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import { replyOf } from "../../services/replies.ts";
import { RunView } from "../../services/run-view.ts";
import { WorkerChat } from "../../services/worker.ts";
import { POCKET_DIR } from "../../services/workspace.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import { Follower, runExitCode } from "../follow.ts";
import type { Launched, LaunchOptions, PlannedRun } from "../launch.ts";
import { type Answer, answer } from "../output.ts";

/** Plans need the schema and YAML libraries: only who makes one waits for them. */
const launching = () => import("../launch.ts");

const PREFAB = ["<prefab>", "`prefabs list` names them; or a file, or run:ID = as a past run was made"] as const;
const OPTIONS: readonly Option[] = [
  { flags: "--set <name=value>", what: "a parameter, as NAME=VALUE or STAGE.NAME=VALUE; may be repeated", many: true },
  { flags: "--on <machine>", what: "plan for another machine, such as 8xH100 or 1x4090" },
  { flags: "--ranks <n>", what: "processes of each stage that can share its work" },
  { flags: "--name <name>", what: "of the run, of its checkpoints' folder, and at W&B when there is a key" },
  { flags: "--fix", what: "take the fixes of what the plan finds wrong" },
];

const launchOptions = (prefab: string, options: Readonly<Record<string, unknown>>): LaunchOptions => ({
  prefab,
  sets: [...(options["ranks"] === undefined ? [] : [`ranks=${options["ranks"]}`]), ...((options["set"] as string[] | undefined) ?? [])],
  name: options["name"] as string | undefined,
  fix: Boolean(options["fix"]),
  on: options["on"] as string | undefined,
  force: Boolean(options["force"]),
  yes: Boolean(options["yes"]),
});

/** The plan, the processes that it would start, and the fixes that were taken. */
async function planAnswer({ plan, taken }: PlannedRun): Promise<Result<Answer>> {
  const { commandsOf, planText } = await import("../plan-text.ts");
  const fixed = taken.map(({ id, stage, field, message, fix }) => ({ id, stage, field, message, fix }));
  return answer({ ...plan, commands: commandsOf(plan), fixed }, planText(plan, taken));
}

/** Shows the run as it goes: the TUI for a person at a terminal, progress lines otherwise. */
async function watch(context: Context, { id, dir }: Launched, afterRun?: "chat"): Promise<Result<number>> {
  if (context.interactive) return context.showTui(context, { initialRun: id, initialTab: "train", afterRun });
  const view = RunView.open(dir);
  if (!view.ok) return view;
  const ended = await new Follower(view.value, context.face, afterRun !== undefined).untilEnd();
  return ended.ok ? ok(runExitCode(ended.value)) : ended;
}

/** What `try` ends with where there is no terminal: the checkpoint, and a question that it was trained on. */
async function showSample(context: Context, { plan }: Launched): Promise<Result<Answer>> {
  const tag = String(plan.stages.at(-1)?.values.find(({ parameter }) => parameter.name === "model_tag")?.value ?? "last");
  const checkpoint = chooseCheckpoint(listCheckpoints(plan.baseDir), `sft/${tag}`);
  if (!checkpoint.ok) return checkpoint;
  const question = "What is the capital of France?";
  const worker = new WorkerChat(() => context.workspace());
  const reply = await replyOf(
    worker,
    checkpoint.value,
    [{ role: "user", content: question }],
    { mode: "chat", maxTokens: 96, temperature: 0, topK: null, seed: 42 },
    { onProgress: (text) => context.face.note(text) },
  );
  worker.close();
  if (!reply.ok) return reply;
  const name = checkpointName(checkpoint.value);
  const text = `checkpoint  ${name} in ${checkpoint.value.dir}\nyou         ${question}\npocket      ${reply.value.text}\n\nTalk to it: nanochat-cli eval chat --checkpoint ${name} --prompt "…"`;
  return answer({ checkpoint: name, dir: checkpoint.value.dir, prompt: question, reply: reply.value.text }, text);
}

export const TRAIN_COMMANDS: readonly Command[] = [
  {
    name: "try",
    summary: "Train the pocket model before your eyes, then talk to it",
    async run(context) {
      const pocket = context.within({ workspace: POCKET_DIR });
      const launched = await (await launching()).launchRun(pocket, { prefab: "pocket", sets: [], name: undefined, yes: true });
      if (!launched.ok) return launched;
      const code = await watch(pocket, launched.value, "chat");
      if (!code.ok || code.value !== 0 || pocket.interactive) return code;
      return showSample(pocket, launched.value);
    },
  },
  {
    name: "plan",
    summary: "Show what a prefab would run, with where each value comes from",
    args: [PREFAB],
    options: OPTIONS,
    async run(context, [prefab = ""], options) {
      const planned = await (await launching()).planRun(context, launchOptions(prefab, options));
      return planned.ok ? planAnswer(planned.value) : planned;
    },
  },
  {
    name: "train",
    summary: "Start a run and watch it; the run goes on when you leave",
    args: [PREFAB],
    options: [
      ...OPTIONS,
      { flags: "--dry-run", what: "only show the plan" },
      { flags: "--detach", what: "start it and return at once" },
      { flags: "--force", what: "start it in spite of what the plan finds wrong, and say what that is" },
      { flags: "--yes", what: "do not ask about warnings" },
    ],
    async run(context, [prefab = ""], options) {
      const wanted = launchOptions(prefab, options);
      if (options["dryRun"]) {
        const planned = await (await launching()).planRun(context, wanted);
        return planned.ok ? planAnswer(planned.value) : planned;
      }
      const launched = await (await launching()).launchRun(context, wanted);
      if (!launched.ok) return launched;
      const { id, dir } = launched.value;
      if (options["detach"]) return answer({ id, dir }, `${id} is running. Watch it: nanochat-cli runs attach ${id}`);
      return watch(context, launched.value);
    },
  },
];
