/** All runs of one of W&B's folders. */
import { expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "../../test/fixtures/runs.ts";
import { FolderImport } from "./import-all.ts";
import { exit, folder, home, inFolder, point, put, told, wandb } from "./run-import-fixture.ts";
import { listRuns } from "./runs.ts";

inFolder();

const place = (): string => join(folder.path, "wandb");
const run = (id: string, start: number, ...records: Buffer[]): string =>
  put(join("wandb", `run-${start}-${id}`, `run-${id}.wandb`), wandb(id, start, ...records), true);
const names = (): string[] =>
  unwrap(listRuns(home))
    .map(({ name, status }) => `${name} ${status}`)
    .sort();
const look = async (all: FolderImport, follow = true) => {
  const { runs, failures } = unwrap(await all.look(follow));
  return { read: runs.filter(({ read }) => read > 0).map(({ state }) => state.name), failures: failures.map(({ what }) => what) };
};

test("every run of a folder is imported, and those that come later or grow; what has not changed is not read", async () => {
  run("a", 1000, point(0, 1001), exit(0));
  run("b", 2000, point(0, 2001));
  const all = new FolderImport(home, place(), {});
  expect(await look(all)).toEqual({ read: ["name-a", "name-b"], failures: [] });
  expect(names()).toEqual(["name-a done", "name-b running"]);
  expect(await look(all)).toEqual({ read: [], failures: [] });
  run("b", 2000, point(0, 2001), point(1, 2002));
  run("c", 3000, point(0, 3001), exit(1));
  expect(await look(all)).toEqual({ read: ["name-b", "name-c"], failures: [] });
  expect(names()).toEqual(["name-a done", "name-b running", "name-c failed"]);
  await all.settle();
  expect(names()).toEqual(["name-a done", "name-b lost", "name-c failed"]);
});

test("one that cannot be imported is told once, and keeps none of the others", async () => {
  run("a", 1000, point(0, 1001), exit(0));
  run("empty", 1500);
  run("twice", 2000, point(0, 2500));
  put(join("wandb", "run-2100-twice", "run-twice.wandb"), wandb("twice", 2100, point(0, 2200)), true);
  mkdirSync(join(place(), "run-9-begun"));
  const all = new FolderImport(home, place(), {});
  const { read, failures } = await look(all, false);
  expect(read).toEqual(["name-a"]);
  expect(failures).toEqual([
    expect.stringContaining("run-empty.wandb holds no history"),
    "Two files of run twice were written at the same time",
  ]);
  expect(await look(all, false)).toEqual({ read: [], failures: [] });
});

test("a folder without runs, or that is gone, is told", async () => {
  mkdirSync(place());
  const all = new FolderImport(home, place(), {});
  expect(told(await all.look(false))).toContain("There is no .wandb file in");
  rmSync(place(), { recursive: true });
  expect(told(await all.look(false))).toContain("is no folder that can be read");
});
