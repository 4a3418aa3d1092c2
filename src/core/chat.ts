/** Talking to a checkpoint: what is said, how it is sampled, and what came back. */

export interface ChatMessage {
  role: "user" | "assistant";
  content: string;
}

export interface GenerateOptions {
  /** `continue` goes on from the last message's text: what a base model can do. */
  mode: "chat" | "continue";
  maxTokens: number;
  /** 0 = always the likeliest token. */
  temperature: number;
  /** Null = off. */
  topK: number | null;
  seed: number;
}

export interface GeneratedReply {
  reason: "stop" | "length" | "cancelled";
  tokensIn: number;
  tokensOut: number;
  /** Null when there was no token. */
  firstTokenSeconds: number | null;
  seconds: number;
}

export interface LoadedModel {
  seconds: number;
  /** Tokens that fit into its context, or null when it does not say. */
  context: number | null;
  pocket: boolean;
}
