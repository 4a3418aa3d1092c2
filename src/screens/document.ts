/** Screens as YAML: reading with every mistake named by its place, and writing. The format is told in docs/screens.md. */
import type { Option, OptionValue, Threshold } from "../core/panel.ts";
import { isSplit, type PanelSpec, type PartSize, type ScreenNode, type ScreenSpec, type SplitKind } from "../core/screen.ts";
import { didYouMean } from "../lib/suggest.ts";
import { optionProblem, type PanelKind, rangeProblem } from "../panels/kind.ts";
import { valueFromText } from "../panels/option-text.ts";
import { findPanel, PANELS } from "../panels/registry.ts";

/** Something wrong in a screen file: where, as keys and list places from the top, and a sentence. */
export interface ScreenMistake {
  path: ReadonlyArray<string | number>;
  what: string;
}

export type ScreenReading = { screen: ScreenSpec; mistakes: readonly [] } | { screen: null; mistakes: readonly ScreenMistake[] };

const SPLITS: readonly SplitKind[] = ["rows", "columns", "flow"];
const PANEL_KEYS = ["panel", "title", "options", "thresholds", "refresh", "run"];
const SIZE_KEYS = ["cells", "share"];
/** A tree deeper than this is a mistake, and would cost the stack. */
const DEEPEST = 12;
/** More panels than any terminal shows. */
const MOST_PANELS = 100;
const FASTEST_SECONDS = 0.05;
const LISTS: ReadonlySet<Option["type"]> = new Set(["metrics", "choices"]);

type Path = ReadonlyArray<string | number>;
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads what a YAML parser made of a file. Never throws, whatever it is given. */
export function readScreen(name: string, value: unknown): ScreenReading {
  const reading = new Reading();
  const screen = reading.screen(name, value);
  return screen === null || reading.mistakes.length > 0 ? { screen: null, mistakes: reading.mistakes } : { screen, mistakes: [] };
}

class Reading {
  readonly mistakes: ScreenMistake[] = [];
  #panels = 0;
  /** The splits that the part which is being read stands in, with their places. */
  readonly #around = new Map<unknown, Path>();

  screen(name: string, value: unknown): ScreenSpec | null {
    if (!isFields(value)) return this.#mistake([], "A screen is a map with title and layout");
    this.#unknownKeys(value, ["title", "layout"], []);
    const title = value["title"] ?? name;
    if (typeof title !== "string") this.#mistake(["title"], "title must be a text");
    if (value["layout"] === undefined) return this.#mistake([], "layout is missing: a panel, or rows, columns or flow of them");
    const layout = this.#node(value["layout"], ["layout"], 0);
    return layout === null ? null : { name, title: String(title), layout };
  }

  #node(value: unknown, path: Path, depth: number): ScreenNode | null {
    const same = this.#around.get(value);
    if (same !== undefined)
      return this.#mistake(path, `An alias (\`*name\`) puts ${same.join(".")} into itself. Write out the part that is meant`);
    if (depth > DEEPEST) return this.#mistake(path, `Splits are nested more than ${DEEPEST} deep`);
    if (typeof value === "string") return this.#node({ panel: value }, path, depth);
    if (!isFields(value)) return this.#mistake(path, "A part is a panel, or rows, columns or flow of parts");
    const kinds = [...SPLITS, "panel"].filter((key) => Object.hasOwn(value, key));
    const [kind] = kinds;
    if (kind === undefined) return this.#unnamed(value, path);
    if (kinds.length > 1) return this.#mistake(path, `A part is one thing, not ${kinds.join(" and ")}`);
    const size = this.#size(value, path);
    const node = kind === "panel" ? this.#panel(value, path) : this.#split(value, kind as SplitKind, path, depth);
    return node === null ? null : size === undefined ? node : { ...node, size };
  }

  /** No panel and no split: a slip in that very word, as a rule. */
  #unnamed(value: Fields, path: Path): null {
    const kinds = ["panel", ...SPLITS];
    const says = `A part names one of ${kinds.join(", ")}; this has`;
    const slip = Object.keys(value).find((key) => ![...PANEL_KEYS, ...SIZE_KEYS].includes(key));
    if (slip === undefined) return this.#mistake(path, `${says} none of them`);
    const meant = didYouMean(slip, kinds, "");
    return this.#mistake([...path, slip], `${says} ${slip} instead${meant && `. ${meant}`}`);
  }

  #split(value: Fields, kind: SplitKind, path: Path, depth: number): ScreenNode | null {
    this.#unknownKeys(value, [kind, ...SIZE_KEYS], path);
    const list = value[kind];
    if (!Array.isArray(list)) return this.#mistake([...path, kind], `${kind} must be a list of parts`);
    // An empty flow is a screen that somebody is about to fill.
    if (list.length === 0 && kind !== "flow")
      return this.#mistake([...path, kind], `${kind} is empty: put a panel into it, or leave it out`);
    const parts: ScreenNode[] = [];
    this.#around.set(value, path);
    for (const [index, part] of list.entries()) {
      if (this.#panels > MOST_PANELS) return this.#mistake([...path, kind, index], `A screen holds at most ${MOST_PANELS} panels`);
      const node = this.#node(part, [...path, kind, index], depth + 1);
      if (node !== null) parts.push(node);
    }
    this.#around.delete(value);
    return { split: kind, parts };
  }

  #size(value: Fields, path: Path): PartSize | undefined {
    const given = SIZE_KEYS.filter((key) => value[key] !== undefined);
    if (given.length > 1) this.#mistake(path, "A part has cells or share, not both");
    const [key] = given;
    if (key === undefined) return undefined;
    const size = value[key];
    const good = typeof size === "number" && Number.isFinite(size) && (key === "cells" ? Number.isInteger(size) && size >= 1 : size > 0);
    if (!good) {
      this.#mistake([...path, key], key === "cells" ? "cells must be a whole number of 1 or more" : "share must be a number above 0");
      return undefined;
    }
    return key === "cells" ? { cells: Math.min(size, 10_000) } : { share: size };
  }

  #panel(value: Fields, path: Path): PanelSpec | null {
    this.#panels++;
    this.#unknownKeys(value, [...PANEL_KEYS, ...SIZE_KEYS], path);
    const kind = this.#kind(value["panel"], [...path, "panel"]);
    const { title, refresh, run } = value;
    if (title !== undefined && typeof title !== "string") this.#mistake([...path, "title"], "title must be a text");
    if (run !== undefined && typeof run !== "string") this.#mistake([...path, "run"], "run must be the name or id of a run");
    if (refresh !== undefined && !(typeof refresh === "number" && refresh >= FASTEST_SECONDS))
      this.#mistake([...path, "refresh"], `refresh must be a number of seconds of ${FASTEST_SECONDS} or more`);
    const thresholds = this.#thresholds(value["thresholds"], [...path, "thresholds"]);
    if (kind === null) return null;
    const options = this.#options(kind, value["options"], [...path, "options"]);
    return {
      panel: kind.kind,
      ...(typeof title === "string" ? { title } : {}),
      ...(options === null ? {} : { options }),
      ...(thresholds === null ? {} : { thresholds }),
      ...(typeof refresh === "number" ? { refreshSeconds: refresh } : {}),
      ...(typeof run === "string" ? { run } : {}),
    };
  }

  #kind(named: unknown, path: Path): PanelKind | null {
    if (typeof named !== "string") return this.#mistake(path, "panel must be the name of a panel");
    const names = PANELS.map(({ kind }) => kind);
    const meant = (): string => didYouMean(named, names, `There are ${names.join(", ")}.`);
    return findPanel(named) ?? this.#mistake(path, `There is no panel ${named}. ${meant()}`);
  }

  #options({ kind: panel, options: known }: PanelKind, value: unknown, path: Path): Record<string, OptionValue> | null {
    if (value === undefined) return null;
    if (!isFields(value)) return this.#mistake(path, "options must be a map of names and values");
    const read: Record<string, unknown> = { ...value };
    for (const [name, written] of Object.entries(value)) {
      const option = Object.hasOwn(known, name) ? known[name] : undefined;
      // A list may be one text, as `--set` takes it.
      const given =
        option !== undefined && LISTS.has(option.type) && typeof written === "string" ? valueFromText(option, written) : written;
      read[name] = given;
      const wrong =
        option === undefined
          ? `The panel ${panel} has no option ${name}. ${didYouMean(name, Object.keys(known), Object.keys(known).length === 0 ? "It has none." : `It has ${Object.keys(known).join(", ")}.`)}`
          : optionProblem(option, given);
      if (wrong !== null) this.#mistake([...path, name], option === undefined ? wrong : `${name} ${wrong}`);
    }
    const range = rangeProblem(known, read);
    if (range !== null) this.#mistake([...path, range.option], range.what);
    return read as Record<string, OptionValue>;
  }

  #thresholds(value: unknown, path: Path): Threshold[] | null {
    if (value === undefined) return null;
    if (!Array.isArray(value)) return this.#mistake(path, "thresholds must be a list");
    return value.flatMap((one, index) => this.#threshold(one, [...path, index]) ?? []);
  }

  #threshold(value: unknown, path: Path): Threshold | null {
    if (!isFields(value)) return this.#mistake(path, "A threshold has a metric, and above or below");
    this.#unknownKeys(value, ["metric", "above", "below", "tone"], path);
    const { metric, above, below, tone = "warn" } = value;
    const named = typeof metric === "string" && metric !== "";
    if (!named) this.#mistake([...path, "metric"], "metric must be the id of a metric");
    if (above === undefined && below === undefined)
      this.#mistake(path, `The threshold${named ? ` of ${metric}` : ""} needs above or below`);
    for (const [name, limit] of Object.entries({ above, below }))
      if (limit !== undefined && !(typeof limit === "number" && Number.isFinite(limit)))
        this.#mistake([...path, name], `${name} must be a number`);
    if (tone !== "warn" && tone !== "bad") return this.#mistake([...path, "tone"], "tone must be warn or bad");
    if (!named) return null;
    return {
      metric,
      tone,
      ...(above === undefined ? {} : { above: above as number }),
      ...(below === undefined ? {} : { below: below as number }),
    };
  }

  #unknownKeys(value: Fields, known: readonly string[], path: Path): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      this.#mistake([...path, key], `${key} means nothing here. ${didYouMean(key, known, `There are ${known.join(", ")}.`)}`);
    }
  }

  #mistake(path: Path, what: string): null {
    this.mistakes.push({ path, what });
    return null;
  }
}

/** A screen as a file says it, in the order in which a person would write it. */
export const screenValue = ({ title, layout }: ScreenSpec): Fields => ({ title, layout: nodeValue(layout) });

function nodeValue(node: ScreenNode): unknown {
  const size = node.size === undefined ? {} : node.size;
  if (isSplit(node)) return { [node.split]: node.parts.map(nodeValue), ...size };
  const { panel, title, options, thresholds, refreshSeconds, run } = node;
  const rest = {
    ...(title === undefined ? {} : { title }),
    ...size,
    ...(options === undefined || Object.keys(options).length === 0 ? {} : { options }),
    ...(thresholds === undefined || thresholds.length === 0 ? {} : { thresholds }),
    ...(refreshSeconds === undefined ? {} : { refresh: refreshSeconds }),
    ...(run === undefined ? {} : { run }),
  };
  return Object.keys(rest).length === 0 ? panel : { panel, ...rest };
}
