/** One line of a process' output: who said it, how bad it is, and what it means. Pure; the story is in narrator.ts. */
import type { LogLine } from "../../core/journal.ts";
import { LINE_FORMATS, type LineFormat, SAMPLE, SAVED } from "./formats.ts";
import { number } from "./numbers.ts";
import { parseStepLine, type StepLine } from "./step-line.ts";

/** What was recognised in a line. */
export type Meaning =
  | ({ kind: "step" } & StepLine)
  | { kind: "saved"; step: number; dir: string; file: string; part: string }
  | { kind: "sample"; text: string }
  | { kind: "fact"; format: LineFormat; fields: Readonly<Record<string, string | number>> };

export interface ParsedLine {
  /** Training rank, when a prefix says so. */
  rank: number | null;
  level: LogLine["level"];
  /** The line without the prefix of a rank; what a logger put in front is kept. */
  text: string;
  /** Null when the line is just a line. */
  meaning: Meaning | null;
  /** It tells of work that goes on: a logger has written it, or its meaning is known. */
  isReport: boolean;
}

/** torchrun's and torch's own prefix: each line of a rank's traceback has it (torch/distributed/c10d_logger.py@v2.9.1). */
const RANK = /^\[(?:rank|default)(\d+)\]:? ?/;
/** `2026-01-02 03:04:05,678 - nanochat.checkpoint_manager - INFO - …`: setup_default_logging in nanochat/common.py. */
const LOGGER = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - [\w.]+ - ([A-Z]+) - /;
/** `W0102 03:04:05.678000 123 torch/…`, `[W102 03:04:05.6 Module.cpp:1]`: torch's own logs. */
const GLOG = /^\[?([IWEF])\d{3,4} \d\d:\d\d:\d\d/;

const LEVELS: Readonly<Record<string, LogLine["level"]>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
  I: "info",
  W: "warn",
  E: "error",
  F: "error",
};

const BAD =
  /^(?:Traceback \(most recent call last\):|ERROR\b|CRITICAL\b|FATAL\b|Fatal Python error|Segmentation fault|[\w.]*(?:Error|Exception|Interrupt)(?::|$)|\S+: error: )/;
const DOUBTFUL = /^WARNING\b|\b\w*Warning: /;

/** In a longer line only a step is looked for, which its first characters tell: searching one for all else would take its time. */
const LONGEST_SEARCHED = 4096;

/** Splits what two processes wrote into one line: where a line's known beginning stands right behind other text. */
export function unweave(text: string): readonly string[] {
  return SEAM_HINT.test(text) ? text.split(SEAM) : [text];
}

const SEAM_HINT = /.(?:[Ss]tep \d{5}|\[rank\d|Saved \w|\d\d:\d\d:\d\d,\d{3} - )/;
const SEAM = new RegExp(
  [
    String.raw`(?<=\S)(?=[Ss]tep \d{5,}(?:/\d{5,})? (?:\(|\|))`,
    String.raw`(?<=\S)(?=\[rank\d+\]: )`,
    String.raw`(?<=\.(?:pt|json))(?=Saved (?:model|optimizer|metadata) )`,
    String.raw`(?<=\S)(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - )`,
  ].join("|"),
);

/** `text` is one line, already free of escape sequences. */
export function parseLine(text: string): ParsedLine {
  const prefix = RANK.exec(text);
  const own = prefix === null ? text : text.slice(prefix[0].length);
  const logger = LOGGER.exec(own);
  const meaning = meaningOf(logger === null ? own : own.slice(logger[0].length));
  const named = LEVELS[logger?.[1] ?? GLOG.exec(own)?.[1] ?? ""];
  const told = meaning?.kind === "fact" ? meaning.format.level : undefined;
  const rank = prefix === null ? null : Number(prefix[1]);
  return { rank, level: told ?? named ?? levelOf(own, meaning), text: own, meaning, isReport: named !== undefined || meaning !== null };
}

function levelOf(text: string, meaning: Meaning | null): LogLine["level"] {
  if (meaning !== null) return "info";
  return BAD.test(text) ? "error" : DOUBTFUL.test(text) ? "warn" : "info";
}

function meaningOf(message: string): Meaning | null {
  const step = parseStepLine(message);
  if (step !== null) return { kind: "step", ...step };
  if (message.length > LONGEST_SEARCHED) return null;
  const saved = SAVED.exec(message)?.groups;
  if (saved) {
    const { dir = "", file = "", part = "", step: at } = saved;
    return { kind: "saved", step: Number(at), dir, file, part };
  }
  const sample = SAMPLE.exec(message)?.groups;
  if (sample) return { kind: "sample", text: sample["text"] ?? "" };
  for (const format of LINE_FORMATS) {
    if (!message.includes(format.has)) continue;
    const match = format.pattern.exec(message);
    if (match !== null) return { kind: "fact", format, fields: fieldsOf(match.groups ?? {}) };
  }
  return null;
}

const fieldsOf = (groups: Readonly<Record<string, string | undefined>>): Record<string, string | number> =>
  Object.fromEntries(Object.entries(groups).flatMap(([name, text]) => (text === undefined ? [] : [[name, number(text) ?? text]])));
