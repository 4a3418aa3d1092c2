import { expect, test } from "bun:test";
import { replyShown } from "./print.ts";

test("a reply without a token is told with its reason, not as an empty line", () => {
  const reply = { reason: "stop", tokensIn: 9, tokensOut: 0, firstTokenSeconds: null, seconds: 0.1 } as const;
  expect(replyShown("", reply)).toBe("(no answer: the model ended its turn at once)");
  expect(replyShown("", { ...reply, reason: "cancelled" })).toBe("(no answer: it was cancelled at once)");
  expect(replyShown("yes", { ...reply, tokensOut: 1 })).toBe("yes");
});
