/** What a script that ended with exit code 0 has left undone all the same, by what it printed last. */
import { plain } from "../../lib/ansi.ts";

interface Outcome {
  /** The script's module, whatever the package is called. */
  script: RegExp;
  line: RegExp;
  /** A sentence, or null when all was done. */
  fault(match: RegExpExecArray): string | null;
}

const OUTCOMES: readonly Outcome[] = [
  {
    script: /\.dataset$/,
    // nanochat/dataset.py:128@3a5e0bc, :160@92d63d4: a shard that five attempts could not fetch is counted, nothing more
    line: /^Done! Downloaded: (\d+)\/(\d+) shards/,
    fault: ([, got, wanted]) =>
      got === wanted
        ? null
        : `Only ${got} of ${wanted} shards were downloaded: its log says why. Run it again when the network is there, it fetches what is missing`,
  },
];

/** Null when nothing is known to be left undone. */
export function leftUndone(script: string, tailLines: readonly string[]): string | null {
  for (const { script: of, line, fault } of OUTCOMES) {
    if (!of.test(script)) continue;
    const match = tailLines.map((text) => line.exec(plain(text).trim())).findLast((found) => found !== null);
    if (match) return fault(match);
  }
  return null;
}
