/** The resolved configuration of one stage: each value with where it came from. */
import type { Origin, PlannedStage, ResolvedValue, Value } from "../core/plan.ts";
import type { Line, Scene, TableColumn } from "../core/scene.ts";
import { wrap } from "../lib/graphemes.ts";
import { type Size, stageTitle } from "./data.ts";

export const matchesValue = ({ parameter, value, origin }: ResolvedValue, filter: string): boolean =>
  `${parameter.name} ${parameter.flag} ${shown(value)} ${origin.layer}`.toLowerCase().includes(filter.toLowerCase());

/** Those that somebody has set first, then the script's own defaults, each in the script's order. */
export const sortValues = (values: readonly ResolvedValue[]): ResolvedValue[] => [
  ...values.filter(({ origin }) => origin.layer !== "default"),
  ...values.filter(({ origin }) => origin.layer === "default"),
];

const shown = (value: Value): string => (value === null ? "none" : value === "" ? '""' : String(value));

/** `prefab pocket:12`, `--set`, `default` */
export function originText({ layer, prefab, line }: Origin): string {
  if (layer === "prefab" || layer === "user prefab") return `${layer} ${prefab ?? ""}${line === undefined ? "" : `:${line}`}`.trim();
  return layer;
}

/** `values` as they stand on screen, sorted and filtered. */
export function configPanel(
  stage: PlannedStage,
  values: readonly ResolvedValue[],
  size: Size,
  options: { selected: number; filter: string },
): Scene {
  const settings = ["read-only", options.filter === "" ? "" : `/${options.filter}`].filter((part) => part !== "").join(" · ");
  const title = `config · ${stageTitle(stage.name)}`;
  if (values.length === 0) {
    const why = options.filter === "" ? `${stage.script} has no parameters` : `No parameter matches “${options.filter}”`;
    return {
      title,
      settings,
      blocks: [{ block: { kind: "empty", why, remedy: options.filter === "" ? undefined : "esc clears the filter" } }],
    };
  }
  const columns: TableColumn[] = [
    { title: "parameter", width: Math.min(28, Math.floor(size.width / 3)) },
    { title: "value" },
    { title: "from" },
  ];
  if (size.width >= 70) columns.push({ title: "default" });
  const rows = values.map(({ parameter, value, origin }): Line[] => {
    const set = origin.layer !== "default";
    const fallback = parameter.defaultKnown
      ? shown(Array.isArray(parameter.default) ? parameter.default.join(" ") : parameter.default)
      : parameter.defaultExpr;
    return [
      [{ text: parameter.name, bold: set }],
      [{ text: shown(value), tone: set ? "accent" : "text" }],
      [{ text: originText(origin), tone: "muted" }],
      [{ text: fallback, tone: "muted" }],
    ];
  });
  return { title, settings, blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }] };
}

/** Everything about one parameter: what it is for, what it may be, how the script spells it. */
export function parameterPanel({ parameter, value, origin }: ResolvedValue, size: Size): Scene {
  const line = (name: string, text: string): Line => [{ text: name.padEnd(9), tone: "muted" }, { text }];
  const lines: Line[] = [
    ...wrap(parameter.help ?? "The script says nothing about it.", size.width).map((text): Line => [{ text }]),
    [],
    line("value", shown(value)),
    line("from", origin.file === undefined ? originText(origin) : `${originText(origin)} · ${origin.file}`),
    line("flag", parameter.flag || "positional"),
    line("type", parameter.type),
  ];
  if (parameter.choices !== null) lines.push(line("choices", parameter.choices.join(" · ")));
  if (parameter.section !== null) lines.push(line("section", parameter.section));
  return { title: parameter.name, blocks: [{ block: { kind: "text", lines } }] };
}

/** Where and how the run was started: workspace, Python, base directory, commands' ranks, findings of the plan. */
export function planPanel(plan: {
  prefab: string;
  workspace: { dir: string; kind: string; commit: string | null; dirty: boolean | null };
  python: string[];
  pythonReason: string;
  baseDir: string;
  findings: Array<{ severity: string; message: string }>;
}): Scene {
  const line = (name: string, text: string): Line => [{ text: name.padEnd(11), tone: "muted" }, { text }];
  const commit =
    plan.workspace.commit === null ? "no git checkout" : `${plan.workspace.commit}${plan.workspace.dirty ? ", with local changes" : ""}`;
  const lines: Line[] = [
    line("prefab", plan.prefab),
    line("workspace", `${plan.workspace.dir} (${plan.workspace.kind}, ${commit})`),
    line("python", `${plan.python.join(" ")} (${plan.pythonReason})`),
    line("base dir", plan.baseDir),
    ...plan.findings.map(
      ({ severity, message }): Line => [
        { text: severity === "info" ? "· " : "▲ ", tone: severity === "error" ? "bad" : "warn" },
        { text: message },
      ],
    ),
  ];
  return { title: "plan", blocks: [{ block: { kind: "text", lines, overflow: "wrap" } }] };
}
