import { expect, test } from "bun:test";
import { chooseAscii, chooseTheme, THEMES } from "./theme.ts";

const luminance = (color: string): number => {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
};
/** Contrast as WCAG 2 defines it. */
const contrast = (a: string, b: string): number => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

for (const name of ["dark", "light"] as const) {
  const { tones, bg, surface } = THEMES[name];
  test(`${name}: text stands out 4.5 to 1 on every background, lines 3 to 1`, () => {
    for (const tone of ["text", "muted", "accent", "good", "warn", "bad", "info"] as const) {
      for (const background of [bg, surface])
        expect({ tone, background, ratio: contrast(String(tones[tone].color), String(background)) >= 4.5 }).toMatchObject({ ratio: true });
    }
    for (const tone of ["border", "focus", "faint", "s1", "s2", "s3", "s5", "s6", "s7", "s8"] as const) {
      expect({ tone, ratio: contrast(String(tones[tone].color), String(bg)) >= 3 }).toMatchObject({ ratio: true });
    }
  });
}

test("without colour nothing is coloured, and what is selected is reversed", () => {
  expect(Object.values(THEMES.none.tones).every(({ color }) => color === "default")).toBe(true);
  expect(THEMES.none.surface).toBeNull();
  expect(THEMES.none.tones.focus.bold).toBe(true);
});

test("the theme follows what is asked for, then NO_COLOR, then the terminal", () => {
  expect(chooseTheme({ TERM: "xterm-256color" })).toBe("dark");
  expect(chooseTheme({ TERM: "xterm-256color", NO_COLOR: "1" })).toBe("none");
  expect(chooseTheme({ TERM: "xterm-256color", NO_COLOR: "1" }, "light")).toBe("light");
  expect(chooseTheme({ TERM: "linux" })).toBe("16");
  expect(chooseTheme({ TERM: "screen", COLORTERM: "truecolor" })).toBe("dark");
  expect(chooseTheme({ TERM: "xterm-256color", COLORFGBG: "0;15" })).toBe("light");
});

test("a locale that is not UTF-8 gets ASCII", () => {
  expect(chooseAscii({ LANG: "en_US.UTF-8" })).toBe(false);
  expect(chooseAscii({ LANG: "de_DE.ISO-8859-1" })).toBe(true);
  expect(chooseAscii({ TERM: "vt100" })).toBe(true);
  expect(chooseAscii({})).toBe(false);
});
