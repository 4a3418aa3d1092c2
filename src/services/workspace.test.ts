import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sentence } from "../core/result.ts";
import { findHome, prepareHome } from "./home.ts";
import { findBaseDir, findWorkspace, POCKET_DIR, rememberWorkspace } from "./workspace.ts";

let dir: string;
const kept = { ...process.env };
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "workspace-")));
  process.env["XDG_CONFIG_HOME"] = join(dir, "config");
  process.env["XDG_DATA_HOME"] = join(dir, "data");
  for (const name of ["NANOCHAT_DIR", "NANOCHAT_BASE_DIR", "NANOCHAT_CLI_HOME"]) delete process.env[name];
  mkdirSync(join(dir, "checkout", "scripts"), { recursive: true });
  writeFileSync(join(dir, "checkout", "scripts", "base_train.py"), "");
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name];
  Object.assign(process.env, kept);
  rmSync(dir, { recursive: true, force: true });
});

const found = (flag: string | undefined, from: string) => {
  const result = findWorkspace(flag, from);
  return result.ok ? [result.value.dir, result.value.reason] : sentence(result.failure);
};

test("a workspace is found by flag, by variable, here, above, and by memory, in that order", () => {
  const checkout = join(dir, "checkout");
  expect(found(undefined, dir)).toContain("No nanochat checkout was found");
  rememberWorkspace(checkout);
  expect(found(undefined, dir)).toEqual([checkout, "the last one used"]);
  expect(found(undefined, join(checkout, "scripts"))).toEqual([checkout, "above this folder"]);
  expect(found(undefined, checkout)).toEqual([checkout, "this folder"]);
  process.env["NANOCHAT_DIR"] = checkout;
  expect(found(undefined, dir)).toEqual([checkout, "NANOCHAT_DIR"]);
  expect(found(dir, checkout)).toEqual([dir, "--workspace"]);
});

test("a memory of the last workspace that is of no use is named, with why", () => {
  const file = join(dir, "config", "nanochat-cli", "last-workspace.json");
  rememberWorkspace(join(dir, "gone"));
  expect(found(undefined, dir)).toContain(`above it: the last one used, ${join(dir, "gone")}, is not there any more. Name one with`);
  writeFileSync(file, '{"dir": ');
  expect(found(undefined, dir)).toContain(`above it: ${file} is not readable as JSON. Name one with`);
  writeFileSync(file, '{"dir": 7}');
  expect(found(undefined, dir)).toContain(`above it: ${file} names no folder. Name one with`);
});

test("the pocket is called so from everywhere; a folder of that name is what is meant where there is one", () => {
  const before = process.cwd();
  try {
    process.chdir(dir);
    expect(found("pocket", dir)).toEqual([POCKET_DIR, "--workspace"]);
    mkdirSync("pocket");
    expect(found("pocket", dir)).toEqual([join(process.cwd(), "pocket"), "--workspace"]);
  } finally {
    process.chdir(before);
  }
});

test("a path through a file is no workspace", () => {
  writeFileSync(join(dir, "file"), "");
  expect(found(join(dir, "file", "below"), dir)).toContain("which does not exist");
});

test("the last workspace comes with the Python and the base dir that it was used with; what the environment names goes before", () => {
  const checkout = join(dir, "checkout");
  const last = () => {
    const result = findWorkspace(undefined, dir);
    return result.ok ? result.value : null;
  };
  rememberWorkspace(checkout, { python: join(dir, "venv", "bin", "python"), baseDir: join(dir, "base") });
  expect(last()).toEqual({
    dir: checkout,
    reason: "the last one used, with the same --python, with the same --base-dir",
    usedWith: { python: join(dir, "venv", "bin", "python"), baseDir: join(dir, "base") },
  });
  expect(findBaseDir(checkout, undefined, last()?.usedWith?.baseDir)).toBe(join(dir, "base"));
  expect(findBaseDir(checkout, "/flag", join(dir, "base"))).toBe("/flag");
  process.env["NANOCHAT_BASE_DIR"] = "/somewhere";
  expect(findBaseDir(checkout, undefined, join(dir, "base"))).toBe("/somewhere");
  rememberWorkspace(checkout);
  expect(last()).toEqual({ dir: checkout, reason: "the last one used", usedWith: {} });
});

test("a workspace that is named and not there is said with who named it", () => {
  expect(found(join(dir, "gone"), dir)).toContain(`--workspace names ${join(dir, "gone")}, which does not exist`);
  expect(found(join(dir, "checkout", "scripts", "base_train.py"), dir)).toContain("which is no folder");
});

test("the base dir is the flag's, the pocket's own, the environment's, or nanochat's default", () => {
  expect(findBaseDir("/checkout", undefined)).toEndWith("/.cache/nanochat");
  process.env["NANOCHAT_BASE_DIR"] = "/somewhere";
  expect(findBaseDir("/checkout", undefined)).toBe("/somewhere");
  expect(findBaseDir(POCKET_DIR, undefined)).toBe(join(dir, "data", "nanochat-cli", "pocket", "base"));
  expect(findBaseDir(POCKET_DIR, "/flag")).toBe("/flag");
});

test("a home is private, invisible to git, and not inside of the program", () => {
  expect(findHome(POCKET_DIR, undefined)).toBe(join(dir, "data", "nanochat-cli", "pocket", "home"));
  const home = findHome(join(dir, "checkout"), undefined);
  expect(prepareHome(home)).toEqual({ ok: true, value: home });
  expect(statSync(home).mode & 0o777).toBe(0o700);
  expect(statSync(join(home, ".gitignore")).isFile()).toBe(true);
});

test("a home that cannot be written is a sentence that names it and the way out", () => {
  writeFileSync(join(dir, "file"), "");
  const result = prepareHome(join(dir, "file", "home"));
  expect(!result.ok && sentence(result.failure)).toContain(`Runs cannot be kept in ${join(dir, "file", "home")}`);
  expect(!result.ok && result.failure.remedy).toContain("--home");
});
