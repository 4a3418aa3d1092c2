/** The settings of a panel as rows of a form, made from the panel's own description: what a person can set, and how. */
import type { Option, OptionValue, Threshold } from "../core/panel.ts";
import type { PanelSpec } from "../core/screen.ts";
import { optionProblem, type PanelKind, rangeProblem } from "../panels/kind.ts";
import { optionTakes, optionText, valueFromText } from "../panels/option-text.ts";

/** What a row made of what was typed. */
export type Typed = { spec: PanelSpec } | { problem: string };

export interface FormRow {
  title: string;
  help: string;
  /** As it is written in the field. */
  value: string;
  /** It differs from the panel's default. */
  own: boolean;
  /** Values to go through; absent = it is typed. */
  choices?: readonly string[];
  /** The names of metrics in a text that is typed here; absent = none stand in it. */
  metrics?: (text: string) => readonly string[];
  type: (text: string) => Typed;
  /** Back to the default. */
  unset: () => PanelSpec;
}

/** Rows for everything that can be set of a panel. */
export function formRows(spec: PanelSpec, kind: PanelKind): FormRow[] {
  return [
    titleRow(spec, kind),
    ...Object.entries(kind.options).map(([name, option]) => optionRow(spec, kind, name, option)),
    thresholdsRow(spec),
    refreshRow(spec, kind),
    runRow(spec),
  ];
}

const without = (spec: PanelSpec, key: keyof PanelSpec): PanelSpec => {
  const { [key]: _, ...rest } = spec;
  return rest as PanelSpec;
};

const titleRow = (spec: PanelSpec, kind: PanelKind): FormRow => ({
  title: "Title",
  help: `Shown instead of “${kind.title}”; empty = the panel's own.`,
  value: spec.title ?? "",
  own: spec.title !== undefined,
  type: (text) => ({ spec: text.trim() === "" ? without(spec, "title") : { ...spec, title: text } }),
  unset: () => without(spec, "title"),
});

function optionRow(spec: PanelSpec, kind: PanelKind, name: string, option: Option): FormRow {
  const given = spec.options?.[name];
  const put = (value: OptionValue): PanelSpec => ({ ...spec, options: { ...spec.options, [name]: value } });
  const unset = (): PanelSpec => {
    const { [name]: _, ...rest } = spec.options ?? {};
    return Object.keys(rest).length === 0 ? without(spec, "options") : { ...spec, options: rest };
  };
  const choices = option.type === "choice" ? option.choices : option.type === "flag" ? ["true", "false"] : undefined;
  return {
    title: option.title,
    help: `${option.help} (${optionTakes(option)})`,
    value: given === undefined && option.default === null ? "" : optionText(given ?? option.default),
    own: given !== undefined,
    ...(choices === undefined ? {} : { choices }),
    ...(option.type === "metrics" ? { metrics: namesIn } : {}),
    type: (text) => {
      const value = valueFromText(option, text);
      if (value === null && option.default === null) return { spec: unset() };
      const problem = optionProblem(option, value);
      if (problem !== null) return { problem: `It ${problem}.` };
      const next = put(value as OptionValue);
      // What no file may say is refused where it is typed: it could be neither saved nor put back.
      const range = rangeProblem(kind.options, next.options ?? {});
      return range === null ? { spec: next } : { problem: `${range.what}.` };
    },
    unset,
  };
}

/** Of each part between commas what it begins with: `train/loss > 4` is about train/loss. */
const namesIn = (text: string): string[] => text.split(",").flatMap((part) => /\S+/.exec(part)?.[0] ?? []);

const thresholdsRow = (spec: PanelSpec): FormRow => ({
  title: "Thresholds",
  help: "Values that are marked: train/loss > 4, gpu/*/temperature > 85 bad, host/disk_free < 1e9",
  value: (spec.thresholds ?? []).map(thresholdText).join(", "),
  own: spec.thresholds !== undefined,
  metrics: namesIn,
  type: (text) => {
    const read = readThresholds(text);
    if (typeof read === "string") return { problem: read };
    return { spec: read.length === 0 ? without(spec, "thresholds") : { ...spec, thresholds: read } };
  },
  unset: () => without(spec, "thresholds"),
});

/** `train/loss > 4`, `gpu/0/temperature > 85 bad` */
const thresholdText = ({ metric, above, below, tone }: Threshold): string =>
  [above === undefined ? "" : `${metric} > ${above}`, below === undefined ? "" : `${metric} < ${below}`]
    .filter((part) => part !== "")
    .map((part) => (tone === "bad" ? `${part} bad` : part))
    .join(", ");

const THRESHOLD = /^(\S+)\s*([<>])\s*(\S+?)(?:\s+(warn|bad))?$/;

/** Thresholds as they are typed in one line; a sentence when one of them is none. */
function readThresholds(text: string): Threshold[] | string {
  const all: Threshold[] = [];
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const [, metric, sign, limit, tone] = THRESHOLD.exec(part) ?? [];
    if (metric === undefined || limit === undefined || !Number.isFinite(Number(limit)))
      return `“${part}” is no threshold: write METRIC > NUMBER, or <, and bad behind it when it is worse than a warning.`;
    all.push({ metric, tone: tone === "bad" ? "bad" : "warn", ...(sign === ">" ? { above: Number(limit) } : { below: Number(limit) }) });
  }
  return all;
}

const refreshRow = (spec: PanelSpec, kind: PanelKind): FormRow => ({
  title: "Refresh",
  help: `Seconds between drawings at least; empty = the panel's own pace, ${kind.everyMs / 1000}.`,
  value: spec.refreshSeconds === undefined ? "" : String(spec.refreshSeconds),
  own: spec.refreshSeconds !== undefined,
  type: (text) => {
    if (text.trim() === "") return { spec: without(spec, "refreshSeconds") };
    const seconds = Number(text);
    return seconds >= 0.05 && Number.isFinite(seconds)
      ? { spec: { ...spec, refreshSeconds: seconds } }
      : { problem: "It must be a number of seconds of 0.05 or more." };
  },
  unset: () => without(spec, "refreshSeconds"),
});

const runRow = (spec: PanelSpec): FormRow => ({
  title: "Run",
  help: "The name or id of another run that it shows; empty = the one that is attached.",
  value: spec.run ?? "",
  own: spec.run !== undefined,
  type: (text) => ({ spec: text.trim() === "" ? without(spec, "run") : { ...spec, run: text.trim() } }),
  unset: () => without(spec, "run"),
});
