/** Replies as the faces ask for them: one, or two checkpoints side by side with the same prompt and seed. */
import type { ChatMessage, GeneratedReply, GenerateOptions, LoadedModel, ReplyPart } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { checkpointName } from "./checkpoint-name.ts";
import type { WorkerChat } from "./worker.ts";

export type OneReply = GeneratedReply & { text: string; parts: Array<{ part: ReplyPart; text: string }>; model: LoadedModel };

export interface Listener {
  onToken?: (text: string, part: ReplyPart) => void;
  onProgress: (text: string) => void;
}

/** Why a prompt cannot be sent, before a model is loaded for it. */
export function checkPrompt(prompt: string): Result<string> {
  if (prompt === "") return fail("usage", "The prompt is empty", { remedy: "Say something in --prompt" });
  if (prompt.trim() === "") return fail("usage", "The prompt has nothing but white space", { remedy: "Say something in --prompt" });
  return ok(prompt);
}

/** Bytes from outside as text. A prompt that is no UTF-8 is refused: what a model would be given instead is not what was meant. */
export function decodePrompt(bytes: Uint8Array): Result<string> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes).trimEnd());
  } catch {
    return fail("usage", "The prompt is no valid UTF-8", {
      why: "a model would be given replacement characters in place of what you meant",
      remedy: "Convert it first, for example with `iconv -t utf-8`",
    });
  }
}

/** Loads a checkpoint and gets one reply to `messages`. */
export async function replyOf(
  worker: WorkerChat,
  checkpoint: Checkpoint,
  messages: readonly ChatMessage[],
  options: GenerateOptions,
  { onToken, onProgress }: Listener,
): Promise<Result<OneReply>> {
  const loaded = await worker.load(checkpoint, onProgress);
  if (!loaded.ok) return loaded;
  const parts: OneReply["parts"] = [];
  const reply = await worker.send(
    messages,
    options,
    (text, part) => {
      const last = parts.at(-1);
      if (last?.part === part) last.text += text;
      else parts.push({ part, text });
      onToken?.(text, part);
    },
    onProgress,
  );
  if (!reply.ok) return reply;
  return ok({ ...reply.value, text: parts.map(({ text }) => text).join(""), parts, model: loaded.value });
}

/**
 * The same prompt, seed and sampling for two checkpoints. One after the other in one worker: two models at once may not
 * fit, and beside each other they would slow each other's figures. A base model goes on from the prompt where a taught
 * one answers, unless `mode` says what both do.
 */
export async function compare(
  worker: WorkerChat,
  checkpoints: readonly [Checkpoint, Checkpoint],
  prompt: string,
  options: Omit<GenerateOptions, "mode"> & { mode: GenerateOptions["mode"] | null },
  listener: (side: 0 | 1) => Listener,
): Promise<Result<[OneReply, OneReply]>> {
  const replies: OneReply[] = [];
  for (const side of [0, 1] as const) {
    const checkpoint = checkpoints[side];
    const mode = options.mode ?? (checkpoint.stage === "base" ? "continue" : "chat");
    const reply = await replyOf(worker, checkpoint, [{ role: "user", content: prompt }], { ...options, mode }, listener(side));
    if (!reply.ok) return fail(reply.failure.code, `${checkpointName(checkpoint)}: ${reply.failure.what}`, reply.failure);
    replies.push(reply.value);
  }
  return ok(replies as [OneReply, OneReply]);
}
