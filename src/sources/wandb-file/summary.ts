/**
 * What a run's summary holds besides the newest value of each metric: texts, and figures that the script put there itself.
 * Each logged step comes with a summary of its own that says nothing new: half of a file. Those are not read.
 */
import type { Value } from "../../core/plan.ts";
import { isRecord } from "../../lib/shape.ts";
import { Item, KeyTable } from "./items.ts";
import { Fields } from "./protobuf.ts";
import { numbersIn } from "./values.ts";

/** Of a script that makes up names, so many are kept. */
const MOST = 500;
const LONGEST = 500;

/** Where the text of the first key begins: behind the tags and lengths of the item and of the key. */
const FIRST_KEY = 4;
const [UNDERSCORE, SMALL_W] = [0x5f, 0x77];

export class Summary {
  readonly #item = new Item(new KeyTable());
  readonly #values = new Map<string, Value>();
  /** The newest record, until it is known whether a step follows it: copied, as the file's window moves on. */
  #held = Buffer.alloc(4096);
  #length = 0;

  /** A summary record lies there. */
  take(bytes: Buffer, from: number, to: number): void {
    // How long the run has gone on is told with each step, in a record of its own.
    if (bytes[from + FIRST_KEY] === UNDERSCORE && bytes[from + FIRST_KEY + 1] === SMALL_W) return;
    if (this.#length > 0) this.settle();
    if (this.#held.length < to - from) this.#held = Buffer.alloc((to - from) * 2);
    bytes.copy(this.#held, 0, from, to);
    this.#length = to - from;
  }

  /** A step follows: what was held is its. */
  passOver(): void {
    this.#length = 0;
  }

  /** A text that was logged with a step. */
  put(name: string, value: unknown): void {
    if (name.split("/").some((part) => part.startsWith("_"))) return;
    if (isRecord(value)) {
      if (!("_type" in value)) for (const [part, inner] of Object.entries(value)) this.put(`${name}/${part}`, inner);
      return;
    }
    const plain =
      typeof value === "string" ? value.slice(0, LONGEST) : typeof value === "number" || typeof value === "boolean" ? value : null;
    if (plain !== null && (this.#values.has(name) || this.#values.size < MOST)) this.#values.set(name, plain);
  }

  /** All that is known by now, by name: nested ones as `a/b`. What is held is not known yet. */
  values(): Record<string, Value> {
    return Object.fromEntries(this.#values);
  }

  /** Something else follows: what is held is the script's own doing. SummaryRecord: 1 update, several. */
  settle(): void {
    const message = new Fields(this.#held, 0, this.#length);
    this.#length = 0;
    const media = new Set<string>();
    const found: Array<readonly [path: readonly string[], value: unknown]> = [];
    while (message.next()) {
      if (message.number !== 1 || !this.#item.read(message)) continue;
      const { path } = this.#item.key;
      if (path.at(-1) === "_type") media.add(path.slice(0, -1).join("/"));
      found.push([path, this.#item.value()]);
    }
    for (const [path, value] of found) if (!media.has(path.slice(0, -1).join("/"))) this.put(path.join("/"), value);
  }
}

/** Whether a logged value is a text that no metric is made of. */
export const isWords = (name: string, value: unknown): value is string => typeof value === "string" && numbersIn(name, value).length === 0;
