/** All that is measured, as a table: the newest value of each metric, its lowest and highest, and how old it is. */

import { CLOCK_METRIC } from "../core/metrics.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Line, Scene, TableColumn } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { ago, count, UNKNOWN } from "../lib/format.ts";
import { limitSign, toneOf } from "./chart-limits.ts";
import { fitColumns, type Ranked, tableOf } from "./columns.ts";
import { RUN_STAGE } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText, metricFits } from "./metric-list.ts";
import { type Reading, readingOf } from "./reading.ts";
import { scrolled, scrollTo } from "./scrolling.ts";
import { stageEmpty } from "./stage-empty.ts";
import { unitBeside, valueText } from "./value.ts";

const OPTIONS = {
  filter: { type: "text", default: "", title: "Filter", help: "Only metrics whose name holds this text, or is meant by it: gpu/*/util" },
  host: { type: "flag", default: false, title: "Host", help: "Also those of the machine and its GPUs" },
  sort: { type: "choice", choices: ["name", "newest"], default: "name", title: "Sort", help: "By name, or those that came last first" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

interface Found {
  metric: string;
  stage: number;
}

interface Row extends Found {
  input: Input;
  reading: Reading;
}

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (row: Row) => Line;
}

const WIDTH = 13;
const NAME = 18;
/** Longer names are of no use. */
const MOST_CHARACTERS = 200;

const totalOf = ({ input: { facts }, stage, metric }: Row) =>
  facts.data.query({ stage, metric, axis: stage === RUN_STAGE ? "wall" : "step", columns: 1 });
const latestOf = ({ reading, stage, metric }: Row) => (stage === RUN_STAGE ? reading.host(metric) : reading.stage(metric));

const COLUMNS: readonly Column[] = [
  { title: "metric", rank: 0, middle: true, cell: ({ metric }) => [{ text: plain(metric.slice(0, MOST_CHARACTERS)) }] },
  { title: "value", width: WIDTH, rank: 0, align: "right", cell: (row) => valueCell(row) },
  { title: "min", width: WIDTH, rank: 2, align: "right", cell: (row) => boundCell(row, "min") },
  { title: "max", width: WIDTH, rank: 3, align: "right", cell: (row) => boundCell(row, "max") },
  { title: "unit", width: 9, rank: 4, cell: ({ metric }) => [{ text: unitBeside(metric), tone: "muted" }] },
  {
    title: "step",
    width: 9,
    rank: 5,
    align: "right",
    cell: (row) => [{ text: row.stage === RUN_STAGE ? "" : count(latestOf(row)?.key), tone: "muted" }],
  },
  { title: "age", width: 10, rank: 1, align: "right", cell: (row) => [{ text: ageOf(row), tone: "muted" }] },
];

function valueCell(row: Row): Line {
  const value = latestOf(row)?.value ?? null;
  const tone = toneOf(row.metric, value, row.input.thresholds);
  return [{ text: `${limitSign(tone)}${valueText(row.metric, value)}`, tone, bold: tone !== undefined }];
}

function boundCell(row: Row, which: "min" | "max"): Line {
  const columns = totalOf(row);
  return [{ text: columns.count[0]! > 0 ? valueText(row.metric, columns[which][0]) : UNKNOWN, tone: "muted" }];
}

function ageOf(row: Row): string {
  const { now } = row.input.facts;
  const at = latestOf(row)?.at ?? null;
  return at === null ? UNKNOWN : ago(at, now);
}

function found({ facts, options, view }: Input): Found[] {
  const { data, stage } = facts;
  const own = data.metrics(stage).map((metric) => ({ metric, stage }));
  const all = options.host ? [...own, ...data.metrics(RUN_STAGE).map((metric) => ({ metric, stage: RUN_STAGE }))] : own;
  const some = all.filter(({ metric }) => metric !== CLOCK_METRIC && metricFits(options.filter, metric) && metricFits(view.filter, metric));
  const at = ({ metric, stage: of }: Found): number => data.latest(of, metric)?.at ?? 0;
  return options.sort === "newest"
    ? some
        .map((one) => ({ one, at: at(one) }))
        .sort((a, b) => b.at - a.at)
        .map(({ one }) => one)
    : some.sort((a, b) => a.metric.localeCompare(b.metric, "en", { numeric: true }));
}

function metricsPanel(input: Input): Scene {
  const { size, options, view, facts } = input;
  const all = found(input);
  const settings = filterText(options.filter, view.filter);
  if (all.length === 0) return { title: "metrics", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const reading = readingOf(facts, view);
  const columns = fitColumns(COLUMNS, size.width, NAME);
  const part = scrolled(all, view.scroll, size.height - 1);
  const rows = part.rows.map((one) => columns.map(({ cell }) => cell({ ...one, input, reading })));
  return {
    title: `metrics ${count(all.length)}`,
    settings:
      [settings, reading.moment === null ? undefined : `at step ${count(reading.moment.step)}`].filter(Boolean).join(" · ") || undefined,
    note: part.note,
    blocks: [{ block: tableOf(columns, rows) }],
  };
}

function whyEmpty({ facts, options, view }: Input): { why: string; remedy?: string } {
  const any = facts.data.metrics(facts.stage).length > 0;
  if (view.filter !== "" && any) return { why: `No metric is called “${plain(view.filter)}”`, remedy: "esc clears the filter" };
  if (options.filter !== "" && any)
    return { why: `No metric is called “${plain(options.filter)}”`, remedy: "filter is an option of this panel" };
  return { why: stageEmpty(facts) };
}

export const metricsKind = definePanel({
  kind: "metrics",
  title: "metrics",
  about: "Every metric of the stage: its newest value, lowest and highest, and how old it is",
  options: OPTIONS,
  from: ["points"],
  everyMs: 1000,
  timed: "ages",
  least: { width: 40, height: 6 },
  keys: ["list"],
  looks: ["chart", "filter", "scroll"],
  scene: metricsPanel,
  scroll: (input, by) => ({ scroll: scrollTo(found(input).length, input.view.scroll, by, input.size.height - 1) }),
});
