import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepTokenizer, replacedTokenizer } from "./tokenizer-before.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A base dir whose tokenizer is a link, as where several share one. */
function place(script = "scripts.tok_train"): { before: Parameters<typeof keepTokenizer>[0]; pickle: string; kept: string } {
  const dir = mkdtempSync(join(tmpdir(), "nanochat-cli-tokenizer-"));
  folders.push(dir);
  mkdirSync(join(dir, "shared"));
  mkdirSync(join(dir, "base"));
  symlinkSync(join(dir, "shared"), join(dir, "base", "tokenizer"));
  const folder = join(dir, "before");
  return {
    before: { script, baseDir: join(dir, "base"), folder },
    pickle: join(dir, "shared", "tokenizer.pkl"),
    kept: join(folder, "tokenizer", "tokenizer.pkl"),
  };
}

test("a tokenizer that is written over is kept, and it is told where", () => {
  const { before, pickle, kept } = place();
  writeFileSync(pickle, "old");
  expect(keepTokenizer(before)).toEqual({ ok: true, value: undefined });
  writeFileSync(pickle, "new");
  expect(replacedTokenizer(before)).toContain(`is kept in ${join(before.folder, "tokenizer")}`);
  expect(readFileSync(kept, "utf8")).toBe("old");
});

test("one that another supervisor has kept already is not replaced by a half-made one", () => {
  const { before, pickle, kept } = place();
  writeFileSync(pickle, "old");
  keepTokenizer(before);
  writeFileSync(pickle, "half");
  keepTokenizer(before);
  expect(readFileSync(kept, "utf8")).toBe("old");
});

test("nothing is kept of one that comes out the same, where there was none, and by other stages", () => {
  const same = place();
  writeFileSync(same.pickle, "old");
  keepTokenizer(same.before);
  expect(replacedTokenizer(same.before)).toBeNull();
  const none = place();
  keepTokenizer(none.before);
  const other = place("scripts.base_train");
  writeFileSync(other.pickle, "old");
  keepTokenizer(other.before);
  expect([same, none, other].map(({ before }) => existsSync(before.folder))).toEqual([false, false, false]);
  expect(replacedTokenizer(other.before)).toBeNull();
});

test("where it cannot be kept, the stage is not started", () => {
  const { before, pickle } = place();
  writeFileSync(pickle, "old");
  writeFileSync(join(before.baseDir, "file"), "");
  const kept = keepTokenizer({ ...before, folder: join(before.baseDir, "file", "in") });
  expect(kept).toMatchObject({ ok: false, failure: { what: "The tokenizer is not trained" } });
});
