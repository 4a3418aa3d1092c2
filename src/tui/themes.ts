/** The themes that come with the program, in the order in which `t` goes through them. */
import type { Tone } from "../core/scene.ts";
import type { Look, Theme } from "./theme.ts";

type Palette = Readonly<Record<Tone, `#${string}`>>;

// Text tones stand 4.5:1 on bg and surface, lines (border, focus, faint, series) 3:1 on bg: theme.test.ts holds it.
// The series follow Okabe and Ito's colours, set lighter or darker.
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

// Text 7:1 (WCAG's AAA), lines 4.5:1.
const CONTRAST_DARK: Palette = {
  bg: "#000000",
  surface: "#1d2a44",
  border: "#9aa3b5",
  focus: "#ffe14d",
  text: "#ffffff",
  muted: "#dde3ee",
  faint: "#9aa3b5",
  accent: "#ffe14d",
  good: "#7cf5ae",
  warn: "#ffd166",
  bad: "#ffb3ab",
  info: "#8fe8ff",
  s1: "#6cc8ff",
  s2: "#ffb020",
  s3: "#45e6b5",
  s4: "#fff066",
  s5: "#ff9fd0",
  s6: "#ff8a4d",
  s7: "#b3bcff",
  s8: "#ffffff",
};

const CONTRAST_LIGHT: Palette = {
  bg: "#ffffff",
  surface: "#d8e3f8",
  border: "#555c68",
  focus: "#003d99",
  text: "#000000",
  muted: "#22272f",
  faint: "#555c68",
  accent: "#003d99",
  good: "#00401f",
  warn: "#4f3000",
  bad: "#7d0800",
  info: "#003d4d",
  s1: "#005a9c",
  s2: "#8a4400",
  s3: "#00624a",
  s4: "#665700",
  s5: "#8c2468",
  s6: "#9c2b00",
  s7: "#3038a8",
  s8: "#3b4048",
};

// Told apart with any colour blindness: by lightness and by the blue or the red that is left. Found by search for the
// largest least distance over normal sight, protanopia, deuteranopia and tritanopia; theme.test.ts simulates them.
const COLOUR_BLIND_DARK: Palette = {
  ...DARK,
  focus: "#cbe3ff",
  accent: "#cbe3ff",
  good: "#6d8bff",
  warn: "#ffda1e",
  bad: "#fb5a78",
  info: "#b8d4f5",
  s1: "#679af7",
  s2: "#cc7803",
  s3: "#4dfca8",
  s4: "#feec40",
  s5: "#a67ea3",
  s6: "#ca0540",
  s7: "#7642f5",
  s8: "#cbf4ff",
};

const COLOUR_BLIND_LIGHT: Palette = {
  ...LIGHT,
  focus: "#1b2029",
  accent: "#27406b",
  good: "#2c24b1",
  warn: "#b53304",
  bad: "#4c0011",
  info: "#27406b",
  s1: "#0290e4",
  s2: "#be7a14",
  s3: "#385e58",
  s4: "#958957",
  s5: "#7d1c88",
  s6: "#781d00",
  s7: "#6700d0",
  s8: "#180d2a",
};

const fromPalette = (name: string, title: string, background: Theme["background"], palette: Palette): Theme => ({
  name,
  title,
  background,
  tones: Object.fromEntries(Object.entries(palette).map(([tone, color]) => [tone, { color }])) as Record<Tone, Look>,
  bg: palette.bg,
  surface: palette.surface,
});

const plainLook: Look = { color: "default" };
const dim: Look = { color: "default", dim: true };

/** On the terminal's own 16 colours and its own background: only hues that are readable on black and on white. */
const SIXTEEN: Theme = {
  name: "16",
  title: "the terminal's own 16 colours",
  background: "any",
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
  title: "no colours: weight, underline and reverse",
  background: "any",
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

export const BUILT_IN: readonly Theme[] = [
  fromPalette("dark", "for a dark terminal", "dark", DARK),
  fromPalette("light", "for a light terminal", "light", LIGHT),
  fromPalette("high-contrast", "7:1 on black", "dark", CONTRAST_DARK),
  fromPalette("high-contrast-light", "7:1 on white", "light", CONTRAST_LIGHT),
  fromPalette("colour-blind", "told apart with any colour blindness, dark", "dark", COLOUR_BLIND_DARK),
  fromPalette("colour-blind-light", "told apart with any colour blindness, light", "light", COLOUR_BLIND_LIGHT),
  SIXTEEN,
  NONE,
];

/** One of ours, by a name that is known to be one. */
export const builtIn = (name: string): Theme => BUILT_IN.find((theme) => theme.name === name) ?? BUILT_IN[0]!;
