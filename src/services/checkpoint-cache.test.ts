import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storedZip } from "./base-dir-fixture.ts";
import { listCheckpoints } from "./checkpoints.ts";

const COUNT = 24;
let scratch: string;
let baseDir: string;
let cache: string;
let folder: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "checkpoint-cache-"));
  baseDir = join(scratch, "base");
  cache = join(scratch, "cache");
  folder = join(baseDir, "base_checkpoints", "d2");
  mkdirSync(folder, { recursive: true });
  for (let step = 1; step <= COUNT; step++) write(step, `{"val_bpb": ${step}.5, "model_config": {"n_layer": 2}}`);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const file = (kind: string, step: number, end: string): string => join(folder, `${kind}_${String(step).padStart(6, "0")}.${end}`);
const WHOLE = storedZip([["archive/data.pkl", Buffer.from("x")]]);

function write(step: number, meta: string): void {
  writeFileSync(file("meta", step, "json"), meta);
  writeFileSync(file("model", step, "pt"), WHOLE);
}

const listed = () => listCheckpoints(baseDir, cache);
const at = (step: number) => listed().find((one) => one.step === step);
const cacheFile = (): string => join(cache, readdirSync(cache)[0] ?? "none");

test("a second look takes from the cache what the first has found, and finds the same", () => {
  const first = listed();
  expect(first).toHaveLength(COUNT);
  const kept = readFileSync(cacheFile(), "utf8");
  // Told from the cache: what is written there is what is shown.
  writeFileSync(cacheFile(), kept.replace('"valBpb":3.5', '"valBpb":99'));
  expect(at(3)?.valBpb).toBe(99);
  writeFileSync(cacheFile(), kept);
  expect(listed()).toEqual(first);
});

test("a meta file that has changed is read anew, also when it is as long as before", () => {
  listed();
  writeFileSync(file("meta", 5, "json"), `{"val_bpb": 7.7, "model_config": {"n_layer": 2}}`);
  expect(at(5)?.valBpb).toBe(7.7);
});

test("a model file of the same size and another time is looked at again", () => {
  listed();
  writeFileSync(file("model", 6, "pt"), Buffer.alloc(WHOLE.length));
  utimesSync(file("model", 6, "pt"), new Date(), new Date(Date.now() + 5000));
  expect(at(6)?.broken).toContain("torn");
});

test("a checkpoint that is deleted or completed since is told as it is now", () => {
  rmSync(file("meta", 7, "json"));
  expect(at(7)?.broken).toContain("its meta file is missing");
  writeFileSync(file("meta", 7, "json"), "{}");
  expect(at(7)?.broken).toBeNull();
  rmSync(file("meta", 8, "json"));
  rmSync(file("model", 8, "pt"));
  expect(at(8)).toBeUndefined();
});

test("a cache that is torn, of another version or of another shape is made anew", () => {
  const first = listed();
  for (const text of ["{", '{"version":0,"checkpoints":{}}', '{"version":2,"checkpoints":{"a":{"stamp":1}}}', "[]"]) {
    writeFileSync(cacheFile(), text);
    expect(listed()).toEqual(first);
    expect(readFileSync(cacheFile(), "utf8")).toContain('"valBpb":3.5');
  }
});

test("a loss of NaN in a meta file stays one", () => {
  write(4, '{"val_bpb": 1, "loop_state": {"smooth_train_loss": NaN}}');
  expect([at(4), at(4), at(5)].map((one) => one?.trainLoss)).toEqual([Number.NaN, Number.NaN, null]);
});

test("an infinity in a meta file stays one", () => {
  write(9, `{"val_bpb": 1, "user_config": {"best": Infinity}}`);
  expect([at(9), at(9)].map((one) => one?.userConfig?.["best"])).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test("a short list, and a cache that cannot be written, do without", () => {
  for (let step = 10; step <= COUNT; step++)
    for (const [kind, end] of [
      ["meta", "json"],
      ["model", "pt"],
    ] as const)
      rmSync(file(kind, step, end));
  expect(listed()).toHaveLength(9);
  expect(existsSync(cache)).toBe(false);
  for (let step = 10; step <= COUNT; step++) write(step, "{}");
  writeFileSync(cache, "in the way");
  expect(listed()).toHaveLength(COUNT);
});
