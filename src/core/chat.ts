/** Talking to a checkpoint: what is said, how it is sampled, and what came back. */

export interface ChatMessage {
  role: "user" | "assistant";
  content: string;
}

/** `chat` answers the last message; `continue` goes on from its text: what a base model can do. */
export type ChatMode = "chat" | "continue";

export interface Sampling {
  maxTokens: number;
  /** 0 = always the likeliest token. */
  temperature: number;
  /** Null = off. */
  topK: number | null;
  seed: number;
}

/** nanochat's chat_cli has temperature 0.6 and top-k 50 (scripts/chat_cli.py@92d63d4); a text goes on livelier than a reply. */
const CHAT_TEMPERATURE = 0.6;
const CONTINUE_TEMPERATURE = 0.8;

/** How replies are sampled where nobody has said otherwise; null = of both kinds, as to compare. */
export const usualSampling = (mode: ChatMode | null): Sampling => ({
  maxTokens: 256,
  temperature: mode === "continue" ? CONTINUE_TEMPERATURE : CHAT_TEMPERATURE,
  topK: 50,
  seed: 42,
});

export interface GenerateOptions extends Sampling {
  mode: ChatMode;
}

/** Inside a call of nanochat's calculator, and inside its answer; null = the model's own words. */
export type ReplyPart = "python" | "output" | null;

export interface GeneratedReply {
  /** `length`: as many tokens as were asked for; `context`: the model can read no more. */
  reason: "stop" | "length" | "context" | "cancelled";
  tokensIn: number;
  /** Messages at the beginning of the chat that the model was not given, since they no longer fit. */
  dropped: number;
  tokensOut: number;
  /** Null when there was no token. */
  firstTokenSeconds: number | null;
  seconds: number;
}

/** What stands in the place of a reply of no token at all, else null. There is always room for one: without, the model ended it. */
export const noAnswer = ({ reason, tokensOut }: Pick<GeneratedReply, "reason" | "tokensOut">): string | null =>
  tokensOut !== 0 ? null : `(no answer: ${reason === "cancelled" ? "it was cancelled at once" : "the model ended its turn at once"})`;

/** Why a reply is no longer, where the model has not ended it by itself. */
export const ENDINGS: Readonly<Record<GeneratedReply["reason"], string>> = {
  stop: "",
  length: " · cut at the length limit",
  context: " · its context is full",
  cancelled: " · cancelled",
};

/** What of a chat the model was not given; "" where it had all of it. */
export const leftOut = ({ dropped }: Pick<GeneratedReply, "dropped">): string =>
  dropped === 0 ? "" : ` · the first ${dropped} messages no longer fit and were left out`;

export interface LoadedModel {
  seconds: number;
  /** Tokens that fit into its context, or null when it does not say. */
  context: number | null;
  pocket: boolean;
  /** Where it runs: `cpu`, `cuda`, `mps`. */
  device: string;
}

/** One reply with all that is needed to get it again from the same files. */
export interface RecordedReply {
  /** UTC ISO */
  at: string;
  options: GenerateOptions;
  /** What the model was given: without those that no longer fit. */
  messages: ChatMessage[];
  text: string;
  reply: GeneratedReply;
}

/** What answered: enough to tell later whether it is still the same. */
export interface RecordedModel {
  /** `sft/d12@120` */
  checkpoint: string;
  dir: string;
  files: Array<{ name: string; bytes: number }>;
  /** SHA-256 of the meta file and of tokenizer.pkl; null when there is none. */
  metaSha256: string | null;
  tokenizerSha256: string | null;
  workspace: string;
  commit: string | null;
  dirty: boolean | null;
  device: string;
  pocket: boolean;
  /** Version of this program. */
  program: string;
}

/** A prompt that is kept in a file. What is left out is as usual. */
export interface Preset extends Partial<Sampling> {
  name: string;
  title: string;
  mode: ChatMode;
  prompt: string;
}
