/** What there is to know of one run besides its numbers: why it ended, its tags, its note. */
import { OWN_SETTINGS } from "../core/differences.ts";
import type { PlannedStage } from "../core/plan.ts";
import { rateShown, runName, stepsDone } from "../core/run.ts";
import type { Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { clock, count, duration, loss, si } from "../lib/format.ts";
import { cut } from "../lib/graphemes.ts";
import { bestPoint, type RunFacts, sinceResume, stageTitle } from "./data.ts";
import { wrapLine } from "./paint.ts";
import { type RunRow, statusSpan } from "./runs.ts";

/** Longer than fits anywhere; the rest is on the note panel of a screen. */
const MOST_CHARACTERS = 4000;

const LABEL = 8;

/** All of it, wrapped to `width`; `row` undefined = no run is selected, `facts` = it has not been opened. */
export function runAboutPanel(row: RunRow | undefined, width: number, facts?: RunFacts): Scene {
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
    // What can be long comes last: why it failed and what was written down stay in view.
    ...(facts === undefined ? [] : figures(row, facts)),
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
  const took = endedAt === null ? Number.NaN : (Date.parse(endedAt) - Date.parse(createdAt)) / 1000;
  return [
    told("begun", [createdAt, ...(endedAt === null ? [] : [endedAt])].map(moment).join(" – ")),
    ...(took > 0 ? [told("took", duration(took))] : []),
  ];
}

const told = (label: string, text: string): Line => [{ text: label.padEnd(LABEL), tone: "muted" }, { text }];

/** How good it became, how fast it was, and what was set for it. */
function figures(row: RunRow, { plan, data }: RunFacts): Line[] {
  const bests = plan.stages.flatMap((stage, i) => {
    const best = bestPoint(data, i + 1, "val/bpb", "lower");
    return best === null
      ? []
      : [told("best", `${loss(best.value)} bpb @ ${count(best.key)} · ${stageTitle(stage.name)}${sinceResume(stage)}`)];
  });
  const rate = rateShown(row);
  const set = plan.stages.flatMap((stage) => setValues(stage) ?? []);
  return [
    ...bests,
    ...(rate === null ? [] : [told("rate", `${si(rate)} tok/s${ofWhich(row)}`)]),
    ...set.map((text, i) => told(i === 0 ? "set" : "", text)),
  ];
}

/** Of which steps the rate of an ended run is: its tokens through the time that it took are fewer, for that holds more than steps. */
const ofWhich = ({ liveness, progress }: RunRow): string =>
  liveness !== "ended" ? "" : progress?.usualTokensPerSecond === undefined ? " at its last step" : ", median of its last steps";

const MOST_SET = 5;
const LONGEST_VALUE = 40;

/** `base_train: matrix_lr 5, depth 3, 6 more`: what is not as the script has it, the person's own before the prefab's; null without any. */
function setValues({ name, values }: PlannedStage): string | null {
  const set = values.filter(({ origin, parameter }) => origin.layer !== "default" && !OWN_SETTINGS.has(parameter.name));
  const own = [...set].sort((a, b) => Number(a.origin.layer === "prefab") - Number(b.origin.layer === "prefab"));
  const texts = own.map(({ parameter, value }) => `${parameter.name} ${cut(plain(String(value ?? "none")), LONGEST_VALUE) || '""'}`);
  const more = texts.length - MOST_SET;
  const shown = [...texts.slice(0, MOST_SET), ...(more > 0 ? [`${count(more)} more`] : [])].join(", ");
  return shown === "" ? null : `${stageTitle(name)}: ${shown}`;
}
