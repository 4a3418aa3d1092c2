import { expect, test } from "bun:test";
import { type ChatMessage, usualSampling } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { fail, ok } from "../core/result.ts";
import type { AppServices, ChatService } from "./app.ts";
import { ChatSession } from "./chat-session.ts";

const CHECKPOINT = { stage: "sft", tag: "t", step: 1 } as Checkpoint;

const sessionWith = (chat: Partial<ChatService>): ChatSession =>
  new ChatSession(
    { chat } as AppServices,
    () => {},
    () => {},
    () => null,
  );

test("a question that was refused is not held against the next one", async () => {
  const sent: ChatMessage[][] = [];
  const chat: ChatService = {
    load: async () => ok({ seconds: 0, context: 255, pocket: false, device: "cpu" }),
    send: async (messages, _options, onToken) => {
      sent.push([...messages]);
      if (messages.at(-1)?.content === "too long") return fail("failed", "The prompt is too long");
      onToken("yes", null);
      return ok({ reason: "stop", tokensIn: 1, dropped: 0, tokensOut: 1, firstTokenSeconds: 0, seconds: 0 });
    },
    cancel: () => {},
    setDevice: () => ok(undefined),
  };
  const session = sessionWith(chat);
  await session.load(CHECKPOINT);
  for (const text of ["one", "too long", "two"]) {
    session.editor.text = text;
    await session.send();
    // What was not taken is still there, to be shortened.
    expect(session.editor.text).toBe(text === "too long" ? text : "");
  }
  expect(sent.at(-1)).toEqual([
    { role: "user", content: "one" },
    { role: "assistant", content: "yes" },
    { role: "user", content: "two" },
  ]);
});

test("a conversation is kept with what the model was given, without what no longer fit", async () => {
  const chat = {
    load: async () => ok({ seconds: 0, context: 255, pocket: false, device: "cpu" }),
    send: async (messages, _options, onToken) => {
      onToken("yes", null);
      return ok({ reason: "stop", tokensIn: 1, dropped: messages.length - 1, tokensOut: 1, firstTokenSeconds: 0, seconds: 0 });
    },
  } as Partial<ChatService>;
  const session = sessionWith(chat);
  await session.load(CHECKPOINT);
  for (const text of ["one", "two"]) {
    session.editor.text = text;
    await session.send();
  }
  expect(session.conversations.replies.map(({ messages }) => messages.map(({ content }) => content))).toEqual([["one"], ["two"]]);
});

test("what is sent while the model is being loaded goes when it is there, unless it was changed since", async () => {
  const sent: string[] = [];
  let arrives = (): void => {};
  const chat = {
    load: () => new Promise((resolve) => (arrives = () => resolve(ok({ seconds: 0, context: 255, pocket: false, device: "cpu" })))),
    send: async (messages) => {
      sent.push(messages.at(-1)!.content);
      return ok({ reason: "stop", tokensIn: 1, dropped: 0, tokensOut: 1, firstTokenSeconds: 0, seconds: 0 });
    },
  } as Partial<ChatService>;
  const session = sessionWith(chat);
  for (const [typed, then, goes] of [
    ["one", "one", ["one"]],
    ["two", "two and more", ["one"]],
  ] as const) {
    const loading = session.load(CHECKPOINT);
    session.editor.text = typed;
    await session.send();
    expect(session.doing).toBe("loading sft t @ 1 · what you sent goes then");
    session.editor.text = then;
    arrives();
    await loading;
    expect(sent).toEqual([...goes]);
  }
});

test("a text goes on at the temperature that the command line has for it, unless another one was chosen", async () => {
  const chat = { load: async () => ok({ seconds: 0, context: 255, pocket: false, device: "cpu" }) } as Partial<ChatService>;
  const session = sessionWith(chat);
  const base = { ...CHECKPOINT, stage: "base" } as Checkpoint;
  await session.load(base);
  expect(session.sampling).toEqual(usualSampling("continue"));
  await session.load(CHECKPOINT);
  expect(session.sampling).toEqual(usualSampling("chat"));
  session.setSampling({ temperature: 1 });
  await session.load(base);
  expect(session.sampling.temperature).toBe(1);
});

test("a paste that is longer than a prompt can be says what was left out", () => {
  const told: string[] = [];
  const session = new ChatSession(
    {} as AppServices,
    () => {},
    (_, text) => told.push(text),
    () => null,
  );
  session.editor.insert(`one\ntwo${"x".repeat(29_993)}`);
  expect(session.editor.text.startsWith("one\ntwo")).toBe(true);
  expect(told).toEqual(["A prompt has at most 20,000 characters: 10,000 at the end of what was pasted are left out"]);
});
