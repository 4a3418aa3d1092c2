import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTicks } from "../lib/process.ts";
import { ownerLost, takeOwnership } from "./owner.ts";

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

const NOW = Date.parse("2026-11-23T12:00:10Z");
const owner = { pid: 4711, startTicks: 1, startedAt: "2026-11-23T11:00:00Z", version: "0.1.0" };
const trained = (pid: number | null, ticks: number | null) => [{ status: "running" as const, pid, startTicks: ticks }];
const left = { status: "running" as const, owner, heartbeatAt: "2026-11-23T12:00:00.000Z", stages: trained(null, null) };

test("an owner that is gone without a word is told of: for how long, and what became of its trainer", () => {
  const alive = trained(process.pid, startTicks(process.pid));
  expect(ownerLost({ ...left, stages: alive }, NOW)).toMatchObject({
    what: "The supervisor (process 4711) was gone for 10s",
    why: "the trainer went on, and the run is looked after again",
    details: "Its last heartbeat was at 2026-11-23T12:00:00.000Z",
  });
  expect(ownerLost({ ...left, status: "paused", stages: alive }, NOW)?.why).toBe(
    "the trainer waited, paused, and the run is looked after again",
  );
  expect(ownerLost({ ...left, stages: trained(process.pid, -1) }, NOW)?.why).toBe("the trainer has ended meanwhile");
  expect(ownerLost(left, NOW)?.why).toBe("the run is looked after again");
  expect(ownerLost({ ...left, heartbeatAt: null }, NOW)?.what).toBe("The supervisor (process 4711) was gone");
});

test("a first owner, one after a hand-over, and one of a run that is over lose nobody", () => {
  expect(ownerLost({ ...left, owner: null }, NOW)).toBeNull();
  expect(ownerLost({ ...left, status: "done" }, NOW)).toBeNull();
});
