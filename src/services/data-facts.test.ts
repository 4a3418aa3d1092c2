/** What is found under a base dir, whole or not. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NO_SMALL_DISK, type SmallDisk, smallDisk } from "../../test/fixtures/disk.ts";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import { captured } from "../config/captures/capture.ts";
import { writeShards, writeTokenizer } from "./base-dir-fixture.ts";
import { dataFacts, shardsFolder, tokenizerHash } from "./data-facts.ts";

const CLIMBMIX = captured("92d63d4").features;
const FINEWEB = captured("63bb583").features;

let folder: ReturnType<typeof temporaryFolder>;
let base: string;
beforeEach(() => {
  folder = temporaryFolder();
  base = folder.path;
});
afterEach(() => folder.remove());

test("a base dir that is not there has nothing, and the room of the disk that it would be on", () => {
  const facts = dataFacts(join(base, "not", "yet"), CLIMBMIX);
  expect(facts).toMatchObject({ vocabulary: null, tokenizer: null, shards: 0, readOnly: null });
  expect(facts.diskFreeBytes).toBeGreaterThan(0);
});

test("the vocabulary is as large as token_bytes.pt has entries, and nothing is unpickled for it", () => {
  writeTokenizer(base, 512);
  expect(dataFacts(base, CLIMBMIX).vocabulary).toBe(512);
});

test("a token_bytes.pt that was cut off tells no vocabulary", () => {
  writeTokenizer(base, 512);
  writeFileSync(join(base, "tokenizer", "token_bytes.pt"), "PK\x03\x04 and no end");
  expect(dataFacts(base, CLIMBMIX).vocabulary).toBeNull();
});

test("the pocket's vocabulary is known without a file", () => {
  expect(dataFacts(base, { pocket: true }).vocabulary).toBe(265);
});

test("two tokenizers of one size are told apart, and none has no hash", () => {
  expect(tokenizerHash(base)).toBeNull();
  writeTokenizer(base, 512, "one");
  const one = tokenizerHash(base);
  expect(one).toMatch(/^[0-9a-f]{12}$/);
  writeTokenizer(base, 512, "other");
  expect(tokenizerHash(base)).not.toBe(one);
});

test("shards are counted in the folder that the checkout reads; a download that goes on is none", () => {
  writeShards(base, "base_data", 5);
  writeShards(base, "base_data_climbmix", 3);
  writeFileSync(join(base, "base_data_climbmix", "shard_00009.parquet.tmp"), "");
  expect(dataFacts(base, CLIMBMIX).shards).toBe(3);
  expect(dataFacts(base, FINEWEB).shards).toBe(5);
});

test("the older folder is read only where the newer one is not there at all, as nanochat does", () => {
  writeShards(base, "base_data", 5);
  expect([dataFacts(base, CLIMBMIX).shards, shardsFolder(base, CLIMBMIX)]).toEqual([5, join(base, "base_data")]);
  mkdirSync(join(base, "base_data_climbmix"));
  expect([dataFacts(base, CLIMBMIX).shards, shardsFolder(base, CLIMBMIX)]).toEqual([0, join(base, "base_data_climbmix")]);
});

test("a checkout that does not tell its folder has an unknown number of shards, not none", () => {
  writeShards(base, "base_data", 5);
  expect([dataFacts(base, { shards_folder: null }).shards, shardsFolder(base, {})]).toEqual([null, null]);
});

test("a base dir that is a file, or lies below one, cannot be written", () => {
  writeFileSync(join(base, "file"), "");
  for (const path of [join(base, "file"), join(base, "file", "below")]) {
    expect(dataFacts(path, CLIMBMIX).readOnly).toBe("a part of the path is not a folder");
  }
});

describe.skipIf(NO_SMALL_DISK !== null)(`a base dir on a disk of its own (${NO_SMALL_DISK ?? "there is one"})`, () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = smallDisk(1 << 20);
  });
  afterEach(() => disk.remove());

  test("that is full has no room, and is not read-only", () => {
    disk.fill();
    expect(dataFacts(join(disk.path, "base"), CLIMBMIX)).toMatchObject({ diskFreeBytes: 0, readOnly: null });
  });

  test("that is read-only says so", () => {
    disk.makeReadOnly();
    expect(dataFacts(join(disk.path, "base"), CLIMBMIX).readOnly).toBe("the file system is read-only");
  });
});

test.skipIf(process.platform !== "linux")("a base dir in /proc is no place to write to, whoever asks", () => {
  expect(dataFacts("/proc/nowhere", {}).readOnly).not.toBeNull();
});
