import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLine } from "../core/journal.ts";
import { JournalReader } from "./reader.ts";
import { JournalWriter } from "./writer.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function journal(lines: ReadonlyArray<Partial<LogLine>>): JournalReader {
  const path = join(dir, "journal.db");
  const writer = JournalWriter.open(path);
  if (!writer.ok) throw new Error(writer.failure.what);
  for (const line of lines) writer.value.log({ stage: 1, at: 0, stream: "stdout", rank: null, level: "info", text: "x", ...line });
  writer.value.commit();
  writer.value.close();
  const reader = JournalReader.open(path);
  if (!reader.ok) throw new Error(reader.failure.what);
  reader.value.refresh();
  return reader.value;
}

test("the line that was the newest at a time is found, also among many of one time", () => {
  const reader = journal(Array.from({ length: 1000 }, (_, i) => ({ at: Math.floor(i / 10) * 100 })));
  expect(reader.lineAt(-1)).toBeNull();
  expect(reader.lineAt(0)).toBe(10);
  expect(reader.lineAt(149)).toBe(20);
  expect(reader.lineAt(1e12)).toBe(1000);
  expect(reader.lineAt(Number.NaN)).toBeNull();
  reader.close();
  rmSync(join(dir, "journal.db"));
  expect(journal([]).lineAt(5)).toBeNull();
});

test("lines of chosen streams and levels", () => {
  const reader = journal([{ text: "a" }, { text: "b", stream: "stderr", level: "error" }, { text: "c", stream: "supervisor" }]);
  const texts = (query: Parameters<JournalReader["log"]>[0]): string[] => reader.log(query).map(({ text }) => text);
  expect(texts({ limit: 9, streams: ["stdout", "supervisor"] })).toEqual(["a", "c"]);
  expect(texts({ limit: 9, streams: [] })).toEqual([]);
  expect(texts({ limit: 9, minLevel: "warn" })).toEqual(["b"]);
  reader.close();
});
