/** How far an imported run has come, and how it ended, as far as its files tell. */
import type { StageIndex } from "../core/journal.ts";
import { CLOCK_METRIC } from "../core/metrics.ts";
import { type Progress, type RunStatus, shareDone, stepsDone } from "../core/run.ts";
import type { JournalReader } from "../journal/reader.ts";
import { count } from "../lib/format.ts";
import { StepPace } from "../lib/step-pace.ts";
import { ToldShares } from "../lib/told-share.ts";
import { Usual } from "../lib/usual.ts";
import { derived, furthest, position, textField } from "../panels/data.ts";
import { isLastWord } from "../sources/process-log/outcome.ts";
import type { About } from "../sources/wandb-file/translate.ts";

export interface Ending {
  status: Extract<RunStatus, "done" | "failed" | "lost">;
  exitCode: number | null;
  /** A sentence without its full stop; null when it ended well. */
  reason: string | null;
  /** UTC ISO; null when it is not known. */
  endedAt: string | null;
  /** No file says so: what there is could be the end, and more may come. */
  isGuess: boolean;
}

/** Where a stage is, for lists; null without a step. */
export function progressOf(reader: JournalReader, stage: StageIndex): Progress | null {
  const at = position({ data: reader, stage }) ?? furthest({ data: reader, stage });
  if (at === null) return null;
  const value = (metric: string): number | null => reader.latest(stage, metric)?.value ?? null;
  const { totalSteps = null, countsFrom } = derived({ data: reader, stage });
  const [loss, valBpb, tokensPerSecond] = [value("train/loss"), value("val/bpb"), value("train/tok_per_sec")];
  const usual = new Usual();
  for (const rate of reader.points(stage, "train/tok_per_sec").values.slice(-RECENT_STEPS)) usual.add(rate);
  const told = toldBy(reader, stage);
  const left = totalSteps === null ? told.stepsLeft : totalSteps - stepsDone({ step: at.key, totalSteps, countsFrom });
  const seconds = paceOf(reader, stage);
  const etaSeconds = left === null || seconds === null ? null : left * seconds;
  return {
    ...{ stage, step: at.key, totalSteps, loss, valBpb, tokensPerSecond, etaSeconds },
    ...(usual.value !== null && { usualTokensPerSecond: usual.value }),
    ...(totalSteps === null && told.share !== null && { share: told.share }),
    ...(countsFrom !== undefined && { countsFrom }),
  };
}

/** Lines in which a script's word of how far it is is looked for. */
const RECENT_LINES = 500;

function toldBy(reader: JournalReader, stage: StageIndex): ToldShares {
  const told = new ToldShares();
  for (const { text } of reader.log({ stage, limit: RECENT_LINES })) told.hear(text);
  return told;
}

/** More than StepPace keeps. */
const RECENT_STEPS = 80;

/** Seconds of a step: those that the script has measured, else by when each was. */
function paceOf(reader: JournalReader, stage: StageIndex): number | null {
  const pace = new StepPace();
  const measured = reader.points(stage, "train/dt").values.slice(-RECENT_STEPS);
  for (const seconds of measured) pace.step(seconds);
  if (measured.length > 0) return pace.seconds;
  const { keys, values } = reader.points(stage, CLOCK_METRIC);
  for (let i = Math.max(1, keys.length - RECENT_STEPS); i < keys.length; i++)
    pace.step((values[i]! - values[i - 1]!) / 1000 / (keys[i]! - keys[i - 1]!));
  return pace.seconds;
}

/** What is said of a file that may grow. */
export const GOES_ON = ", or it still goes on. Importing it again reads what is new";

/** A `.wandb` file ends with the script's exit code; without one nobody knows. */
export function endOfWandb({ exit, lastAt }: Pick<About, "exit" | "lastAt">): Ending {
  const endedAt = lastAt === null ? null : new Date(lastAt).toISOString();
  if (exit === null) {
    const reason = `Its file has no end: it was killed${GOES_ON}`;
    return { status: "lost", exitCode: null, reason, endedAt, isGuess: true };
  }
  const failed = exit.code !== 0;
  return {
    status: failed ? "failed" : "done",
    exitCode: exit.code,
    reason: failed ? `The script ended with exit code ${exit.code}` : null,
    endedAt,
    isGuess: false,
  };
}

/** A log ends with an exception, with a script's last words, with its last step, or in the middle. `writtenAt`: of the file, UTC ISO. */
export function endOfLog(reader: JournalReader, stage: StageIndex, writtenAt: string): Ending {
  const told = reader.events({ kinds: ["note", "problem"], stage });
  const problem = told.findLast(({ kind, body }) => kind === "problem" && body["source"] === "process-log");
  const end = { exitCode: null, endedAt: writtenAt } as const;
  if (problem !== undefined) {
    const reason = textField(problem.body, "why") ?? textField(problem.body, "what");
    return { ...end, status: "failed", reason, isGuess: false };
  }
  if (told.some(isLastWord)) return { ...end, status: "done", reason: null, isGuess: false };
  const at = progressOf(reader, stage);
  const total = at?.totalSteps ?? null;
  // What a script says after its last step may have been left out of the file.
  if (shareDone(at) === 1) return { ...end, status: "done", reason: null, isGuess: true };
  const of = total === null ? "" : ` of ${count(total)}`;
  return { ...end, status: "lost", reason: `Its log ends at step ${count(at?.step)}${of}: it was stopped${GOES_ON}`, isGuess: true };
}
