/** What a run is doing just now, in one line: so that a start that takes long, or a stall, is never a riddle. */
import { isAlone, type RequestKind, trainerAlone } from "../core/run.ts";
import type { Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count, duration } from "../lib/format.ts";
import { type Latest, type RunFacts, stageState, stageTitle } from "./data.ts";
import { openPhaseOf, type Standstill, standstill } from "./standstill.ts";
import { untrained } from "./untrained.ts";
import { resumable } from "./way-on.ts";

export interface Activity {
  glyph: string;
  tone: Tone;
  text: string;
}

const PHASES: Readonly<Record<string, string>> = {
  compile: "compiling the model",
  eval: "evaluating",
  core: "evaluating CORE",
  sample: "sampling",
  save: "saving a checkpoint",
  data: "reading data",
};

/** How long a new run may be without a supervisor: it has to start first. */
const SUPERVISOR_SECONDS = 10;

/** Nothing new can arrive then: what it would be taken for otherwise is a trainer that stands still. */
const DISK_FULL = "the run directory's disk is full: the trainer goes on, steps are recorded again once there is room";

export function activity(facts: RunFacts, at: Latest | null): Activity {
  const stage = stageState(facts);
  const { state } = facts;
  if (stage === undefined) return { glyph: "○", tone: "muted", text: "this run has no stage" };
  if (stage.status === "pending") return pending(facts);
  if (stage.status !== "running") return ended(facts, stage.status, stage.reason ?? state.reason);
  if (isAlone(facts.liveness)) return alone(facts);
  if (facts.disk?.isFull) return { glyph: "▲", tone: "warn", text: DISK_FULL };
  if (state.status === "stopping") return { glyph: "◐", tone: "warn", text: "stopping: the checkpoint comes first" };
  const still = standstill(facts, at);
  if (still?.kind === "record") return unrecorded((facts.now - still.since) / 1000);
  return openPhase(facts) ?? (at === null ? starting(facts) : running(facts, at, still));
}

/** Its steps are in the trainer's files, and are read from there as soon as that can be written down. */
const unrecorded = (seconds: number): Activity => ({
  glyph: "▲",
  tone: "warn",
  text: `nothing was recorded for ${duration(seconds)}: the trainer may go on; the run's folder cannot be written, or its supervisor hangs (\`runs show\` says what to do)`,
});

/** A person wonders by then whether anything happens. */
export const WONDER_MS = 5000;

/** What is done at a step, and a paused run makes none. */
export const AWAITS_STEPS: ReadonlySet<RequestKind> = new Set(["save", "evaluate", "sample", "patch"]);

/** Answered between two steps, so with nothing to say as long as a step, a save or an evaluation takes. */
export const AT_A_STEP: ReadonlySet<RequestKind> = new Set([...AWAITS_STEPS, "stop", "pause"]);

/** What stands between a request and its answer, which is given between two steps: `no step for 41s: it is answered at the next step`. */
export function awaited(facts: RunFacts, at: Latest | null): string {
  const phase = openPhase(facts);
  if (phase !== null) return `${phase.text}: it is answered after that`;
  const quiet = at?.at == null ? null : duration((facts.now - at.at) / 1000);
  return `${quiet === null ? starting(facts).text : `no step for ${quiet}`}: it is answered at the next step`;
}

function pending(facts: RunFacts): Activity {
  if (facts.liveness === "ended")
    return { glyph: "○", tone: "muted", text: `not reached: the run ended before${because(facts.state.reason)}` };
  const waited = (facts.now - Date.parse(facts.state.createdAt)) / 1000;
  if (isAlone(facts.liveness) && waited > SUPERVISOR_SECONDS) return alone(facts);
  const current = facts.state.stages.find(({ status }) => status === "running");
  return current === undefined
    ? { glyph: "◐", tone: "info", text: "starting" }
    : { glyph: "○", tone: "muted", text: `waiting for ${stageTitle(current.name)} to end` };
}

/** A reason is a sentence by itself: what it begins with has been said here already. */
const SAID = /^\S+ was (?:lost: |stopped as asked(?: at |; )?)/;

function because(reason: string | null): string {
  if (reason === null) return "";
  const more = reason.replace(SAID, (begun) => (begun.endsWith(" at ") ? "at " : ""));
  return more === "." ? "" : `: ${more}`;
}

const ENDS: Readonly<Record<string, readonly [glyph: string, tone: Tone, word: string]>> = {
  done: ["○", "good", "done"],
  failed: ["✕", "bad", "failed"],
  stopped: ["■", "warn", "stopped"],
  lost: ["✕", "bad", "lost"],
};

function ended(facts: RunFacts, status: string, reason: string | null): Activity {
  const [glyph, tone, word] = ENDS[status] ?? ["○", "muted", status];
  const stage = stageState(facts);
  const seconds = stage?.startedAt && stage.endedAt ? secondsBetween(stage.startedAt, stage.endedAt) : null;
  const after = seconds === null ? "" : ` after ${duration(seconds)}${runAfter(facts, status)}`;
  const left = resumable(facts);
  const wayOn = left === null ? "" : ` · 3 resumes it from step ${count(left.step)}${left.why === null ? "" : `: ${left.why}`}`;
  const which = seconds === null || stage === undefined || facts.state.stages.length < 2 ? "" : `${stageTitle(stage.name)} `;
  return { glyph, tone, text: `${which}${word}${after}${because(reason)}${wayOn}` };
}

/** Of several stages the last one's time is not the run's: `, the run after 10m 38s`. */
const runAfter = ({ state }: RunFacts, status: string): string =>
  state.stages.length < 2 || state.endedAt === null || state.status !== status
    ? ""
    : `, the run after ${duration(secondsBetween(state.createdAt, state.endedAt))}`;

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

function alone({ state, now, liveness, isReadOnly = false }: RunFacts): Activity {
  const since = state.heartbeatAt === null ? "" : ` for ${duration((now - Date.parse(state.heartbeatAt)) / 1000)}`;
  const text =
    liveness === "gone"
      ? `neither its supervisor nor what started its trainer is left${since}${isReadOnly ? "" : " · A finds out what became of it"}`
      : `unattended${since} · ${isReadOnly ? "" : "A adopts it; "}the trainer ${trainerAlone(state.status).does}`;
  return { glyph: "▲", tone: "warn", text };
}

/** A phase that began and has not ended. */
function openPhase(facts: RunFacts): Activity | null {
  const open = openPhaseOf(facts);
  if (open === null) return null;
  const { now, isReplayed = false, isReadOnly = false } = facts;
  const since = duration((now - open.at) / 1000);
  if (open.name === "pause")
    return { glyph: "⏸", tone: "warn", text: `paused for ${since}${isReplayed || isReadOnly ? "" : " · P lets it go on"}` };
  return { glyph: "◐", tone: "info", text: `${PHASES[open.name] ?? open.name} for ${since}` };
}

/** Before the first step: the milestones that have been passed tell what it must be doing. */
function starting(facts: RunFacts): Activity {
  const { data, stage, now } = facts;
  const started = stageState(facts)?.startedAt ?? null;
  const milestone = data.events({ kinds: ["hello", "config"], stage }).at(-1);
  const what =
    untrained(facts) !== null
      ? "at work" // its steps, if it has any, are only in what it prints
      : milestone === undefined
        ? "starting Python"
        : milestone.kind === "hello"
          ? "loading the script and its model"
          : "preparing the first step";
  const since = milestone?.at ?? (started === null ? null : Date.parse(started));
  const line = data.log({ limit: 1 }).at(-1);
  const said = line === undefined || line.stage !== stage ? "" : ` · ${plain(line.text).trim()}`;
  return { glyph: "◐", tone: "info", text: `${what}${since === null ? "" : ` for ${duration((now - since) / 1000)}`}${said}` };
}

function running({ data, stage, now }: RunFacts, at: Latest, still: Standstill | null): Activity {
  if (still === null) return { glyph: "●", tone: "good", text: "training" };
  const took = duration(data.latest(stage, "train/dt")?.value ?? 0);
  return { glyph: "▲", tone: "warn", text: `no step for ${duration((now - still.since) / 1000)}; step ${count(at.key + 1)} took ${took}` };
}
