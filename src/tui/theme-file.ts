/** Themes of the user's own: a base of ours and what is different, as YAML (docs/themes.md). */
import type { Tone } from "../core/scene.ts";
import { TONES } from "../lib/canvas.ts";
import { contrast, type HexColour } from "../lib/colour.ts";
import { isRecord } from "../lib/shape.ts";
import { didYouMean } from "../lib/suggest.ts";
import { linePlace, readYaml } from "../lib/yaml-place.ts";
import type { UserFile } from "../services/user-files.ts";
import { type Color, contrastFaults, type Look, type Theme } from "./theme.ts";
import { BUILT_IN } from "./themes.ts";

type Path = ReadonlyArray<string>;
interface Mistake {
  path: Path;
  what: string;
}

/** A file, the theme in it, and what is to be said of it, each `line 4: …`. */
export interface ReadTheme {
  name: string;
  file: string;
  /** Null when there is a mistake: half a theme would be somebody else's. */
  theme: Theme | null;
  mistakes: string[];
  /** It can be used, but something in it is hard to read. */
  warnings: string[];
}

export interface Themes {
  /** Ours, then the user's; one that is called like one of ours takes its place. */
  all: readonly Theme[];
  files: readonly ReadTheme[];
}

/** Understands the files; nothing that stands in them is an error of the program. */
export function readThemes(files: readonly UserFile[]): Themes {
  const read = files.map(readTheme);
  const own = new Map(read.flatMap(({ theme }) => (theme === null ? [] : [[theme.name, theme] as const])));
  const ours = BUILT_IN.map((theme) => own.get(theme.name) ?? theme);
  return { all: [...ours, ...[...own.values()].filter((theme) => !ours.includes(theme))], files: read };
}

function readTheme({ name, file, text }: UserFile): ReadTheme {
  const broken = (what: string): ReadTheme => ({ name, file, theme: null, mistakes: [what], warnings: [] });
  if (!text.ok) return broken(text.failure.why ?? text.failure.what);
  const read = readYaml(text.value);
  if (!read.ok) return broken(`it is no valid YAML: ${read.why}`);
  const mistakes: Mistake[] = [];
  const theme = new Reader(mistakes).theme(name, read.value ?? {});
  const place = ({ path, what }: Mistake): string => `${linePlace(text.value, path)}${what}`;
  if (mistakes.length > 0) return { name, file, theme: null, mistakes: mistakes.map(place), warnings: [] };
  const faults = contrastFaults(theme).map(({ tone, what }) => place({ path: ["tones", tone], what }));
  return { name, file, theme, mistakes: [], warnings: faults };
}

const KEYS = ["title", "base", "tones"];
const LOOK_KEYS = ["color", "bold", "dim", "underline"];
const COLOURS = 'a colour is "#rrggbb" in quotes, 0 to 15, or default';

class Reader {
  constructor(private readonly mistakes: Mistake[]) {}

  theme(name: string, value: unknown): Theme {
    const given = isRecord(value) ? value : {};
    if (!isRecord(value)) this.#wrong([], "A theme has a base and tones");
    for (const key of Object.keys(given)) if (!KEYS.includes(key)) this.#unknown([key], key, "a theme", KEYS);
    const { title = name, tones = {} } = given;
    if (typeof title !== "string") this.#wrong(["title"], "title takes a text");
    const base = this.#base(given["base"]);
    if (!isRecord(tones)) this.#wrong(["tones"], "tones takes `tone: colour`");
    const looks = Object.entries(isRecord(tones) ? tones : {}).flatMap(([tone, look]) => this.#tone(tone, look));
    const all = { ...base.tones, ...Object.fromEntries(looks) } as Record<Tone, Look>;
    const bg = looks.some(([tone]) => tone === "bg") ? all.bg.color : base.bg;
    const raised = looks.find(([tone]) => tone === "surface");
    const surface = raised === undefined ? base.surface : raised[1].color === "default" ? null : raised[1].color;
    return { name, title: String(title), background: backgroundOf(bg, base), tones: all, bg, surface };
  }

  #base(given: unknown): Theme {
    if (given === undefined) return BUILT_IN[0]!;
    const wanted = String(given);
    const base = BUILT_IN.find(({ name }) => name === wanted);
    const names = BUILT_IN.map(({ name }) => name);
    if (base === undefined)
      this.#wrong(["base"], `There is no theme ${wanted}. ${didYouMean(wanted, names, `Ours are ${names.join(", ")}.`)}`);
    return base ?? BUILT_IN[0]!;
  }

  #tone(tone: string, value: unknown): Array<[Tone, Look]> {
    const path = ["tones", tone];
    if (!(TONES as readonly string[]).includes(tone)) {
      this.#unknown(path, tone, "the tones", TONES);
      return [];
    }
    const look = isRecord(value) ? this.#look(path, value) : this.#color(path, value);
    return look === null ? [] : [[tone as Tone, typeof look === "object" ? look : { color: look }]];
  }

  #look(path: Path, value: Record<string, unknown>): Look | null {
    for (const key of Object.keys(value)) if (!LOOK_KEYS.includes(key)) this.#unknown([...path, key], key, "a tone", LOOK_KEYS);
    const color = value["color"] === undefined ? "default" : this.#color([...path, "color"], value["color"]);
    const flags = ["bold", "dim", "underline"].filter((name) => value[name] !== undefined);
    for (const name of flags) if (typeof value[name] !== "boolean") this.#wrong([...path, name], `${name} is true or false`);
    return color === null ? null : { color, ...Object.fromEntries(flags.map((name) => [name, value[name] === true])) };
  }

  #color(path: Path, value: unknown): Color | null {
    if (value === "default") return "default";
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 15) return value;
    if (typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value)) return value.toLowerCase() as HexColour;
    const name = path.at(path.at(-1) === "color" ? -2 : -1);
    if (value === null) this.#wrong(path, `${name} has no colour: without quotes, # begins a comment`);
    else this.#wrong(path, `${name} cannot be ${JSON.stringify(value)}: ${COLOURS}`);
    return null;
  }

  #unknown(path: Path, key: string, of: string, known: readonly string[]): void {
    this.#wrong(path, `${key} is none of ${of}. ${didYouMean(key, known, `There are ${known.join(", ")}.`)}`);
  }

  #wrong(path: Path, what: string): void {
    this.mistakes.push({ path, what });
  }
}

function backgroundOf(bg: Color, base: Theme): Theme["background"] {
  if (bg === base.bg) return base.background;
  if (typeof bg !== "string" || bg === "default") return "any";
  return contrast(bg, "#000000") > contrast(bg, "#ffffff") ? "light" : "dark";
}
