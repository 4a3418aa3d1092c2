/** The inference worker as the faces use it: started with the first checkpoint, one model at a time, one reply at a time. */
import type { Python } from "../bridge/python.ts";
import { type GenerateRequest, type Generation, type Message, type Serve, startServe } from "../bridge/serve.ts";
import type { ChatMessage, GeneratedReply, GenerateOptions, LoadedModel } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { findBaseDir } from "./workspace.ts";

/** Where a worker runs; found when the first checkpoint is loaded. */
export type FindInterpreter = () => Promise<Result<{ info: WorkspaceInfo; python: Result<Python> }>>;

export class WorkerChat {
  #serve: Serve | null = null;
  #generation: Generation | null = null;

  constructor(readonly find: FindInterpreter) {}

  async load(checkpoint: Checkpoint, onProgress: (text: string) => void): Promise<Result<LoadedModel>> {
    const serve = await this.#worker(checkpoint);
    if (!serve.ok) return serve;
    const { stage, tag, step } = checkpoint;
    const loaded = await serve.value.load({ source: stage, tag, step, device: null }, onProgress);
    return loaded.ok ? ok({ seconds: loaded.value.seconds, context: loaded.value.context, pocket: loaded.value.pocket }) : loaded;
  }

  async send(messages: readonly ChatMessage[], options: GenerateOptions, onToken: (text: string) => void): Promise<Result<GeneratedReply>> {
    if (this.#serve === null) return fail("refused", "No checkpoint is loaded", { remedy: "Choose one first" });
    this.#generation = this.#serve.generate(toRequest(messages, options), onToken);
    const done = await this.#generation.done;
    this.#generation = null;
    if (!done.ok) return done;
    const { reason, tokens_in: tokensIn, tokens_out: tokensOut, first_token_seconds: firstTokenSeconds, seconds } = done.value;
    return ok({ reason, tokensIn, tokensOut, firstTokenSeconds, seconds });
  }

  cancel(): void {
    this.#generation?.cancel();
  }

  /** Ends the worker; nothing waits for it. */
  close(): void {
    this.#serve?.quit().catch(() => {});
    this.#serve = null;
  }

  /** A worker that died is replaced with the next load. */
  async #worker(checkpoint: Checkpoint): Promise<Result<Serve>> {
    if (this.#serve !== null) return ok(this.#serve);
    const workspace = await this.find();
    if (!workspace.ok) return workspace;
    const { info, python } = workspace.value;
    if (!python.ok) return python;
    const started = await startServe({ python: python.value.argv, dir: info.dir, package: info.package, baseDir: baseDirOf(checkpoint) });
    if (!started.ok) return started;
    const serve = started.value;
    this.#serve = serve;
    serve.died.then(
      () => {
        if (this.#serve === serve) this.#serve = null;
      },
      () => {},
    );
    return ok(serve);
  }
}

/** NANOCHAT_BASE_DIR that a checkpoint lies under: base dir / stage's folder / tag. */
const baseDirOf = ({ dir }: Checkpoint): string => findBaseDir("", `${dir}/../..`);

function toRequest(messages: readonly ChatMessage[], options: GenerateOptions): GenerateRequest {
  const { mode, maxTokens: max_tokens, temperature, topK: top_k, seed } = options;
  const sampling = { max_tokens, temperature, top_k, seed };
  if (mode === "continue") return { mode, prompt: messages.at(-1)?.content ?? "", ...sampling };
  return { mode, messages: messages as Message[], trim: true, ...sampling };
}

export type OneReply = GeneratedReply & { text: string };

/** Loads a checkpoint, generates one reply, and ends the worker. `onToken` gets the text as it comes. */
export async function generateOnce(
  find: FindInterpreter,
  checkpoint: Checkpoint,
  { prompt, ...options }: GenerateOptions & { prompt: string },
  { onToken, onProgress }: { onToken?: (text: string) => void; onProgress: (text: string) => void },
): Promise<Result<OneReply>> {
  const chat = new WorkerChat(find);
  try {
    const loaded = await chat.load(checkpoint, onProgress);
    if (!loaded.ok) return loaded;
    let text = "";
    const reply = await chat.send([{ role: "user", content: prompt }], options, (piece) => {
      text += piece;
      onToken?.(piece);
    });
    return reply.ok ? ok({ ...reply.value, text }) : reply;
  } finally {
    chat.close();
  }
}
