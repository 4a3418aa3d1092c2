import { expect, test } from "bun:test";
import fc from "fast-check";
import { plain } from "./ansi.ts";

test("escape sequences and controls go, text stays", () => {
  expect(plain("\x1b[1mstep\x1b[0m 1")).toBe("step 1");
  expect(plain("\x1b]0;owned\x07title")).toBe("title");
  expect(plain("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\")).toBe("link");
  expect(plain("a\tb")).toBe("a  b");
  expect(plain("naïve 日本 🙂")).toBe("naïve 日本 🙂");
});

test("a line that rewrites itself keeps its last state", () => {
  expect(plain("Rank 0 | 1/9\r\x1b[KRank 0 | 9/9")).toBe("Rank 0 | 9/9");
  expect(plain("windows line\r")).toBe("windows line");
});

test("whatever comes in, nothing that a terminal obeys comes out", () => {
  const hostile = fc.string({ unit: fc.oneof(fc.constantFrom("\x1b", "[", "]", "31m", "\x07", "\r", "\x9b", "\u202e", "P"), fc.string()) });
  fc.assert(
    fc.property(hostile, (text) => {
      expect(plain(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});
