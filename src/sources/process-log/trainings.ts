/** Where one training ends and the next one begins in a log that holds several, as of a whole speedrun. */
import { plain } from "../../lib/ansi.ts";
import { LineQueue } from "./line-queue.ts";
import { parseStepLine } from "./step-line.ts";

export interface Training {
  /** Of its first line, in bytes. */
  begin: number;
  /** The script by what it prints: `base_train`, `mid_train`, `chat_sft`, `chat_rl`. */
  script: string;
  /** The last step that is named; null when there is none. */
  lastStep: number | null;
}

/** What only one script prints; base_train is what is left. 3a5e0bc to 92d63d4. */
const SIGNS: ReadonlyArray<readonly [script: string, sign: RegExp]> = [
  ["chat_rl", /\| Example step \d+ \| Pass |\| Average reward: |chatrl_checkpoints/],
  ["chat_sft", /\| Training loss: |^Inherited \w+=|^Training mixture: |\| ChatCORE: |chatsft_checkpoints/],
  ["mid_train", /mid_checkpoints/],
];

const DEFAULT = "base_train";

/** What scripts print before their first step: the banner, settings, the model's size. */
const PREAMBLE =
  /^\s*[█░ ]{20,}|^(?:Overriding: |Autodetected device type|COMPUTE_DTYPE: |Using max_seq_len=|Inherited |Vocab size: |Tokens \/ micro-batch|Number of parameters|Calculated number of )/;

/** Counts on from 0, or with a script that counts before it prints from 1. */
const FIRST_STEPS = 1;

/** Finds the trainings in a log, given line by line. A step that goes back, but not to the beginning, is a resume. */
export class TrainingFinder {
  readonly #found: Training[] = [{ begin: 0, script: DEFAULT, lastStep: null }];
  /** What came after the last step and may belong to the next training: where it began, and which script it is of. */
  #preamble: { begin: number; script: string | null } | null = null;

  line(text: string, offset: number): void {
    const step = parseStepLine(text)?.step ?? null;
    const { lastStep } = this.#found.at(-1)!;
    if (step === null) {
      if (lastStep !== null && this.#preamble === null && PREAMBLE.test(text)) this.#preamble = { begin: offset, script: null };
    } else if (step <= FIRST_STEPS && (lastStep ?? 0) > FIRST_STEPS) {
      this.#found.push({ begin: this.#preamble?.begin ?? offset, script: this.#preamble?.script ?? DEFAULT, lastStep: null });
    }
    if (step !== null) this.#preamble = null;
    const training = this.#found.at(-1)!;
    training.lastStep = step ?? training.lastStep;
    const sign = SIGNS.find(([, pattern]) => pattern.test(text))?.[0];
    if (sign !== undefined) (this.#preamble ?? training).script = sign;
  }

  found(): readonly Training[] {
    return this.#found;
  }
}

/** Reads the whole log. Throws what reading a file throws. */
export function findTrainings(path: string): readonly Training[] {
  const finder = new TrainingFinder();
  const lines = new LineQueue(path, 0);
  lines.takeRest((line) => finder.line(plain(line.toString("utf8")), lines.offset));
  lines.close();
  return finder.found();
}
