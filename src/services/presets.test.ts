import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listPresets, presetDir } from "./presets.ts";

test("a preset with aliases that multiply or name nothing is a broken file, and hides no other", () => {
  const home = mkdtempSync(join(tmpdir(), "presets-"));
  mkdirSync(presetDir(home));
  const rows = "bcdefghi".split("").map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(",")}]`);
  writeFileSync(join(presetDir(home), "bomb.yaml"), ["a: &a [x,x,x,x,x,x,x,x,x]", ...rows].join("\n"));
  writeFileSync(join(presetDir(home), "gone.yaml"), "name: *nobody\nprompt: x\n");
  const { presets, broken } = listPresets(home);
  expect(broken.map(({ file, why }) => [file.slice(presetDir(home).length + 1), why])).toEqual([
    ["bomb.yaml", expect.stringContaining("multiply")],
    ["gone.yaml", expect.stringContaining("names nothing")],
  ]);
  expect(presets.length).toBeGreaterThan(0);
});
