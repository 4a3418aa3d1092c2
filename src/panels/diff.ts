/** Where this run is set up differently from the runs beside it. */
import { planDifferences } from "../core/differences.ts";
import type { DraftDifference } from "../core/draft.ts";
import type { OptionValues } from "../core/panel.ts";
import { type Plan, shortName } from "../core/plan.ts";
import type { Empty, Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { apart } from "../lib/apart.ts";
import { count, counted, setting } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import { fitsWords } from "../lib/wanted.ts";
import { tableOf } from "./columns.ts";
import { plannedStage, type RunFacts } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText } from "./metric-list.ts";
import { nameAmong } from "./run-names.ts";
import { scrolled, scrollTo } from "./scrolling.ts";

const OPTIONS = {
  stage: { type: "flag", default: false, title: "This stage", help: "Only settings of the stage that is looked at" },
  filter: { type: "text", default: "", title: "Filter", help: "Only settings whose name holds this text" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** A setting that is not the same everywhere. */
interface Row {
  stage: string;
  name: string;
  here: string;
  /** Of each run beside, in their order; null = as here. */
  there: Array<string | null>;
  /** Only imported runs are without it, which may not have told what they were set to. */
  untold: boolean;
}

/** More columns than any screen has room for. */
const MOST_BASELINES = 8;
const MOST_CHARACTERS = 500;

/** Settings, environment, and what the two were made from. */
const differences = (here: Plan, there: Plan): DraftDifference[] =>
  [
    { stage: "run", name: "prefab", here: here.prefab, there: there.prefab },
    { stage: "run", name: "commit", here: commitOf(here), there: commitOf(there) },
    ...planDifferences(here, there),
  ].filter((row) => row.here !== row.there);

const commitOf = ({ workspace: { commit, dirty } }: Plan): string =>
  commit === null ? "–" : `${commit.slice(0, 8)}${dirty ? " changed" : ""}`;

const keyOf = (stage: string, name: string): string => `${stage}\n${name}`;

/** What was patched while the run went on, by `keyOf`: what it was planned as, and what it is since. */
function patchesOf({ data, plan }: RunFacts): Map<string, string> {
  const told = new Map<string, string>();
  for (const { stage, changes = [] } of data.requests()) {
    const script = plan.stages[(stage ?? 0) - 1]?.script;
    if (script === undefined) continue;
    for (const { name, from, to } of changes) {
      const key = keyOf(shortName(script), name);
      told.set(key, `${told.get(key) ?? setting(from)} → ${setting(to)}`);
    }
  }
  return told;
}

/** Where the plans do not differ, the value that one run was patched from is the other's as well. */
const beforePatch = (patch = ""): string => patch.split(" → ")[0] ?? "";

/** What is not the same; what only was not told comes last. */
function rowsOf({ facts, baselines, options, view }: Input): Row[] {
  const rows = new Map<string, Row>();
  const beside = baselines.slice(0, MOST_BASELINES).map(({ facts }) => facts);
  const patched = patchesOf(facts);
  for (const [i, other] of beside.entries()) {
    const otherPatched = patchesOf(other);
    const planned = new Map(differences(facts.plan, other.plan).map((one) => [keyOf(one.stage, one.name), one]));
    for (const key of new Set([...planned.keys(), ...patched.keys(), ...otherPatched.keys()])) {
      const [stage = "", name = ""] = key.split("\n");
      const here = patched.get(key) ?? planned.get(key)?.here ?? ownValue(facts, stage, beforePatch(otherPatched.get(key)));
      const there = otherPatched.get(key) ?? planned.get(key)?.there ?? ownValue(other, stage, beforePatch(patched.get(key)));
      if (here === there) continue;
      const row = rows.get(key) ?? {
        stage,
        name,
        here,
        there: beside.map((one) => (lacks(one, stage, name) ? NOT_SET : null)),
        untold: false,
      };
      row.there[i] = there;
      rows.set(key, row);
    }
  }
  const own = shortName(plannedStage(facts)?.script ?? "");
  const fits = (name: string): boolean => [options.filter, view.filter].every((filter) => fitsWords(filter, [name]));
  const all = [...rows.values()].filter(({ stage, name }) => (!options.stage || stage === own) && fits(`${stage}.${name}`.toLowerCase()));
  return all.map((row) => ({ ...row, untold: isUntold(row, [facts, ...beside]) })).sort((a, b) => rankOf(a) - rankOf(b));
}

/** What a run is trained with comes before what it is called and made from, and what only was not told last. */
const rankOf = ({ untold, stage, name }: Row): number => (untold ? 3 : stage === "run" ? 2 : name === "run" ? 1 : 0);

const NOT_SET = "–";

const stageOf = ({ plan }: RunFacts, stage: string) => plan.stages.find(({ script }) => shortName(script) === stage);

/** A run without a stage has no settings of it; of the stage itself there is a row that says so. */
const lacks = (run: RunFacts, stage: string, name: string): boolean =>
  name !== "" && stage !== "run" && stage !== "env" && stageOf(run, stage) === undefined;

const ownValue = (run: RunFacts, stage: string, value: string): string => (stageOf(run, stage) === undefined ? NOT_SET : value);

function isUntold({ name, here, there }: Row, [own, ...beside]: readonly RunFacts[]): boolean {
  const values = [here, ...there.map((value) => value ?? here)];
  const told = values.filter((value, i) => value !== NOT_SET || [own, ...beside][i]?.state.imported === undefined);
  return name !== "" && told.length < values.length && new Set(told).size <= 1;
}

const NAME_WIDTH = 24;
const NARROWEST = 10;
const WIDEST = 24;

/** A row of the table: a setting, or what those below it are of. */
type Listed = Row | { heading: string };

/** The settings of two stages have the same names, so that each stage has a heading, however narrow the panel is. */
function listed(rows: readonly Row[]): Listed[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const heading = row.untold ? `${row.stage} · untold` : row.stage;
    groups.set(heading, [...(groups.get(heading) ?? []), row]);
  }
  return [...groups].flatMap(([heading, group]) => [{ heading }, ...group]);
}

function diffPanel(input: Input): Scene {
  const { baselines, facts, size, options, view } = input;
  const settings =
    [options.stage ? "this stage" : "", filterText(options.filter, view.filter) ?? ""].filter(Boolean).join(" · ") || undefined;
  const all = baselines.length === 0 ? [] : rowsOf(input);
  if (all.length === 0) return { title: "differences", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const others = baselines.map((other) => other.facts);
  const names = [nameAmong(facts, others), ...baselines.map(({ name }) => name.slice(0, MOST_CHARACTERS))].map(plain);
  const nameWidth = Math.min(
    NAME_WIDTH,
    Math.max(1, size.width),
    INDENT.length + Math.max(...all.map(({ name }) => textWidth(plain(name)))),
  );
  const left = size.width - nameWidth;
  const shown = Math.max(2, Math.min(names.length, MOST_BASELINES + 1, Math.floor(left / (NARROWEST + 2))));
  const width = Math.min(WIDEST, Math.max(1, Math.floor(left / shown) - 2));
  const part = scrolled(listed(all), view.scroll, size.height - 1);
  const columns = [
    { title: "setting", width: nameWidth, middle: true },
    ...titlesOf(names.slice(0, shown), width).map((title) => ({ title, width, middle: true })),
  ];
  const rows = part.rows.map((row) => ("heading" in row ? headingCells(row.heading, shown) : cellsOf(row, shown)));
  const hidden = names.length - shown;
  const note = [part.note ?? "", hidden > 0 ? `${counted(hidden, "more run")} beside` : ""].filter(Boolean).join(" · ");
  return { title: titleOf(all), settings, note: note || undefined, blocks: [{ block: tableOf(columns, rows) }] };
}

/** What the runs are called, the first one without a sign: that it is the run itself. */
function titlesOf(names: readonly string[], width: number): string[] {
  const [own = "", ...others] = names;
  const cut = apart(names, width - BESIDE.length).slice(1);
  return [textWidth(own) <= width ? own : (apart(names, width)[0] ?? own), ...others.map((name, i) => `${BESIDE}${cut[i] ?? name}`)];
}
const BESIDE = "⚑ ";

/** `differences 5 · 29 untold` */
function titleOf(rows: readonly Row[]): string {
  const untold = rows.filter((row) => row.untold).length;
  return `differences ${count(rows.length - untold)}${untold > 0 ? ` · ${count(untold)} untold` : ""}`;
}

const INDENT = "  ";

const headingCells = (heading: string, values: number): Line[] => [
  [{ text: plain(heading), tone: "muted", bold: true }],
  ...Array.from({ length: values }, (): Line => []),
];

const cellsOf = ({ name, here, there }: Row, values: number): Line[] => [
  [{ text: INDENT }, { text: name === "" ? "the stage" : plain(name) }],
  [{ text: short(here), bold: true }],
  ...there
    .slice(0, values - 1)
    .map((one): Line => (one === null ? [{ text: here === NOT_SET ? NOT_SET : "as here", tone: "muted" }] : [{ text: short(one) }])),
];

const short = (text: string): string => plain(text.slice(0, MOST_CHARACTERS)).replaceAll("\n", " ⏎ ");

function whyEmpty({ baselines, options, view }: Input): Omit<Empty, "kind"> {
  if (baselines.length === 0) return { why: "No run is beside this one", remedy: `${view.keyOf("chart.baseline")} chooses one` };
  if (view.filter !== "") return { why: `No difference is called “${plain(view.filter)}”`, remedy: "esc clears the filter" };
  const which =
    baselines.length === 1 ? plain(baselines[0]!.name.slice(0, MOST_CHARACTERS)) : `the ${count(baselines.length)} runs beside it`;
  const where = options.filter !== "" ? ` in a setting called “${plain(options.filter)}”` : options.stage ? " in this stage" : "";
  return { why: `This run does not differ from ${which}${where}` };
}

export const diffKind = definePanel({
  kind: "diff",
  title: "differences",
  about: "Where this run is set up differently from the runs beside it",
  options: OPTIONS,
  from: ["state", "baselines"],
  everyMs: 1000,
  least: { width: 44, height: 5 },
  keys: ["list", "chart"],
  looks: ["filter", "scroll"],
  scene: diffPanel,
  scroll: (input, by) => ({ scroll: scrollTo(listed(rowsOf(input)).length, input.view.scroll, by, input.size.height - 1) }),
});
