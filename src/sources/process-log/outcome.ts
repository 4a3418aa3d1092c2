/** What has become of a script by what it printed last: whether it was through, and what it has left undone all the same. */
import type { JournalEvent } from "../../core/journal.ts";
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

/** What scripts print when they are through: scripts/base_train.py, chat_sft.py, chat_rl.py, 3a5e0bc to 92d63d4. */
const LAST_WORDS: ReadonlySet<unknown> = new Set(["training-time", "saved-chat", "best-bpb"]);

/** Whether an event is a note of something that a script says when it is through; scripts/chat_rl.py says it at each checkpoint. */
export const isLastWord = ({ kind, body }: Pick<JournalEvent, "kind" | "body">): boolean => kind === "note" && LAST_WORDS.has(body["tag"]);
