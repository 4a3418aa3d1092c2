/** One conversation as it went with a real worker: `eval chat --checkpoint sft/first --temperature 0`. */
import { ok } from "../src/core/result.ts";
import type { ChatService } from "../src/tui/app.ts";

export const PROMPT = "What is the capital of France?";
const REPLY = `The capital of${" It lies on the river".repeat(10)} It lies on the riv`;

export const RECORDED_CHAT: ChatService = {
  load: async () => ok({ seconds: 0.04, context: 256, pocket: true, device: "cpu" }),
  send: async (_messages, _options, onToken) => {
    onToken(REPLY, null);
    return ok({ reason: "length", tokensIn: 34, dropped: 0, tokensOut: 222, firstTokenSeconds: 0.00857, seconds: 0.171 });
  },
  cancel: () => undefined,
  setDevice: () => ok(undefined),
};
