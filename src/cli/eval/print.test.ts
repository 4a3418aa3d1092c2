import { expect, test } from "bun:test";
import { figures, replyShown } from "./print.ts";

test("why a reply is no longer is said in words", () => {
  const reply = { reason: "context", tokensIn: 9, dropped: 0, tokensOut: 30, firstTokenSeconds: 0.1, seconds: 1 } as const;
  expect(figures("base/d4@40", reply)).toEndWith("30 tokens out · 30 tok/s · its context is full");
  expect(figures("base/d4@40", { ...reply, reason: "stop" })).toEndWith("30 tok/s");
  expect(figures("base/d4@40", { ...reply, reason: "stop", dropped: 2 })).toEndWith(
    " · the first 2 messages no longer fit and were left out",
  );
});

test("a reply without a token is told with its reason, not as an empty line", () => {
  const reply = { reason: "stop", tokensIn: 9, dropped: 0, tokensOut: 0, firstTokenSeconds: null, seconds: 0.1 } as const;
  expect(replyShown("", reply)).toBe("(no answer: the model ended its turn at once)");
  expect(replyShown("", { ...reply, reason: "cancelled" })).toBe("(no answer: it was cancelled at once)");
  expect(replyShown("yes", { ...reply, tokensOut: 1 })).toBe("yes");
});
