/** Changing what people wrote down about a run: its shown name, tags, note, and whether it is put away. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fail, ok, type Result } from "../core/result.ts";
import { RUN_FORMAT, type RunAbout } from "../core/run.ts";
import { plain } from "../lib/ansi.ts";
import { writeJson } from "../lib/files.ts";
import { takeLock } from "../lib/lock.ts";
import { LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, oneLine, readAbout } from "../lib/run-about.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";
import { homeOf, lockOf } from "./home.ts";

/** What is to be different; what is not named stays. */
export interface AboutChange {
  /** Empty, or the name that it was started with: that one is shown again. */
  name?: string;
  addTags?: readonly string[];
  removeTags?: readonly string[];
  /** Empty: none. */
  note?: string;
  archived?: boolean;
}

/** Of two that change the same run, the second waits for the first. */
const TURN_MS = 5000;

/**
 * Changes about.json and returns what is in it then. `usage` for a text that will not do, `corrupt` when the file that
 * is there cannot be read: it is never written over.
 */
export function changeAbout(runDir: string, change: AboutChange): Result<RunAbout> {
  const wrong = problemOf(change);
  if (wrong !== null) return wrong;
  const lock = takeLock(lockOf(homeOf(runDir)), TURN_MS);
  if (!lock.taken) {
    return fail("io", `${basename(runDir)} could not be changed`, {
      why: lock.busy ? "another nanochat-cli is changing a run of this home" : lock.why,
      remedy: lock.remedy ?? "Try again, or name a --home that you may write to",
    });
  }
  try {
    return replaced(runDir, change);
  } finally {
    lock.lock.release();
  }
}

function replaced(runDir: string, change: AboutChange): Result<RunAbout> {
  // A folder that is gone must not come back with nothing but a note in it.
  if (!existsSync(runPaths(runDir).state))
    return fail("not-found", `There is no run in ${runDir} any more`, {
      why: "it was deleted",
      remedy: "`nanochat-cli runs list` shows what there is",
    });
  const before = readAbout(runDir);
  if (!before.ok) return before;
  const after = changed(runDir, before.value, change);
  if (!after.ok || isDeepStrictEqual(after.value, before.value)) return after;
  const written = writeJson(runPaths(runDir).about, { version: RUN_FORMAT, ...after.value });
  return written.ok ? after : written;
}

function changed(runDir: string, before: RunAbout, change: AboutChange): Result<RunAbout> {
  const state = readState(runDir);
  const given = change.name === undefined ? before.name : oneLine(change.name);
  const name = given === "" || (state.ok && given === state.value.name) ? undefined : given;
  const removed = new Set((change.removeTags ?? []).map(oneLine));
  const tags = [...new Set([...(before.tags ?? []), ...(change.addTags ?? []).map(oneLine)])].filter((tag) => !removed.has(tag));
  if (tags.length > MOST_TAGS)
    return fail("usage", `A run has at most ${MOST_TAGS} tags`, {
      why: `this would make ${tags.length}`,
      remedy: "Take some away: `runs tag RUN -NAME`",
    });
  // A lone carriage return is a line of a text, not one that a program draws again.
  const note = change.note === undefined ? (before.note ?? "") : plain(change.note.replace(/\r\n?/g, "\n")).trimEnd();
  const archived = change.archived ?? before.archived ?? false;
  return ok({
    ...(name === undefined ? {} : { name }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(note === "" ? {} : { note }),
    ...(archived ? { archived } : {}),
  });
}

/** How every id begins. */
const LIKE_AN_ID = /^\d{8}-\d{6}-/;

/** What is wrong with a name, a sentence; null when it will do. A run of such a name could not be asked for by it. */
export function nameProblem(name: string): string | null {
  const shown = oneLine(name);
  if (shown.length > LONGEST_NAME) return `A name has at most ${LONGEST_NAME} characters`;
  if (shown === "last") return "`last` is the newest run that was not imported, wherever a run is named";
  if (shown.startsWith("-")) return "A name does not begin with a dash: a command would take it for an option";
  if (LIKE_AN_ID.test(shown)) return "A name does not begin as the id of a run does: that is what the other run is found by";
  return null;
}

/** What is wrong with a tag, a sentence; null when it will do. */
export function tagProblem(tag: string): string | null {
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._:/-]*$/u.test(tag)) return `${shown(tag)} is no tag: letters, digits, and . _ : / - between them`;
  return tag.length > LONGEST_TAG ? `A tag has at most ${LONGEST_TAG} characters` : null;
}

/** Something of what was typed, harmless and short. */
const shown = (text: string): string => {
  const clean = oneLine(text);
  return clean === "" ? "This" : clean.length > LONGEST_TAG ? `${clean.slice(0, LONGEST_TAG)}…` : clean;
};

function problemOf({ name = "", addTags = [], note = "" }: AboutChange): Result<never> | null {
  const wrong = nameProblem(name) ?? addTags.map(tagProblem).find((problem) => problem !== null) ?? null;
  if (wrong !== null) return fail("usage", wrong, { remedy: "A note holds what is longer: `nanochat-cli runs note`" });
  return note.length > LONGEST_NOTE
    ? fail("usage", `A note has at most ${LONGEST_NOTE} characters`, { why: `this one has ${note.length}`, remedy: "Keep it in a file" })
    : null;
}

/** `+a -b c` of the command line and of the field: what is added, and what is taken away. */
export function tagChange(words: readonly string[]): Required<Pick<AboutChange, "addTags" | "removeTags">> {
  const taken = words.filter((word) => word.startsWith("-"));
  const given = words.filter((word) => !word.startsWith("-"));
  return { addTags: given.map((word) => word.replace(/^\+/, "")), removeTags: taken.map((word) => word.slice(1)) };
}
