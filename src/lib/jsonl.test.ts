import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { LineReader } from "./jsonl.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lines-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const drain = (reader: LineReader): string[] => {
  const lines: string[] = [];
  while (reader.read((line) => lines.push(line.toString())));
  return lines;
};

test("a file that is not there yet has no lines, and they come once it is", () => {
  const path = join(dir, "later");
  const reader = new LineReader(path, 0);
  expect(drain(reader)).toEqual([]);
  writeFileSync(path, "a\nb\n");
  expect(drain(reader)).toEqual(["a", "b"]);
});

test("a torn tail waits for its end, or is handed on when the writer has ended", () => {
  const path = join(dir, "torn");
  writeFileSync(path, "one\ntw");
  const reader = new LineReader(path, 0);
  expect(drain(reader)).toEqual(["one"]);
  expect(reader.offset).toBe(4);
  appendFileSync(path, "o\nthr");
  expect(drain(reader)).toEqual(["two"]);
  const rest: string[] = [];
  reader.readRest((line) => rest.push(line.toString()));
  expect(rest).toEqual(["thr"]);
});

test("a file that got shorter is read from its start", () => {
  const path = join(dir, "short");
  writeFileSync(path, "aaaa\nbbbb\n");
  const reader = new LineReader(path, 0);
  drain(reader);
  writeFileSync(path, "c\n");
  drain(reader); // notices
  expect(drain(reader)).toEqual(["c"]);
});

test("a line that never ends does not hold the reader for ever", () => {
  const path = join(dir, "long");
  writeFileSync(path, `${"x".repeat(2 << 20)}\nafter\n`);
  const lines = drain(new LineReader(path, 0));
  expect(lines.at(-1)).toBe("after");
  expect(lines.slice(0, -1).join("")).toBe("x".repeat(2 << 20));
});

test("however the bytes arrive, and wherever a successor takes over, each line comes exactly once", () => {
  const path = join(dir, "any");
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }).map((s) => s.replaceAll("\n", " "))), fc.array(fc.nat(9)), (lines, cuts) => {
      writeFileSync(path, "");
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const got: string[] = [];
      let at = 0;
      let reader = new LineReader(path, 0);
      for (const cut of [...cuts, bytes.length]) {
        appendFileSync(path, bytes.subarray(at, at + cut));
        at = Math.min(bytes.length, at + cut);
        got.push(...drain(reader));
        reader.close();
        reader = new LineReader(path, reader.offset);
      }
      expect(got).toEqual(lines);
    }),
    { numRuns: 60 },
  );
});
