/** The resolved configuration of one stage: each value with where it came from. */
import type { KeyOf } from "../core/keys.ts";
import { type Finding, type Origin, type Plan, type PlannedStage, type ResolvedValue, shownValue, type Value } from "../core/plan.ts";
import type { Line, Scene, TableColumn } from "../core/scene.ts";
import { counted, middle } from "../lib/format.ts";
import { textWidth, wrap } from "../lib/graphemes.ts";
import { fitsWords } from "../lib/wanted.ts";
import { fieldRows, settingFields } from "./about.ts";
import { type Size, stageTitle } from "./data.ts";

/** How a value is written where it is typed. */
export const editable = (value: Value): string => (value === null ? "none" : String(value));

export const matchesValue = ({ parameter, value, origin }: ResolvedValue, filter: string): boolean =>
  fitsWords(filter, [parameter.name, parameter.flag, shownValue(value), originText(origin)]);

/** Those that somebody has set first, then the script's own defaults, each in the script's order. */
export const sortValues = (values: readonly ResolvedValue[]): ResolvedValue[] => [
  ...values.filter(({ origin }) => origin.layer !== "default"),
  ...values.filter(({ origin }) => origin.layer === "default"),
];

/** `prefab pocket:12`, `--set`, `default`; `this run` of what is edited here, and of what each run gives itself, as `plan` says. */
export function originText({ layer, prefab, line }: Origin): string {
  if (layer === "override") return "this run";
  if (layer === "prefab" || layer === "user prefab") return `${layer} ${prefab ?? ""}${line === undefined ? "" : `:${line}`}`.trim();
  return layer;
}

/** In a table the name of the prefab is enough: the panel of the parameter says which kind it is. */
const briefOrigin = (origin: Origin): string => originText(origin).replace(/^(user )?prefab /, "");

/** A row of the list at the left: a stage, or a category of its parameters. */
export interface Section {
  stage: PlannedStage;
  /** Null = all of the stage. */
  category: string | null;
  /** Values that somebody has set. */
  set: number;
}

/** Stages, and below each the categories that its parameters fall into. */
export const sections = (
  stages: readonly PlannedStage[],
  categories: readonly string[],
  of: (script: string, name: string) => string,
): Section[] =>
  stages.flatMap((stage) => {
    const isSet = ({ origin }: ResolvedValue): boolean => origin.layer !== "default";
    const parts = categories.flatMap((category): Section[] => {
      const values = stage.values.filter(({ parameter }) => of(stage.script, parameter.name) === category);
      return values.length === 0 ? [] : [{ stage, category, set: values.filter(isSet).length }];
    });
    return [{ stage, category: null, set: stage.values.filter(isSet).length }, ...parts];
  });

export function sectionsPanel(rows: readonly Section[], options: { selected: number; title: string; edits: number }): Scene {
  const columns: TableColumn[] = [{ title: "" }, { title: "set", width: 4, align: "right" }];
  const lines = rows.map(({ stage, category, set }): Line[] => [
    category === null ? [{ text: stageTitle(stage.name), bold: true }] : [{ text: `  ${category}` }],
    [{ text: set === 0 ? "" : String(set), tone: set === 0 ? "muted" : "accent" }],
  ]);
  const note = options.edits > 0 ? counted(options.edits, "unsaved edit") : undefined;
  return { title: options.title, note, blocks: [{ block: { kind: "table", columns, rows: lines, selected: options.selected } }] };
}

/** `values` as they stand on screen, sorted and filtered. */
export function configPanel(
  section: Section,
  values: readonly ResolvedValue[],
  size: Size,
  options: { selected: number; filter: string; wrong: ReadonlyMap<string, Finding["severity"]>; keyOf: KeyOf },
): Scene {
  const { stage, category } = section;
  const settings = options.filter === "" ? undefined : `/${options.filter}`;
  const title = `${stageTitle(stage.name)}${category === null ? "" : ` · ${category}`}`;
  if (values.length === 0) {
    const why = options.filter === "" ? `${stage.script} has no parameters` : `No parameter matches “${options.filter}”`;
    return {
      title,
      settings,
      blocks: [{ block: { kind: "empty", why, remedy: options.filter === "" ? undefined : `${options.keyOf("back")} clears the filter` } }],
    };
  }
  const columns: TableColumn[] = [
    { title: "", width: 1 },
    { title: "parameter", width: fitting("parameter", values, ({ parameter }) => parameter.name, Math.floor(size.width / 2)) },
    { title: "value" },
    { title: "from", width: fitting("from", values, ({ origin }) => briefOrigin(origin), Math.floor(size.width / 4)) },
  ];
  if (size.width >= 70) columns.push({ title: "default" });
  const rows = values.map((value): Line[] => valueRow(value, options.wrong.get(value.parameter.name)));
  return { title, settings, blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }] };
}

/** As wide as the longest of its cells, up to a limit: the rest is for the values. */
const fitting = (title: string, values: readonly ResolvedValue[], cell: (value: ResolvedValue) => string, most: number): number =>
  Math.min(most, Math.max(title.length, ...values.map((value) => textWidth(cell(value)))));

function valueRow({ parameter, value, origin }: ResolvedValue, wrong: Finding["severity"] | undefined): Line[] {
  const set = origin.layer !== "default";
  const fallback = parameter.defaultKnown
    ? shownValue(Array.isArray(parameter.default) ? parameter.default.join(" ") : parameter.default)
    : parameter.defaultExpr;
  const [glyph, tone] =
    wrong === "error" ? (["✕", "bad"] as const) : wrong === "warning" ? (["▲", "warn"] as const) : (["", "text"] as const);
  return [
    [{ text: glyph, tone }],
    [{ text: parameter.name, bold: set }],
    [{ text: shownValue(value), tone: set ? "accent" : "text" }],
    [{ text: briefOrigin(origin), tone: "muted" }],
    [{ text: fallback, tone: "muted" }],
  ];
}

/** What was recorded of a run that no plan can be made from, below why that is so. */
export function recordedPanel(why: string, remedy: string, stages: readonly PlannedStage[], { width }: Size): Scene {
  const told = [...wrap(why, width), ...wrap(remedy, width)].map((text): Line => [{ text, tone: "muted" }]);
  return {
    title: "config · as recorded",
    blocks: [{ block: { kind: "text", lines: [...told, ...stages.flatMap((one) => recordedLines(one, width))] } }],
  };
}

function recordedLines({ name, values }: PlannedStage, width: number): Line[] {
  const head = `${stageTitle(name)} · ${values.length === 0 ? "no settings are recorded of it" : counted(values.length, "setting")}`;
  const label = fitting("", values, ({ parameter }) => parameter.name, Math.floor(width / 2));
  return [[], [{ text: head, tone: "accent", bold: true }], ...settingFields(values).flatMap((field) => fieldRows(field, label, width))];
}

const LABEL = 9;

/** Everything about one parameter: what it is for, what it may be, how the script spells it; under which category it is listed here. */
export function parameterPanel({ parameter, value, origin }: ResolvedValue, category: string, size: Size): Scene {
  const line = (name: string, text: string): Line => [{ text: name.padEnd(LABEL), tone: "muted" }, { text }];
  const source = originText(origin);
  const room = size.width - LABEL - textWidth(source) - 3;
  const lines: Line[] = [
    ...wrap(parameter.help ?? "The script says nothing about it.", size.width).map((text): Line => [{ text }]),
    [],
    line("value", shownValue(value)),
    line("from", origin.file === undefined ? source : `${source} · ${middle(origin.file, Math.max(1, room))}`),
    line("flag", parameter.flag || "positional"),
    line("type", parameter.type),
  ];
  if (parameter.choices !== null) lines.push(line("choices", parameter.choices.join(" · ")));
  // The headings of its source are others than the categories at the left.
  const { section } = parameter;
  lines.push(line("category", section === null || section === category ? category : `${category} (in the script under ${section})`));
  return { title: parameter.name, blocks: [{ block: { kind: "text", lines } }] };
}

/** Where and how it would run, and what it is made from. */
export function planPanel(plan: Plan): Scene {
  const line = (name: string, text: string): Line => [{ text: name.padEnd(11), tone: "muted" }, { text }];
  const { workspace } = plan;
  const commit = workspace.commit === null ? "no git checkout" : `${workspace.commit}${workspace.dirty ? ", with local changes" : ""}`;
  const lines: Line[] = [
    line("prefab", plan.prefab),
    line("workspace", `${workspace.dir} (${workspace.kind}, ${commit})`),
    line("python", `${plan.python.join(" ")} (${plan.pythonReason})`),
    line("base dir", plan.baseDir),
    ...Object.entries(plan.env).map(([name, value]) => line("env", `${name}=${value}`)),
    ...plan.stages.map(({ name, ranks }) => line("stage", `${stageTitle(name)}${ranks > 1 ? ` on ${ranks} ranks` : ""}`)),
  ];
  return { title: "plan", blocks: [{ block: { kind: "text", lines, overflow: "wrap" } }] };
}
