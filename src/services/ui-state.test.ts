import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UiStateFile } from "./ui-state.ts";

function inHome(work: (home: string) => void): void {
  const dir = mkdtempSync(join(tmpdir(), "ui-state-"));
  try {
    work(join(dir, "home"));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("what is kept is back, private, and in a home that there was not", () =>
  inHome((home) => {
    const file = new UiStateFile(home);
    expect(file.load()).toEqual({ value: null, problem: null });
    expect(file.save({ tab: "runs" }).ok).toBe(true);
    expect(new UiStateFile(home).load()).toEqual({ value: { tab: "runs" }, problem: null });
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home, ".gitignore"), "utf8")).toBe("*\n");
  }));

test("a broken file is kept aside, and said", () =>
  inHome((home) => {
    const file = new UiStateFile(home);
    file.save({});
    writeFileSync(file.path, '{"tab": "ru');
    const { value, problem } = file.load();
    expect(value).toBeNull();
    expect(problem).toContain("is kept as");
    const aside = readdirSync(home).find((name) => name.startsWith("ui-state.broken-")) ?? "";
    expect(readFileSync(join(home, aside), "utf8")).toBe('{"tab": "ru');
    expect(file.load()).toEqual({ value: null, problem: null });
  }));

test("of two viewers the last one counts, and neither leaves anything beside the file", () =>
  inHome((home) => {
    const [one, other] = [new UiStateFile(home), new UiStateFile(home)];
    for (let i = 0; i < 50; i++) {
      one.save({ who: "one", i, much: "x".repeat(10_000) });
      other.save({ who: "other", i });
      expect(one.load().value).toEqual({ who: "other", i });
    }
    expect(readdirSync(home).sort()).toEqual([".gitignore", "runs", "ui-state.json"]);
  }));

test("a home that cannot be written is a failure, not an exception", () => {
  expect(new UiStateFile("/proc/nowhere").save({}).ok).toBe(false);
  expect(new UiStateFile("/proc/nowhere").load()).toEqual({ value: null, problem: null });
});
