import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completeEnvironment } from "./environment.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "environment-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const path = (): string => join(dir, "environment.json");
const now = (): unknown => JSON.parse(readFileSync(path(), "utf8"));

test("what the trainer tells is added once: the first word stands", () => {
  writeFileSync(path(), JSON.stringify({ host: "here", pythonVersion: null, torchVersion: null, tokenizer: null }));
  completeEnvironment(dir, { pythonVersion: "3.11", torchVersion: null, tokenizer: "aaaa" });
  expect(now()).toEqual({ host: "here", pythonVersion: "3.11", torchVersion: null, tokenizer: "aaaa" });
  completeEnvironment(dir, { pythonVersion: "3.12", torchVersion: "2.9", tokenizer: "bbbb" });
  expect(now()).toEqual({ host: "here", pythonVersion: "3.11", torchVersion: "2.9", tokenizer: "aaaa" });
});

test("a record of before there was a tokenizer in it gets one, and a torn one is left alone", () => {
  writeFileSync(path(), '{"host":"here"}');
  completeEnvironment(dir, { pythonVersion: null, torchVersion: null, tokenizer: "aaaa" });
  expect(now()).toEqual({ host: "here", tokenizer: "aaaa" });
  writeFileSync(path(), '{"host');
  completeEnvironment(dir, { pythonVersion: "3.11", torchVersion: null, tokenizer: null });
  expect(readFileSync(path(), "utf8")).toBe('{"host');
});
