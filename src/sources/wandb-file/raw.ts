/**
 * The records of a `.wandb` file as they are: each with its number, type, size and body. What is known is decoded by name,
 * the rest by the numbers of its fields. Types from wandb/proto/wandb_internal.proto@b6e2950 (Record).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fail, ok, type Result } from "../../core/result.ts";
import { ioReason } from "../../lib/files.ts";
import { BLOCK, type Damage, FILE_HEADER, type FrameHandler, Framing, headerFault } from "./framing.ts";
import { Item, KeyTable } from "./items.ts";
import { Fields, MalformedMessage } from "./protobuf.ts";
import { RECORD, RUN_CONFIG, readAlert, readEnvironment, readExit, readOutput, readProducer, readRun, timestamp } from "./records.ts";

export interface RawRecord {
  /** As the client counted it, from 1; of damage, that of the record before it. */
  number: number;
  /** `history`; `field 31` when it is none of the known ones; `damage` for bytes that no record could be made of. */
  type: string;
  bytes: number;
  body: unknown;
}

const NUMBER = 1;

const TYPES: ReadonlyMap<number, string> = new Map([
  [RECORD.history, "history"],
  [RECORD.summary, "summary"],
  [4, "output"],
  [RECORD.config, "config"],
  [6, "files"],
  [RECORD.stats, "stats"],
  [8, "artifact"],
  [9, "tbrecord"],
  [RECORD.alert, "alert"],
  [11, "telemetry"],
  [12, "metric"],
  [RECORD.outputRaw, "output_raw"],
  [RECORD.run, "run"],
  [RECORD.exit, "exit"],
  [20, "final"],
  [RECORD.header, "header"],
  [22, "footer"],
  [23, "preempting"],
  [24, "noop_link_artifact"],
  [25, "use_artifact"],
  [RECORD.environment, "environment"],
  [27, "output_logger"],
  [100, "request"],
]);

/** Not of a record's own: who sent it and how (control, uuid, _info). */
const ENVELOPE: ReadonlySet<number> = new Set([16, 19, 200]);

/** Names that `--kind` takes. */
export const RAW_TYPES: readonly string[] = [...TYPES.values(), "damage"];

type Decode = (message: Fields, keys: KeyTable) => unknown;

/** Updates and removals of keys: SummaryRecord and ConfigRecord are alike. */
const changes: Decode = (message, keys) => {
  const body: { update: Record<string, unknown>; remove?: string[] } = { update: {} };
  const item = new Item(keys);
  while (message.next()) {
    if ((message.number !== 1 && message.number !== 2) || !item.read(message)) continue;
    const key = item.key.path.join(".");
    if (message.number === 1) body.update[key] = item.value() ?? item.text();
    else body.remove = [...(body.remove ?? []), key];
  }
  return body;
};

const historyBody: Decode = (message, keys) => {
  const body: Record<string, unknown> = {};
  const item = new Item(keys);
  while (message.next()) if (message.number === 1 && item.read(message)) body[item.key.path.join(".")] = item.value() ?? item.text();
  return body;
};

const statsBody: Decode = (message, keys) => {
  const body: { timestamp: string | null; items: Record<string, unknown> } = { timestamp: null, items: {} };
  const item = new Item(keys);
  while (message.next()) {
    if (message.number === 2) body.timestamp = iso(timestamp(message.message()));
    else if (message.number === 3 && item.read(message)) body.items[item.key.path.join(".")] = item.value() ?? item.text();
  }
  return body;
};

const runBody: Decode = (message, keys) => {
  const { startedAt, ...run } = readRun(message.again());
  const body: Record<string, unknown> = { ...run, startedAt: startedAt === null ? null : iso(startedAt) };
  while (message.next()) if (message.number === RUN_CONFIG) body["config"] = changes(message.message(), keys);
  return body;
};

const outputBody: Decode = (message) => {
  const { at, ...piece } = readOutput(message);
  return { ...piece, at: iso(at) };
};

const BODIES: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [RECORD.history, historyBody],
  [RECORD.summary, changes],
  [RECORD.config, changes],
  [RECORD.stats, statsBody],
  [RECORD.run, runBody],
  [RECORD.outputRaw, outputBody],
  [4, outputBody],
  [RECORD.alert, readAlert],
  [RECORD.exit, readExit],
  [RECORD.environment, readEnvironment],
  [RECORD.header, (message) => ({ producer: readProducer(message) })],
]);

const iso = (at: number): string | null => (Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : null);

/** One record, decoded; what cannot be understood has its reason as body. */
export function decodeRecord(bytes: Buffer, keys = new KeyTable()): RawRecord {
  const record: RawRecord = { number: 0, type: "empty", bytes: bytes.length, body: {} };
  try {
    const fields = new Fields(bytes);
    while (fields.next()) {
      if (fields.number === NUMBER) record.number = fields.value;
      else if (!ENVELOPE.has(fields.number)) {
        record.type = TYPES.get(fields.number) ?? `field ${fields.number}`;
        record.body = (BODIES.get(fields.number) ?? unknownMessage)(fields.message(), keys);
      }
    }
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    record.body = { malformed: error.message };
  }
  return record;
}

/** Messages in messages of bytes that merely look so have an end. */
const DEEPEST = 16;

/** A message of which nothing is known, by the numbers of its fields; those that come several times are lists. */
function unknownMessage(message: Fields): Record<string, unknown> {
  return fieldsOf(message, 0);
}

function fieldsOf(message: Fields, depth: number): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  while (message.next()) {
    const name = String(message.number);
    const value = fieldValue(message, depth);
    const before = body[name];
    body[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return body;
}

function fieldValue(fields: Fields, depth: number): unknown {
  if (fields.wire === 0) return fields.signed();
  if (fields.wire === 1) return fields.bytes.readDoubleLE(fields.from);
  if (fields.wire === 5) return fields.bytes.readFloatLE(fields.from);
  const content = fields.bytes.subarray(fields.from, fields.to);
  const text = textOf(content);
  if (text !== null) return text;
  try {
    if (depth < DEEPEST) return fieldsOf(fields.message(), depth + 1);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
  }
  return { bytes: content.length, begins: content.subarray(0, 32).toString("hex") };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Null when it is no text that somebody would write. */
function textOf(content: Buffer): string | null {
  try {
    const text = UTF8.decode(content);
    return /[^\P{Cc}\t\n\r]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

const WINDOW_BYTES = 8 * BLOCK;

/** A file that is read on as it grows. */
export class RawFile {
  readonly #keys = new KeyTable();
  #framing = new Framing(0);
  #number = 0;

  private constructor(private readonly fd: number) {}

  /** Fails in a sentence when it cannot be read, or is no `.wandb` file of a version that is known. */
  static open(path: string): Result<RawFile> {
    try {
      const fd = openSync(path, "r");
      const head = Buffer.alloc(FILE_HEADER.length);
      const fault = headerFault(head.subarray(0, readSync(fd, head, 0, head.length, 0)));
      if (fault === null) return ok(new RawFile(fd));
      closeSync(fd);
      return fail("refused", `The records of ${path} cannot be read`, { why: fault, remedy: "Name a run-….wandb file or its folder" });
    } catch (error) {
      return fail("io", `${path} could not be read`, { why: ioReason(error), remedy: "Look at its permissions, or copy it here" });
    }
  }

  /** Those that have become whole since the last call, in their order; a torn tail waits for the next one. */
  *records(): Generator<RawRecord> {
    // What looked damaged at the end may only have been on its way: it is read anew.
    if (this.#framing.suspect !== null) this.#framing = new Framing(this.#framing.offset);
    for (;;) {
      const from = this.#framing.position;
      const buffer = Buffer.alloc(Math.min(WINDOW_BYTES - (from % WINDOW_BYTES), Math.max(0, fstatSync(this.fd).size - from)));
      const bytes = buffer.subarray(0, readSync(this.fd, buffer, 0, buffer.length, from));
      if (bytes.length === 0) return;
      yield* this.#push(bytes);
    }
  }

  /** Damage at the end, which nothing will mend any more. */
  *finish(): Generator<RawRecord> {
    const found: RawRecord[] = [];
    this.#framing.finish(this.#into(found));
    yield* found;
  }

  close(): void {
    closeSync(this.fd);
  }

  #push(bytes: Buffer): RawRecord[] {
    const found: RawRecord[] = [];
    this.#framing.push(bytes, this.#into(found));
    return found;
  }

  #into(found: RawRecord[]): FrameHandler {
    return {
      record: (bytes) => {
        const record = decodeRecord(bytes, this.#keys);
        this.#number = record.number;
        found.push(record);
      },
      damage: ({ from, to, why }: Damage) => {
        found.push({ number: this.#number, type: "damage", bytes: to - from, body: { from, to, why } });
      },
    };
  }
}
