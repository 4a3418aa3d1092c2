/** Where this run is set up differently from the runs beside it. */
import { planDifferences } from "../core/differences.ts";
import type { DraftDifference } from "../core/draft.ts";
import type { OptionValues } from "../core/panel.ts";
import { type Plan, shortName } from "../core/plan.ts";
import type { Empty, Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count, setting } from "../lib/format.ts";
import { tableOf } from "./columns.ts";
import { plannedStage, type RunFacts } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText } from "./metric-list.ts";
import { nameAmong } from "./run-names.ts";
import { scrolled, scrollTo } from "./scrolling.ts";
import { fitsWords } from "./wanted.ts";

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

function rowsOf({ facts, baselines, options, view }: Input): Row[] {
  const rows = new Map<string, Row>();
  const beside = baselines.slice(0, MOST_BASELINES);
  const patched = patchesOf(facts);
  for (const [i, { facts: other }] of beside.entries()) {
    const otherPatched = patchesOf(other);
    const planned = new Map(differences(facts.plan, other.plan).map((one) => [keyOf(one.stage, one.name), one]));
    for (const key of new Set([...planned.keys(), ...patched.keys(), ...otherPatched.keys()])) {
      const [stage = "", name = ""] = key.split("\n");
      const here = patched.get(key) ?? planned.get(key)?.here ?? beforePatch(otherPatched.get(key));
      const there = otherPatched.get(key) ?? planned.get(key)?.there ?? beforePatch(patched.get(key));
      if (here === there) continue;
      const row = rows.get(key) ?? { stage, name, here, there: beside.map(() => null) };
      row.there[i] = there;
      rows.set(key, row);
    }
  }
  const own = shortName(plannedStage(facts)?.script ?? "");
  const fits = (name: string): boolean => [options.filter, view.filter].every((filter) => fitsWords(filter, [name]));
  return [...rows.values()].filter(({ stage, name }) => (!options.stage || stage === own) && fits(`${stage}.${name}`.toLowerCase()));
}

const NAME_WIDTH = 22;
const STAGE_WIDTH = 11;
const NARROWEST = 10;
const WIDEST = 24;

function diffPanel(input: Input): Scene {
  const { baselines, facts, size, options, view } = input;
  const settings =
    [options.stage ? "this stage" : "", filterText(options.filter, view.filter) ?? ""].filter(Boolean).join(" · ") || undefined;
  const all = baselines.length === 0 ? [] : rowsOf(input);
  if (all.length === 0) return { title: "differences", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const values = Math.min(baselines.length, MOST_BASELINES) + 1;
  const staged = size.width >= STAGE_WIDTH + NAME_WIDTH + values * (NARROWEST + 2) + 2;
  const left = size.width - NAME_WIDTH - (staged ? STAGE_WIDTH + 2 : 0);
  const shown = Math.max(2, Math.min(values, Math.floor(left / (NARROWEST + 2))));
  const width = Math.min(WIDEST, Math.max(1, Math.floor(left / shown) - 2));
  const part = scrolled(all, view.scroll, size.height - 1);
  const columns = [
    ...(staged ? [{ title: "stage", width: STAGE_WIDTH }] : []),
    { title: "setting", width: Math.min(NAME_WIDTH, Math.max(1, size.width)), middle: true },
    {
      title: plain(
        nameAmong(
          facts,
          baselines.map((other) => other.facts),
        ),
      ),
      width,
      middle: true,
    },
    ...baselines.slice(0, shown - 1).map(({ name }) => ({ title: `⚑ ${plain(name.slice(0, MOST_CHARACTERS))}`, width, middle: true })),
  ];
  const rows = part.rows.map((row): Line[] => [
    ...(staged ? [[{ text: plain(row.stage), tone: "muted" as const }]] : []),
    [{ text: plain(row.name === "" ? row.stage : row.name) }],
    [{ text: short(row.here), bold: true }],
    ...row.there
      .slice(0, shown - 1)
      .map((there): Line => (there === null ? [{ text: "as here", tone: "muted" }] : [{ text: short(there) }])),
  ]);
  const hidden = baselines.length + 1 - shown;
  const note = [part.note ?? "", hidden > 0 ? `${count(hidden)} more runs beside` : ""].filter(Boolean).join(" · ");
  return { title: `differences ${count(all.length)}`, settings, note: note || undefined, blocks: [{ block: tableOf(columns, rows) }] };
}

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
  scroll: (input, by) => ({ scroll: scrollTo(rowsOf(input).length, input.view.scroll, by, input.size.height - 1) }),
});
