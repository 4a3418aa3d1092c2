import { expect, test } from "bun:test";
import { mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { knownDamage, rememberVerdict } from "./checkpoint-verdicts.ts";

test("damage is remembered until the files change, or are found to be whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "verdicts-"));
  const model = join(folder, "model_000040.pt");
  writeFileSync(model, "x");
  const one = { dir: folder, step: 40, files: [{ name: "model_000040.pt" }] };
  expect(knownDamage(folder)(one)).toBeNull();
  rememberVerdict(one, "model_000040.pt: a checksum is wrong", folder);
  expect(knownDamage(folder)(one)).toBe("model_000040.pt: a checksum is wrong");
  expect(knownDamage(folder)({ ...one, step: 50 })).toBeNull();
  utimesSync(model, 1, 1);
  expect(knownDamage(folder)(one)).toBeNull();
  rememberVerdict(one, "still wrong", folder);
  rememberVerdict(one, null, folder);
  expect(knownDamage(folder)(one)).toBeNull();
  writeFileSync(join(folder, "damaged-checkpoints.json"), "{");
  expect(knownDamage(folder)(one)).toBeNull();
});
