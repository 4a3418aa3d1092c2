import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTrusted, setTrusted } from "./trust.ts";

let scratch: string;
const before = process.env["XDG_CONFIG_HOME"];
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "trust-")));
  process.env["XDG_CONFIG_HOME"] = join(scratch, "config");
  for (const name of ["mine", "other"]) mkdirSync(join(scratch, name));
});
afterEach(() => {
  if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
  else process.env["XDG_CONFIG_HOME"] = before;
  rmSync(scratch, { recursive: true, force: true });
});

test("a folder is trusted from the person's word until it is taken back, and no other is", () => {
  const [mine, other] = [join(scratch, "mine"), join(scratch, "other")];
  expect(isTrusted(mine)).toBe(false);
  expect(setTrusted(mine, true).ok).toBe(true);
  expect([isTrusted(mine), isTrusted(other), isTrusted(join(mine, "below"))]).toEqual([true, false, false]);
  setTrusted(mine, false);
  expect(isTrusted(mine)).toBe(false);
});

test("trust in a link is trust in where it leads now", () => {
  const link = join(scratch, "link");
  symlinkSync(join(scratch, "mine"), link);
  setTrusted(link, true);
  expect(isTrusted(join(scratch, "mine"))).toBe(true);
  unlinkSync(link);
  symlinkSync(join(scratch, "other"), link);
  expect(isTrusted(link)).toBe(false);
});

test("a torn list trusts nothing", () => {
  setTrusted(join(scratch, "mine"), true);
  writeFileSync(join(scratch, "config", "nanochat-cli", "trusted.json"), '{"version":1,"di');
  expect(isTrusted(join(scratch, "mine"))).toBe(false);
});
