/** What a stage of a plan comes to, and what is wrong with the plan. */
import type { HorizonFigures, MemoryFigures, ModelFigures, StageFigures } from "../core/figures.ts";
import type { KeyOf } from "../core/keys.ts";
import type { Finding, Plan, PlannedStage } from "../core/plan.ts";
import type { Line, Scene, Tone } from "../core/scene.ts";
import { bytes, count, counted, duration, flops, percent, si } from "../lib/format.ts";
import { wrap } from "../lib/graphemes.ts";
import { type Size, stageTitle } from "./data.ts";

type Rows = Array<readonly [name: string, text: string, tone?: Tone]>;

/** About so many dollars, three figures: `~$17`, `~$0.42`. */
export const dollars = (value: number): string => `~$${value >= 100 ? count(Math.round(value)) : Number(value.toPrecision(3))}`;

/** As nanochat calls them: embeddings are not among them, which a small model is mostly made of. */
export const scalingText = ({ scalingParameters }: ModelFigures): string => `${si(scalingParameters)} scaling parameters`;

/** Tokens for each of those. */
export const ratioText = ({ ratio }: HorizonFigures): string => `${ratio.toFixed(1)} a scaling parameter`;

function modelRows({ model }: StageFigures): Rows {
  if (model === null) return [];
  const vocabulary = `${count(model.vocabulary)}${model.vocabularyAssumed ? " (assumed: no tokenizer yet)" : ""}`;
  return [
    ["model", `${model.depth} layers · dim ${count(model.dim)} · ${counted(model.heads, "head")}`],
    ["vocabulary", vocabulary],
    ["parameters", `${si(model.parameters)} (${count(model.parameters)})`],
    ["", scalingText(model), "muted"],
  ];
}

function batchRows({ batch, horizon }: StageFigures): Rows {
  const rows: Rows = [];
  if (batch !== null) {
    const accumulation =
      batch.accumulation === null ? "does not divide" : `${count(batch.accumulation)} × ${count(batch.tokensPerMicroBatch)}`;
    rows.push(["batch", `${count(batch.totalBatch)} tokens${batch.totalBatchAutomatic ? " (chosen by the script)" : ""}`]);
    rows.push(["", `${accumulation} a rank, ${counted(batch.ranks, "rank")}`, "muted"]);
  }
  if (horizon !== null) {
    rows.push(["steps", count(horizon.steps)], ["tokens", `${si(horizon.tokens)} · ${ratioText(horizon)}`]);
    rows.push(["FLOPs", flops(horizon.flops)]);
    if (horizon.shards !== null) rows.push(["data", `~${count(horizon.shards)} shards`]);
  }
  return rows;
}

const VERDICT_TONES: Readonly<Record<string, Tone>> = { fits: "good", tight: "warn", "too much": "bad", unknown: "muted" };

/** Whether it fits, in words that stand by themselves. */
export const verdictText = ({ verdict }: Pick<MemoryFigures, "verdict">): string => (verdict === "unknown" ? "fit not known" : verdict);

/** What costs money, and whether it fits: these stand first, for they are what one looks for before a run is begun. */
function costRows({ memory, cost }: StageFigures): Rows {
  const rows: Rows = [];
  if (cost !== null) {
    const money = cost.dollars === null ? "" : ` · ${dollars(cost.dollars)}`;
    rows.push(["time", `~${duration(cost.hours * 3600)}${money}`, "accent"]);
  }
  if (memory !== null) {
    const of = memory.capacityBytes === null ? "" : ` of ${bytes(memory.capacityBytes)}`;
    rows.push(["memory", `~${bytes(memory.bytes)}${of} · ${verdictText(memory)}`, VERDICT_TONES[memory.verdict]]);
  }
  return rows;
}

/** Where the estimates come from. */
const basisRows = ({ cost, memory }: StageFigures): Rows =>
  [
    ...(cost === null ? [] : [`time at ${percent(cost.mfu)} MFU: ${cost.basis}`]),
    ...(memory === null ? [] : [`memory: ${memory.sure}`]),
  ].map((text, index) => [index === 0 ? "basis" : "", text, "muted"] as const);

/** What one looks up, and seldom. */
function otherRows({ model, learning, checkpoint }: StageFigures): Rows {
  const rows: Rows = [];
  if (learning !== null) {
    const decay = learning.weightDecay === null ? "" : ` · weight decay ${Number(learning.weightDecay.toPrecision(4))}`;
    rows.push(["rates", `×${learning.batchScale.toFixed(3)} by batch · ×${learning.widthScale.toFixed(3)} by width${decay}`]);
  }
  if (checkpoint !== null)
    rows.push([
      "checkpoint",
      `${bytes(checkpoint.modelBytes + checkpoint.optimizerBytes)}${checkpoint.count > 1 ? ` × ${count(checkpoint.count)}` : ""}`,
    ]);
  for (const [index, { name, parameters }] of (model?.groups ?? []).entries())
    rows.push([index === 0 ? "groups" : "", `${name} ${count(parameters)}`, "muted"]);
  return rows;
}

/** All figures of a stage as rows of text: name, value. */
const figureRows = (figures: StageFigures): Rows => [
  ...costRows(figures),
  ...modelRows(figures),
  ...batchRows(figures),
  ...otherRows(figures),
  ...basisRows(figures),
  ...figures.unknown.map((why) => ["–", why, "muted"] as const),
];

const NAME_WIDTH = 11;

/** Hours and dollars of all stages, where more than one has any. */
function together(all: readonly StageFigures[]): string | undefined {
  const costs = all.flatMap(({ cost }) => cost ?? []);
  if (costs.length < 2) return undefined;
  const hours = costs.reduce((sum, cost) => sum + cost.hours, 0);
  const money = costs.reduce((sum, cost) => sum + (cost.dollars ?? 0), 0);
  return `all ~${duration(hours * 3600)}${money > 0 ? ` · ${dollars(money)}` : ""}`;
}

/** The figures of a stage, `stage` its name; those of all stages for what they cost together. */
export function figuresPanel(all: readonly StageFigures[], stage: string | undefined, size: Size): Scene {
  const figures = all.find((one) => one.stage === stage);
  const settings = together(all);
  if (figures === undefined)
    return { title: "figures", settings, blocks: [{ block: { kind: "empty", why: "This stage trains nothing" } }] };
  const lines = figureRows(figures).flatMap(([name, text, tone = "text"]) =>
    wrap(text, Math.max(8, size.width - NAME_WIDTH)).map(
      (row, i): Line => [
        { text: (i === 0 ? name : "").padEnd(NAME_WIDTH), tone: "muted" },
        { text: row, tone },
      ],
    ),
  );
  return { title: "figures", settings, blocks: [{ block: { kind: "text", lines } }] };
}

const SEVERITIES: Readonly<Record<Finding["severity"], readonly [glyph: string, tone: Tone]>> = {
  error: ["✕ ", "bad"],
  warning: ["▲ ", "warn"],
  info: ["· ", "info"],
};

/** Worst first. */
export const sortFindings = (findings: readonly Finding[]): Finding[] => {
  const order = Object.keys(SEVERITIES);
  return [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
};

/** A finding as it is told: with its stage where others have a parameter of the same name. */
function messageOf({ message, stage, field }: Finding, stages: readonly PlannedStage[]): string {
  const having = stages.filter(({ values }) => values.some(({ parameter }) => parameter.name === field));
  return stage === undefined || having.length < 2 ? message : `${stageTitle(stage)}: ${message}`;
}

export function findingsPanel({ findings, stages }: Pick<Plan, "findings" | "stages">, size: Size, keyOf: KeyOf): Scene {
  const title = `findings ${findings.length}`;
  if (findings.length === 0) return { title, blocks: [{ block: { kind: "empty", why: "Nothing is wrong with this plan" } }] };
  const fixable = findings.filter(({ fix }) => fix !== undefined).length;
  const lines = sortFindings(findings).flatMap((finding) => {
    const { severity, remedy, fix } = finding;
    const [glyph, tone] = SEVERITIES[severity];
    const indented = (text: string, first: string, toneOf: Tone): Line[] =>
      wrap(text, Math.max(8, size.width - 2)).map(
        (row, i): Line => [
          { text: i === 0 ? first.trim() : " ", tone: i === 0 ? tone : "text" },
          { text: " " },
          { text: row, tone: toneOf },
        ],
      );
    const way = fix === undefined ? remedy : `${fix.title} (${keyOf("config.fix")})`;
    return [
      ...indented(messageOf(finding, stages), glyph, "text"),
      ...(way === undefined ? [] : indented(way, "→ ", fix === undefined ? "muted" : "accent")),
    ];
  });
  return { title, note: fixable > 0 ? `${keyOf("config.fix")} mends ${fixable}` : undefined, blocks: [{ block: { kind: "text", lines } }] };
}
