import { expect, test } from "bun:test";
import { ok } from "../core/result.ts";
import type { Tone } from "../core/scene.ts";
import { Canvas, colourCell } from "../lib/canvas.ts";
import { type HexColour, linear } from "../lib/colour.ts";
import { plainFrame } from "./early-terminal.ts";
import { chooseAscii, coloursOf, contrastFaults, guessTheme, pictureColour, SERIES_TONES, type Theme } from "./theme.ts";
import { readThemes } from "./theme-file.ts";
import { BUILT_IN, builtIn } from "./themes.ts";

const coloured = BUILT_IN.filter(({ background }) => background !== "any");

test.each(coloured.map((theme) => [theme.name, theme] as const))(
  "%s: text stands out 4.5 to 1 on every background, lines 3 to 1",
  (_, theme) => {
    expect(contrastFaults(theme)).toEqual([]);
  },
);

test.each(["high-contrast", "high-contrast-light"])("%s: text stands out 7 to 1, lines 4.5 to 1", (name) => {
  expect(contrastFaults(builtIn(name), { text: 7, line: 4.5 })).toEqual([]);
});

/**
 * What a person without one kind of cones sees, in linear light: Machado, Oliveira and Fernandes, "A physiologically-based
 * model for simulation of color vision deficiency" (2009), severity 1.
 */
const SIGHTS: Readonly<Record<string, readonly number[]>> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

type Triple = [number, number, number];

function seen(colour: HexColour, matrix: readonly number[]): Triple {
  const light = linear(colour);
  return [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        light.reduce((sum, value, i) => sum + value * matrix[row + i]!, 0),
      ),
    ),
  ) as Triple;
}

/** CIE L*a*b* under D65, in which a distance of about 2 can just be seen side by side. */
function lab([r, g, b]: Triple): Triple {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [x, y, z] = [
    f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047),
    f(0.2126729 * r + 0.7151522 * g + 0.072175 * b),
    f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883),
  ];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The two tones that look most alike to those people, and how far apart they are. */
function nearest({ tones }: Theme, among: readonly Tone[], sight: string): { pair: string; distance: number } {
  const colours = among.map((tone) => lab(seen(tones[tone].color as HexColour, SIGHTS[sight]!)));
  const pairs = among.flatMap((a, i) =>
    among.slice(i + 1).map((b, j) => {
      const [one, other] = [colours[i]!, colours[i + 1 + j]!];
      return { pair: `${a} ${b}`, distance: Math.hypot(...one.map((value, k) => value - other[k]!)) };
    }),
  );
  return pairs.reduce((least, one) => (one.distance < least.distance ? one : least));
}

for (const sight of Object.keys(SIGHTS)) {
  test.each(["colour-blind", "colour-blind-light"])(`%s: series, and good, warn and bad, are told apart with ${sight}`, (name) => {
    const series = nearest(builtIn(name), SERIES_TONES, sight);
    const states = nearest(builtIn(name), ["good", "warn", "bad"], sight);
    expect({ ...series, apart: series.distance >= 25 }).toMatchObject({ apart: true });
    expect({ ...states, apart: states.distance >= 30 }).toMatchObject({ apart: true });
  });
}

test("the simulation tells what it is for: red and green of the ordinary theme come close for those who miss one", () => {
  const red = { ...builtIn("dark"), tones: { ...builtIn("dark").tones, good: { color: "#4ca64c" }, bad: { color: "#b38000" } } } as Theme;
  expect(nearest(red, ["good", "bad"], "normal").distance).toBeGreaterThan(60);
  expect(nearest(red, ["good", "bad"], "deuteranopia").distance).toBeLessThan(30);
});

test("without colour nothing is coloured, and what is selected is reversed", () => {
  const none = builtIn("none");
  expect(Object.values(none.tones).every(({ color }) => color === "default")).toBe(true);
  expect(none.surface).toBeNull();
  expect(none.tones.focus.bold).toBe(true);
});

test("what nobody asked for follows NO_COLOR, then the terminal", () => {
  expect(guessTheme({ TERM: "xterm-256color" })).toBe("dark");
  expect(guessTheme({ TERM: "xterm-256color", NO_COLOR: "1" })).toBe("none");
  expect(guessTheme({ TERM: "linux" })).toBe("16");
  expect(guessTheme({ TERM: "screen", COLORTERM: "truecolor" })).toBe("dark");
  expect(guessTheme({ TERM: "xterm-256color", COLORFGBG: "0;15" })).toBe("light");
});

test("a locale that is not UTF-8 gets ASCII", () => {
  expect(chooseAscii({ LANG: "en_US.UTF-8" })).toBe(false);
  expect(chooseAscii({ LANG: "de_DE.ISO-8859-1" })).toBe(true);
  expect(chooseAscii({ TERM: "vt100" })).toBe(true);
  expect(chooseAscii({})).toBe(false);
});

const read = (text: string, name = "mine") => readThemes([{ name, file: `/t/${name}.yaml`, text: ok(text) }]);
const mistakesOf = (text: string): string[] => read(text).files[0]?.mistakes ?? [];

test("a user's theme is a base of ours with some tones changed", () => {
  const { all, files } = read(
    'base: light\ntitle: Mine\ntones:\n  accent: "#A00000"\n  warn: {color: 3, bold: true}\n  surface: default\n',
  );
  const mine = all.at(-1);
  expect(files[0]?.mistakes).toEqual([]);
  expect(mine).toMatchObject({ name: "mine", title: "Mine", background: "light", bg: builtIn("light").bg, surface: null });
  expect(mine?.tones.accent).toEqual({ color: "#a00000" });
  expect(mine?.tones.warn).toEqual({ color: 3, bold: true });
  expect(mine?.tones.text).toEqual(builtIn("light").tones.text);
});

test("one that is called like one of ours takes its place", () => {
  const { all } = read('tones: {bg: "#ffffff"}\n', "dark");
  expect(all).toHaveLength(BUILT_IN.length);
  expect(all[0]).toMatchObject({ name: "dark", bg: "#ffffff", background: "light" });
});

test("mistakes are told with their line, and the theme is left out", () => {
  expect(mistakesOf("base: drak\n")).toEqual(["line 1: There is no theme drak. Did you mean dark?"]);
  expect(mistakesOf("tones:\n  acent: 3\n")).toEqual(["line 2: acent is none of the tones. Did you mean accent?"]);
  expect(mistakesOf("tones:\n  text: 1\n  accent: #ff0000\n")).toEqual([
    "line 3: accent has no colour: without quotes, # begins a comment",
  ]);
  expect(mistakesOf('tones:\n  accent:\n    color: "#ff00"\n')[0]).toStartWith('line 3: accent cannot be "#ff00": a colour is');
  expect(mistakesOf("tones: [1]\ncolour: 3\n")).toHaveLength(2);
  expect(mistakesOf("[")[0]).toStartWith("it is no valid YAML");
  expect(read("base: drak\n").all).toEqual(BUILT_IN);
});

test("what is hard to read in it is told, with its line, and it can be used", () => {
  const { all, files } = read('base: dark\ntones:\n  muted: "#303540"\n');
  expect(files[0]?.warnings).toEqual([
    "line 3: muted stands 1.5:1 on bg, less than 4.5:1",
    "line 3: muted stands 1.2:1 on surface, less than 4.5:1",
  ]);
  expect(all.at(-1)?.name).toBe("mine");
});

test("pictures have the colours that a theme has", () => {
  expect(["dark", "light", "16", "none"].map((name) => coloursOf(builtIn(name)))).toEqual(["all", "all", "few", "none"]);
  expect(pictureColour(builtIn("dark"), 0x0a141e)).toBe("#0a141e");
  expect(pictureColour(builtIn("16"), 0xff0000)).toBe(9);
  const canvas = new Canvas(1, 1);
  canvas.set(0, 0, 0x2580, colourCell(0, 0, 0), 0, false);
  canvas.bg[0] = colourCell(255, 0, 0);
  expect(plainFrame(canvas, builtIn("dark"))).toContain("38;2;0;0;0;48;2;255;0;0m▀");
  expect(plainFrame(canvas, builtIn("16"))).toMatch(/\x1b\[0;30;101m▀/);
});
