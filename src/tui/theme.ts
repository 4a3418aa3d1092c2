/** What the semantic tones look like: colours for those terminals that have them, attributes where they do not. */
import type { Tone } from "../core/scene.ts";

export type ThemeName = "dark" | "light" | "16" | "none";
export const THEME_NAMES: readonly ThemeName[] = ["dark", "light", "16", "none"];

/** `#rrggbb`, one of the terminal's own 16, or its default. */
export type Color = `#${string}` | number | "default";

export interface Look {
  color: Color;
  /** Carries what a colour would, where there is none. */
  bold?: boolean;
  dim?: boolean;
  underline?: boolean;
}

export interface Theme {
  name: ThemeName;
  tones: Readonly<Record<Tone, Look>>;
  /** Backgrounds; `surface` is what is selected or raised. Null = shown by reversing. */
  bg: Color;
  surface: Color | null;
}

type Palette = Readonly<Record<Tone, `#${string}`>>;

// Text tones stand 4.5:1 on bg and surface, lines (border, focus, faint, series) 3:1 on bg: theme.test.ts holds it.
// The series follow Okabe and Ito's colours, which people with any colour blindness tell apart, set lighter or darker.
const DARK: Palette = {
  bg: "#10131a",
  surface: "#232a3a",
  border: "#5e6880",
  focus: "#6cb2f7",
  text: "#dde3ee",
  muted: "#a3aec2",
  faint: "#66718a",
  accent: "#79bbff",
  good: "#6fd39a",
  warn: "#f0bf52",
  bad: "#ff8a80",
  info: "#74d0e6",
  s1: "#56b4e9",
  s2: "#e69f00",
  s3: "#2fc298",
  s4: "#f0e442",
  s5: "#d98bb5",
  s6: "#f0763c",
  s7: "#9aa5ff",
  s8: "#c2c7d0",
};

const LIGHT: Palette = {
  bg: "#fbfbf9",
  surface: "#e4e9f2",
  border: "#8a8f9c",
  focus: "#0b62c4",
  text: "#1b2029",
  muted: "#4d5564",
  faint: "#868c99",
  accent: "#0a56ad",
  good: "#116337",
  warn: "#794c00",
  bad: "#ab2018",
  info: "#075a6a",
  s1: "#0072b2",
  s2: "#b05a00",
  s3: "#00805c",
  s4: "#857200",
  s5: "#a8447f",
  s6: "#bf4a00",
  s7: "#4a54c8",
  s8: "#5c6068",
};

const fromPalette = (name: ThemeName, palette: Palette): Theme => ({
  name,
  tones: Object.fromEntries(Object.entries(palette).map(([tone, color]) => [tone, { color }])) as Record<Tone, Look>,
  bg: palette.bg,
  surface: palette.surface,
});

const plainLook: Look = { color: "default" };
const dim: Look = { color: "default", dim: true };

/** On the terminal's own 16 colours and its own background: only hues that are readable on black and on white. */
const SIXTEEN: Theme = {
  name: "16",
  bg: "default",
  surface: null,
  tones: {
    bg: plainLook,
    surface: plainLook,
    border: dim,
    focus: { color: 6, bold: true },
    text: plainLook,
    muted: plainLook,
    faint: dim,
    accent: { color: 6, bold: true },
    good: { color: 2 },
    warn: { color: 3, bold: true },
    bad: { color: 1, bold: true },
    info: { color: 6 },
    s1: { color: 6 },
    s2: { color: 3 },
    s3: { color: 2 },
    s4: { color: 5 },
    s5: { color: 4 },
    s6: { color: 1 },
    s7: { color: 6, bold: true },
    s8: plainLook,
  },
};

/** No colour at all (NO_COLOR): weight, underline, reverse and the glyphs say everything. */
const NONE: Theme = {
  name: "none",
  bg: "default",
  surface: null,
  tones: {
    bg: plainLook,
    surface: plainLook,
    border: dim,
    focus: { color: "default", bold: true },
    text: plainLook,
    muted: plainLook,
    faint: dim,
    accent: { color: "default", bold: true },
    good: plainLook,
    warn: { color: "default", bold: true },
    bad: { color: "default", bold: true, underline: true },
    info: plainLook,
    s1: plainLook,
    s2: { color: "default", bold: true },
    s3: plainLook,
    s4: plainLook,
    s5: plainLook,
    s6: plainLook,
    s7: plainLook,
    s8: plainLook,
  },
};

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: fromPalette("dark", DARK),
  light: fromPalette("light", LIGHT),
  "16": SIXTEEN,
  none: NONE,
};

// Terminals without 24-bit colour that the toolkit would send it to all the same.
const SIXTEEN_COLOR_TERMS = /^(linux|ansi|cygwin|xterm|screen|rxvt|vt\d+.*|.*-16color)$/;

/** The theme that this terminal can show: asked for, else NO_COLOR, else by TERM and what it says of its background. */
export function chooseTheme(env: Readonly<Record<string, string | undefined>>, asked?: ThemeName): ThemeName {
  if (asked !== undefined) return asked;
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
