import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import { takeLock } from "./lock.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

test("a lock in a folder that nothing can be written in says so of the folder; one of a file that is none, of that", () => {
  const gone = join(folder.path, "gone");
  expect(takeLock(join(gone, "lock.db"), 0)).toEqual({
    taken: false,
    busy: false,
    why: `nothing can be written in ${gone}: a folder on the way to it is not there`,
    remedy: "Choose another place with --home",
  });
  expect(takeLock(folder.path, 0)).toEqual({ taken: false, busy: false, why: "unable to open database file" });
});

test("a lock that is taken is busy, until it is released", () => {
  const first = takeLock(join(folder.path, "lock.db"), 0);
  expect(takeLock(join(folder.path, "lock.db"), 0)).toMatchObject({ taken: false, busy: true });
  if (first.taken) first.lock.release();
  const second = takeLock(join(folder.path, "lock.db"), 0);
  expect(second.taken).toBe(true);
  if (second.taken) second.lock.release();
});
