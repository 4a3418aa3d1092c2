import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson, readText, writeJson } from "./files.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("what is written can be read, is private, and leaves nothing beside it", () => {
  const path = join(dir, "deep", "state.json");
  expect(writeJson(path, { step: 1 }).ok).toBe(true);
  expect(readJson(path)).toEqual({ ok: true, value: { step: 1 } });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(dir, "deep"))).toEqual(["state.json"]);
});

test("a file that is not there is null, one that is torn is named as corrupt", () => {
  expect(readText(join(dir, "none"))).toEqual({ ok: true, value: null });
  writeFileSync(join(dir, "torn.json"), '{"step": 1');
  const torn = readJson(join(dir, "torn.json"));
  expect(torn.ok === false && torn.failure.code).toBe("corrupt");
  expect(torn.ok === false && torn.failure.what).toContain("torn.json");
});

test("a place that cannot be written is a sentence with the reason", () => {
  writeFileSync(join(dir, "file"), "");
  const result = writeJson(join(dir, "file", "below.json"), {});
  expect(result.ok === false && `${result.failure.what}: ${result.failure.why}`).toContain("below.json could not be written");
});

test("a folder that is read as a file is told as that", () => {
  const read = readText("/");
  expect(read.ok ? null : read.failure).toMatchObject({ what: "/ could not be read", why: "it is a folder", remedy: "Name a file in it" });
});
