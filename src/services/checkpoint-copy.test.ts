import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { copyAs, copyCheckpoint } from "./checkpoint-copy.ts";
import { listCheckpoints, UNFINISHED_COPY } from "./checkpoints.ts";

let folder: ReturnType<typeof temporaryFolder>;
let models: string;
beforeEach(() => {
  folder = temporaryFolder();
  models = join(folder.path, "base_checkpoints");
  for (const step of [20, 40]) writeCheckpoint(folder.path, "base", { tag: "one", step });
  for (const rank of [0, 1])
    writeFileSync(join(models, "one", `optim_000020_rank${rank}.pt`), readFileSync(join(models, "one", "model_000020.pt")));
});
afterEach(() => folder.remove());

const all = (): Checkpoint[] => listCheckpoints(folder.path, join(folder.path, "cache"));
const atStep20 = (): Checkpoint => all().find(({ tag, step }) => tag === "one" && step === 20)!;

test("a copy has all files of that step and no other, byte for byte, and is what was told beforehand", async () => {
  const one = atStep20();
  unwrap(await copyCheckpoint(one, "one-2"));
  const files = one.files.map(({ name }) => name);
  expect(files.filter((name) => name.startsWith("optim_"))).toHaveLength(2);
  expect(readdirSync(join(models, "one-2")).sort()).toEqual(files);
  for (const name of files) expect(readFileSync(join(models, "one-2", name))).toEqual(readFileSync(join(models, "one", name)));
  const { writtenAt: _, ...copy } = all().find(({ tag }) => tag === "one-2")!;
  expect(copyAs(one, "one-2")).toMatchObject(copy);
});

test("a copy never goes where something is, and the refusal names a tag that is free", async () => {
  for (const tag of ["one", "one-2"]) {
    mkdirSync(join(models, tag), { recursive: true });
    expect(await copyCheckpoint(atStep20(), tag)).toMatchObject({ ok: false, failure: { code: "refused" } });
  }
  const again = await copyCheckpoint(atStep20(), "one");
  expect(again.ok ? "" : again.failure.remedy).toBe("Choose another --as, such as one-3");
  expect(readdirSync(join(models, "one-2"))).toEqual([]);
});

test("of a copy that fails, or is broken off, nothing is left", async () => {
  const one = atStep20();
  const torn = { ...one, files: [...one.files, { name: "optim_000020_rank2.pt", bytes: 1 }] };
  expect(await copyCheckpoint(torn, "one-2")).toMatchObject({ ok: false, failure: { code: "io" } });
  expect(await copyCheckpoint(one, "one-2", AbortSignal.abort())).toMatchObject({ ok: false, failure: { code: "interrupted" } });
  expect(readdirSync(models)).toEqual(["one"]);
});

test("a copy that is being made is no checkpoint; what a killed one left goes with the next, another machine's stays", async () => {
  const dead = `${UNFINISHED_COPY}1-1-${hostname()}`;
  const elsewhere = `${UNFINISHED_COPY}1-1-other.${hostname()}`;
  for (const name of [dead, elsewhere]) {
    mkdirSync(join(models, name));
    writeFileSync(join(models, name, "model_000020.pt"), "PK");
  }
  expect([...new Set(all().map(({ tag }) => tag))]).toEqual(["one"]);
  unwrap(await copyCheckpoint(atStep20(), "one-2"));
  expect(readdirSync(models).sort()).toEqual([elsewhere, "one", "one-2"]);
});

test("a copy that is taken away again leaves what came to it", async () => {
  const undo = unwrap(await copyCheckpoint(atStep20(), "one-2"));
  undo();
  expect(readdirSync(models)).toEqual(["one"]);
  const other = unwrap(await copyCheckpoint(atStep20(), "one-2"));
  writeFileSync(join(models, "one-2", "model_000030.pt"), "PK");
  other();
  expect(readdirSync(join(models, "one-2"))).toEqual(["model_000030.pt"]);
});
