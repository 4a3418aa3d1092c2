/** A plan for people: what would run, with which values, what it comes to, and what is wrong with it. */
import { costText } from "../config/expectation.ts";
import type { StageFigures } from "../core/figures.ts";
import { type Finding, type Plan, type PlannedStage, resumesAt, shownValue } from "../core/plan.ts";
import { bytes, count, counted, dollars, duration, flops, percent, si } from "../lib/format.ts";
import { stagePaths } from "../lib/run-dir.ts";
import { shellWord } from "../lib/shell-word.ts";
import { ratioText, scalingText, verdictText } from "../panels/figures.ts";
import { type CommandDocument, stageCommand } from "../supervisor/command.ts";
import { table } from "./table.ts";

/** The run's folder, which gets its name when the run is made. */
const RUN_FOLDER = "RUN";

/** The processes that would be started, as the supervisor starts them. */
export const commandsOf = (plan: Plan): Array<CommandDocument & { stage: string }> =>
  plan.stages.map((stage) => ({ stage: stage.name, ...commandOf(plan, stage) }));

const commandOf = (plan: Plan, stage: PlannedStage): CommandDocument =>
  stageCommand(plan, stage, stagePaths(RUN_FOLDER, stage.name).bridge);

export function planText(plan: Plan, taken: readonly Finding[] = []): string {
  const { workspace } = plan;
  return [
    `${plan.prefab} on ${workspace.dir} (${workspace.kind}${workspace.commit ? ` ${workspace.commit}` : ""})`,
    `python    ${plan.python.join(" ")} (${plan.pythonReason})`,
    `base dir  ${plan.baseDir}`,
    ...environment(plan).map(([name, value]) => `env       ${name}=${value}`),
    "",
    ...plan.stages.map((stage) => `${stageText(plan, stage)}\n`),
    ...totals(plan.figures ?? []),
    ...published(plan),
    ...taken.map((finding) => `fixed    ${toldWithStage(finding)} → ${finding.fix?.title}.`),
    ...plan.findings.map(findingText),
  ]
    .join("\n")
    .trimEnd();
}

const toldWithStage = ({ stage, message }: Finding): string => (stage === undefined ? message : `${stage}: ${message}`);

function findingText(finding: Finding): string {
  const { severity, remedy, fix } = finding;
  const ways = [
    remedy,
    fix !== undefined && fix.title !== remedy ? `--fix: ${fix.title}` : fix === undefined ? undefined : "--fix does it",
  ];
  return [`${severity.padEnd(8)} ${toldWithStage(finding)}.`, ...ways.filter(Boolean).map((way) => `${way}.`)].join(" ");
}

function stageText(plan: Plan, stage: PlannedStage): string {
  const changed = stage.values.filter(({ origin }) => origin.layer !== "default");
  const rows = changed.map(({ parameter, value, origin }) => [
    `  ${parameter.name}`,
    shownValue(value),
    parameter.defaultKnown
      ? shownValue(Array.isArray(parameter.default) ? parameter.default.join(" ") : parameter.default)
      : parameter.defaultExpr,
    origin.prefab
      ? `${origin.prefab}${origin.line === undefined ? "" : `:${origin.line}`}`
      : origin.layer === "override"
        ? "this run"
        : origin.layer,
  ]);
  const ranks = stage.ranks > 1 ? `, ${stage.ranks} ranks` : "";
  const from = resumesAt(stage);
  const figures = plan.figures?.find((one) => one.stage === stage.name);
  return [
    `${stage.name}${ranks}${from === null ? "" : `, resumes at step ${count(from)}`}`,
    rows.length > 0 ? table(["  parameter", "value", "default", "from"], rows, new Set(), { free: 1 }) : "  all at their defaults",
    ...(figures === undefined ? [] : figureLines(figures)),
    `  $ ${commandOf(plan, stage).argv.map(shellWord).join(" ")}`,
  ].join("\n");
}

/** What every stage's process is given, besides our own environment; each also has a NANOCHAT_BRIDGE_DIR of its own. */
function environment(plan: Plan): Array<[string, string]> {
  const [first] = commandsOf(plan);
  return Object.entries(first?.env ?? plan.env).filter(([name]) => name !== "NANOCHAT_BRIDGE_DIR");
}

const about = (text: string): string => `~${text}`;

/** One line for each kind of figure that is known, then why the others are not. */
function figureLines({ model, batch, horizon, learning, checkpoint, memory, cost, unknown }: StageFigures): string[] {
  const lines: Array<readonly [name: string, text: string]> = [];
  if (model) {
    const groups = model.groups.map(({ name, parameters }) => `${name} ${si(parameters)}`).join(", ");
    const vocabulary = `vocabulary ${count(model.vocabulary)}${model.vocabularyAssumed ? " (assumed)" : ""}`;
    lines.push(["model", `${count(model.parameters)} parameters (${scalingText(model)}): ${groups}`]);
    lines.push([
      "",
      `depth ${model.depth}, width ${count(model.dim)}, ${counted(model.heads, "head")}, ${vocabulary}; ${flops(model.flopsPerToken)} FLOPs a token`,
    ]);
  }
  if (batch) {
    const steps = batch.accumulation === null ? "" : ` × ${count(batch.accumulation)} micro-batches`;
    const chosen = batch.totalBatchAutomatic ? " (the script's choice)" : "";
    lines.push([
      "batch",
      `${count(batch.deviceBatch)} × ${count(batch.sequence)} × ${counted(batch.ranks, "rank")}${steps} = ${count(batch.totalBatch)} tokens a step${chosen}`,
    ]);
  }
  if (horizon) {
    const shards = horizon.shards === null ? "" : `; about ${count(horizon.shards)} shards`;
    lines.push([
      "training",
      `${counted(horizon.steps, "step")}, ${si(horizon.tokens)} tokens (${ratioText(horizon)}), ${flops(horizon.flops)} FLOPs${shards}`,
    ]);
  }
  if (learning) {
    const decay = learning.weightDecay === null ? "" : `; weight decay ${learning.weightDecay.toPrecision(3)}`;
    lines.push([
      "rates",
      `× ${learning.batchScale.toFixed(3)} for the batch, × ${learning.widthScale.toFixed(3)} for the width (AdamW)${decay}`,
    ]);
  }
  if (checkpoint) lines.push(["saves", `${count(checkpoint.count)} of ${about(bytes(checkpoint.modelBytes + checkpoint.optimizerBytes))}`]);
  if (memory) {
    const capacity = memory.capacityBytes === null ? "" : ` of ${bytes(memory.capacityBytes)}`;
    lines.push(["memory", `${about(bytes(memory.bytes))}${capacity}: ${verdictText(memory)} (${memory.sure})`]);
  }
  if (cost)
    lines.push([
      "time",
      `${about(duration(cost.hours * 3600))}${cost.dollars === null ? "" : `, ${about(dollars(cost.dollars))}`}, at ${percent(cost.mfu)} MFU (${cost.basis})`,
    ]);
  return [...lines.map(([name, text]) => `  ${name.padEnd(9)} ${text}`), ...unknown.map((why) => `  ${"not known".padEnd(9)} ${why}`)];
}

/** What others measured, beside our own figures, where this machine is another than theirs. */
function published({ expected }: Plan): string[] {
  const { hardware = null, cost = null, differs = null } = expected ?? {};
  if (differs === null || hardware === null) return [];
  const was = cost === null ? "no published cost" : costText(cost);
  return [`made for  ${hardware.words}: ${was}; the figures above are for ${differs}`, ""];
}

/** Of all stages whose time is known. */
function totals(figures: readonly StageFigures[]): string[] {
  const costs = figures.flatMap(({ cost }) => cost ?? []);
  if (costs.length < 2) return [];
  const hours = costs.map((cost) => cost.hours).reduce((sum, one) => sum + one, 0);
  const priced = costs.every((cost) => cost.dollars !== null);
  const money = priced ? `, ${about(dollars(costs.reduce((sum, cost) => sum + (cost.dollars ?? 0), 0)))}` : "";
  return [`together  ${about(duration(hours * 3600))}${money} of training`, ""];
}
