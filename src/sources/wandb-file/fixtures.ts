/** Makes `.wandb` files by the format's own rules, for tests: with records of any size, to be cut and damaged at will. */
import { BLOCK, FILE_HEADER } from "./framing.ts";

const CHUNK_HEADER = 7;

/** A whole file with these records, as the client frames them. */
export function framed(records: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from(FILE_HEADER)];
  let at = FILE_HEADER.length;
  const put = (bytes: Buffer) => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const record of records) {
    for (let from = 0, first = true; first || from < record.length; first = false) {
      if (BLOCK - (at % BLOCK) < CHUNK_HEADER) put(Buffer.alloc(BLOCK - (at % BLOCK)));
      const room = BLOCK - (at % BLOCK) - CHUNK_HEADER;
      const payload = record.subarray(from, from + room);
      from += payload.length;
      put(chunk(payload, typeOf(first, from >= record.length)));
    }
  }
  return Buffer.concat(parts);
}

const typeOf = (first: boolean, last: boolean): number => (first ? (last ? 1 : 2) : last ? 4 : 3);

function chunk(payload: Buffer, type: number): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(CHUNK_HEADER), payload]);
  bytes.writeUInt16LE(payload.length, 4);
  bytes[6] = type;
  bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(6)), 0);
  return bytes;
}

/** A protobuf field of bytes. */
export function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A protobuf field with a number. */
export const numberField = (number: number, value: number): Buffer => Buffer.concat([varint(number * 8), varint(value)]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

/** A history record: each value as the JSON that stands in the file, a path with dots for a nested key. */
export function history(values: Readonly<Record<string, string>>): Buffer {
  const items = Object.entries(values).map(([key, json]) =>
    field(1, Buffer.concat([...key.split(".").map((part) => field(2, part)), field(16, json)])),
  );
  return field(2, Buffer.concat(items));
}

/** An `output_raw` record. */
export function output(text: string, atSeconds: number, stream: "stdout" | "stderr" = "stdout"): Buffer {
  const at = field(2, numberField(1, atSeconds));
  return field(13, Buffer.concat([...(stream === "stdout" ? [numberField(1, 1)] : []), at, field(3, text)]));
}
