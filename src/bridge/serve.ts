/**
 * Client of the inference worker (`python -m nanochat_bridge serve`, docs/bridge-protocol.md): one child process that
 * holds a checkpoint and is spoken to in JSON lines. It ends with us, however we end, because its stdin does.
 */
import type { CheckpointStage } from "../core/checkpoint.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { plain } from "../lib/ansi.ts";
import { BRIDGE_DIR } from "../lib/self.ts";
import { type Check, isBoolean, isNumber, isRecord, isString, oneOf, orNull, shaped } from "../lib/shape.ts";
import { endGroup, tail } from "./child.ts";

export interface ServeOptions {
  /** What to put in front of `-m`. */
  python: readonly string[];
  /** The workspace; the worker's working directory. */
  dir: string;
  /** Name of the package that plays nanochat's part. */
  package?: string;
  baseDir: string;
  /** Variables in addition to ours. */
  env?: Readonly<Record<string, string>>;
}

export interface LoadRequest {
  source: CheckpointStage;
  tag: string | null;
  step: number | null;
  /** `cuda`, `mps`, `cpu`; null = what nanochat finds. */
  device: string | null;
}

export interface Loaded {
  seconds: number;
  step: number | null;
  /** Tokens that prompt and reply may have together. */
  context: number;
  vocabulary: number;
  pocket: boolean;
  /** Where it runs: `cpu`, `cuda`, `mps`. */
  device: string;
}

/** A part of a message: the model's words, or a call of its calculator with the answer. */
export interface MessagePart {
  type: "text" | "python" | "python_output";
  text: string;
}

export interface Message {
  role: "system" | "user" | "assistant";
  content: string | MessagePart[];
}

export interface Sampling {
  max_tokens: number;
  /** 0 = always the likeliest token. */
  temperature: number;
  /** Null = all tokens. */
  top_k: number | null;
  /** Left out: another one each time. */
  seed?: number;
}

export type GenerateRequest = Sampling &
  (
    | { mode: "continue"; prompt: string }
    /** `trim`: leave out the oldest turns when the chat no longer fits, instead of refusing. */
    | { mode: "chat"; messages: Message[]; trim?: boolean }
  );

/** Text in whole characters; `part` is set inside a call of the calculator and its answer. */
export type OnToken = (text: string, part: "python" | "output" | null) => void;

export interface Done {
  reason: "stop" | "length" | "context" | "cancelled";
  tokens_in: number;
  tokens_out: number;
  /** Null when there was no token. */
  first_token_seconds: number | null;
  seconds: number;
  /** Messages at the beginning of the chat that were left out to make it fit. */
  dropped: number;
}

export interface Generation {
  done: Promise<Result<Done>>;
  /** Ends it after the token that is being made; `done` then has the reason `cancelled`. */
  cancel(): void;
}

export interface Serve {
  pid: number;
  load(request: LoadRequest, onProgress?: (text: string) => void): Promise<Result<Loaded>>;
  generate(request: GenerateRequest, onToken: OnToken): Generation;
  /** Ends the worker and waits until it has. */
  quit(): Promise<void>;
  /** Settles when the worker has ended: null when that was asked for. */
  died: Promise<Failure | null>;
}

const PROTOCOL = 1;
const HELLO_TIMEOUT_MS = 30_000;
const QUIT_TIMEOUT_MS = 3_000;
/** How much of what it prints is kept for the case that it dies. */
const KEPT_STDERR = 16_384;

const isLoaded: Check = shaped({
  seconds: isNumber,
  step: orNull(isNumber),
  context: isNumber,
  vocabulary: isNumber,
  pocket: isBoolean,
  device: isString,
});

const isDone: Check = shaped({
  reason: oneOf("stop", "length", "context", "cancelled"),
  tokens_in: isNumber,
  tokens_out: isNumber,
  first_token_seconds: orNull(isNumber),
  seconds: isNumber,
  dropped: isNumber,
});

type Event = Record<string, unknown>;

interface Pending {
  onEvent(event: Event): void;
  onEnd(result: Result<Event>): void;
}

/** Starts the worker and waits for its hello: a second or less, since torch is imported by the first `load`. */
export async function startServe(options: ServeOptions): Promise<Result<Serve>> {
  const worker = Worker.start(options);
  if (!worker.ok) return worker;
  const hello = await worker.value.hello();
  if (!hello.ok) await worker.value.quit();
  return hello.ok ? worker : hello;
}

class Worker implements Serve {
  readonly died: Promise<Failure | null>;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #pending = new Map<string, Pending>();
  readonly #hello = Promise.withResolvers<Result<Event>>();
  #stderr = "";
  #count = 0;
  #asked = false;
  #ended: Failure | null = null;

  static start({ python, dir, package: name = "nanochat", baseDir, env }: ServeOptions): Result<Worker> {
    try {
      const child = Bun.spawn([...python, "-m", "nanochat_bridge", "serve", name], {
        cwd: dir,
        env: workerEnvironment(baseDir, env),
        stdin: "pipe",
        stdout: "pipe",
        stderr: "pipe",
        detached: true, // a ctrl+c in the terminal is for us alone
      });
      return ok(new Worker(child));
    } catch (error) {
      return fail("failed", `The inference worker could not be started with ${python.join(" ")}`, {
        why: error instanceof Error ? error.message : String(error),
        remedy: "Name the Python of the workspace with --python",
      });
    }
  }

  private constructor(child: Bun.Subprocess<"pipe", "pipe", "pipe">) {
    this.#child = child;
    this.died = this.#watch();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The first line it says, checked. */
  async hello(): Promise<Result<Event>> {
    const timer = setTimeout(() => this.#hello.resolve(this.#failed(`it said nothing for ${HELLO_TIMEOUT_MS / 1000} s`)), HELLO_TIMEOUT_MS);
    const hello = await this.#hello.promise;
    clearTimeout(timer);
    if (hello.ok && hello.value["protocol"] !== PROTOCOL) {
      return this.#failed(`it speaks protocol ${hello.value["protocol"]}, and this program version ${PROTOCOL}`);
    }
    return hello;
  }

  async load(request: LoadRequest, onProgress?: (text: string) => void): Promise<Result<Loaded>> {
    const { result } = this.#ask({ op: "load", ...request }, (event) => onProgress?.(String(event["text"])));
    return this.#checked<Loaded>(await result, isLoaded);
  }

  generate(request: GenerateRequest, onToken: OnToken): Generation {
    const { id, result } = this.#ask({ op: "generate", ...request }, (event) => {
      onToken(String(event["text"]), (event["part"] ?? null) as "python" | "output" | null);
    });
    const done = result.then((event) => this.#checked<Done>(event, isDone));
    return { done, cancel: () => this.#send({ id: this.#nextId(), op: "cancel", target: id }) };
  }

  async quit(): Promise<void> {
    this.#asked = true;
    this.#send({ id: this.#nextId(), op: "quit" });
    const timer = setTimeout(() => endGroup(this.pid), QUIT_TIMEOUT_MS);
    await this.died;
    clearTimeout(timer);
  }

  #nextId = (): string => `${++this.#count}`;

  #ask(request: Event, onEvent: (event: Event) => void): { id: string; result: Promise<Result<Event>> } {
    const id = this.#nextId();
    const { promise, resolve } = Promise.withResolvers<Result<Event>>();
    if (this.#ended) resolve({ ok: false, failure: this.#ended });
    else {
      this.#pending.set(id, { onEvent, onEnd: resolve });
      this.#send({ id, ...request });
    }
    return { id, result: promise };
  }

  #send(message: Event): void {
    // When it is gone, `died` tells, and everything pending ends with it.
    const ignore = () => {};
    try {
      this.#child.stdin.write(`${JSON.stringify(message)}\n`);
      Promise.resolve(this.#child.stdin.flush()).catch(ignore);
    } catch {
      ignore();
    }
  }

  /** Reads what it says to the end; then everything that still waits for an answer gets the reason. */
  async #watch(): Promise<Failure | null> {
    const said = readLines(this.#child.stdout, (line) => this.#take(line));
    const printed = readText(this.#child.stderr, (text) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
    });
    const code = await this.#child.exited;
    endGroup(this.pid); // `uv run` may have left the Python behind, which would hold the pipes open
    await Promise.all([said, printed]);
    const { signalCode } = this.#child;
    // Who is killed has said nothing of it: the last line of its log is about something else.
    const { failure } = this.#failed(
      signalCode === null ? `it ended with exit code ${code}${this.#lastWords()}` : `it was ended by ${signalCode}`,
    );
    this.#ended = failure;
    this.#hello.resolve({ ok: false, failure });
    for (const { onEnd } of this.#pending.values()) onEnd({ ok: false, failure });
    this.#pending.clear();
    return this.#asked ? null : failure;
  }

  #take(line: string): void {
    const message = parse(line);
    if (message === null) return;
    if (message["kind"] === "hello") {
      this.#hello.resolve(ok(message));
      return;
    }
    const id = String(message["id"]);
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const { event } = message;
    if (event === "progress" || event === "token") {
      pending.onEvent(message);
      return;
    }
    this.#pending.delete(id);
    if (event === "error")
      pending.onEnd(fail("failed", sentenceStart(message), { details: String(message["details"] ?? "") || undefined }));
    else pending.onEnd(ok(message));
  }

  #checked<T>(result: Result<Event>, check: Check): Result<T> {
    if (!result.ok) return result;
    return check(result.value) ? ok(result.value as T) : this.#failed("its answer lacks a field");
  }

  #failed(why: string): { ok: false; failure: Failure } {
    return fail("failed", "The inference worker failed", {
      why,
      remedy: "Load the checkpoint again",
      details: tail(this.#stderr, 30) || undefined,
    });
  }

  #lastWords(): string {
    const last = plain(tail(this.#stderr, 1)).trim();
    return last === "" ? "" : `, after "${last}"`;
  }
}

/** Everything of ours (CUDA_VISIBLE_DEVICES and its like), the bridge in reach, and no rank of a torchrun around us. */
function workerEnvironment(baseDir: string, more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const { RANK: _rank, LOCAL_RANK: _local, WORLD_SIZE: _world, ...inherited } = process.env;
  const path = [BRIDGE_DIR, inherited["PYTHONPATH"]].filter(Boolean).join(":");
  return { ...inherited, PYTHONUNBUFFERED: "1", NANOCHAT_BASE_DIR: baseDir, ...more, PYTHONPATH: path };
}

/** The worker ends its sentences itself; ours get their full stop when they are put together. */
const sentenceStart = (message: Event): string => String(message["message"]).replace(/[.\s]+$/, "");

function parse(line: string): Event | null {
  try {
    const message: unknown = JSON.parse(line);
    return isRecord(message) ? message : null;
  } catch {
    return null;
  }
}

async function readText(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) onText(decoder.decode(chunk, { stream: true }));
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  await readText(stream, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
