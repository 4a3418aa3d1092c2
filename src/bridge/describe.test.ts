import { afterEach, beforeEach, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sentence } from "../core/result.ts";
import { PACKAGE_DIR } from "../lib/self.ts";
import { describeWorkspace } from "./describe.ts";

const POCKET = join(PACKAGE_DIR, "pocket");
let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "describe-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const look = (dir: string, python = ["python3"]) => describeWorkspace({ dir, python, cacheDir: join(scratch, "cache") });

/** A copy that is no pocket any more, in a git repository of its own. */
function checkout(): string {
  const dir = join(scratch, "checkout");
  cpSync(POCKET, dir, { recursive: true });
  writeFileSync(join(dir, "nanochat", "__init__.py"), "");
  const git = (...args: string[]) => Bun.spawnSync(["git", "-c", "user.name=t", "-c", "user.email=t@localhost", "-C", dir, ...args]);
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "all");
  return dir;
}

test("the pocket is described from its source, and has no commit of its own", async () => {
  const info = await look(POCKET);
  if (!info.ok) throw new Error(sentence(info.failure));
  const train = info.value.scripts.find(({ module }) => module === "scripts.base_train");
  expect(info.value).toMatchObject({ kind: "pocket", package: "nanochat", commit: null });
  expect(train?.trainable).toBe(true);
  expect(train?.parameters.find(({ name }) => name === "depth")).toMatchObject({ flag: "--depth", type: "int", default: 2 });
});

test("what has not changed comes from the cache, and what has does not", async () => {
  const dir = checkout();
  expect((await look(dir)).ok).toBe(true);
  expect((await look(dir, ["/no/such/python"])).ok).toBe(true);
  writeFileSync(join(dir, "scripts", "more.py"), "import sys\nprint(sys.argv)\n");
  expect((await look(dir, ["/no/such/python"])).ok).toBe(false);
});

test("git tells the commit and whether there are changes, and runs nothing that the checkout names", async () => {
  const dir = checkout();
  const marker = join(scratch, "ran");
  writeFileSync(join(scratch, "evil.sh"), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  Bun.spawnSync(["git", "-C", dir, "config", "core.fsmonitor", join(scratch, "evil.sh")]);
  const clean = await look(dir);
  expect(clean.ok && clean.value.commit).toMatch(/^[0-9a-f]{7,}$/);
  expect(clean.ok && clean.value.dirty).toBe(false);
  writeFileSync(join(dir, "scripts", "chat_cli.py"), "# changed\n");
  const dirty = await look(dir);
  expect(dirty.ok && dirty.value.dirty).toBe(true);
  expect(existsSync(marker)).toBe(false);
});

test("a folder that is no nanochat is refused by name, with what was looked for", async () => {
  const dir = join(scratch, "empty");
  mkdirSync(dir);
  const info = await look(dir);
  expect(info.ok).toBe(false);
  expect(!info.ok && sentence(info.failure)).toContain(`${dir} is not a nanochat directory`);
});

test("what the source does not tell is asked of the script in a trusted checkout only", async () => {
  const dir = checkout();
  const marker = join(scratch, "ran");
  writeFileSync(
    join(dir, "scripts", "asked.py"),
    `import argparse
open(${JSON.stringify(marker)}, "w").close()
parser = argparse.ArgumentParser()
parser.add_argument("--cores", type=int, default=sum(1 for _ in range(7)))
args = parser.parse_args()
`,
  );
  const told = async (trusted: boolean) => {
    const info = await describeWorkspace({ dir, python: ["python3"], cacheDir: join(scratch, "cache"), trusted });
    if (!info.ok) throw new Error(sentence(info.failure));
    return info.value.scripts.find(({ module }) => module === "scripts.asked")?.parameters[0];
  };
  expect(await told(false)).toMatchObject({ name: "cores", defaultKnown: false });
  expect(existsSync(marker)).toBe(false);
  expect(await told(true)).toMatchObject({ name: "cores", type: "int", defaultKnown: true, default: 7 });
  expect(existsSync(marker)).toBe(true);
  expect(await told(false)).toMatchObject({ defaultKnown: false });
});
