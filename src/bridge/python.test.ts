import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Result, sentence } from "../core/result.ts";
import { findPython, type Python } from "./python.ts";

let dir: string;
let path: string | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "python-"));
  path = process.env["PATH"];
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(dir, { recursive: true, force: true });
});

/** A program that answers like a Python of that version, whatever it is asked. */
function fakePython(file: string, version: string, torch: string | null = null, before = ""): string {
  const program = join(dir, file);
  mkdirSync(join(program, ".."), { recursive: true });
  writeFileSync(program, `#!/bin/sh\n${before}\necho noise\necho '${JSON.stringify({ version, torch })}'\n`);
  chmodSync(program, 0o755);
  return program;
}

const find = (flag?: string) => findPython({ flag, workspaceDir: dir });
const value = (result: Result<Python>): Python => {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
};
const said = (result: Result<unknown>): string => (result.ok ? "it was found" : sentence(result.failure));
const onPath = (folder: string) => {
  process.env["PATH"] = `${join(dir, folder)}:/usr/bin:/bin`;
};

test("the environment of the workspace comes first", async () => {
  const own = fakePython(".venv/bin/python", "3.11.7", "2.9.1");
  expect(value(await find())).toEqual({ argv: [own], reason: ".venv", version: "3.11.7", torch: "2.9.1" });
});

test("an environment without torch is passed over, and that is said", async () => {
  const own = fakePython(".venv/bin/python", "3.11.7");
  fakePython("bin/python3", "3.12.1", "2.9.1");
  onPath("bin");
  const python = value(await find());
  expect(python.argv).toEqual(["python3"]);
  expect(python.reason).toBe(`python3, since ${own} has no torch`);
});

test("when none will do, each is named with its reason", async () => {
  const own = fakePython(".venv/bin/python", "3.9.18", "2.9.1");
  fakePython("bin/python3", "3.12.1");
  onPath("bin");
  expect(said(await find())).toBe(
    `No Python here can run nanochat: ${own} is Python 3.9.18, which is too old; python3 has no torch. Name a newer one with --python.`,
  );
});

test("a Python that was named is taken or refused, never replaced", async () => {
  fakePython(".venv/bin/python", "3.11.7", "2.9.1");
  const old = fakePython("old", "3.6.15");
  expect(said(await find(old))).toBe(
    `${old} is Python 3.6.15, which is too old: nanochat needs 3.10 or newer. Name a newer one with --python.`,
  );
  expect(said(await find("/nowhere/python"))).toContain("/nowhere/python cannot be started: there is no such program.");
});

test("a folder given as --python is an environment", async () => {
  const program = fakePython("env/bin/python", "3.13.0", "2.9.1");
  expect(value(await find(join(dir, "env"))).argv).toEqual([program]);
});

test("a program that is no Python is refused with what it said", async () => {
  const broken = fakePython("broken", "3.11.7", null, "echo 'no such library' >&2; exit 3");
  const result = await find(broken);
  expect(said(result)).toContain("does not work as a Python: it ended with code 3.");
  expect(!result.ok && result.failure.details).toBe("no such library");
});

test("a pocket workspace needs no torch", async () => {
  mkdirSync(join(dir, "nanochat"));
  writeFileSync(join(dir, "nanochat", "__init__.py"), '"""Small."""\nPOCKET = True\n');
  const own = fakePython(".venv/bin/python", "3.11.7");
  expect(value(await find()).argv).toEqual([own]);
});

test("uv is asked where the environment lies elsewhere, and never told to install", async () => {
  fakePython("bin/uv", "3.11.7", "2.9.1");
  onPath("bin");
  writeFileSync(join(dir, "uv.lock"), "");
  mkdirSync(join(dir, "elsewhere"));
  writeFileSync(join(dir, "elsewhere", "pyvenv.cfg"), "");
  process.env["UV_PROJECT_ENVIRONMENT"] = "elsewhere";
  try {
    expect(value(await find()).argv).toEqual(["uv", "run", "--no-sync", "--project", dir, "python"]);
  } finally {
    delete process.env["UV_PROJECT_ENVIRONMENT"];
  }
});

test("a real interpreter is asked without importing anything of the workspace", async () => {
  mkdirSync(join(dir, "nanochat"));
  writeFileSync(join(dir, "nanochat", "__init__.py"), "POCKET = True\n");
  writeFileSync(join(dir, "json.py"), `open(${JSON.stringify(join(dir, "ran"))}, "w")\n`);
  const python = value(await find("python3"));
  expect(python.version).toMatch(/^3\.\d+\.\d+$/);
  expect(await Bun.file(join(dir, "ran")).exists()).toBe(false);
});
