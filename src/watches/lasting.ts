/** A condition that must hold for a while before it counts, and its opposite before it is over. */

export class Lasting {
  #beyondSince: number | null = null;
  #backSince: number | null = null;

  /** `needed`: how long, in the unit of `at` below: milliseconds, or steps. `neededBack`: for its end, when that differs. */
  constructor(
    readonly needed: number,
    readonly neededBack = needed,
  ) {}

  /** `beyond` the limit, or `back` well on the good side of it; between the two nothing changes. `at` never goes back. */
  judge(beyond: boolean, back: boolean, at: number): "raise" | "clear" | null {
    this.#beyondSince = beyond ? (this.#beyondSince ?? at) : null;
    this.#backSince = back ? (this.#backSince ?? at) : null;
    if (this.#beyondSince !== null && at - this.#beyondSince >= this.needed) return "raise";
    return this.#backSince !== null && at - this.#backSince >= this.neededBack ? "clear" : null;
  }

  /** How long it has been beyond, 0 when it is not. */
  lasted(at: number): number {
    return this.#beyondSince === null ? 0 : at - this.#beyondSince;
  }

  forget(): void {
    this.#beyondSince = null;
    this.#backSince = null;
  }
}
