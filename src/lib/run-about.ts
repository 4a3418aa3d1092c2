/** `about.json` of a run: what people wrote down about it. It is the viewers' own file; the supervisor knows nothing of it. */
import { fail, ok, type Result, sentence } from "../core/result.ts";
import { RUN_FORMAT, type RunAbout } from "../core/run.ts";
import { plain } from "./ansi.ts";
import { readJson, statsOf } from "./files.ts";
import { runPaths } from "./run-dir.ts";
import { type Check, faultyField, isBoolean, isString, listOf, optional } from "./shape.ts";

export const LONGEST_NAME = 200;
export const LONGEST_TAG = 40;
export const MOST_TAGS = 32;
export const LONGEST_NOTE = 65_536;
/** Nobody writes more by hand; a file that is larger is not looked into. */
const MOST_BYTES = 1 << 20;

const SHAPE: Readonly<Record<string, Check>> = {
  name: optional(isString),
  tags: optional(listOf(isString)),
  note: optional(isString),
  archived: optional(isBoolean),
};

/** One line, free of everything that a terminal would obey. */
export const oneLine = (text: string): string => plain(text.slice(0, MOST_BYTES)).replace(/\s+/g, " ").trim();

/** The file as it is, cleaned; empty when there is none; a failure when it cannot be used. */
export function readAbout(runDir: string): Result<RunAbout> {
  const path = runPaths(runDir).about;
  const { size } = statsOf(path) ?? { size: 0 };
  if (size > MOST_BYTES) return fail("corrupt", `${path} is not usable`, { why: `it has ${size} bytes`, remedy: MOVE_IT });
  const read = readJson(path);
  if (!read.ok) return read;
  const value = read.value;
  if (value === null) return ok({});
  if (typeof value["version"] === "number" && value["version"] > RUN_FORMAT) {
    return fail("newer-version", `${path} has format version ${value["version"]}, and this nanochat-cli knows up to ${RUN_FORMAT}`, {
      why: "it was written by a newer nanochat-cli",
      remedy: "Update nanochat-cli to read it",
    });
  }
  const fault = faultyField(value, SHAPE);
  if (fault !== null) return fail("corrupt", `${path} is not usable`, { why: `its field ${fault} is of the wrong type`, remedy: MOVE_IT });
  return ok(cleaned(value as RunAbout));
}

const MOVE_IT = "Move it away: name, tags and note of the run are in it, and nothing else";

/** For lists: what can be shown, and why there is no more. */
export function aboutOrProblem(runDir: string): { about: RunAbout; aboutProblem: string | null } {
  const read = readAbout(runDir);
  return read.ok ? { about: read.value, aboutProblem: null } : { about: {}, aboutProblem: sentence(read.failure) };
}

/** What was edited by hand may be anything: cut to what can be shown. */
function cleaned({ name = "", tags = [], note = "", archived = false }: RunAbout): RunAbout {
  const shown = oneLine(name).slice(0, LONGEST_NAME);
  const words = tags.map((tag) => oneLine(tag).slice(0, LONGEST_TAG)).filter((tag) => tag !== "");
  const text = plain(note).slice(0, LONGEST_NOTE).trimEnd();
  return {
    ...(shown === "" ? {} : { name: shown }),
    ...(words.length === 0 ? {} : { tags: [...new Set(words)].slice(0, MOST_TAGS) }),
    ...(text === "" ? {} : { note: text }),
    ...(archived ? { archived } : {}),
  };
}
