/**
 * The contract of a panel, on one screen.
 *
 * A panel is a pure function from data to a scene: it keeps nothing, waits for nothing, reads no clock (`facts.now` is the
 * time) and never throws for any data. What it shows it can be asked for at any size, also of one cell. When there is
 * nothing to show, the scene is one `empty` block that says why and, where a key or a setting changes that, which.
 *
 * The same scene is painted in the terminal, printed as text (`scene-text.ts`) and as JSON (`scene-json.ts`).
 */
import type { Option, OptionSet, OptionValue, OptionValues, Threshold } from "../core/panel.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Scene } from "../core/scene.ts";
import type { RunFacts, Size } from "./data.ts";
import type { RunRow } from "./runs.ts";
import type { View } from "./view.ts";

/** Another run, set beside the one that is looked at. */
export interface Baseline {
  name: string;
  facts: RunFacts;
  /** The run that is looked at goes on from it, if by way of others: it was itself resumed where it was planned to. */
  isBefore?: boolean;
}

export interface PanelInput<Values = OptionValues> {
  facts: RunFacts;
  /** Cells inside the border. */
  size: Size;
  options: Values;
  thresholds: readonly Threshold[];
  /** What the person looks at on all panels at once: axis, window, cursor, filter. */
  view: View;
  baselines: readonly Baseline[];
  /** All runs of the home, in any order; absent = they have not been read. */
  runs?: readonly RunRow[];
}

/** What data a panel is made from: it is drawn again when that has changed. */
export type Ingredient = "points" | "events" | "log" | "state" | "baselines" | "runs";

export interface PanelKind<S extends OptionSet = OptionSet> {
  /** What a screen file calls it. */
  kind: string;
  title: string;
  /** One sentence, for the list from which a panel is added. */
  about: string;
  /** What a figure counts that is told differently elsewhere, in sentences; absent = nothing is. */
  counts?: string;
  options: S;
  from: readonly Ingredient[];
  /** Drawn anew at most so often. */
  everyMs: number;
  /** Shows time left, or ages, which go on when the run has ended: drawn again each second. */
  timed?: "left" | "ages";
  /** Cells with the border, below which it loses what it is for: a screen stacks rather than go below. */
  least: Size;
  /** Rows with the border, that it has a use for; absent = as many as there are. */
  rows?: number;
  /** Groups of keys besides those of every panel. */
  keys?: ReadonlyArray<"chart" | "log" | "list">;
  /** Parts of the view that it shows. */
  looks?: ReadonlyArray<keyof View>;
  /**
   * Whether this run has nothing for it, now and later (no GPU). Such panels of a screen share one place, which has only the
   * rows for saying why.
   */
  idle?(facts: RunFacts, options: OptionValues<S>): boolean;
  scene(input: PanelInput<OptionValues<S>>): Scene;
  /** Moves its window by so many rows (up is negative); returns what of the view is different then. */
  scroll?(input: PanelInput<OptionValues<S>>, by: number): Partial<View>;
}

/**
 * Describes a panel, its options' types from their descriptions. In a list of all panels those types are gone: what a panel is
 * given has been read by its own descriptions (readOptions).
 */
export const definePanel = <const S extends OptionSet>(kind: PanelKind<S>): PanelKind => kind as unknown as PanelKind;

/** All options of a kind as they are when nobody has set any. */
export const usualOptions = ({ options }: PanelKind): OptionValues =>
  Object.fromEntries(Object.entries(options).map(([name, option]): [string, OptionValue] => [name, option.default]));

/** All options of a kind with the given values over the defaults; refused with a sentence that names the option. */
export function readOptions(kind: PanelKind, given: Readonly<Record<string, unknown>>): Result<OptionValues> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(kind.options, name));
  if (unknown !== undefined) {
    const known = Object.keys(kind.options);
    return fail("usage", `The panel ${kind.kind} has no option ${unknown}`, {
      remedy: known.length === 0 ? "It has none." : `It has: ${known.join(", ")}.`,
    });
  }
  const values: Record<string, OptionValue> = {};
  for (const [name, option] of Object.entries(kind.options)) {
    const value = given[name];
    const problem = value === undefined ? null : optionProblem(option, value);
    if (problem !== null)
      return fail("usage", `${name} of the panel ${kind.kind} ${problem}`, {
        remedy: "`nanochat-cli panels` tells what each option takes",
      });
    values[name] = value === undefined ? option.default : (value as OptionValue);
  }
  return ok(values);
}

/** The scene under a title of the user's own; absent = its own one. */
export const entitled = (scene: Scene, own: string | undefined): Scene =>
  own === undefined ? scene : { ...scene, title: scene.name === undefined ? own : own + scene.title.slice(scene.name.length) };

/** What is wrong with a value, to follow the option's name in a sentence: `must be a number`; null when nothing is. */
export function optionProblem(option: Option, value: unknown): string | null {
  switch (option.type) {
    case "choice":
      return typeof value === "string" && option.choices.includes(value) ? null : `must be one of ${option.choices.join(", ")}`;
    case "flag":
      return typeof value === "boolean" ? null : "must be true or false";
    case "text":
      return typeof value === "string" ? null : "must be a text";
    case "choices":
      return isListOf(value, (one) => option.choices.includes(one)) ? null : `must be a list of these: ${option.choices.join(", ")}`;
    case "metrics":
      return isListOf(value, (one) => one !== "") ? null : "must be a list of metrics";
    case "number":
      return numberProblem(option, value);
  }
}

/** What is wrong with an axis whose ends are options, as a sentence that names them; null when nothing is. */
export function rangeProblem(known: OptionSet, { from, to, scale }: Readonly<Record<string, unknown>>): RangeProblem | null {
  if (known["from"]?.type !== "number") return null;
  if (typeof from === "number" && typeof to === "number" && from >= to)
    return { option: "from", what: `from (${from}) must be below to (${to})` };
  const noPlace = scale === "log" ? Object.entries({ from, to }).find(([, end]) => typeof end === "number" && end <= 0) : undefined;
  return noPlace === undefined ? null : { option: noPlace[0], what: `${noPlace[0]} (${noPlace[1]}) must be above 0 where scale is log` };
}

export interface RangeProblem {
  option: string;
  what: string;
}

const isListOf = (value: unknown, fits: (one: string) => boolean): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === "string" && fits(one));

function numberProblem({ default: usual, min, max }: Extract<Option, { type: "number" }>, value: unknown): string | null {
  if (value === null && usual === null) return null;
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
  if (min !== undefined && value < min) return `must be ${min} or more`;
  if (max !== undefined && value > max) return `must be ${max} or less`;
  return null;
}
