/** What there is to know of one run besides its numbers: why it ended, its tags, its note. */
import { runName, stepsDone } from "../core/run.ts";
import type { Line, Scene } from "../core/scene.ts";
import { clock, count } from "../lib/format.ts";
import { stageTitle } from "./data.ts";
import { wrapLine } from "./paint.ts";
import { type RunRow, statusSpan } from "./runs.ts";

/** Longer than fits anywhere; the rest is on the note panel of a screen. */
const MOST_CHARACTERS = 4000;

const LABEL = 8;

/** All of it, wrapped to `width`; `row` null = no run is selected. */
export function runAboutPanel(row: RunRow | undefined, width: number): Scene {
  if (row === undefined) return { title: "about", blocks: [{ block: { kind: "empty", why: "No run is selected" } }] };
  const { about = {}, status, liveness, reason, problem, aboutProblem, id, name } = row;
  const said = problem ?? reason ?? null;
  const lines: Line[] = [
    ...(about.name === undefined ? [] : [[{ text: "id".padEnd(LABEL), tone: "muted" as const }, { text: id }]]),
    ...(name === id || about.name !== undefined ? [] : [[{ text: "name".padEnd(LABEL), tone: "muted" as const }, { text: name }]]),
    [{ text: "state".padEnd(LABEL), tone: "muted" }, statusSpan(status, liveness), ...(about.archived ? [{ text: " · put away" }] : [])],
    ...dates(row),
    ...settings(row),
    ...(said === null ? [] : [[{ text: said, tone: problem === null ? ("warn" as const) : ("bad" as const) }]]),
    ...(about.tags === undefined ? [] : [[{ text: about.tags.map((tag) => `#${tag}`).join(" "), tone: "accent" as const }]]),
    ...(about.note === undefined ? [] : about.note.slice(0, MOST_CHARACTERS).split("\n")).map((text): Line => [{ text, tone: "info" }]),
    ...(aboutProblem == null ? [] : [[{ text: aboutProblem, tone: "warn" as const }]]),
  ];
  const rows = lines.flatMap((line) => wrapLine(line, Math.max(1, width)));
  return { title: runName(row), blocks: [{ block: { kind: "text", lines: rows } }] };
}

/** On the clock of who looks. */
function moment(at: string): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(date.getTime())}`;
}

/** What it was made from, and where in it it is. */
function settings({ prefab, stage, progress }: RunRow): Line[] {
  const steps =
    progress === null
      ? ""
      : ` · ${count(stepsDone(progress))}${progress.totalSteps === null ? "" : ` of ${count(progress.totalSteps)}`} steps`;
  return [
    ...(prefab === "" ? [] : [[{ text: "prefab".padEnd(LABEL), tone: "muted" as const }, { text: prefab }]]),
    ...(stage === null ? [] : [[{ text: "stage".padEnd(LABEL), tone: "muted" as const }, { text: `${stageTitle(stage)}${steps}` }]]),
  ];
}

function dates({ createdAt, endedAt }: RunRow): Line[] {
  if (createdAt === "") return [];
  return [
    [{ text: "begun".padEnd(LABEL), tone: "muted" }, { text: [createdAt, ...(endedAt === null ? [] : [endedAt])].map(moment).join(" – ") }],
  ];
}
