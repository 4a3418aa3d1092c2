/** What a script without a last step says itself of how far it is. */

/** `step 00012 (59.17%) | …`, as chat_sft prints it of its data (scripts/chat_sft.py@92d63d4). */
const TOLD_SHARE = /^step (\d+)(?:\/\d+)? \((\d+(?:\.\d+)?)%\)/;

export interface ToldShare {
  step: number;
  /** 0 to 1. */
  share: number;
}

/** Null of a line that says nothing of it. */
export function toldShare(line: string): ToldShare | null {
  const [told, step, share] = TOLD_SHARE.exec(line) ?? [];
  return told === undefined ? null : { step: Number(step), share: Math.min(1, Number(share) / 100) };
}

/** What a script's lines have told of it since it has begun, or has begun again. */
export class ToldShares {
  #told: { first: ToldShare; last: ToldShare } | null = null;

  hear(line: string): void {
    const told = toldShare(line);
    if (told === null) return;
    const { first, last } = this.#told ?? { first: told, last: told };
    // A script that begins again is at an earlier step, or less far.
    const goesOn = told.step >= last.step && told.share >= last.share;
    this.#told = { first: goesOn ? first : told, last: told };
  }

  /** 0 to 1; null while nothing was said. */
  get share(): number | null {
    return this.#told?.last.share ?? null;
  }

  /** About how many steps the rest of the data makes, if each goes on as far as they did so far; null when that cannot be told. */
  get stepsLeft(): number | null {
    if (this.#told === null) return null;
    const { first, last } = this.#told;
    const gone = last.share - first.share;
    return gone <= 0 ? null : ((1 - last.share) * (last.step - first.step)) / gone;
  }
}
