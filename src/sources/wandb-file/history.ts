/** History records: what was logged with one call of `wandb.log`. A run has up to millions: this is where an import takes its time. */
import { Item, type Key, type KeyTable } from "./items.ts";
import type { Fields } from "./protobuf.ts";
import { historyMetric, numbersIn } from "./values.ts";

export interface Row {
  step: number;
  /** Epoch milliseconds; NaN when the record does not tell. */
  at: number;
  /** By metric id. */
  values: Record<string, number>;
}

/** What a key is: `step` is nanochat's own, `_step` W&B's count of calls, `_timestamp` the time in seconds. */
type Role = "step" | "count" | "time" | "none" | "metric";
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

  constructor(keys: KeyTable) {
    this.#item = new Item(keys);
  }

  /** Null when there is no number in it, or no step to put it to. HistoryRecord: 1 item, several; 2 step {1 num}. */
  read(message: Fields): Row | null {
    let [step, count, at] = [Number.NaN, Number.NaN, Number.NaN];
    const nested: Record<string, number> = {};
    while (message.next()) {
      if (message.number === 2) {
        const inner = message.message();
        while (inner.next()) if (inner.number === 1) count = inner.signed();
        continue;
      }
      if (message.number !== 1 || !this.#item.read(message)) continue;
      const { key } = this.#item;
      const role = this.#roles[key.number] ?? this.#learn(key);
      if (role === "none") continue;
      const value = this.#item.number();
      if (role === "step") step = value ?? Number.NaN;
      else if (role === "count") count = value ?? Number.NaN;
      else if (role === "time") at = (value ?? Number.NaN) * 1000;
      else if (value === undefined) Object.assign(nested, this.#others(key));
      else this.#put(key.number, value);
    }
    const values = this.#take(nested);
    if (Number.isFinite(step)) this.#step = step;
    // Who logs without a step means the one before; a script that never logs one has W&B's own count.
    const place = this.#step ?? count;
    return values === null || !Number.isFinite(place) ? null : { step: place, at, values };
  }

  #learn({ number, path }: Key): Role {
    const name = path.join("/");
    const metric = historyMetric(name);
    this.#names[number] = metric ?? "";
    const role = ROLES[name] ?? (metric === null ? "none" : "metric");
    this.#roles[number] = role;
    return role;
  }

  /** What is no plain number: NaN, a dictionary in one piece, text that begins with a number. */
  #others(key: Key): Record<string, number> {
    const found = numbersIn(key.path.join("/"), this.#item.value());
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
