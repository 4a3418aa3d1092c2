/**
 * The structure of a `.pt` without torch and without unpickling: it is a zip archive whose storages are stored as they are
 * (torch.save's format since 1.6). Names and sizes come from the archive's directory (PKWARE APPNOTE 4.3).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fail, ok, type Result } from "../core/result.ts";
import { ioReason } from "../lib/files.ts";

export interface ZipEntry {
  name: string;
  /** Bytes, uncompressed. */
  size: number;
  crc32: number;
  /** 0 = stored, which is what torch writes. */
  method: number;
  headerOffset: number;
}

const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
/** The end record and the longest comment it may carry. */
const LONGEST_TAIL = 22 + 65_535;
/** In place of a pickle, in what the pocket saves (pocket/nanochat/storage.py). */
const POCKET_INDEX = "index.json";
const UNSET = 0xffff_ffff;
const LARGEST_DIRECTORY = 256 * 1024 ** 2;

/** The archive's entries. A file without a directory is torn, or of a torch before 1.6. */
export function readEntries(path: string): Result<ZipEntry[]> {
  return withFile(path, (fd, size) => {
    const { tail, at } = findEnd(fd, size);
    if (at < 0) return torn(path, "it has no end: a save was cut off, or it is no file of torch.save");
    let length = tail.readUInt32LE(at + 12);
    let offset = tail.readUInt32LE(at + 16);
    const locator = at - 20;
    if (locator >= 0 && tail.readUInt32LE(locator) === LOCATOR64) {
      const end64 = readAt(fd, Number(tail.readBigUInt64LE(locator + 8)), 56);
      if (end64.length < 56 || end64.readUInt32LE(0) !== END64) return torn(path, "its directory cannot be found");
      length = Number(end64.readBigUInt64LE(40));
      offset = Number(end64.readBigUInt64LE(48));
    }
    if (offset + length > size || length > LARGEST_DIRECTORY) return torn(path, "its directory reaches behind its end");
    return parseDirectory(path, readAt(fd, offset, length), size);
  });
}

const END_OF_DIRECTORY = Buffer.from("PK\x05\x06", "latin1");
/** The end record without a comment, which torch never writes, and what stands before it in a large archive. */
const USUAL_TAIL = 22 + 20;

/** The last bytes of a file, and where in them the record lies that ends an archive; -1 = it has none. */
function findEnd(fd: number, size: number): { tail: Buffer; at: number } {
  const lastOf = (length: number) => {
    const tail = readAt(fd, Math.max(0, size - length), Math.min(size, length));
    return { tail, at: tail.lastIndexOf(END_OF_DIRECTORY) };
  };
  const usual = lastOf(USUAL_TAIL);
  return usual.at >= 0 ? usual : lastOf(LONGEST_TAIL);
}

/** The directory is written last, so an archive that has an end is whole. A look at its tail alone, for long lists. */
export function hasEnd(path: string): boolean {
  const looked = withFile(path, (fd, size) => ok(findEnd(fd, size).at >= 0));
  return looked.ok && looked.value;
}

function parseDirectory(path: string, directory: Buffer, fileSize: number): Result<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const large = zip64(extra, directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42));
    const entry = {
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
      size: large.size,
      crc32: directory.readUInt32LE(at + 16),
      method: directory.readUInt16LE(at + 10),
      headerOffset: large.offset,
    };
    if (entry.headerOffset + entry.size > fileSize && entry.method === 0) return torn(path, `${entry.name} reaches behind its end`);
    entries.push(entry);
    at += 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
  }
  return entries.some(({ name }) => name.endsWith("/data.pkl") || name === POCKET_INDEX)
    ? ok(entries)
    : torn(path, "it holds no data.pkl, so it is no file of torch.save");
}

/** Sizes and offsets beyond 4 GiB stand in an extra field, in this order, each only where the short one is unset. */
function zip64(extra: Buffer, size: number, packed: number, offset: number): { size: number; offset: number } {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    const next = (): number => {
      field += 8;
      return field <= extra.length ? Number(extra.readBigUInt64LE(field - 8)) : UNSET;
    };
    const realSize = size === UNSET ? next() : size;
    if (packed === UNSET) next();
    return { size: realSize, offset: offset === UNSET ? next() : offset };
  }
  return { size, offset };
}

const CHUNK = 8 * 1024 ** 2;

/** Reads every byte and compares each entry's checksum: null when all is well. `onProgress` gets the share that is done. */
export async function verifyEntries(path: string, onProgress: (share: number) => void): Promise<Result<string | null>> {
  const entries = readEntries(path);
  if (!entries.ok) return ok(entries.failure.why ?? entries.failure.what);
  const total = entries.value.reduce((sum, { size }) => sum + size, 0) || 1;
  let done = 0;
  for (const entry of entries.value.filter(({ method }) => method === 0)) {
    const checked = await checkEntry(path, entry, (bytes) => {
      done += bytes;
      onProgress(done / total);
    });
    if (!checked.ok || checked.value !== null) return checked;
  }
  return ok(null);
}

async function checkEntry(
  path: string,
  { name, size, crc32: expected, headerOffset }: ZipEntry,
  onBytes: (bytes: number) => void,
): Promise<Result<string | null>> {
  let sum = 0;
  const opened = withFile(path, (fd) => {
    const header = readAt(fd, headerOffset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_HEADER) return ok(null);
    return ok(headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28));
  });
  if (!opened.ok) return opened;
  if (opened.value === null) return ok(`${name} has no header where the directory says`);
  for (let at = 0; at < size; at += CHUNK) {
    const from = opened.value + at;
    const read = withFile(path, (fd) => ok(readAt(fd, from, Math.min(CHUNK, size - at))));
    if (!read.ok) return read;
    sum = Bun.hash.crc32(read.value, sum);
    onBytes(read.value.length);
    await Bun.sleep(0); // a key must not wait for gigabytes
  }
  return ok(sum === expected ? null : `the checksum of ${name} is wrong: the file is damaged`);
}

function withFile<T>(path: string, work: (fd: number, size: number) => Result<T>): Result<T> {
  let fd: number | null = null;
  try {
    fd = openSync(path, "r");
    return work(fd, fstatSync(fd).size);
  } catch (error) {
    return fail("io", `${path} could not be read`, { why: ioReason(error) });
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, length));
  const read = readSync(fd, buffer, 0, buffer.length, offset);
  return buffer.subarray(0, read);
}

const torn = (path: string, why: string): Result<never> => fail("corrupt", `${path} is torn`, { why });
