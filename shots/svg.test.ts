import { expect, test } from "bun:test";
import { Canvas } from "../src/lib/canvas.ts";
import { builtIn } from "../src/tui/themes.ts";
import { toSvg } from "./svg.ts";

/** One row of text as a picture. */
function picture(text: string, style = {}, theme = "dark"): string {
  const canvas = new Canvas(12, 1);
  canvas.region().put(0, 0, text, style);
  return toSvg({ canvas, theme: builtIn(theme), cursor: null, title: "<a picture>" });
}

test("words stand as one piece of text, as wide as their cells, with XML's own signs spelt out", () => {
  expect(picture("a <b> & c")).toContain('<text x="0" y="15" textLength="90">a &lt;b&gt; &amp; c</text>');
  expect(picture("")).toContain("<title>&lt;a picture&gt;</title>");
});

test("two spaces part two texts, so that none depends on how spaces are kept", () => {
  expect(picture("ab  cd").match(/<text [^>]*>[^<]*/g)).toEqual([
    '<text x="0" y="15" textLength="20">ab',
    '<text x="40" y="15" textLength="20">cd',
  ]);
});

test("a border is one line, and no text", () => {
  const svg = picture("───");
  expect(svg).toContain('d="M0 10H30"');
  expect(svg).not.toContain("<text");
});

test("blocks that stand side by side are one", () => {
  expect(picture("██").match(/d="[^"]*"/g)).toEqual(['d="M0 0H20v20H0z"']);
});

test("each dot of a braille character is drawn where it stands", () => {
  expect(picture("⣀")).toContain('d="M2.5 17.5h0m5 0h0"');
});

test("a character of two cells gets the room of two", () => {
  expect(picture("日")).toContain('textLength="20" lengthAdjust="spacingAndGlyphs">日');
});

test("on a surface that is reversed a colour is no block of another colour", () => {
  const canvas = new Canvas(2, 1);
  canvas.region().fill("surface");
  canvas.region().put(0, 0, "ab", { tone: "good" });
  const svg = toSvg({ canvas, theme: builtIn("16"), cursor: null, title: "" });
  expect(svg).not.toContain("#0dbc79");
});

test("where a theme has no colour for a surface, it is reversed", () => {
  const canvas = new Canvas(2, 1);
  canvas.region().fill("surface");
  const svg = toSvg({ canvas, theme: builtIn("none"), cursor: null, title: "" });
  expect(svg).toContain('<path fill="#d0d0d0" shape-rendering="crispEdges" d="M0 0H20v20H0z"/>');
});
