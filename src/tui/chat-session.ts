/** One conversation: which model is loaded, what was said, what is being written. */

import type { ChatMessage, GenerateOptions } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { sentence } from "../core/result.ts";
import { type ChatTurn, checkpointName } from "../panels/chat.ts";
import type { AppServices } from "./app.ts";
import { LineEditor } from "./editor.ts";

/** What chat_cli uses by default (scripts/chat_cli.py@92d63d4): temperature 0.6, top-k 50. */
const TEMPERATURES = [0.6, 1, 0];
const TOP_K = 50;
const MOST_TOKENS = 256;

export class ChatSession {
  readonly editor = new LineEditor();
  turns: ChatTurn[] = [];
  /** Null while they are looked for. */
  checkpoints: Checkpoint[] | null = null;
  checkpointsProblem: string | null = null;
  loaded: Checkpoint | null = null;
  pocket = false;
  busy: string | null = null;
  temperature = TEMPERATURES[0]!;
  /** Grows with everything that is to be seen. */
  version = 0;
  #generating = false;
  #seed = 42;

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
  ) {}

  get generating(): boolean {
    return this.#generating;
  }

  /** A base model was never shown a conversation: it continues a text. */
  get mode(): "chat" | "continue" {
    return this.loaded?.stage === "base" ? "continue" : "chat";
  }

  async findCheckpoints(runId: string | null): Promise<void> {
    const found = await this.services.checkpoints(runId);
    this.checkpoints = found.ok ? found.value : [];
    this.checkpointsProblem = found.ok ? null : sentence(found.failure);
    this.#touch();
  }

  /** Those whose name has the text, or null while they are looked for. */
  shown(filter: string): Checkpoint[] | null {
    const wanted = filter.toLowerCase();
    return this.checkpoints?.filter((checkpoint) => checkpointName(checkpoint).toLowerCase().includes(wanted)) ?? null;
  }

  /** Loads a model; the conversation begins anew, for it was with another one. */
  async load(checkpoint: Checkpoint): Promise<void> {
    if (this.busy !== null) return;
    const name = checkpointName(checkpoint);
    this.busy = `loading ${name}`;
    this.turns = [];
    this.loaded = null;
    this.#touch();
    const loaded = await this.services.chat.load(checkpoint, (text) => {
      this.busy = `loading ${name}: ${text}`;
      this.#touch();
    });
    this.busy = null;
    if (loaded.ok) {
      this.loaded = checkpoint;
      this.pocket = loaded.value.pocket;
      // A model that small knows its training text and little else: any randomness only hides what it has learnt.
      if (this.pocket) this.temperature = 0;
    } else {
      this.turns.push({ role: "assistant", text: "", figures: null, problem: sentence(loaded.failure) });
    }
    this.#touch();
  }

  /** Sends what was typed and shows the reply as it comes. */
  async send(): Promise<void> {
    const text = this.editor.text.trim();
    if (text === "" || this.busy !== null || this.loaded === null) return;
    this.editor.text = "";
    this.turns.push({ role: "user", text, figures: null, problem: null });
    const messages = this.#messages();
    const reply: ChatTurn = { role: "assistant", text: "", figures: null, problem: null };
    this.turns.push(reply);
    this.busy = "writing · esc stops it";
    this.#generating = true;
    this.#touch();
    const done = await this.services.chat.send(messages, this.#options(), (token) => {
      reply.text += token;
      this.#touch();
    });
    this.#generating = false;
    this.busy = null;
    if (done.ok) reply.figures = done.value;
    else reply.problem = sentence(done.failure);
    this.#touch();
  }

  /** Stops the reply that is being written; what has come of it stays. */
  cancel(): boolean {
    if (!this.#generating) return false;
    this.services.chat.cancel();
    return true;
  }

  clear(): void {
    this.turns = [];
    this.#touch();
  }

  nextTemperature(): void {
    this.temperature = TEMPERATURES[(TEMPERATURES.indexOf(this.temperature) + 1) % TEMPERATURES.length]!;
    this.#touch();
  }

  lastReply(): string | null {
    return this.turns.findLast(({ role, text }) => role === "assistant" && text !== "")?.text ?? null;
  }

  /** The conversation that the model is given. A question that got no answer is no part of it, nor is its failed answer. */
  #messages(): ChatMessage[] {
    const unanswered = (index: number) => {
      const next = this.turns[index + 1];
      return next !== undefined && (next.problem !== null || next.text === "");
    };
    const said = this.turns.filter(({ role }, index) => (role === "user" ? !unanswered(index) : !unanswered(index - 1)));
    const messages = said.map(({ role, text }): ChatMessage => ({ role, content: text }));
    return this.mode === "continue" ? messages.slice(-1) : messages;
  }

  #options(): GenerateOptions {
    // The same question again should be able to get another answer, unless no randomness is wanted.
    this.#seed++;
    return { mode: this.mode, maxTokens: MOST_TOKENS, temperature: this.temperature, topK: TOP_K, seed: this.#seed };
  }

  #touch(): void {
    this.version++;
    this.changed();
  }
}
