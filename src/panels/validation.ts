/** Validation over the run: each evaluation a point of a connected line, the best one marked. */
import { findMetric } from "../core/metrics.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Scene } from "../core/scene.ts";
import { count, counted } from "../lib/format.ts";
import type { ChartInput, Drawn } from "./chart-frame.ts";
import { chartOf, MOST_LINES, noteOf, titleOf } from "./chart-of.ts";
import { bestPoint, planned, plannedStage, type RunFacts, sinceResume, stageState, stageTitle } from "./data.ts";
import { heatScene } from "./heat.ts";
import { definePanel } from "./kind.ts";
import { inNumberOrder } from "./metric-list.ts";
import { untrainedEmpty } from "./untrained.ts";
import { shortNames, valueText } from "./value.ts";

/** What counts as validation, best first. */
const CANDIDATES = ["val/bpb", "val/loss", "core/metric", "chatcore/metric"];

/** Tasks as lines, while so many can be told apart in a chart; more are rows of a heat map. */
const MOST_TASK_LINES = 8;

const OPTIONS = {
  what: {
    type: "choice",
    choices: ["auto", "bpb", "loss", "core", "chatcore", "tasks"],
    default: "auto",
    title: "What",
    help: "Which evaluation: the first that the run has, one of them, or each task of CORE and ChatCORE",
  },
} as const;

type Options = OptionValues<typeof OPTIONS>;
type What = Options["what"];

/** Metrics by the option, in the order of preference. */
const WANTED: Readonly<Record<Exclude<What, "tasks">, readonly string[]>> = {
  auto: CANDIDATES,
  bpb: ["val/bpb"],
  loss: ["val/loss"],
  core: ["core/metric"],
  chatcore: ["chatcore/metric", "chatcore/cat"],
};

const isTask = (metric: string): boolean => /^(?:chat)?core\/(?!metric$|cat$)/.test(metric);

export function validationPanel(input: ChartInput & { options: Options }): Scene {
  const { facts, options } = input;
  const known = facts.data.metrics(facts.stage);
  if (options.what === "tasks") return tasksPanel(input, known.filter(isTask).sort(inNumberOrder));
  const metric = WANTED[options.what].find((candidate) => known.includes(candidate));
  if (metric === undefined)
    return {
      title: "validation",
      blocks: [{ block: { kind: "empty", ...(untrainedEmpty(facts, `No ${nounOf(options.what)}`) ?? whyEmpty(facts, options.what)) } }],
    };
  const better = findMetric(metric)?.better === "higher" ? "higher" : "lower";
  const best = bestPoint(facts.data, facts.stage, metric, better);
  const name = findMetric(metric)?.title ?? metric;
  const chart = chartOf(input, { lines: [{ metric, stage: facts.stage, name }], best });
  const told = best === null ? [] : [`★ best${sinceResume(plannedStage(facts))} ${valueText(metric, best.value)} @ ${count(best.key)}`];
  return {
    title: titleOf(name, chart),
    name,
    tone: chart.tone,
    settings: chart.settings,
    note: noteOf([...told, ...chart.notes]),
    blocks: [{ block: chart.plot }],
  };
}

function tasksPanel(input: ChartInput, tasks: readonly string[]): Scene {
  const { facts } = input;
  if (tasks.length === 0) {
    const why = `No task of CORE or ChatCORE has been measured in this stage${everyText(facts, ["core_metric_every", "chatcore_every"])}`;
    return { title: "tasks", blocks: [{ block: { kind: "empty", why } }] };
  }
  const names = shortNames(tasks);
  const lines = tasks.map((metric, i): Drawn => ({ metric, stage: facts.stage, name: names[i] ?? metric }));
  if (tasks.length > Math.min(MOST_TASK_LINES, MOST_LINES)) return heatScene(input, { title: `tasks ${tasks.length}`, lines });
  const chart = chartOf(input, { lines, best: bestPoint(facts.data, facts.stage, tasks[0] ?? "", "higher") });
  return {
    title: titleOf("tasks", chart),
    tone: chart.tone,
    settings: chart.settings,
    note: noteOf(chart.notes),
    blocks: [{ block: chart.plot }],
  };
}

/** `: core_metric_every is 2,000`, of the first of these parameters that the script has. */
function everyText(facts: RunFacts, names: readonly string[]): string {
  const name = names.find((one) => typeof planned(facts, one) === "number");
  const every = name === undefined ? undefined : planned(facts, name);
  return typeof every !== "number" ? "" : every <= 0 ? `: ${name} is off` : `: it comes every ${counted(every, "step")}`;
}

const INTERVALS: Readonly<Record<Exclude<What, "tasks">, string>> = {
  auto: "eval_every",
  bpb: "eval_every",
  loss: "eval_every",
  core: "core_metric_every",
  chatcore: "chatcore_every",
};

/** What is missing, and which script measures it (nanochat's scripts/*.py). */
const NAMES: Readonly<Partial<Record<What, readonly [name: string, by: string]>>> = {
  core: ["CORE", "base_train"],
  chatcore: ["ChatCORE", "chat_sft"],
};

const nounOf = (what: What): string => NAMES[what]?.[0] ?? "validation";

/** Whether the stage has no such evaluation and will have none: it is none of its script's, or off, or the stage has ended without. */
function hasNever(facts: RunFacts, what: Exclude<What, "tasks">): boolean {
  const known = facts.data.metrics(facts.stage);
  const status = stageState(facts)?.status;
  if (status === undefined || status === "pending" || WANTED[what].some((metric) => known.includes(metric))) return false;
  return status !== "running" || isOthers(facts, what) || isOff(facts, what);
}

const isOff = (facts: RunFacts, what: Exclude<What, "tasks">): boolean => {
  const every = planned(facts, INTERVALS[what]);
  return typeof every === "number" && every <= 0;
};

/** It is another script that makes it. */
const isOthers = (facts: RunFacts, what: Exclude<What, "tasks">): boolean =>
  NAMES[what] !== undefined && planned(facts, INTERVALS[what]) === undefined && (plannedStage(facts)?.values.length ?? 0) > 0;

const isIdle = (facts: RunFacts, { what }: Options): boolean =>
  what === "tasks"
    ? !facts.data.metrics(facts.stage).some(isTask) && hasNever(facts, "core") && hasNever(facts, "chatcore")
    : hasNever(facts, what);

function whyEmpty(facts: RunFacts, what: Exclude<What, "tasks">): { why: string; remedy?: string } {
  const name = INTERVALS[what];
  const every = planned(facts, name);
  const stage = stageState(facts);
  const of = NAMES[what];
  const noun = nounOf(what);
  if (of !== undefined && stage !== undefined && isOthers(facts, what))
    return { why: `No ${of[0]}: ${stageTitle(stage.name)} does not evaluate it, ${of[1]} does` };
  if (isOff(facts, what)) return { why: `No ${noun}: ${name} is off`, remedy: "set it in the next plan" };
  if (stage?.status === "pending") return { why: `No ${noun} yet: this stage has not begun` };
  if (stage?.status !== "running") return { why: `No ${noun}: this stage ended before its first evaluation` };
  return { why: `No ${noun} yet: it comes ${typeof every === "number" ? `every ${counted(every, "step")}` : "when the script evaluates"}` };
}

export const validationKind = definePanel({
  kind: "validation",
  title: "validation",
  about: "Each evaluation as a point, the best one marked: bits per byte, CORE, ChatCORE or their tasks",
  options: OPTIONS,
  from: ["points", "events", "baselines"],
  everyMs: 500,
  least: { width: 30, height: 7 },
  keys: ["chart"],
  looks: ["chart"],
  idle: isIdle,
  scene: validationPanel,
});
