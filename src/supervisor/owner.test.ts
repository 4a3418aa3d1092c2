import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeOwnership } from "./owner.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that takes the run, says how that went, and holds on until it is killed. */
const TAKER = `
  const { takeOwnership } = await import(process.argv[1]);
  const taken = takeOwnership(process.argv[2]);
  console.log(taken.ok ? "took" : taken.failure.code);
  if (taken.ok) setInterval(() => Bun.gc(true), 10);
`;
const taker = () =>
  Bun.spawn([process.execPath, "-e", TAKER, join(import.meta.dir, "owner.ts"), folder], { stdout: "pipe", stderr: "ignore" });
type Taker = ReturnType<typeof taker>;

async function firstLine({ stdout }: Taker): Promise<string> {
  const reader = stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value).trim();
}

test("of two that race exactly one wins, and after its SIGKILL the next one wins at once", async () => {
  for (let round = 0; round < 20; round++) {
    const both = [taker(), taker()];
    const said = await Promise.all(both.map(firstLine));
    for (const each of both) each.kill("SIGKILL");
    await Promise.all(both.map(({ exited }) => exited));
    expect(said.toSorted()).toEqual(["refused", "took"]);
    const next = takeOwnership(folder);
    expect(next.ok).toBe(true);
    if (next.ok) next.value.release();
  }
}, 60_000);

test("a lock file that is no database is a failure that names it", () => {
  writeFileSync(join(folder, "owner.db"), "something else entirely, and long enough to be looked at".repeat(50));
  expect(takeOwnership(folder)).toMatchObject({ ok: false, failure: { code: "io", what: expect.stringContaining("owner.db") } });
});
