/** What a figure usually is, by its last values: the very last one may be any, of a step that held an evaluation or a save. */

const VALUES = 64;

export class Usual {
  #last: number[] = [];

  /** One more value; what is none is left out. */
  add(value: number | undefined): void {
    if (value === undefined || !Number.isFinite(value)) return;
    this.#last.push(value);
    if (this.#last.length > VALUES) this.#last.shift();
  }

  /** Their median; null before the first. */
  get value(): number | null {
    return [...this.#last].sort((a, b) => a - b)[this.#last.length >> 1] ?? null;
  }
}
