/** Where the run is: steps, tokens, time left, speed, last and best checkpoint, and what it is doing just now. */
import type { Line, Scene, Span, Tone } from "../core/scene.ts";
import { count, duration, loss, percent, roughly, setting, si, dollars as spent, UNKNOWN } from "../lib/format.ts";
import { textWidth, wrap } from "../lib/graphemes.ts";
import { type Activity, activity } from "./activity.ts";
import {
  bestPoint,
  derived,
  isPocket,
  type Latest,
  planFigures,
  plannedStage,
  position,
  type RunFacts,
  type Size,
  sinceResume,
  stageState,
  stageTitle,
} from "./data.ts";
import { fields } from "./fields.ts";
import { dollars } from "./figures.ts";
import { definePanel } from "./kind.ts";
import { patchedScale } from "./marks.ts";
import { endsAt, secondsLeft, secondsTaken, shareTold, stagesAfter, stepsDone, timeTaken, totalSteps } from "./pace.ts";
import { barSpans } from "./paint.ts";
import { untrained } from "./untrained.ts";

export interface ProgressOptions {
  /** What one key does when the run has ended, `C chat with the new checkpoint`; null when nothing. */
  afterwards: string | null;
  /** Whether a line says what the newest step's time went to; absent = yes. */
  parts?: boolean;
  /** Whether it says what the run has cost; absent = yes. */
  cost?: boolean;
}

/** Cells of a border that neither a title nor what stands beside it takes. */
const AROUND_TITLE = 8;
/** Where the line of the speed stands. */
const SPEED_ROW = 2;
/** Parts of a step in the order in which it makes them, and what they are called where it is narrow. */
const TIMERS = [
  ["data", "data"],
  ["forward", "fwd"],
  ["backward", "bwd"],
  ["optimizer", "opt"],
] as const;

export function progressPanel(facts: RunFacts, size: Size, options: ProgressOptions): Scene {
  const work = untrained(facts);
  if (work !== null && position(facts) === null) return untrainedProgress(facts, work, size, options);
  const at = position(facts);
  const figures = derived(facts);
  const total = totalSteps(facts);
  const doing = activity(facts, at);
  const lines: Line[] = [
    stepLine(stepsDone(facts, at), total, total === null && at !== null ? shareTold(facts) : null, size.width),
    tokenLine(facts, at, total, figures.tokensPerStep ?? null, size.width),
    speedLine(facts, size.width),
    checkpointLine(facts, options.cost === false ? null : cost(facts), size.width),
  ];
  const ends = lines.length + (options.afterwards === null ? 0 : 1);
  const told = doingLines(doing, size.width, size.height - ends);
  // Of interest with the speed, and the first to go when there is no room for it.
  const times = options.parts === false ? null : timesLine(facts, size.width);
  if (times !== null && ends + told.length < size.height) lines.splice(SPEED_ROW + 1, 0, times);
  const ahead = lines.length;
  lines.push(...told);
  if (options.afterwards !== null) lines.push([{ text: options.afterwards, tone: "accent", bold: true }]);
  // What it is doing is the line that must not be lost when there are few rows.
  const most = Math.max(1, size.height);
  const shown =
    lines.length <= most ? lines : [...lines.slice(0, Math.max(0, most - (lines.length - ahead))), ...lines.slice(ahead)].slice(-most);
  return sceneOf(facts, shown, size.width);
}

/** In as many rows as it has: why a run has failed is what one comes to read. */
function doingLines({ glyph, tone, text }: Activity, width: number, rows: number): Line[] {
  const shown: Tone = tone === "bad" || tone === "warn" ? tone : "text";
  const lineOf = (row: string, i: number): Line => [
    { text: i === 0 ? `${glyph} ` : "  ", tone },
    { text: row, tone: shown },
  ];
  const room = Math.max(1, rows);
  const wrapped = wrap(text, Math.max(1, width - 2));
  if (wrapped.length <= room) return wrapped.map(lineOf);
  // What has no room is cut off at the end of the last row, which shows that there is more.
  return [...wrapped.slice(0, room - 1), wrapped.slice(room - 1).join(" ")].map(lineOf);
}

function sceneOf(facts: RunFacts, lines: Line[], width: number): Scene {
  const settings = isPocket(facts) ? "pocket model" : undefined;
  return { title: title(facts, width - textWidth(settings ?? "") - AROUND_TITLE), settings, blocks: [{ block: { kind: "text", lines } }] };
}

/** Of a stage without steps: what it does, for how long, and what it says. */
function untrainedProgress(facts: RunFacts, work: string, size: Size, { afterwards }: ProgressOptions): Scene {
  const [taken, seconds] = timeTaken(facts, "elapsed");
  const lines: Line[] = [
    [{ text: work }],
    fields([[taken, duration(seconds)]], size.width),
    ...doingLines(activity(facts, null), size.width, size.height - 2 - (afterwards === null ? 0 : 1)),
    ...(afterwards === null ? [] : [[{ text: afterwards, tone: "accent" as const, bold: true }]]),
  ];
  return sceneOf(facts, lines.slice(-Math.max(1, size.height)), size.width);
}

/** The stage, and which follow where there is room: what is left of this one is not all. */
function title(facts: RunFacts, room: number): string {
  const stage = stageState(facts);
  if (stage === undefined) return "progress";
  const stages = facts.state.stages.length;
  const own = `progress · ${stageTitle(stage.name)}${stages > 1 ? ` ${stage.index}/${stages}` : ""}`;
  const next = stage.status === "running" ? stagesAfter(facts) : null;
  const whole = next === null ? own : `${own}, then ${next}`;
  return textWidth(whole) <= room ? whole : own;
}

/** How many are made: the step that was made last is one less, as most scripts and charts count from 0. */
function stepLine(done: number | null, total: number | null, told: number | null, width: number): Line {
  const isEndless = done !== null && total === null;
  // A script that runs until its data ends has no last step to measure against.
  const left: Span[] = [
    { text: count(done), bold: true },
    { text: isEndless ? " steps" : ` / ${count(total)} steps  `, tone: "muted" },
  ];
  if (isEndless && told === null) return left;
  const fraction = isEndless ? told : done === null || total === null || total <= 0 ? null : done / total;
  if (isEndless) left.push({ text: "  " });
  const right = `  ${percent(fraction).padStart(4)}`;
  const room = width - textWidth(left.map((span) => span.text).join("")) - textWidth(right);
  if (room < 4) return [...left, { text: right.trim() }];
  return [...left, ...barSpans(fraction ?? 0, room, "accent"), { text: right }];
}

function tokenLine(facts: RunFacts, at: Latest | null, total: number | null, perStep: number | null, width: number): Line {
  const done = stepsDone(facts, at);
  const counted = facts.data.latest(facts.stage, "train/tokens")?.value ?? (done !== null && perStep !== null ? done * perStep : null);
  const all = total !== null && perStep !== null ? total * perStep : null;
  const [taken, seconds] = timeTaken(facts, "elapsed");
  const named: Array<readonly [string, string]> = [
    ["tokens", counted !== null && all === null ? si(counted) : `${si(counted)} / ${si(all)}`],
    ...(stageState(facts)?.endedAt == null ? [["eta", eta(facts, width)] as const] : []),
    [taken, duration(seconds)],
  ];
  const share = ratio(facts, counted);
  // When it ends matters more.
  if (share === null) return fields(named, width);
  const words = fields([...named, ["tokens/scaling param", share]], width);
  return words.length > 2 * named.length ? words : fields([...named, ["ratio", share]], width);
}

/** Below that the hour at which it ends gives way. */
const WIDTH_WITH_HOUR = 44;

function eta(facts: RunFacts, width: number): string {
  const seconds = secondsLeft(facts);
  if (seconds === null) return UNKNOWN;
  return `${roughly(seconds)}${width < WIDTH_WITH_HOUR ? "" : ` (${endsAt(facts, seconds)})`}`;
}

/** Tokens for each parameter so far, of those that are planned: `5.7 of 12`; null without a plan's figures. */
function ratio(facts: RunFacts, tokens: number | null): string | null {
  const figures = planFigures(facts);
  const parameters = figures?.model?.scalingParameters ?? 0;
  if (tokens === null || !figures?.horizon || parameters <= 0) return null;
  return `${si(tokens / parameters)} of ${setting(Number(figures.horizon.ratio.toPrecision(3)))}`;
}

/** What the GPUs have cost so far, of what they will: `$7.90 of ~$17`; null where no price is known. */
function cost(facts: RunFacts): string | null {
  const price = planFigures(facts)?.cost;
  const seconds = secondsTaken(facts);
  if (price == null || price.dollarsPerHour === null || seconds === null) return null;
  return `${spent((seconds / 3600) * price.dollarsPerHour)}${price.dollars === null ? "" : ` of ${dollars(price.dollars)}`}`;
}

function speedLine({ data, stage }: RunFacts, width: number): Line {
  const value = (metric: string): number | null => data.latest(stage, metric)?.value ?? null;
  const dt = value("train/dt");
  const lrm = value("train/lrm");
  const mfu = value("train/mfu");
  const epoch = value("train/epoch");
  const named: Array<readonly [string, string]> = [
    ["", `${si(value("train/tok_per_sec"))} tok/s`],
    ["dt", duration(dt)],
  ];
  const scale = patchedScale({ data, stage });
  if (lrm !== null) named.push(["lr", `×${lrm.toFixed(2)}${scale === null || scale === 1 ? "" : ` × ${setting(scale)} patched`}`]);
  if (mfu !== null && mfu > 0) named.push(["mfu", mfu.toFixed(1)]);
  if (epoch !== null) named.push(["epoch", count(epoch)]);
  return fields(named, width);
}

/** What the newest step's time went to, `data 2.0%   forward 31%`; null when no part is known. One that is not is left out. */
function timesLine({ data, stage }: RunFacts, width: number): Line | null {
  const known = TIMERS.flatMap(([part, short]) => {
    const latest = data.latest(stage, `timer/${part}`);
    return latest === null ? [] : [{ part, short, ...latest }];
  });
  if (known.length === 0) return null;
  const at = Math.max(...known.map(({ key }) => key));
  const times = known.filter(({ key }) => key === at);
  const sum = times.reduce((total, { value }) => total + value, 0);
  const dt = data.query({ stage, metric: "train/dt", axis: "step", from: at, to: at, columns: 1 }).last[0] ?? Number.NaN;
  const whole = Number.isFinite(dt) ? Math.max(dt, sum) : sum;
  const line = (name: "part" | "short"): Line =>
    fields(
      times.map((time) => [time[name], percent(time.value / whole)] as const),
      width,
    );
  const words = line("part");
  return words.length === 2 * times.length ? words : line("short");
}

/** What is still going on may write one. */
function noCheckpoint(facts: RunFacts): string {
  if (facts.state.imported !== undefined) return "its checkpoints are elsewhere";
  // Whoever has seen those of the stage before would miss them.
  const of = facts.data.events({ kinds: ["checkpoint"], limit: 1 }).length > 0 ? " of this stage" : "";
  return stageState(facts)?.endedAt == null ? `no checkpoint${of} yet` : `no checkpoint${of}`;
}

function checkpointLine(facts: RunFacts, price: string | null, width: number): Line {
  const { data, stage } = facts;
  const last = data.events({ kinds: ["checkpoint"], stage, limit: 1 }).at(-1);
  const best = bestPoint(data, stage, "val/bpb", "lower");
  const since = sinceResume(plannedStage(facts));
  const spans: Span[] = [
    { text: "◆ ", tone: "accent" },
    last === undefined ? { text: noCheckpoint(facts), tone: "muted" } : { text: count(last.step) },
  ];
  if (best !== null) {
    spans.push(
      { text: "   ★ ", tone: "good" },
      { text: since === "" ? "best bpb " : `best${since} `, tone: "muted" },
      { text: loss(best.value) },
      { text: ` @ ${count(best.key)}`, tone: "muted" },
    );
  }
  const used = textWidth(spans.map((span) => span.text).join(""));
  return price === null || used + 3 + textWidth(price) > width ? spans : [...spans, { text: `   ${price}` }];
}

export const progressKind = definePanel({
  kind: "progress",
  title: "progress",
  about: "Where the run is: steps, tokens, time left, speed, last and best checkpoint, what it is doing",
  counts:
    "`eta` is the steps that are left × the mean time of the newest 64, none of them taken for more than four times the usual one; of a script without a last step (chat_sft) they are estimated from the share that it prints. The `eta` in nanochat's own lines takes the mean of all steps since the 11th, and counts the step that was just made as left. Neither counts evaluations, samples and saves between steps.",
  options: {
    parts: {
      type: "flag",
      default: true,
      title: "Parts",
      help: "A line that says what the newest step's time went to, where there is room",
    },
    cost: { type: "flag", default: true, title: "Cost", help: "What the GPUs have cost so far and will, where the plan knows their price" },
  },
  from: ["points", "events", "log"],
  everyMs: 50,
  timed: "left",
  least: { width: 40, height: 7 },
  rows: 8,
  looks: ["afterwards"],
  scene: ({ facts, size, options, view }) => progressPanel(facts, size, { ...options, afterwards: view.afterwards }),
});
