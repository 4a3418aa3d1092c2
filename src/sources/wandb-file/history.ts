/** History records: what was logged with one call of `wandb.log`. A run has up to millions: this is where an import takes its time. */
import { Item, type Key, type KeyTable } from "./items.ts";
import { type LoggedPicture, mediaIn, picturesOf } from "./media.ts";
import type { Fields } from "./protobuf.ts";
import { isWords } from "./summary.ts";
import { historyMetric, numbersIn } from "./values.ts";

export interface Row {
  step: number;
  /** Epoch milliseconds; NaN when the record does not tell. */
  at: number;
  /** By metric id; null when there is no number in it. */
  values: Record<string, number> | null;
  pictures: readonly LoggedPicture[];
}

const NO_PICTURES: readonly LoggedPicture[] = [];

/** What a key is: `step` is nanochat's own, `_step` W&B's count of calls, `_timestamp` the time in seconds, `…/_type` a picture or table. */
type Role = "step" | "count" | "time" | "none" | "metric" | "media";
const ROLES: Readonly<Record<string, Role>> = { step: "step", _step: "count", _timestamp: "time" };

export class History {
  readonly #item: Item;
  /** By the number of the key. */
  readonly #roles: Role[] = [];
  readonly #names: string[] = [];
  #values = new Float64Array(64);
  #present = new Uint8Array(64);
  /** The step that was logged last. */
  #step: number | null = null;

  /** `words`: is told of texts. */
  constructor(
    keys: KeyTable,
    private readonly words: (name: string, text: string) => void,
  ) {
    this.#item = new Item(keys);
  }

  /** Null when there is nothing in it for us, or no step to put it to. HistoryRecord: 1 item, several; 2 step {1 num}. */
  read(message: Fields): Row | null {
    let [step, count, at] = [Number.NaN, Number.NaN, Number.NaN];
    const nested: Record<string, number> = {};
    let media = false;
    while (message.next()) {
      if (message.number === 2) {
        const inner = message.message();
        while (inner.next()) if (inner.number === 1) count = inner.signed();
        continue;
      }
      if (message.number !== 1 || !this.#item.read(message)) continue;
      const { key } = this.#item;
      const role = this.#roles[key.number] ?? this.#learn(key);
      if (role === "media") media = true;
      if (role === "none" || role === "media") continue;
      const value = this.#item.number();
      if (role === "step") step = value ?? Number.NaN;
      else if (role === "count") count = value ?? Number.NaN;
      else if (role === "time") at = (value ?? Number.NaN) * 1000;
      else if (value === undefined) {
        Object.assign(nested, this.#others(key));
        media ||= this.#item.text().includes('"_type"');
      } else this.#put(key.number, value);
    }
    const taken = this.#take(nested);
    const found = media ? mediaIn(message.again(), this.#item) : null;
    const values = found === null || taken === null ? taken : withoutMedia(taken, found);
    const pictures = found === null ? NO_PICTURES : [...found].flatMap(([name, fields]) => picturesOf(name, fields));
    if (Number.isFinite(step)) this.#step = step;
    // Who logs without a step means the one before; a script that never logs one has W&B's own count.
    const place = this.#step ?? count;
    return (values === null && pictures.length === 0) || !Number.isFinite(place) ? null : { step: place, at, values, pictures };
  }

  #learn({ number, path }: Key): Role {
    const name = path.join("/");
    const metric = historyMetric(name);
    this.#names[number] = metric ?? "";
    const role = path.length > 1 && path.at(-1) === "_type" ? "media" : (ROLES[name] ?? (metric === null ? "none" : "metric"));
    this.#roles[number] = role;
    return role;
  }

  /** What is no plain number: NaN, a dictionary in one piece, text that begins with a number. */
  #others(key: Key): Record<string, number> {
    const [name, value] = [key.path.join("/"), this.#item.value()];
    const found = numbersIn(name, value);
    // What a picture is called, or where it lies, stands under the name that has the `_type`.
    if (key.path.length === 1 && isWords(name, value)) this.words(name, value);
    return Object.fromEntries(found.flatMap(([path, value]) => (historyMetric(path) === null ? [] : [[historyMetric(path), value]])));
  }

  #put(key: number, value: number): void {
    if (key >= this.#present.length) this.#grow(key);
    this.#values[key] = value;
    this.#present[key] = 1;
  }

  /** The values in the order of their keys, whatever order the file has: objects of few shapes are fast ones. */
  #take(nested: Readonly<Record<string, number>>): Record<string, number> | null {
    const values: Record<string, number> = {};
    let any = false;
    for (let key = 0; key < this.#names.length; key++) {
      if (this.#present[key] !== 1) continue;
      values[this.#names[key]!] = this.#values[key]!;
      this.#present[key] = 0;
      any = true;
    }
    for (const name in nested) {
      values[name] = nested[name]!;
      any = true;
    }
    return any ? values : null;
  }

  #grow(key: number): void {
    const size = Math.max(key + 1, this.#present.length * 2);
    const [values, present] = [new Float64Array(size), new Uint8Array(size)];
    values.set(this.#values);
    present.set(this.#present);
    this.#values = values;
    this.#present = present;
  }
}

/** What is left when the sizes of pictures and tables are taken away, which are no values; null when that is nothing. */
function withoutMedia(values: Record<string, number>, media: ReadonlyMap<string, unknown>): Record<string, number> | null {
  const heads = [...media.keys()].map((name) => `${historyMetric(name) ?? name}/`);
  const left = Object.entries(values).filter(([name]) => !heads.some((head) => name.startsWith(head)));
  return left.length === 0 ? null : Object.fromEntries(left);
}
