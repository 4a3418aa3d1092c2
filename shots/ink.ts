/** Colours of a picture: what a theme leaves to the terminal, a picture has to choose. */
import { BOLD, type Canvas, ownColour, REVERSE, TONES, UNDERLINE } from "../src/lib/canvas.ts";
import { type Color, colourTone, pictureColour, type Theme } from "../src/tui/theme.ts";

/** A dark terminal with the 16 colours of the VGA text mode, the last eight brighter. */
const DEFAULTS = { foreground: "#d0d0d0", background: "#0c0c0c" };
const SIXTEEN = [
  ...["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5"],
  ...["#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"],
];
/** What is left of a dim colour; the rest is the background. */
const DIM = 0.6;

export interface Ink {
  fg: string;
  /** Null = the picture's own background. */
  bg: string | null;
  bold: boolean;
  underline: boolean;
}

const hex = (color: Color, otherwise: string): string =>
  color === "default" ? otherwise : typeof color === "number" ? (SIXTEEN[color] ?? otherwise) : color;

/** The picture's background. */
export const background = (theme: Theme): string => hex(theme.bg, DEFAULTS.background);

const mixed = (over: string, under: string, share: number): string =>
  `#${[1, 3, 5]
    .map((at) =>
      Math.round(Number.parseInt(over.slice(at, at + 2), 16) * share + Number.parseInt(under.slice(at, at + 2), 16) * (1 - share)),
    )
    .map((value) => value.toString(16).padStart(2, "0"))
    .join("")}`;

/** How a theme shows each combination of tone, background and attributes, as src/tui/opentui.ts tells it to a terminal. */
export function inkOf(theme: Theme): (canvas: Canvas, at: number) => Ink {
  const known = new Map<number, Ink>();
  return (canvas, at) => {
    const [fg, bg, attributes] = [canvas.fg[at]!, canvas.bg[at]!, canvas.attributes[at]!];
    const key = canvas.lookAt(at);
    const ink = known.get(key) ?? (ownColour(fg) === null ? mix(theme, fg, bg, attributes) : point(theme, fg, bg));
    known.set(key, ink);
    return ink;
  };
}

/** Two points of a picture: one is the upper half of the cell. */
function point(theme: Theme, fg: number, bg: number): Ink {
  const [over, under] = [ownColour(fg), ownColour(bg)].map((rgb) => (rgb === null ? null : hex(pictureColour(theme, rgb), "")));
  return { fg: over ?? "", bg: under ?? null, bold: false, underline: false };
}

function mix(theme: Theme, fg: number, bg: number, attributes: number): Ink {
  const look = theme.tones[TONES[fg]!];
  const raised = TONES[bg] === "surface";
  const under = raised && theme.surface !== null ? hex(theme.surface, DEFAULTS.background) : background(theme);
  const { color } = theme.tones[colourTone(theme, TONES[fg]!, TONES[bg]!)];
  const plain = hex(color, DEFAULTS.foreground);
  const over = look.dim ? mixed(plain, under, DIM) : plain;
  // A surface that has no colour is shown by reversing; what is reversed on it stands upright again.
  const reversed = ((attributes & REVERSE) !== 0) !== (raised && theme.surface === null);
  const [shown, behind] = reversed ? [under, over] : [over, under];
  return {
    fg: shown,
    bg: behind === background(theme) ? null : behind,
    bold: look.bold === true || (attributes & BOLD) !== 0,
    underline: look.underline === true || (attributes & UNDERLINE) !== 0,
  };
}
