/**
 * The framing of a `.wandb` file: bytes in, whole records out. Pure; the file is read by source.ts.
 *
 * A header of 7 bytes, then blocks that end at multiples of 32,768. A block holds chunks of u32 crc, u16 length, u8 type
 * and the payload; a record is one chunk, or a first, any middle and a last one. What is left of a block when no chunk
 * header fits is padding. The CRC is plain CRC-32 over type and payload. (core/pkg/leveldb/record.go@b6e2950 in wandb;
 * files of wandb 0.31.0 were read.)
 */

export const FILE_HEADER = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00);
const VERSION_BYTE = FILE_HEADER.length - 1;
export const BLOCK = 32_768;
const CHUNK_HEADER = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

/** Bytes that no record could be made of, [from, to). */
export interface Damage {
  from: number;
  to: number;
  why: string;
}

/** Where what was found goes. The bytes of a record are a view that holds until the call returns. */
export interface FrameHandler {
  record(bytes: Buffer): void;
  damage(damage: Damage): void;
}

/** Why a file with this beginning cannot be read, a sentence; null when it can, or is too short to tell. */
export function headerFault(head: Uint8Array): string | null {
  for (let i = 0; i < Math.min(head.length, VERSION_BYTE); i++) if (head[i] !== FILE_HEADER[i]) return "it is not a .wandb file";
  const version = head[VERSION_BYTE];
  return version === undefined || version === 0 ? null : `it has version ${version} of the format, and this nanochat-cli knows 0`;
}

export class Framing {
  /** Everything before it has been handed on: where a successor goes on. Never past the end of the file. */
  offset: number;
  /** Why nothing of the file is read, a sentence; null while all is well. */
  refused: string | null = null;
  /**
   * Why the last bytes look damaged while nothing follows them: their writer may still be filling the block. They have to
   * be pushed again, to a new Framing that begins at `offset`.
   */
  suspect: string | null = null;
  /** Of the next byte that is expected, from the start of the file. */
  #next: number;
  /** The beginning of a chunk whose end has not come. */
  #held: Buffer = Buffer.alloc(0);
  /** Payloads of a record whose last chunk has not come. */
  #parts: Buffer[] = [];
  /** Damage whose end, the next record, has not come. */
  #lost: Omit<Damage, "to"> | null = null;

  constructor(offset: number) {
    this.offset = offset;
    this.#next = offset;
  }

  /** Of the byte that `push` expects first. */
  get position(): number {
    return this.#next;
  }

  /** Takes the bytes that follow those before, however they are cut, and hands on what has become whole. */
  push(bytes: Buffer, handler: FrameHandler): void {
    if (this.refused !== null) return;
    const window = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const base = this.#next - this.#held.length;
    this.#next += bytes.length;
    let at = 0;
    if (base === 0) {
      this.refused = headerFault(window.subarray(0, FILE_HEADER.length));
      if (this.refused !== null) return;
      if (window.length >= FILE_HEADER.length) this.offset = at = FILE_HEADER.length;
    }
    if (base > 0 || at > 0) at = this.#chunks(window, base, at, handler);
    this.#held = Buffer.from(window.subarray(at)); // the caller's buffer is its own
  }

  /** The file ends here: tells damage that is still open, and how many bytes of a record that is not whole are left. */
  finish(handler: FrameHandler): number {
    const { suspect } = this;
    if (this.#lost !== null || suspect !== null) {
      handler.damage({ ...(this.#lost ?? { from: this.offset, why: suspect ?? "" }), to: this.#next });
      return 0;
    }
    return this.#next - this.offset;
  }

  /** Takes all whole chunks from `at` on; returns where the first bytes lie that are not taken. */
  #chunks(window: Buffer, base: number, start: number, handler: FrameHandler): number {
    this.suspect = null;
    for (let at = start; ; ) {
      const room = BLOCK - ((base + at) % BLOCK);
      if (room < CHUNK_HEADER) {
        if (window.length - at < room) return window.length;
        at += room;
        continue;
      }
      if (window.length - at < CHUNK_HEADER) return at;
      const length = window.readUInt16LE(at + 4);
      const end = at + CHUNK_HEADER + length;
      const fits = CHUNK_HEADER + length <= room;
      if (fits && end > window.length) return at;
      const why = fits ? chunkFault(window, at, end) : "a length leads out of its block";
      if (why === null) {
        this.#chunk(window.subarray(at + CHUNK_HEADER, end), window[at + 6]!, base + at, base + end, handler);
        at = end;
      } else if (at + room < window.length) {
        this.#lose(why);
        at += room;
      } else {
        this.suspect = why;
        return at;
      }
    }
  }

  #chunk(payload: Buffer, type: number, from: number, end: number, handler: FrameHandler): void {
    const begins = type === FULL || type === FIRST;
    if (begins && this.#parts.length > 0) this.#lose("the end of a record is missing");
    if (!begins && this.#parts.length === 0) {
      this.#lose("the beginning of a record is missing");
      return;
    }
    if (begins && this.#lost !== null) {
      handler.damage({ ...this.#lost, to: from });
      this.#lost = null;
      this.offset = from;
    }
    if (type === FIRST || type === MIDDLE) {
      this.#parts.push(Buffer.from(payload));
      return;
    }
    handler.record(type === FULL ? payload : Buffer.concat([...this.#parts, payload]));
    this.#parts = [];
    this.offset = end;
  }

  /** What came since the last whole record is of no use; told when the next one shows where that ends. */
  #lose(why: string): void {
    this.#lost ??= { from: this.offset, why };
    this.#parts = [];
  }
}

function chunkFault(window: Buffer, at: number, end: number): string | null {
  const type = window[at + 6]!;
  const crc = window.readUInt32LE(at);
  if (crc === 0 && type === 0 && end === at + CHUNK_HEADER) return "there are zeros in the place of a record";
  if (type < FULL || type > LAST) return `a chunk has the type ${type}`;
  return Bun.hash.crc32(window.subarray(at + 6, end)) === crc ? null : "a checksum is wrong";
}
