/** What a run is and was made with: its record, machine, settings and last figures, as one list that can be filtered. */
import type { OptionValues } from "../core/panel.ts";
import type { ResolvedValue } from "../core/plan.ts";
import { isAlone } from "../core/run.ts";
import type { Empty, Line, Scene, Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { bytes, clock, count, duration } from "../lib/format.ts";
import { fitsWords } from "../lib/wanted.ts";
import { type RunFacts, stageState, stageTitle, summaryOf } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { withMatches } from "./matches.ts";
import { filterText } from "./metric-list.ts";
import { wrapLine } from "./paint.ts";
import { scrolled, scrollTo } from "./scrolling.ts";
import { valueText } from "./value.ts";

const PARTS = ["run", "machine", "settings", "figures", "packages"] as const;

const OPTIONS = {
  parts: {
    type: "choices",
    choices: PARTS,
    default: PARTS,
    title: "Parts",
    help: "The run's record, the machine and checkout, the stage's settings, the newest value of each metric, the Python packages",
  },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;
type Field = readonly [name: string, value: string, tone?: Tone];

const NAME = 26;
const MOST_CHARACTERS = 2000;

/** Of each part what it has, in the order of the option. */
const FIELDS: Readonly<Record<(typeof PARTS)[number], (facts: RunFacts) => Field[]>> = {
  run: runFields,
  machine: machineFields,
  settings: ({ plan, stage }) => settingFields(plan.stages[stage - 1]?.values ?? []),
  figures: figureFields,
  packages: packageFields,
};

function runFields(facts: RunFacts): Field[] {
  const { state, plan, about = {}, liveness } = facts;
  const stage = stageState(facts);
  const from = state.imported;
  return [
    ["name", about.name ?? state.name],
    ["id", state.id],
    ["state", isAlone(liveness) ? `${state.status}, ${liveness}` : state.status],
    ...told("reason", state.reason, "warn"),
    ["stage", stage === undefined ? stageTitle(plan.stages[0]?.name ?? "") : `${stageTitle(stage.name)}, ${stage.status}`],
    ["prefab", state.prefab],
    ...told("tags", about.tags?.map((tag) => `#${tag}`).join(" "), "accent"),
    ...told("note", about.note?.replaceAll("\n", " "), "info"),
    ...told("W&B", from?.wandb == null ? null : [from.wandb.entity, from.wandb.project, from.wandb.id].filter(Boolean).join("/")),
    ...(from?.files ?? []).map((file): Field => ["read from", file]),
    ...told("begun", when(state.startedAt)),
    ...told("ended", when(state.endedAt)),
    ...told("took", state.startedAt === null || state.endedAt === null ? null : duration(seconds(state.startedAt, state.endedAt))),
  ];
}

const told = (name: string, value: string | null | undefined, tone?: Tone): Field[] =>
  value == null || value === "" ? [] : [tone === undefined ? [name, value] : [name, value, tone]];

const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

function when(iso: string | null): string | null {
  const at = iso === null ? Number.NaN : Date.parse(iso);
  return Number.isFinite(at) ? `${new Date(at).toDateString()} ${clock(at, true)}` : null;
}

function machineFields({ plan, environment = {} }: RunFacts): Field[] {
  const { workspace } = plan;
  const named = Object.entries(environment).flatMap(([key, value]): Field[] =>
    key === "packages" || value === null || value === "" || value === 0
      ? []
      : [[WORDS[key] ?? key, key === "memoryBytes" ? bytes(Number(value)) : String(value)]],
  );
  return [
    ["workspace", workspace.dir],
    ...named,
    ...told("base dir", plan.baseDir),
    ...Object.entries(plan.env).map(([name, value]): Field => [name, value]),
  ];
}

/** `torch==2.9.1`, one a line, as `pip freeze` writes them. */
function packageFields({ environment = {} }: RunFacts): Field[] {
  const lines = `${environment["packages"] ?? ""}`.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [name = line, version = ""] = line.split("==");
    return [name, version];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  memoryBytes: "memory",
  pythonVersion: "Python version",
  torchVersion: "torch",
  dirty: "changed files",
};

export const settingFields = (values: readonly ResolvedValue[]): Field[] =>
  values.map(({ parameter, value, origin }) => [
    parameter.name,
    value === null ? "not set" : value === "" ? '""' : `${value}`,
    origin.layer === "default" ? "muted" : undefined,
  ]);

/** Newest values of the metrics, then what the script put into its W&B summary besides. */
function figureFields({ data, stage }: RunFacts): Field[] {
  const metrics = data.metrics(stage).filter((metric) => metric !== "time/wall");
  const known = [...metrics].sort().map((metric): Field => {
    const latest = data.latest(stage, metric);
    return [metric, `${valueText(metric, latest?.value ?? null)}${latest === null ? "" : ` @ ${count(latest.key)}`}`];
  });
  const others = Object.entries(summaryOf(data.events({ kinds: ["note"], stage })));
  return [...known, ...others.map(([name, value]): Field => [name, typeof value === "string" ? value : JSON.stringify(value)])];
}

function rowsOf({ facts, options, size, view }: Input): Line[] {
  const name = Math.min(NAME, Math.max(1, Math.floor(size.width / 2.5)));
  return PARTS.filter((part) => options.parts.includes(part)).flatMap((part) => {
    const fields = FIELDS[part](facts).filter(([key, value]) => fitsWords(view.filter, [`${part} ${key} ${value}`]));
    if (fields.length === 0) return [];
    const head: Line = [{ text: `${part} ${count(fields.length)}`, tone: "accent", bold: true }];
    return [head, ...fields.flatMap((field) => fieldRows(field, name, size.width, view.filter))];
  });
}

/** A name and its value; a long value goes on below itself. */
export function fieldRows([key, value, tone]: Field, name: number, width: number, filter = ""): Line[] {
  const text = plain(value.slice(0, MOST_CHARACTERS));
  const label = plain(key.slice(0, MOST_CHARACTERS));
  const [first = [], ...rest] = wrapLine(
    withMatches(text, filter).map((span) => (tone === undefined ? span : { ...span, tone })),
    Math.max(1, width - name - 1),
  );
  const head = withMatches(label.length > name ? `${label.slice(0, Math.max(0, name - 1))}…` : label.padEnd(name), filter);
  return [
    [...head.map((span) => ({ ...span, tone: "muted" as const })), { text: " " }, ...first],
    ...rest.map((line): Line => [{ text: " ".repeat(name + 1) }, ...line]),
  ];
}

function aboutPanel(input: Input): Scene {
  const { size, view } = input;
  const rows = rowsOf(input);
  const settings = filterText(view.filter);
  if (rows.length === 0) return { title: "about", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const part = scrolled(rows, view.scroll, size.height);
  return { title: "about", settings, note: part.note, blocks: [{ block: { kind: "text", lines: part.rows } }] };
}

const whyEmpty = ({ view, options }: Input): Omit<Empty, "kind"> =>
  view.filter !== ""
    ? { why: `Nothing here is called “${plain(view.filter)}”`, remedy: "esc clears the filter" }
    : options.parts.length === 0
      ? { why: "No part is chosen", remedy: "parts is an option of this panel" }
      : { why: `Nothing is known of its ${options.parts.join(", ")}` };

export const aboutKind = definePanel({
  kind: "about",
  title: "about",
  about: "What the run is and was made with: its record, machine, settings, last figures and packages",
  options: OPTIONS,
  from: ["state", "points", "events"],
  everyMs: 1000,
  least: { width: 36, height: 6 },
  keys: ["list"],
  looks: ["filter", "scroll"],
  scene: aboutPanel,
  scroll: (input, by) => ({ scroll: scrollTo(rowsOf(input).length, input.view.scroll, by, input.size.height) }),
});
