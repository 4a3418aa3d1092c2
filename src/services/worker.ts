/** The inference worker as the faces use it: started with the first checkpoint, one model at a time, one reply at a time. */
import type { Python } from "../bridge/python.ts";
import { type GenerateRequest, type Generation, type Message, type Serve, startServe } from "../bridge/serve.ts";
import type { ChatMessage, GeneratedReply, GenerateOptions, LoadedModel, ReplyPart } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { findBaseDir } from "./workspace.ts";

/** Where a worker runs; found when the first checkpoint is loaded. */
export type FindInterpreter = () => Promise<Result<{ info: WorkspaceInfo; python: Result<Python> }>>;

type OnToken = (text: string, part: ReplyPart) => void;
type OnProgress = (text: string) => void;

/** A device as one names it (`cpu`, `mps`, `cuda`, `cuda:1`) for nanochat, which knows no number: that goes into the environment. */
export function parseDevice(given: string): Result<Device> {
  const match = /^(?:(cpu|mps)|cuda(?::(\d+))?)$/.exec(given);
  if (!match) return fail("usage", `There is no device ${given}`, { remedy: "Name cpu, mps, cuda, or a GPU by its number such as cuda:1" });
  const [, plain, number] = match;
  const env: Record<string, string> = number === undefined ? {} : { CUDA_VISIBLE_DEVICES: number };
  return ok({ type: plain ?? "cuda", env });
}

export interface Device {
  type: string;
  env: Record<string, string>;
}

export class WorkerChat {
  #serve: Serve | null = null;
  #generation: Generation | null = null;
  #loaded: Checkpoint | null = null;
  /** That the last worker died, until it has been told. */
  #death: string | null = null;

  constructor(
    readonly find: FindInterpreter,
    /** Null = what nanochat itself would choose. */
    public device: Device | null = null,
  ) {}

  /** Where models are loaded from now on. Ends the worker: its GPUs are chosen when it starts. */
  setDevice(given: string | null): Result<void> {
    const device = given === null ? ok(null) : parseDevice(given);
    if (!device.ok) return device;
    this.close();
    this.device = device.value;
    return ok(undefined);
  }

  async load(checkpoint: Checkpoint, onProgress: OnProgress): Promise<Result<LoadedModel>> {
    this.#loaded = null;
    const serve = await this.#worker(checkpoint);
    if (!serve.ok) return serve;
    const { stage, tag, step } = checkpoint;
    const loaded = await serve.value.load({ source: stage, tag, step, device: this.device?.type ?? null }, onProgress);
    if (!loaded.ok) return loaded;
    this.#loaded = checkpoint;
    const { seconds, context, pocket, device } = loaded.value;
    return ok({ seconds, context, pocket, device });
  }

  /**
   * One reply. A worker that has died since the checkpoint was loaded is started again first, with the same one:
   * `onProgress` says so and why.
   */
  async send(
    messages: readonly ChatMessage[],
    options: GenerateOptions,
    onToken: OnToken,
    onProgress: OnProgress = () => undefined,
  ): Promise<Result<GeneratedReply>> {
    const serve = await this.#revived(onProgress);
    if (!serve.ok) return serve;
    this.#generation = serve.value.generate(toRequest(messages, options), onToken);
    const done = await this.#generation.done;
    this.#generation = null;
    if (!done.ok) return done;
    const { reason, tokens_in: tokensIn, dropped, tokens_out: tokensOut, first_token_seconds: firstTokenSeconds, seconds } = done.value;
    return ok({ reason, tokensIn, dropped, tokensOut, firstTokenSeconds, seconds });
  }

  cancel(): void {
    this.#generation?.cancel();
  }

  /** Ends the worker, in the middle of a load too; nothing waits for it. */
  close(): void {
    this.#serve?.quit().catch(() => {});
    this.#serve = null;
    this.#loaded = null;
  }

  async #revived(onProgress: OnProgress): Promise<Result<Serve>> {
    if (this.#loaded === null) return fail("refused", "No checkpoint is loaded", { remedy: "Choose one first" });
    if (this.#serve !== null) return ok(this.#serve);
    onProgress(`the worker ended${this.#death === null ? "" : ` (${this.#death})`}: loading the checkpoint again`);
    const checkpoint = this.#loaded;
    const loaded = await this.load(checkpoint, onProgress);
    if (loaded.ok) return this.#worker(checkpoint);
    this.#loaded = checkpoint; // so that the next message tries once more
    return loaded;
  }

  async #worker(checkpoint: Checkpoint): Promise<Result<Serve>> {
    if (this.#serve !== null) return ok(this.#serve);
    const workspace = await this.find();
    if (!workspace.ok) return workspace;
    const { info, python } = workspace.value;
    if (!python.ok) return python;
    const env = this.device?.env;
    const started = await startServe({
      python: python.value.argv,
      dir: info.dir,
      package: info.package,
      baseDir: baseDirOf(checkpoint),
      env,
    });
    if (!started.ok) return started;
    const serve = started.value;
    this.#serve = serve;
    this.#death = null;
    serve.died.then(
      (failure) => {
        if (this.#serve !== serve) return;
        this.#serve = null;
        this.#death = failure?.why ?? null;
      },
      () => {},
    );
    return ok(serve);
  }
}

/** NANOCHAT_BASE_DIR that a checkpoint lies under: base dir / stage's folder / tag. */
export const baseDirOf = ({ dir }: Checkpoint): string => findBaseDir("", `${dir}/../..`);

function toRequest(messages: readonly ChatMessage[], options: GenerateOptions): GenerateRequest {
  const { mode, maxTokens: max_tokens, temperature, topK: top_k, seed } = options;
  const sampling = { max_tokens, temperature, top_k, seed };
  if (mode === "continue") return { mode, prompt: messages.at(-1)?.content ?? "", ...sampling };
  return { mode, messages: messages as Message[], trim: true, ...sampling };
}
