/** `eval continue` and `eval chat`: one prompt, one reply, streamed. */
import type { Checkpoint } from "../../core/checkpoint.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { plain } from "../../lib/ansi.ts";
import { count, duration } from "../../lib/format.ts";
import { checkpointName, chooseCheckpoint } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import { generateOnce, type OneReply } from "../../services/worker.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import type { Answer } from "../output.ts";

const OPTIONS: readonly Option[] = [
  {
    flags: "--checkpoint <name>",
    what: "STAGE/TAG@STEP, any part of it, or `last` (without this: the newest, to chat the newest that was taught to)",
  },
  { flags: "--prompt <text>", what: "what to say; `-` reads it from stdin" },
  { flags: "--max-tokens <number>", what: "at most (256)" },
  { flags: "--temperature <number>", what: "0 is always the likeliest token (chat 0.6, continue 0.8)" },
  { flags: "--top-k <number>", what: "only the likeliest (50; 0 = all)" },
  { flags: "--seed <number>", what: "the same seed gives the same reply (42)" },
];

interface Numbers {
  maxTokens: number;
  temperature: number;
  topK: number | null;
  seed: number;
}

interface Range {
  option: string;
  flag: string;
  fallback: number;
  whole: boolean;
  least: number;
}

const RANGES: readonly Range[] = [
  { option: "maxTokens", flag: "--max-tokens", fallback: 256, whole: true, least: 1 },
  { option: "temperature", flag: "--temperature", fallback: Number.NaN, whole: false, least: 0 },
  { option: "topK", flag: "--top-k", fallback: 50, whole: true, least: 0 },
  { option: "seed", flag: "--seed", fallback: 42, whole: true, least: 0 },
];

function readNumbers(options: Readonly<Record<string, unknown>>, temperature: number): Result<Numbers> {
  const numbers: Record<string, number> = {};
  for (const { option, flag, fallback, whole, least } of RANGES) {
    const given = options[option];
    const value = given === undefined ? (option === "temperature" ? temperature : fallback) : Number(given);
    if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) {
      return fail("usage", `${flag} ${given} is not possible`, { remedy: `Give a ${whole ? "whole " : ""}number from ${least}` });
    }
    numbers[option] = value;
  }
  const { maxTokens = 0, temperature: chosen = 0, topK = 0, seed = 0 } = numbers;
  return ok({ maxTokens, temperature: chosen, topK: topK === 0 ? null : topK, seed });
}

async function readPrompt(options: Readonly<Record<string, unknown>>): Promise<Result<string>> {
  const given = options["prompt"] as string | undefined;
  if (given === undefined) return fail("usage", "There is no prompt", { remedy: 'Give one with --prompt "…", or pipe it with --prompt -' });
  const prompt = given === "-" ? (await Bun.stdin.text()).trimEnd() : given;
  return prompt === "" ? fail("usage", "The prompt is empty", { remedy: "Say something in --prompt" }) : ok(prompt);
}

/** Without a name: to chat, the newest that was taught to; a base model would only go on from the question. */
function newestFor(mode: "chat" | "continue", all: readonly Checkpoint[]): string {
  const taught = mode === "chat" ? all.find(({ stage, broken }) => stage !== "base" && broken === null) : undefined;
  return taught ? checkpointName(taught) : "last";
}

async function talk(
  context: Context,
  mode: "chat" | "continue",
  options: Readonly<Record<string, unknown>>,
): Promise<Result<Answer | null>> {
  const prompt = await readPrompt(options);
  if (!prompt.ok) return prompt;
  const numbers = readNumbers(options, mode === "chat" ? 0.6 : 0.8);
  if (!numbers.ok) return numbers;
  const baseDir = context.baseDir();
  if (!baseDir.ok) return baseDir;
  const all = listCheckpoints(baseDir.value);
  const checkpoint = chooseCheckpoint(all, (options["checkpoint"] as string | undefined) ?? newestFor(mode, all));
  if (!checkpoint.ok) return checkpoint;
  const { json } = context.face;
  // What a model says is text from outside like any other: no escape sequence of its passes.
  const stream = json ? undefined : (text: string) => process.stdout.write(plain(text));
  const reply = await generateOnce(
    () => context.workspace(),
    checkpoint.value,
    { mode, prompt: prompt.value, ...numbers.value },
    { onToken: stream, onProgress: (text) => context.face.note(text) },
  );
  if (!reply.ok) return reply;
  const name = checkpointName(checkpoint.value);
  if (json) return ok({ json: { checkpoint: name, mode, prompt: prompt.value, ...numbers.value, ...reply.value }, text: "" });
  process.stdout.write("\n");
  context.face.note(figures(name, reply.value));
  return ok(null);
}

const figures = (name: string, { tokensOut, firstTokenSeconds, seconds, reason }: OneReply): string =>
  `${name} · first token ${duration(firstTokenSeconds)} · ${count(tokensOut)} tokens · ${count(tokensOut / Math.max(seconds, 1e-9))} tok/s · ${reason}`;

export const EVAL_COMMANDS: readonly Command[] = [
  {
    name: "eval continue",
    summary: "Let a checkpoint go on from a prompt",
    options: OPTIONS,
    run: (context, _args, options) => talk(context, "continue", options),
  },
  {
    name: "eval chat",
    summary: "Say something to a checkpoint and print its reply",
    options: OPTIONS,
    run: (context, _args, options) => talk(context, "chat", options),
  },
];
