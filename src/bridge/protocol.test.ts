import { expect, test } from "bun:test";
import fc from "fast-check";
import type { BridgeEvent } from "../core/bridge.ts";
import { controlDocument, isCommand, parseEventLine } from "./protocol.ts";

const parse = (event: object): BridgeEvent => parseEventLine(JSON.stringify(event));
const why = (line: string): string => {
  const event = parseEventLine(line);
  return event.kind === "unknown" ? event.why : `understood as ${event.kind}`;
};

const SAVE = { available: true, reason: null, how: "save_every" };

/** One line of each kind, as the Python half writes them. */
const LINES: readonly object[] = [
  {
    t: 1790000000.25,
    kind: "hello",
    protocol: 1,
    rank: 0,
    world: 2,
    pid: 4242,
    script: "scripts.base_train",
    python: "3.11.7",
    torch: null,
    package: "nanochat",
    capabilities: {
      metrics: SAVE,
      save: SAVE,
      stop: { available: false, reason: "The loop has no end to bring forward.", how: "" },
    },
  },
  { t: 1, kind: "config", settings: { depth: 4, model_tag: null }, derived: { totalSteps: 100 } },
  {
    t: 1,
    kind: "config",
    settings: {},
    derived: {},
    fields: [
      { name: "eval_every", type: "int", value: 100, min: 1, max: null, effect: "Evaluates every so many steps.", frozen: null },
      { name: "save_every", type: "int", value: 0, min: -1, max: null, effect: "Saves.", off: "off: no more checkpoints", frozen: null },
      { name: "depth", type: "int", value: null, min: null, max: null, effect: "", frozen: "The model is built." },
    ],
  },
  { t: 1, kind: "step", step: 7, m: { "train/loss": 2.5 } },
  { t: 1, kind: "metrics", step: 7, m: { "val/bpb": 1.2, "core/hellaswag": -0.01 } },
  { t: 1, kind: "phase", name: "eval", state: "begin", step: null },
  { t: 1, kind: "phase", name: "eval", state: "end", step: 20, seconds: 0.5 },
  { t: 1, kind: "sample", step: 20, prompt: "The", text: " end" },
  {
    t: 1,
    kind: "checkpoint",
    step: 20,
    dir: "/b/d4",
    files: [{ name: "model_000020.pt", bytes: 9 }],
    bytes: 9,
    seconds: 0.1,
    trigger: "request",
  },
  { t: 1, kind: "command", id: "a", command: "save", state: "seen", step: 5, at: 7 },
  { t: 1, kind: "command", id: "a", command: "stop", state: "refused", step: null, reason: "The run ended first." },
  {
    t: 1,
    kind: "command",
    id: "b",
    command: "patch",
    state: "applied",
    step: 7,
    how: "eval_every",
    changes: [{ name: "eval_every", from: null, to: 50 }],
  },
  { t: 1, kind: "phase", name: "pause", state: "begin", step: 7 },
  { t: 1, kind: "problem", what: "5 events could not be written", why: "the disk is full" },
  { t: 1, kind: "bye", step: 99, code: 0, overhead: { hooks: 100, microsecondsPerHook: 11.5 } },
];

test("every kind of the protocol is understood as it stands", () => {
  for (const line of LINES) expect(parse(line)).toEqual(line as BridgeEvent);
});

test("non-finite values are numbers again", () => {
  const event = parse({ t: 1, kind: "step", step: 0, m: { a: "NaN", b: "Infinity", c: "-Infinity", d: 0.1 } });
  expect(event).toMatchObject({ m: { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY, d: 0.1 } });
});

test("fields of a later bridge are let through, kinds are kept as unknown", () => {
  expect(parse({ t: 1, kind: "problem", what: "w", why: "y", more: 1 }).kind).toBe("problem");
  expect(parse({ t: 5, kind: "gradient", x: 1 })).toEqual({
    kind: "unknown",
    t: 5,
    line: '{"t":5,"kind":"gradient","x":1}',
    why: 'Its kind "gradient" is not one of protocol version 1.',
  });
  expect(why('{"t":1,"kind":"toString"}')).toContain("is not one of protocol version 1");
});

test("what is wrong with a line is said", () => {
  expect(why('{"t":1,"kind":"st')).toBe("The line is not JSON.");
  expect(why("[1]")).toBe("The line is not an object.");
  expect(why('{"kind":"step"}')).toBe("Its time `t` is missing.");
  expect(why('{"t":1,"kind":"step","step":"7","m":{}}')).toBe("Its field `step` is missing or of the wrong type.");
  expect(why('{"t":1,"kind":"config","settings":{},"derived":{},"fields":[{"name":"a"}]}')).toContain("`fields`");
  expect(why('{"t":1,"kind":"command","id":"a","command":"explode","state":"seen","step":1}')).toContain("`command`");
  expect(why('{"t":1,"kind":"step","step":7,"m":{"loss":"low"}}')).toBe("Its value `m.loss` is no number.");
});

test("an unknown line is cut to what can be shown", () => {
  const event = parseEventLine("x".repeat(5000));
  expect(event.kind === "unknown" && event.line.length).toBe(301);
});

test("no line makes it throw", () => {
  const mutated = fc.tuple(fc.constantFrom(...LINES), fc.nat(200), fc.string()).map(([line, at, text]) => {
    const json = JSON.stringify(line);
    return json.slice(0, at) + text + json.slice(at);
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mutated), (line) => {
      expect(typeof parseEventLine(line).kind).toBe("string");
    }),
  );
});

test("control.json holds all commands in order", () => {
  const commands = [
    { id: "1", command: "save" as const },
    { id: "2", command: "stop" as const },
    { id: "3", command: "patch" as const, values: { eval_every: 50 } },
  ];
  expect(controlDocument(commands)).toEqual({ version: 1, commands });
  expect(commands.every(isCommand)).toBe(true);
});

test("what stands in a control.json and is no command is told apart", () => {
  expect([null, {}, { id: "1", command: "explode" }, { id: "1", command: "patch", values: { a: "b" } }].filter(isCommand)).toEqual([]);
});
