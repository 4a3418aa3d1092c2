/** `try`, `plan` and `train`: from a prefab to a run. */
import { plannedValue } from "../../core/plan.ts";
import { ok, type Result } from "../../core/result.ts";
import { checkpointName, chooseCheckpoint } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import { replyOf } from "../../services/replies.ts";
import { WorkerChat } from "../../services/worker.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import type { Launched, LaunchOptions } from "../launch.ts";
import { type Answer, answer } from "../output.ts";

/** Plans need the schema and YAML libraries: only who makes one waits for them. */
const starting = () => import("../start.ts");

const PREFAB = ["<prefab>", "`prefabs list` names them; or a file, or run:ID = as a past run was made"] as const;
const OPTIONS: readonly Option[] = [
  { flags: "--set <name=value>", what: "a parameter, as NAME=VALUE or STAGE.NAME=VALUE; may be repeated", many: true },
  { flags: "--from <stage>", what: "leave out the stages before this one, such as base_train: their data and tokenizer stay as they are" },
  { flags: "--on <machine>", what: "plan for another machine, such as 8xH100 or 1x4090" },
  { flags: "--ranks <n>", what: "processes of each stage that can share its work" },
  { flags: "--name <name>", what: "of the run, of its checkpoints' folder, and at W&B when there is a key" },
  { flags: "--fix", what: "take the fixes of what the plan finds wrong" },
];
/** Of every command that starts a run. */
export const STARTING: readonly Option[] = [
  { flags: "--dry-run", what: "only show the plan; the exit code is 3 where starting it would be refused" },
  { flags: "--detach", what: "start it and return at once" },
  { flags: "--force", what: "start it in spite of what is found wrong, and say what that is" },
  { flags: "--yes", what: "do not ask about warnings: where nobody can be asked they refuse it" },
];

const launchOptions = (prefab: string, options: Readonly<Record<string, unknown>>): LaunchOptions => ({
  prefab,
  sets: [...(options["ranks"] === undefined ? [] : [`ranks=${options["ranks"]}`]), ...((options["set"] as string[] | undefined) ?? [])],
  name: options["name"] as string | undefined,
  fix: Boolean(options["fix"]),
  from: options["from"] as string | undefined,
  on: options["on"] as string | undefined,
  force: Boolean(options["force"]),
  yes: Boolean(options["yes"]),
});

/** What `try` ends with where there is no terminal: the checkpoint, and a question that it was trained on. */
async function showSample(context: Context, { plan }: Launched): Promise<Result<Answer>> {
  const tag = String(plannedValue(plan.stages.at(-1) ?? { values: [] }, "model_tag") ?? "last");
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
  const text = `checkpoint  ${name} in ${checkpoint.value.dir}\nyou         ${question}\npocket      ${reply.value.text}\n\nTalk to it: nanochat-cli eval chat --checkpoint ${name} --prompt "…"${context.flags}`;
  return answer({ checkpoint: name, dir: checkpoint.value.dir, prompt: question, reply: reply.value.text }, text);
}

export const TRAIN_COMMANDS: readonly Command[] = [
  {
    name: "try",
    summary: "Train the pocket model before your eyes, then talk to it",
    async run(context) {
      const pocket = context.inPocket();
      const [{ launchRun }, { watch }] = await Promise.all([import("../launch.ts"), starting()]);
      const launched = await launchRun(pocket, { prefab: "pocket", sets: [], name: undefined, yes: true });
      if (!launched.ok) return launched;
      const code = await watch(pocket, launched.value, true);
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
      const [{ planRun }, { planAnswer }] = await Promise.all([import("../launch.ts"), starting()]);
      const planned = await planRun(context, launchOptions(prefab, options));
      return planned.ok ? ok(planAnswer(planned.value)) : planned;
    },
  },
  {
    name: "train",
    summary: "Start a run and watch it; the run goes on when you leave",
    args: [PREFAB],
    options: [...OPTIONS, ...STARTING],
    async run(context, [prefab = ""], options) {
      const { startRun } = await starting();
      return startRun(context, launchOptions(prefab, options), options, (id) => `${id} is running.`);
    },
  },
];
