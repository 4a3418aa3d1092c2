/** Items of history, stats and config records: a key, which may be a path, and a value in JSON. */
import { parsePythonJson } from "../../lib/python-json.ts";
import type { Fields } from "./protobuf.ts";

/** A key that was met, numbered in the order in which they first came. */
export interface Key {
  number: number;
  path: readonly string[];
}

interface Known extends Key {
  /** The key as it stands in the file. */
  raw: Buffer;
}

/**
 * Keys by their bytes: a file has a dozen of them a hundred thousand times. All parts of a path lie together, tags and
 * lengths between them, so that those bytes are as good as the path.
 */
export class KeyTable {
  readonly #byHash = new Map<number, Known[]>();
  #size = 0;

  /** `from` and `to`: where the content of the first part begins, and that of the last one ends. */
  find(bytes: Buffer, from: number, to: number, path: () => string[]): Key {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const alike = this.#byHash.get(hash);
    if (alike !== undefined) for (const key of alike) if (sameBytes(key.raw, bytes, from, to)) return key;
    const key = { number: this.#size++, path: path(), raw: Buffer.from(bytes.subarray(from, to)) };
    if (alike === undefined) this.#byHash.set(hash, [key]);
    else alike.push(key);
    return key;
  }
}

function sameBytes(raw: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (raw.length !== to - from) return false;
  for (let i = 0; i < raw.length; i++) if (raw[i] !== bytes[from + i]) return false;
  return true;
}

/** One item after the other, into the same object. */
export class Item {
  key: Key = { number: -1, path: [] };
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;

  constructor(private readonly keys: KeyTable) {}

  /** `fields` has come to an item: 1 key, 2 nested_key, several; 16 value_json. False when it has no key. */
  read(fields: Fields): boolean {
    const parts = fields.message();
    let [from, to] = [-1, -1];
    this.#bytes = fields.bytes;
    this.#from = this.#to = 0;
    while (parts.next()) {
      if (parts.number === 16) {
        this.#from = parts.from;
        this.#to = parts.to;
      } else if (parts.number === 1 || parts.number === 2) {
        if (from < 0) from = parts.from;
        to = parts.to;
      }
    }
    if (from < 0) return false;
    this.key = this.keys.find(fields.bytes, from, to, () => pathOf(fields));
    return true;
  }

  /** The value's text: a piece of JSON with Python's NaN and Infinity; empty when there is none. */
  text(): string {
    return this.#bytes.toString("utf8", this.#from, this.#to);
  }

  /** The value when it is a plain finite number, else undefined: the fast way for nearly all of them. */
  number(): number | undefined {
    const first = this.#bytes[this.#from];
    if (this.#from === this.#to || first === undefined || !(first === MINUS || (first >= ZERO && first <= NINE))) return undefined;
    const value = Number(this.#bytes.toString("latin1", this.#from, this.#to));
    return Number.isFinite(value) ? value : undefined;
  }

  /** The value, whatever it is; undefined when it is no JSON. */
  value(): unknown {
    try {
      return parsePythonJson(this.text());
    } catch {
      return undefined;
    }
  }
}

const [MINUS, ZERO, NINE] = [45, 48, 57];

function pathOf(item: Fields): string[] {
  const path: string[] = [];
  const parts = item.message();
  while (parts.next()) if (parts.number === 1 || parts.number === 2) path.push(parts.text());
  return path;
}
