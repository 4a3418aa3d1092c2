/** What the semantic tones look like: colours for those terminals that have them, attributes where they do not. */
import type { Tone } from "../core/scene.ts";
import { contrast, type HexColour, SIXTEEN } from "../lib/colour.ts";
import type { Colours } from "../panels/paint-picture.ts";

/** `#rrggbb`, one of the terminal's own 16, or its default. */
export type Color = HexColour | number | "default";

export interface Look {
  color: Color;
  /** Carries what a colour would, where there is none. */
  bold?: boolean;
  dim?: boolean;
  underline?: boolean;
}

export interface Theme {
  /** What `--theme` and the file of a user's own are called. */
  name: string;
  /** One line for lists. */
  title: string;
  /** What it is made for; `any` stands on the terminal's own background. */
  background: "dark" | "light" | "any";
  tones: Readonly<Record<Tone, Look>>;
  /** Backgrounds; `surface` is what is selected or raised. Null = shown by reversing. */
  bg: Color;
  surface: Color | null;
}

/** The tone whose colour a text has. Where what is raised is shown by reversing, a colour would become a block: there all have one. */
export const colourTone = ({ surface }: Pick<Theme, "surface">, tone: Tone, on: Tone): Tone =>
  surface === null && on === "surface" ? "text" : tone;

/** What pictures can be drawn with, by the accent: text has the terminal's own colour in more themes than those without any. */
export const coloursOf = ({ tones: { accent } }: Pick<Theme, "tones">): Colours =>
  isHex(accent.color) ? "all" : typeof accent.color === "number" ? "few" : "none";

/** A colour of a picture (`0xrrggbb`) as a theme's terminal takes it: where tones are some of 16, it is one of those, too. */
export const pictureColour = (theme: Pick<Theme, "tones">, rgb: number): Color =>
  coloursOf(theme) === "few" ? Math.max(0, TERMINAL_COLOURS.indexOf(rgb)) : `#${rgb.toString(16).padStart(6, "0")}`;

/** The 16 as `0xrrggbb`, in their order. */
export const TERMINAL_COLOURS = SIXTEEN.map(([red, green, blue]) => (red << 16) | (green << 8) | blue);

export const TEXT_TONES = ["text", "muted", "accent", "good", "warn", "bad", "info"] as const satisfies readonly Tone[];
export const SERIES_TONES = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"] as const satisfies readonly Tone[];
const LINE_TONES = ["border", "focus", "faint", ...SERIES_TONES] as const;

/** Least contrast of text on its backgrounds, and of lines on theirs (WCAG 2, 1.4.3 and 1.4.11). */
export const LEAST_CONTRAST = { text: 4.5, line: 3 };

const isHex = (color: Color | null): color is HexColour => typeof color === "string" && color.startsWith("#");

/** Tones that do not stand out enough, each a sentence; colours that the terminal chooses itself cannot be judged. */
export function contrastFaults(theme: Theme, least: typeof LEAST_CONTRAST = LEAST_CONTRAST): Array<{ tone: Tone; what: string }> {
  const { bg, surface, tones } = theme;
  const judge = (tone: Tone, background: Color | null, name: string, limit: number): Array<{ tone: Tone; what: string }> => {
    const { color } = tones[tone];
    if (!isHex(color) || !isHex(background)) return [];
    const ratio = contrast(color, background);
    return ratio >= limit ? [] : [{ tone, what: `${tone} stands ${ratio.toFixed(1)}:1 on ${name}, less than ${limit}:1` }];
  };
  return [
    ...TEXT_TONES.flatMap((tone) => [...judge(tone, bg, "bg", least.text), ...judge(tone, surface, "surface", least.text)]),
    ...LINE_TONES.flatMap((tone) => judge(tone, bg, "bg", least.line)),
  ];
}

// Terminals without 24-bit colour that the toolkit would send it to all the same.
const SIXTEEN_COLOR_TERMS = /^(linux|ansi|cygwin|xterm|screen|rxvt|vt\d+.*|.*-16color)$/;

/** The name of the theme that this terminal can show when none is asked for: NO_COLOR, then TERM and what it says of its background. */
export function guessTheme(env: Readonly<Record<string, string | undefined>>): "none" | "16" | "light" | "dark" {
  if (env["NO_COLOR"]) return "none";
  const deep = env["COLORTERM"] === "truecolor" || env["COLORTERM"] === "24bit";
  if (!deep && SIXTEEN_COLOR_TERMS.test(env["TERM"] ?? "")) return "16";
  // COLORFGBG is `foreground;background` in the terminal's 16 colours; 7 and 15 are the light ones.
  const background = env["COLORFGBG"]?.split(";").at(-1);
  return background === "7" || background === "15" ? "light" : "dark";
}

/** Whether the terminal shows more than ASCII: by the locale, and a console font is trusted with boxes only. */
export function chooseAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /^vt\d+/.test(env["TERM"] ?? "") || (locale !== "" && !/utf-?8/i.test(locale) && locale !== "C" && locale !== "POSIX");
}
