/** For tests: what nanochat's scripts leave in a base dir, as small as it can be. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CHECKPOINT_FOLDERS, type CheckpointStage } from "../core/checkpoint.ts";

/** A zip of stored entries, as torch.save writes it. */
export function storedZip(entries: ReadonlyArray<readonly [name: string, content: Buffer]>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const common = Buffer.alloc(26); // what both headers share: version to extra length
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, Buffer.from(name), content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

/** Both files of tok_train. */
export function writeTokenizer(baseDir: string, vocabulary: number, pickle = "pickle"): void {
  const dir = join(baseDir, "tokenizer");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "tokenizer.pkl"), pickle);
  const entries = [["token_bytes/data.pkl", Buffer.from("pickle")] as const, ["token_bytes/data/0", Buffer.alloc(vocabulary * 4)] as const];
  writeFileSync(join(dir, "token_bytes.pt"), storedZip(entries));
}

/** Empty files with the names of shards. */
export function writeShards(baseDir: string, folder: string, count: number): void {
  mkdirSync(join(baseDir, folder), { recursive: true });
  for (let shard = 0; shard < count; shard++) writeFileSync(join(baseDir, folder, `shard_${String(shard).padStart(5, "0")}.parquet`), "");
}

export interface SavedModel {
  tag?: string;
  step?: number;
  vocabulary?: number;
  /** Minutes before now. */
  minutesAgo?: number;
  torn?: boolean;
  /** As Python writes it: `NaN` and `Infinity` too. */
  bpb?: number;
  /** The smoothed loss that it was saved with, as Python writes it; none where it is not given. */
  trainLoss?: number;
  /** Flags that it says it was made with. */
  userConfig?: Record<string, unknown>;
}

/** A checkpoint without its optimizer. */
export function writeCheckpoint(
  baseDir: string,
  stage: CheckpointStage,
  { tag = "d4", step = 40, vocabulary = 512, minutesAgo = 0, torn = false, bpb = 1.5, trainLoss, userConfig }: SavedModel = {},
): void {
  const dir = join(baseDir, CHECKPOINT_FOLDERS[stage], tag);
  mkdirSync(dir, { recursive: true });
  const number = String(step).padStart(6, "0");
  const files = [
    [join(dir, `model_${number}.pt`), torn ? "PK" : storedZip([["archive/data.pkl", Buffer.from("pickle")]])],
    [
      join(dir, `meta_${number}.json`),
      `{"val_bpb": ${bpb}, ${trainLoss === undefined ? "" : `"loop_state": {"smooth_train_loss": ${trainLoss}}, `}${JSON.stringify({ step, model_config: { vocab_size: vocabulary }, user_config: userConfig }).slice(1)}`,
    ],
  ] as const;
  const written = new Date(Date.now() - minutesAgo * 60_000);
  for (const [path, content] of files) {
    writeFileSync(path, content);
    utimesSync(path, written, written);
  }
}
