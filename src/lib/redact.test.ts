import { expect, test } from "bun:test";
import fc from "fast-check";
import { Redactor } from "./redact.ts";

const KEY = "0123456789abcdef0123456789abcdef01234567";
const knowing = (...values: string[]): Redactor => {
  const redactor = new Redactor();
  for (const value of values) redactor.learn("WANDB_API_KEY", value);
  return redactor;
};
const base64 = (text: string): string => Buffer.from(text).toString("base64");

test("a known value is hidden wherever it stands, and its name is shown", () => {
  expect(knowing(KEY).text(`key ${KEY}, again ${KEY}.`)).toBe("key [WANDB_API_KEY hidden], again [WANDB_API_KEY hidden].");
});

test("so is its base64, alone, behind `api:`, and in the form for URLs", () => {
  const redactor = knowing(KEY, "a+b/c?d>e+f/g~h");
  for (const text of [base64(KEY), base64(`api:${KEY}`), base64("a+b/c?d>e+f/g~h"), Buffer.from(`x${KEY}yz`).toString("base64url")])
    expect(redactor.text(`<${text}>`)).toContain("[WANDB_API_KEY hidden]");
  expect(redactor.text(`?key=${encodeURIComponent("a+b/c?d>e+f/g~h")}`)).toBe("?key=[WANDB_API_KEY hidden]");
});

test("base64 of anything around the value gives none of its middle away", () => {
  const redactor = knowing(KEY);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 9 }), fc.string({ unit: "binary", maxLength: 9 }), (before, after) => {
      const hidden = redactor.text(base64(before + KEY + after));
      expect(hidden).toContain("[WANDB_API_KEY hidden]");
      expect(Buffer.from(hidden, "base64").toString("latin1")).not.toContain(KEY.slice(2, -2));
    }),
  );
});

test("of two values the longer one is hidden whole", () => {
  expect(knowing(KEY.slice(0, 20), KEY).text(KEY)).toBe("[WANDB_API_KEY hidden]");
});

test("what is too short to be a secret is left alone", () => {
  expect(knowing("", "step").text("step 1")).toBe("step 1");
});

test.each([
  [`token hf_${"a".repeat(34)}.`, "token [token hidden]."],
  [`wandb_v1_${"A1b-".repeat(20)}`, "[key hidden]"],
  [`environ({'WANDB_API_KEY': '${KEY}', 'HOME': '/'})`, "environ({'WANDB_API_KEY': '[hidden]', 'HOME': '/'})"],
  [`export HF_TOKEN="${KEY}"`, 'export HF_TOKEN="[hidden]"'],
  [`Authorization: Basic ${base64(`api:${KEY}`)}`, "Authorization: Basic [hidden]"],
  [`Bearer ${KEY}`, "Bearer [hidden]"],
])("a secret that nobody has told of is known by its look: %s", (text, hidden) => {
  expect(new Redactor().text(text)).toBe(hidden);
});

test.each(["WANDB_API_KEY is not set", "set WANDB_API_KEY=… or run `secrets set wandb`", "Basic training of 20 layers", "hf_transfer"])(
  "what only speaks of one stays: %s",
  (text) => {
    expect(new Redactor().text(text)).toBe(text);
  },
);

test("redacting twice is redacting once", () => {
  const once = knowing(KEY).text(`WANDB_API_KEY=${KEY}`);
  expect(knowing(KEY).text(once)).toBe(once);
  expect(once).toBe("WANDB_API_KEY=[WANDB_API_KEY hidden]");
});

test("every string of a document, names of fields too", () => {
  expect(knowing(KEY).deep({ a: [KEY, 1, null], [KEY]: { b: true } })).toEqual({
    a: ["[WANDB_API_KEY hidden]", 1, null],
    "[WANDB_API_KEY hidden]": { b: true },
  } as never);
});
