/** Replies set against others: of two checkpoints, or of one now and when a transcript was made. */
import type { ChatMode } from "../../core/chat.ts";
import type { Checkpoint } from "../../core/checkpoint.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { plain } from "../../lib/ansi.ts";
import { sideBySide } from "../../lib/columns.ts";
import { checkpointName, chooseCheckpoint } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import { compare, type Listener, replyOf } from "../../services/replies.ts";
import { readTranscript } from "../../services/transcripts.ts";
import type { Context } from "../context.ts";
import { type Answer, answer, stdout } from "../output.ts";
import { type Options, openWorker, readPreset, readPrompt, readSampling } from "./options.ts";
import { figures, replyShown } from "./print.ts";

export async function sideBySideReplies(context: Context, options: Options): Promise<Result<Answer>> {
  const preset = await readPreset(context, options);
  if (!preset.ok) return preset;
  const prompt = await readPrompt(context, options, preset.value);
  if (!prompt.ok) return prompt;
  if (prompt.value === null) return fail("usage", "There is no prompt", { remedy: 'Give one with --prompt "…" or --preset NAME' });
  const sampling = readSampling(options, preset.value, null);
  if (!sampling.ok) return sampling;
  const pair = choosePair(context, options);
  if (!pair.ok) return pair;
  const worker = await openWorker(context, pair.value[0], options);
  if (!worker.ok) return worker;
  const names = pair.value.map(checkpointName) as [string, string];
  const listener = (side: 0 | 1): Listener => ({ onProgress: (text) => context.face.note(`${names[side]}: ${text}`) });
  try {
    const mode = (preset.value?.mode ?? null) as ChatMode | null;
    const replies = await compare(worker.value, pair.value, prompt.value, { ...sampling.value, mode }, listener);
    if (!replies.ok) return replies;
    const columns = replies.value.map((reply, side) => [replyShown(reply.text, reply), "", figures(names[side] ?? "", reply)].join("\n"));
    const json = replies.value.map(({ model: _model, ...reply }, side) => ({ checkpoint: names[side], ...reply }));
    const text = `${plain(prompt.value)}\n\n${sideBySide(columns as [string, string], stdout().columns ?? 80)}`;
    return answer({ prompt: prompt.value, ...sampling.value, replies: json }, text);
  } finally {
    worker.value.close();
  }
}

function choosePair(context: Context, options: Options): Result<[Checkpoint, Checkpoint]> {
  const baseDir = context.baseDir();
  if (!baseDir.ok) return baseDir;
  const all = listCheckpoints(baseDir.value);
  const pair: Checkpoint[] = [];
  for (const side of ["a", "b"]) {
    const wanted = options[side] as string | undefined;
    if (wanted === undefined)
      return fail("usage", `--${side} is missing`, { remedy: "Name two checkpoints, as --a sft/d12@100 --b sft/d12@200" });
    const chosen = chooseCheckpoint(all, wanted);
    if (!chosen.ok) return chosen;
    pair.push(chosen.value);
  }
  return ok(pair as [Checkpoint, Checkpoint]);
}

/** Says everything of a transcript again and tells whether the same came back. */
export async function replay(context: Context, file: string, options: Options): Promise<Result<Answer | number>> {
  const transcript = readTranscript(file);
  if (!transcript.ok) return transcript;
  const { model, replies } = transcript.value;
  const baseDir = context.baseDir();
  if (!baseDir.ok) return baseDir;
  const wanted = (options["checkpoint"] as string | undefined) ?? model.checkpoint;
  const checkpoint = chooseCheckpoint(listCheckpoints(baseDir.value), wanted);
  if (!checkpoint.ok) return checkpoint;
  const worker = await openWorker(context, checkpoint.value, options);
  if (!worker.ok) return worker;
  const results: Array<{ prompt: string; same: boolean; before: string; now: string }> = [];
  try {
    for (const { messages, options: generate, text } of replies) {
      const now = await replyOf(worker.value, checkpoint.value, messages, generate, { onProgress: (said) => context.face.note(said) });
      if (!now.ok) return now;
      results.push({ prompt: messages.at(-1)?.content ?? "", same: now.value.text === text, before: text, now: now.value.text });
    }
  } finally {
    worker.value.close();
  }
  const same = results.filter((one) => one.same).length;
  const changed = results.flatMap((one) => (one.same ? [] : [`› ${plain(one.prompt)}\n- ${plain(one.before)}\n+ ${plain(one.now)}`]));
  return answer(
    { file, checkpoint: checkpointName(checkpoint.value), same, of: results.length, results },
    [...changed, `${same} of ${results.length} replies came back the same`].join("\n"),
  );
}
