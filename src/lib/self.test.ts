import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PACKAGE_DIR, programAsTyped } from "./self.ts";

test("what is told to be typed starts the program: its name where a shell finds it, else the way to the launcher", () => {
  const launcher = join(PACKAGE_DIR, "bin", "nanochat-cli");
  const typed = (PATH: string, from: string): string => programAsTyped({ PATH }, from);
  expect(typed("/nowhere", PACKAGE_DIR)).toBe("bin/nanochat-cli");
  expect(typed("/nowhere", join(PACKAGE_DIR, "bin"))).toBe("./nanochat-cli");
  expect(typed("/nowhere", "/")).toBe(launcher.slice(1));
  expect(typed("/nowhere", tmpdir())).toBe(launcher);
  const dir = mkdtempSync(join(tmpdir(), "nanochat-cli-"));
  try {
    writeFileSync(join(dir, "nanochat-cli"), "");
    chmodSync(join(dir, "nanochat-cli"), 0o755);
    expect(typed(`/nowhere:${dir}`, tmpdir())).toBe("nanochat-cli");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
