/** What the launcher starts: the program as it was put together, or the source when that is another by now. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "../drivers/pty.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "nanochat-cli-entry-"));
  const isWanted = (path: string): boolean => !/\.test\.ts$|captures/.test(path);
  for (const name of ["bin", "src", "package.json", "bunfig.runtime.toml", "tsconfig.runtime.json"])
    cpSync(join(ROOT, name), join(dir, name), { recursive: true, filter: isWanted });
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const node = (code: string): string => {
  const ran = spawnSync("node", ["--input-type=module", "-e", code], { cwd: dir, encoding: "utf8" });
  expect(ran.stderr).toBe("");
  return ran.stdout.trim();
};
const build = () => node('(await import("./bin/build.mjs")).build()');
const entry = (): string => relative(dir, node('console.log((await import("./bin/entry.cjs")).findEntry())'));
const builds = () => readdirSync(join(dir, "dist"));

test("what was put together is started until a file of the source is another one", () => {
  expect(entry()).toBe("src/main.ts");
  build();
  const built = entry();
  expect(built).toMatch(/^dist\/[0-9a-f]{12}\/main\.js$/);
  const said = spawnSync(join(dir, "bin", "nanochat-cli"), ["runs", "list", "--home", join(dir, "home")], {
    cwd: dir,
    encoding: "utf8",
  });
  expect([said.status, said.stderr]).toEqual([0, ""]);
  appendFileSync(join(dir, "src", "lib", "self.ts"), "// changed\n");
  expect(entry()).toBe("src/main.ts");
  build();
  expect(entry()).toMatch(/^dist\/[0-9a-f]{12}\/main\.js$/);
  expect(entry()).not.toBe(built);
  // A supervisor that was started from the one before still finds its parts.
  expect(builds()).toHaveLength(3);
});

test("what was put together elsewhere is not started: its own place is written into it", () => {
  const from = dir;
  dir = `${from}-moved`;
  renameSync(from, dir);
  expect(entry()).toBe("src/main.ts");
  build();
  expect(entry()).toMatch(/^dist\/[0-9a-f]{12}\/main\.js$/);
});

test("a list that is torn, or a source that cannot be put together, means the source", () => {
  writeFileSync(join(dir, "dist", "current.json"), '{"main":');
  expect(entry()).toBe("src/main.ts");
  writeFileSync(join(dir, "src", "main.ts"), "import './nowhere.ts';\n");
  build();
  expect(entry()).toBe("src/main.ts");
  expect(builds().filter((name) => name.startsWith("making"))).toEqual([]);
});
