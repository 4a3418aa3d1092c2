/** How a stage's end is judged, and the sentence that says why. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type RequestStatus, type StageStatus, type StepCount, shareDone, stepsDone } from "../core/run.ts";
import { plain } from "../lib/ansi.ts";
import { count } from "../lib/format.ts";
import { redactor } from "../lib/redact.ts";
import type { Exit } from "../lib/run-files.ts";
import { parseLine } from "../sources/process-log/parse.ts";

export interface Ending {
  script: string;
  /** Null when no exit was recorded. */
  exit: Exit | null;
  /** The stop of this stage that the trainer has carried out, if any. */
  stopped: RequestStatus | null;
  /** Whether `stop-now` was asked of this stage. */
  stopNow: boolean;
  /** What the script's last lines say of why it died. */
  explanation: string | null;
  /** What it has left undone although it ended with exit code 0. */
  undone: string | null;
  /** It has printed what it prints when it is through. */
  saidLastWords: boolean;
  /** How far it came, as was seen last; null before its first step. */
  progress: StepCount | null;
  /** The newest checkpoint that it can go on from. */
  checkpoint: Pick<RequestStatus, "path" | "step"> | null;
  /** Step of the newest of all, when its loss was no finite number by then; null when that is the one above. */
  spoilt: number | null;
}

export interface Verdict {
  status: Extract<StageStatus, "done" | "failed" | "stopped" | "lost">;
  /** Null when all went well. */
  reason: string | null;
}

/** Pure. A stop counts as such only when the trainer ended as it should have after it. */
export function judge(ending: Ending): Verdict {
  const { script, exit, stopped, stopNow, explanation, undone } = ending;
  if (stopNow) return { status: "stopped", reason: `${script} was stopped at once, as asked: no checkpoint was taken for it.` };
  if (exit === null) return unrecorded(ending);
  if (exit.code === 0 && exit.signal === null) {
    if (stopped !== null) return { status: "stopped", reason: stopSentence(script, stopped) };
    return undone === null
      ? { status: "done", reason: null }
      : { status: "failed", reason: `${script} ended as if all were well.${explained(undone)}` };
  }
  return { status: "failed", reason: failureSentence(script, exit, explanation) };
}

/** Where nobody has written down how it ended, because what would have was killed, what it said and did last must do. */
function unrecorded(ending: Ending): Verdict {
  const { script, stopped, explanation } = ending;
  if (stopped !== null) return { status: "stopped", reason: stopSentence(script, stopped) };
  if (isThrough(ending)) return { status: "done", reason: null };
  const why = "its processes are gone and no exit was recorded: the machine was restarted, or its launcher was killed";
  return { status: "lost", reason: `${script} was lost: ${why}.${kept(ending)}${explained(explanation)}` };
}

const isThrough = ({ saidLastWords, progress, explanation }: Ending): boolean =>
  saidLastWords && explanation === null && (progress === null || (shareDone(progress) ?? 1) === 1);

/** What there is of a stage of which nobody knows how it ended. */
function kept({ progress, checkpoint, spoilt }: Ending): string {
  const whole = progress !== null && shareDone(progress) === 1 ? ` All of its ${count(progress.totalSteps)} steps were made.` : "";
  const not = spoilt === null ? "" : ` The loss was NaN or infinite when its checkpoint of step ${count(spoilt)} was saved.`;
  if (checkpoint === null) return `${whole}${not}`;
  const which = spoilt === null ? "Its newest checkpoint" : "The newest one of before";
  return `${whole}${not} ${which} is of step ${count(checkpoint.step)}: ${checkpoint.path}${gone(progress, checkpoint)}.`;
}

/** A checkpoint is counted by the steps that are in it. */
function gone(progress: Ending["progress"], checkpoint: NonNullable<Ending["checkpoint"]>): string {
  const after = progress === null || checkpoint.step === null ? 0 : stepsDone(progress) - checkpoint.step;
  if (after <= 0) return "";
  return after === 1 ? "; the step after it is lost" : `; the ${count(after)} steps after it are lost`;
}

function stopSentence(script: string, stop: RequestStatus): string {
  const where = stop.step === null ? "" : ` at step ${count(stop.step)}`;
  const checkpoint = stop.path === null ? "" : `; its checkpoint is in ${stop.path}`;
  return `${script} was stopped as asked${where}${checkpoint}.`;
}

const firstToFail = ({ ranks }: Exit): Exit["ranks"][number] | undefined =>
  ranks.find(({ signal, code }) => signal !== null || (code !== null && code !== 0));
const signalOf = (exit: Exit): string | null => exit.signal ?? firstToFail(exit)?.signal ?? null;

function failureSentence(script: string, exit: Exit, explanation: string | null): string {
  const first = firstToFail(exit);
  const who = exit.ranks.length > 1 && first ? `Rank ${first.rank} of ${script}` : script;
  const signal = signalOf(exit);
  const code = exit.code ?? first?.code ?? null;
  const how = signal !== null ? `was ended by ${signal}` : `ended with exit code ${code ?? "unknown"}`;
  return `${who} ${how}.${memory(exit.oomKilled, signal)}${explained(explanation)}`;
}

const LESS_MEMORY = "Lower device_batch_size or max_seq_len";

/** Not every system tells that it was the kernel; nearly always it was. */
function memory(oomKilled: boolean, signal: string | null): string {
  if (oomKilled) return ` The machine ran out of memory and the kernel killed it. ${LESS_MEMORY}.`;
  return signal === "SIGKILL" ? ` If nobody did that, the machine ran out of memory. ${LESS_MEMORY}.` : "";
}

const explained = (explanation: string | null): string => (explanation === null ? "" : ` ${explanation.replace(/[.\s]+$/, "")}.`);

const LONGEST_WORDS = 300;

/** Come from outside: a process that they end has no time for a word. */
const UNFORESEEN: ReadonlySet<string> = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"]);

/**
 * What a script said before it ended by `sys.exit("a sentence")` or the like; null when it said nothing. Where it did not see
 * its end coming, or what it said last was a report of its work, only an error or a warning has to do with it.
 */
export function lastWords(errorLines: readonly string[], exit: Exit | null): string | null {
  const last = errorLines.map((line) => plain(line).trim()).findLast((line) => line !== "");
  if (last === undefined) return null;
  const { level, isReport } = parseLine(last);
  const foresaw = exit !== null && !UNFORESEEN.has(signalOf(exit) ?? "");
  const counts = level === "warn" || level === "error" || (foresaw && !isReport);
  return counts ? `Its last words: ${last.slice(0, LONGEST_WORDS)}` : null;
}

const TAIL_BYTES = 64 * 1024;

/** The last lines of a log file, without the secrets that they may quote; none when there is no such file. */
export function tailLines(path: string): string[] {
  try {
    const fd = openSync(path, "r");
    try {
      const size = fstatSync(fd).size;
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(fd, tail, 0, tail.length, size - tail.length);
      return redactor.text(tail.toString("utf8")).split("\n").filter(Boolean);
    } finally {
      closeSync(fd);
    }
  } catch {
    return [];
  }
}
