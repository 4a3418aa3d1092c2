/** Why a script died, in a sentence, out of the last lines that it printed. */
import { plain } from "../../lib/ansi.ts";
import { parseLine, unweave } from "./parse.ts";
import { type Traceback, TracebackReader } from "./traceback.ts";

/** A whole line, and the sentence that it is told in; `$<name>` stands for a group of the pattern. */
type Cause = readonly [pattern: RegExp, sentence: string];

const CAUSES: readonly Cause[] = [
  [
    /^torch\.(?:cuda\.)?OutOfMemoryError: .*?Tried to allocate (?<size>[\d.]+ [KMGT]iB)\. GPU (?<gpu>\d+) has a total capacity of (?<capacity>[\d.]+ \wiB).*$/,
    "GPU $<gpu> ran out of memory: of its $<capacity> there was no room for another $<size>. Lower device_batch_size",
  ],
  [/^torch\.(?:cuda\.)?OutOfMemoryError\b.*$/, "The GPU ran out of memory. Lower device_batch_size"],
  [
    /^RuntimeError: .*DefaultCPUAllocator: (?:can't|not enough) .*$/,
    "The machine ran out of memory. Lower device_batch_size or max_seq_len",
  ],
  [/^MemoryError\b.*$/, "The machine ran out of memory. Lower device_batch_size or max_seq_len"],
  [
    /^ModuleNotFoundError: No module named '(?<module>[^']+)'.*$/,
    "This Python has no module $<module>: install it there, or choose another Python with --python",
  ],
  [/^ImportError: (?<why>.+)$/, "Something could not be imported: $<why>"],
  [/^FileNotFoundError: \[Errno 2\] [^:]+: (?<path>.+)$/, "A file is missing: $<path>"],
  [/^PermissionError: \[Errno 13\] [^:]+: (?<path>.+)$/, "There is no permission for $<path>"],
  [/^(?:OSError: )?\[Errno 28\].*$/, "The disk is full: make room, or name another place with --base-dir"],
  [/^(?:OSError: )?\[Errno 30\] [^:]+: (?<path>.+)$/, "The disk of $<path> is read-only: name another place with --base-dir"],
  [/^RuntimeError: .*(?:PytorchStreamWriter failed writing|unexpected pos \d+).*$/, "A checkpoint could not be written: the disk is full"],
  [
    /^(?:wandb\.)?(?:\w+\.)*CommError: (?<why>.+?)\.?$/,
    "W&B could not be reached ($<why>). Start it with WANDB_MODE=offline in the environment, or without a W&B name",
  ],
  [
    /^(?:wandb\.)?(?:\w+\.)*(?:AuthenticationError|UsageError): (?<why>.*api[_ ]key.*?)\.?$/i,
    "W&B did not take the key ($<why>). `secrets check` asks about it; with WANDB_MODE=offline none is needed",
  ],
  [/^AssertionError: (?<why>.+)$/, "A check of the script failed: $<why>"],
  [/^KeyboardInterrupt$/, "It was interrupted"],
  [/^(?:\S+\.py|\S*python\S* -m \S+): error: (?<why>.+)$/, "The script refused its arguments: $<why>"],
  [/^\S*python[\d.]*: No module named (?<module>.+)$/, "Python found no module $<module> in the workspace"],
  [/^\S*python[\d.]*: can't open file (?<path>.+)$/, "Python could not open $<path>"],
  [/^Fatal Python error: (?<why>.+)$/, "Python itself failed: $<why>"],
  [/^nanochat-cli: (?<sentence>.+)$/, "$<sentence>"],
];

/** What the other processes say when one has died, and torchrun's own summary: true, but not why. */
const CONSEQUENCE =
  /ChildFailedError|SignalException|DistBackendError|DistNetworkError|DistStoreError|Connection (?:closed|reset)|BrokenPipeError|ConnectionResetError/;
const BARE_EXCEPTION = /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt)(?:: .*)?$/;
const LONGEST = 500;

/**
 * The reason in one sentence or two, or null when the lines do not tell. `tailLines` are the last lines of a process'
 * output, in order, as they were printed; the last cause that is not a mere consequence of another one counts.
 */
export function explainFailure(tailLines: readonly string[]): string | null {
  const found = causesIn(tailLines);
  const cause = found.findLast(({ line }) => !CONSEQUENCE.test(line)) ?? null;
  if (cause !== null) return cause.sentence.slice(0, LONGEST);
  return failedRank(tailLines) ?? found.at(-1)?.sentence.slice(0, LONGEST) ?? null;
}

interface Found {
  line: string;
  sentence: string;
}

function causesIn(tailLines: readonly string[]): Found[] {
  const readers = new Map<number | null, TracebackReader>();
  const found: Found[] = [];
  for (const { rank, text } of tailLines.flatMap((line) => unweave(plain(line))).map(parseLine)) {
    const reader = readers.get(rank) ?? new TracebackReader();
    readers.set(rank, reader);
    const ended = reader.feed(text);
    if (ended?.ignored) continue;
    if (ended) found.push({ line: text, sentence: knownTraceback(ended) ?? `It ended with ${exceptionOf(ended)}` });
    else if (!reader.open) {
      const sentence = known(text) ?? (BARE_EXCEPTION.test(text) ? `It ended with ${text}` : null);
      if (sentence !== null) found.push({ line: text, sentence });
    }
  }
  return found;
}

/** The sentence for one traceback, of a script that may go on after it. */
export const explainTraceback = (traceback: Traceback): string => knownTraceback(traceback) ?? exceptionOf(traceback);

function knownTraceback({ exception, where, code }: Traceback): string | null {
  // A bare assertion says nothing but the line that it stands in.
  if (exception !== "AssertionError") return known(exception);
  return `A check of the script failed${where === null ? "" : ` at ${where}`}${code === null ? "" : `: ${code}`}`;
}

const exceptionOf = ({ exception, where }: Traceback): string => `${exception}${where === null ? "" : ` (${where})`}`;

function known(line: string): string | null {
  for (const [pattern, sentence] of CAUSES) if (pattern.test(line)) return line.replace(pattern, sentence);
  return null;
}

const SIGNALS: Readonly<Record<number, string>> = {
  6: "aborted (SIGABRT)",
  7: "ended by a bus error (SIGBUS): often shared memory is full",
  9: "killed (SIGKILL): often because the machine ran out of memory",
  11: "ended by a segmentation fault (SIGSEGV)",
  15: "ended (SIGTERM)",
};

/** torchrun's summary of a rank that could not say anything itself. */
function failedRank(tailLines: readonly string[]): string | null {
  for (const line of tailLines) {
    const { meaning } = parseLine(plain(line));
    if (meaning?.kind !== "fact" || meaning.format.tag !== "rank-failed") continue;
    const { rank, code } = meaning.fields;
    return `Rank ${rank} ${code !== undefined && Number(code) < 0 ? `was ${SIGNALS[-Number(code)] ?? `ended by signal ${-Number(code)}`}` : `ended with exit code ${code}`}`;
  }
  return null;
}
