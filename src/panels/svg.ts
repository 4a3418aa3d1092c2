/** The parts that pictures are made of: text, lines and colours as SVG. */
import type { Tone } from "../core/scene.ts";

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

// On white: the series follow Okabe and Ito's colours, dark enough for thin lines.
const COLOURS: Readonly<Partial<Record<Tone, string>>> = {
  text: "#1b2029",
  muted: "#4d5564",
  faint: "#b4b9c4",
  accent: "#0a56ad",
  good: "#116337",
  warn: "#a06000",
  bad: "#ab2018",
  info: "#075a6a",
  s1: "#0072b2",
  s2: "#c06a00",
  s3: "#00805c",
  s4: "#857200",
  s5: "#a8447f",
  s6: "#bf4a00",
  s7: "#4a54c8",
  s8: "#5c6068",
};
export const colour = (tone: Tone): string => COLOURS[tone] ?? "#1b2029";
export const number = (value: number): string => String(Math.round(value * 10) / 10);

/** Only what an XML text may hold, with its own signs spelt out. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

interface TextLook {
  tone?: Tone;
  anchor?: "start" | "middle" | "end";
  size?: number;
  bold?: boolean;
}

export function text(
  x: number,
  y: number,
  words: string,
  { tone = "muted", anchor = "start", size = 12, bold = false }: TextLook = {},
): string {
  const weight = bold ? ' font-weight="bold"' : "";
  return `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-size="${size}" fill="${colour(tone)}"${weight}>${escaped(words)}</text>`;
}

export const rule = (x1: number, y1: number, x2: number, y2: number, tone: Tone, rest = ""): string =>
  `<line x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}" stroke="${colour(tone)}"${rest}/>`;
