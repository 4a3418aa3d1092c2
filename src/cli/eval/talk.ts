/** One reply, or a conversation line by line. */
import { type ChatMessage, type ChatMode, type GenerateOptions, noAnswer, type RecordedReply, type Sampling } from "../../core/chat.ts";
import { type Checkpoint, isGood } from "../../core/checkpoint.ts";
import { ok, type Result } from "../../core/result.ts";
import { checkpointName, chooseCheckpoint } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import { replyOf } from "../../services/replies.ts";
import { freeTranscript, recordModel, saveTranscript } from "../../services/transcripts.ts";
import type { WorkerChat } from "../../services/worker.ts";
import type { Context } from "../context.ts";
import { type Answer, stdout } from "../output.ts";
import { type Options, openWorker, readPreset, readPrompt, readSampling } from "./options.ts";
import { figures, printer } from "./print.ts";

interface Session {
  worker: WorkerChat;
  checkpoint: Checkpoint;
  sampling: Sampling;
  mode: ChatMode;
}

/** Without a name the newest that is good; to chat, the newest that was taught to: a base model would only go on from the question. */
function newestFor(mode: ChatMode, all: readonly Checkpoint[]): string {
  const good = all.filter(isGood);
  const taught = mode === "chat" ? good.find(({ stage }) => stage !== "base") : undefined;
  const newest = taught ?? good[0];
  return newest ? checkpointName(newest) : "last";
}

export async function talk(context: Context, mode: ChatMode, options: Options): Promise<Result<Answer | null>> {
  const preset = await readPreset(context, options);
  if (!preset.ok) return preset;
  const kept = options["save"] === undefined ? ok(null) : freeTranscript(String(options["save"]));
  if (!kept.ok) return kept;
  const prompt = await readPrompt(context, options, preset.value);
  if (!prompt.ok) return prompt;
  const sampling = readSampling(options, preset.value, mode);
  if (!sampling.ok) return sampling;
  const baseDir = context.baseDir();
  if (!baseDir.ok) return baseDir;
  const all = listCheckpoints(baseDir.value);
  const checkpoint = chooseCheckpoint(all, (options["checkpoint"] as string | undefined) ?? newestFor(mode, all));
  if (!checkpoint.ok) return checkpoint;
  if (mode === "chat" && checkpoint.value.stage === "base") {
    const name = checkpointName(checkpoint.value);
    context.face.note(
      `${name} was never taught to chat: it goes on from what is said. \`nanochat-cli checkpoints sft ${name}\` teaches it`,
    );
  }
  const worker = await openWorker(context, checkpoint.value, options);
  if (!worker.ok) return worker;
  const session = { worker: worker.value, checkpoint: checkpoint.value, sampling: sampling.value, mode };
  try {
    return await (prompt.value === null ? converse(context, session, options) : sayOnce(context, session, prompt.value, options));
  } finally {
    worker.value.close();
  }
}

async function sayOnce(context: Context, session: Session, prompt: string, options: Options): Promise<Result<Answer | null>> {
  const { worker, checkpoint, sampling, mode } = session;
  const { json } = context.face;
  const messages: ChatMessage[] = [{ role: "user", content: prompt }];
  const generate: GenerateOptions = { mode, ...sampling };
  const reply = await replyOf(worker, checkpoint, messages, generate, {
    onToken: json ? undefined : printer(),
    onProgress: (text) => context.face.note(text),
  });
  if (!reply.ok) return reply;
  if (!json) {
    stdout().write(`${noAnswer(reply.value) ?? ""}\n`);
    context.face.note(figures(checkpointName(checkpoint), reply.value));
  }
  const recorded = { at: new Date().toISOString(), options: generate, messages, text: reply.value.text, reply: reply.value };
  const saved = await keep(context, options, checkpoint, [recorded], reply.value.model);
  if (!saved.ok) return saved;
  const { model: _model, ...rest } = reply.value;
  return json
    ? ok({ json: { checkpoint: checkpointName(checkpoint), mode, prompt, ...sampling, ...rest, ...saved.value }, text: "" })
    : ok(null);
}

/** A conversation line by line, for a person at a terminal. */
async function converse(context: Context, session: Session, options: Options): Promise<Result<null>> {
  const { worker, checkpoint, sampling, mode } = session;
  const loaded = await worker.load(checkpoint, (text) => context.face.note(text));
  if (!loaded.ok) return loaded;
  const pocket = loaded.value.pocket ? " (pocket model)" : "";
  context.face.note(`${checkpointName(checkpoint)}${pocket} on ${loaded.value.device}. An empty line ends it; ctrl+c stops a reply.`);
  const replies: RecordedReply[] = [];
  const said: ChatMessage[] = [];
  for await (const content of lines()) {
    said.push({ role: "user", content });
    const messages = mode === "continue" ? said.slice(-1) : [...said];
    const generate: GenerateOptions = { mode, ...sampling, seed: sampling.seed + replies.length };
    const print = printer();
    let text = "";
    const stop = (): void => worker.cancel();
    process.on("SIGINT", stop);
    const reply = await worker.send(
      messages,
      generate,
      (piece, part) => {
        text += piece;
        print(piece, part);
      },
      (progress) => context.face.note(progress),
    );
    process.off("SIGINT", stop);
    stdout().write(`${reply.ok ? (noAnswer(reply.value) ?? "") : ""}\n`);
    if (!reply.ok) {
      context.face.failure(reply.failure);
      said.pop();
      continue;
    }
    context.face.note(figures(checkpointName(checkpoint), reply.value));
    said.push({ role: "assistant", content: text });
    const given = messages.slice(reply.value.dropped);
    replies.push({ at: new Date().toISOString(), options: generate, messages: given, text, reply: reply.value });
  }
  const saved = await keep(context, options, checkpoint, replies, loaded.value);
  return saved.ok ? ok(null) : saved;
}

async function* lines(): AsyncGenerator<string> {
  const { createInterface } = await import("node:readline/promises");
  const reader = createInterface({ input: process.stdin, output: process.stderr, prompt: "› " });
  reader.prompt();
  for await (const line of reader) {
    if (line.trim() === "") break;
    reader.pause();
    yield line;
    reader.resume();
    reader.prompt();
  }
  reader.close();
}

/** Keeps what was said, when that was asked for. */
async function keep(
  context: Context,
  options: Options,
  checkpoint: Checkpoint,
  replies: RecordedReply[],
  loaded: { device: string; pocket: boolean },
): Promise<Result<{ saved?: { markdown: string; jsonl: string } }>> {
  const file = options["save"] as string | undefined;
  if (file === undefined || replies.length === 0) return ok({});
  const workspace = await context.workspace();
  if (!workspace.ok) return workspace;
  const saved = saveTranscript(file, { model: recordModel(checkpoint, workspace.value.info, loaded), replies });
  if (!saved.ok) return saved;
  context.face.note(`Kept in ${saved.value.markdown} and ${saved.value.jsonl}`);
  return ok({ saved: saved.value });
}
