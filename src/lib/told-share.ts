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
