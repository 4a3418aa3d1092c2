/** One conversation: which model is loaded (or which two are compared), what was said, what is being written. */
import { type ChatMessage, type ChatMode, type GenerateOptions, type Preset, type Sampling, usualSampling } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { type Result, sentence } from "../core/result.ts";
import { count } from "../lib/format.ts";
import { fitsWords } from "../lib/wanted.ts";
import { type ChatTurn, checkpointName, type Reply, replyText } from "../panels/chat.ts";
import type { AppServices } from "./app.ts";
import { isWanted } from "./checkpoint-list.ts";
import { type Conversation, Conversations } from "./conversations.ts";
import { LineEditor, MOST_GRAPHEMES } from "./editor.ts";

/** Of what was said so much can be brought back. */
const MOST_ASKED = 100;
/** Those that a key goes through. */
const TEMPERATURES = [0.6, 0.8, 1, 0];

export class ChatSession {
  readonly editor = new LineEditor("", { breaks: true, leftOut: (characters) => this.#leftOut(characters), sent: () => this.#asked });
  turns: ChatTurn[] = [];
  /** What the person has said, to whatever model: the same is often asked of several. Once where it was said again at once. */
  #asked: readonly string[] = [];
  /** Null while they are looked for. */
  checkpoints: Checkpoint[] | null = null;
  checkpointsProblem: string | null = null;
  presets: readonly Preset[] = [];
  loaded: Checkpoint | null = null;
  /** The second one, while two are compared. */
  against: Checkpoint | null = null;
  pocket = false;
  device: string | null = null;
  busy: string | null = null;
  sampling: Sampling = usualSampling("chat");
  /** Grows with everything that is to be seen. */
  version = 0;
  readonly conversations = new Conversations();
  #generating = false;
  /** What was sent while its model was still being loaded; it goes when it still stands so in the field. */
  #waiting: string | null = null;
  /** The temperature that nobody has chosen. */
  #usual = usualSampling("chat").temperature;

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
    private readonly tell: (level: "info" | "warn", text: string) => void,
    /** The key that keeps conversations; null where nothing is kept. */
    private readonly keepKey: () => string | null,
  ) {}

  get generating(): boolean {
    return this.#generating;
  }

  /** A model is on its way: what is sent waits for it. */
  get loading(): boolean {
    return this.busy !== null && this.loaded === null;
  }

  /** What is going on, and what then is; null when nothing is. */
  get doing(): string | null {
    return this.busy !== null && this.loading && this.#willSend() ? `${this.busy} · what you sent goes then` : this.busy;
  }

  /** A base model was never shown a conversation: it continues a text. */
  get mode(): ChatMode {
    return modeOf(this.loaded);
  }

  async findCheckpoints(runId: string | null): Promise<void> {
    const found = await this.services.checkpoints(runId);
    this.checkpoints = found.ok ? found.value : [];
    this.checkpointsProblem = found.ok ? null : sentence(found.failure);
    this.presets = await this.services.presets();
    this.#touch();
  }

  /** Those whose name has the text, or null while they are looked for. */
  shown(filter: string): Checkpoint[] | null {
    return this.checkpoints?.filter((checkpoint) => isWanted(checkpoint, filter)) ?? null;
  }

  shownPresets(filter: string): Preset[] {
    return this.presets.filter(({ name, title }) => fitsWords(filter, [name, title]));
  }

  /** Loads a model; the conversation begins anew, for it was with another one. */
  async load(checkpoint: Checkpoint): Promise<void> {
    if (this.busy !== null) return;
    this.clear();
    this.against = null;
    this.loaded = null;
    const failed = await this.#load(checkpoint);
    if (failed === null) this.#take(checkpoint);
    else this.turns.push({ role: "assistant", replies: [{ model: "", parts: [], figures: null, problem: failed }] });
    const sends = failed === null && this.#willSend();
    this.#waiting = null;
    this.#touch();
    if (sends) await this.send();
  }

  #willSend(): boolean {
    return this.#waiting !== null && this.#waiting === this.editor.text.trim();
  }

  /** Its usual temperature is taken over, unless another one was chosen. */
  #take(checkpoint: Checkpoint): void {
    const usual = usualSampling(modeOf(checkpoint)).temperature;
    if (this.sampling.temperature === this.#usual) this.sampling = { ...this.sampling, temperature: usual };
    this.#usual = usual;
    this.loaded = checkpoint;
  }

  /** Compares with a second one from now on: each prompt stands alone and goes to both. Null = no more. */
  compareWith(checkpoint: Checkpoint | null): void {
    this.against = checkpoint;
    this.clear();
  }

  usePreset({ prompt, temperature, topK, maxTokens, seed }: Preset): void {
    this.editor.text = prompt;
    this.sampling = {
      temperature: temperature ?? this.sampling.temperature,
      topK: topK === undefined ? this.sampling.topK : topK,
      maxTokens: maxTokens ?? this.sampling.maxTokens,
      seed: seed ?? this.sampling.seed,
    };
    this.#touch();
  }

  setSampling(change: Partial<Sampling>): void {
    this.sampling = { ...this.sampling, ...change };
    this.#touch();
  }

  /** Another device: the model is loaded there with the next message. */
  setDevice(device: string | null): Result<void> {
    const set = this.services.chat.setDevice(device);
    if (set.ok) {
      this.loaded = null;
      this.against = null;
      this.device = device;
      this.clear();
    }
    return set;
  }

  /** Sends what was typed, when the model is there, and shows the reply (or both) as it comes. */
  async send(): Promise<void> {
    const text = this.editor.text.trim();
    const { loaded, against } = this;
    if (this.loading) {
      this.#waiting = text;
      this.#touch();
    }
    if (text === "" || this.busy !== null || loaded === null) return;
    this.editor.text = "";
    const messages = [...(against === null ? this.#said() : []), { role: "user" as const, content: text }];
    this.turns.push({ role: "user", text });
    if (text !== this.#asked.at(-1)) this.#asked = [...this.#asked, text].slice(-MOST_ASKED);
    const models = against === null ? [loaded] : [loaded, against];
    const replies = models.map((model): Reply => ({ model: checkpointName(model), parts: [], figures: null, problem: null }));
    this.turns.push({ role: "assistant", replies });
    for (const [index, model] of models.entries()) {
      const reply = replies[index] as Reply;
      // One model at a time: two may not fit, and would slow each other's figures.
      const failed = against === null ? null : await this.#load(model);
      if (failed === null) await this.#reply(model, messages, reply);
      else reply.problem = failed;
    }
    if (against !== null) await this.#load(loaded);
    // What no model has taken is typed once: it can be shortened and sent again.
    if (this.editor.text === "" && replies.every(({ problem, parts }) => problem !== null && parts.length === 0)) this.editor.text = text;
    // The same question again should be able to get another answer, unless no randomness is wanted.
    this.sampling = { ...this.sampling, seed: this.sampling.seed + 1 };
    this.#touch();
  }

  /** Stops the reply that is being written; what has come of it stays. */
  cancel(): boolean {
    if (!this.#generating) return false;
    this.services.chat.cancel();
    return true;
  }

  /** Whether it is known how would be written: the usual temperature is the model's, as long as nobody has chosen one. */
  get isSettled(): boolean {
    return this.loaded !== null || this.sampling.temperature !== this.#usual;
  }

  /** Begins anew. What no file has can still be kept. */
  clear(): void {
    this.turns = [];
    const ended = this.conversations.end();
    const key = this.keepKey();
    const what = ended.length === 1 ? "it" : "them";
    if (ended.length > 0 && key !== null) this.tell("info", `Not saved: ${conversationsWith(ended)}. ${key} keeps ${what}`);
    this.#touch();
  }

  nextTemperature(): void {
    const next = TEMPERATURES[(TEMPERATURES.indexOf(this.sampling.temperature) + 1) % TEMPERATURES.length]!;
    this.setSampling({ temperature: next });
  }

  lastReply(): string | null {
    const texts = this.turns.flatMap((turn) => (turn.role === "assistant" ? turn.replies.map(replyText) : []));
    return texts.findLast((text) => text !== "") ?? null;
  }

  /** Null when it is loaded, else why not. */
  async #load(checkpoint: Checkpoint): Promise<string | null> {
    const name = checkpointName(checkpoint);
    this.busy = `loading ${name}`;
    this.#touch();
    const loaded = await this.services.chat.load(checkpoint, (text) => {
      this.busy = `loading ${name}: ${text}`;
      this.#touch();
    });
    this.busy = null;
    if (!loaded.ok) return sentence(loaded.failure);
    this.device = loaded.value.device;
    const wasPocket = this.pocket;
    this.pocket = loaded.value.pocket;
    // A model that small knows its training text and little else: any randomness only hides what it has learnt.
    if (this.pocket && !wasPocket) this.sampling = { ...this.sampling, temperature: 0 };
    return null;
  }

  async #reply(model: Checkpoint, messages: ChatMessage[], reply: Reply): Promise<void> {
    const mode = modeOf(model);
    const options: GenerateOptions = { mode, ...this.sampling };
    this.busy = "writing · esc stops it";
    this.#generating = true;
    this.#touch();
    const asked = mode === "continue" ? messages.slice(-1) : messages;
    const done = await this.services.chat.send(
      asked,
      options,
      (text, part) => {
        const last = reply.parts.at(-1);
        if (last?.part === part) last.text += text;
        else reply.parts.push({ part, text });
        this.#touch();
      },
      (text) => {
        this.busy = text;
        this.#touch();
      },
    );
    this.#generating = false;
    this.busy = null;
    if (done.ok) {
      reply.figures = done.value;
      const loaded = { device: this.device ?? "", pocket: this.pocket };
      const text = replyText(reply);
      const given = asked.slice(done.value.dropped);
      this.conversations.add(model, loaded, { at: new Date().toISOString(), options, messages: given, text, reply: done.value });
    } else reply.problem = sentence(done.failure);
    this.#touch();
  }

  /** What the model is given of the conversation. A question that got no answer is no part of it, nor is its failed answer. */
  #said(): ChatMessage[] {
    const said: ChatMessage[] = [];
    for (const [index, turn] of this.turns.entries()) {
      const answer = this.turns[index + 1];
      if (turn.role !== "user" || answer?.role !== "assistant") continue;
      const [reply] = answer.replies;
      if (reply === undefined || reply.problem !== null || replyText(reply) === "") continue;
      said.push({ role: "user", content: turn.text }, { role: "assistant", content: replyText(reply) });
    }
    return said;
  }

  #leftOut(characters: number): void {
    this.tell(
      "warn",
      `A prompt has at most ${count(MOST_GRAPHEMES)} characters: ${count(characters)} at the end of what was pasted are left out`,
    );
  }

  #touch(): void {
    this.version++;
    this.changed();
  }
}

const modeOf = (checkpoint: Checkpoint | null): ChatMode => (checkpoint?.stage === "base" ? "continue" : "chat");

/** `temp 0.6 · top-k 50` */
export const samplingText = ({ temperature, topK }: Sampling): string => `temp ${temperature} · top-k ${topK ?? "off"}`;

/** Models that are named of many conversations; of the others it is said how many they are. */
const MOST_NAMED = 4;

/** `the conversation with sft d4 @ 400`, `3 conversations (2 with sft d4 @ 400, 1 with base d4 @ 400)` */
export function conversationsWith(conversations: readonly Conversation[]): string {
  const byModel = [...Map.groupBy(conversations, ({ model }) => checkpointName(model))].map(([name, { length }]) => ({ name, length }));
  const [first] = byModel;
  if (conversations.length === 1 && first !== undefined) return `the conversation with ${first.name}`;
  const named = byModel.slice(0, MOST_NAMED).map(({ name, length }) => `${length} with ${name}`);
  const more = byModel.slice(MOST_NAMED).reduce((sum, { length }) => sum + length, 0);
  return `${conversations.length} conversations (${[...named, ...(more > 0 ? [`${more} more`] : [])].join(", ")})`;
}
