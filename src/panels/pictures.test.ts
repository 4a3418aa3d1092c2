import { expect, test } from "bun:test";
import { Canvas, ownColour } from "../lib/canvas.ts";
import { SIXTEEN } from "../lib/colour.ts";
import { FakeData, fakeState } from "./fake-data.ts";
import { paintBlocks } from "./paint.ts";
import type { PictureInk } from "./paint-picture.ts";
import { panelInput, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";

const TERMINAL = new Set(SIXTEEN.map(([red, green, blue]) => (red << 16) | (green << 8) | blue));

const picture = (key: string, path: string, more: Record<string, unknown> = {}) => ({
  key,
  index: 0,
  path,
  width: 64,
  height: 48,
  beside: "a/b.wandb",
  ...more,
});

const logged = (): FakeData =>
  new FakeData()
    .event("picture", picture("attention", "media/images/old.png"), { step: 10 })
    .event("picture", picture("attention", "media/images/new.png", { caption: "heads" }), { step: 20 })
    .event("picture", picture("gone", "elsewhere.png"), { step: 20 });

test("of each key the newest picture is drawn, with step, caption, pixels and file", () => {
  const shown = panelShown("pictures", logged());
  expect(shown).toContain("pictures 2");
  expect(shown).toContain("attention @ 20 · heads");
  expect(shown).toContain("64×48 pixels · new.png");
  expect(shown).not.toContain("old.png");
  expect(shown).toMatch(/[\u2801-\u28ff]{4}/);
});

test("one that cannot be drawn says why in its place", () => {
  expect(panelShown("pictures", logged(), { width: 120 })).toContain("Not drawn: its file is not there (any more)");
});

test("with a cursor they are those that were logged last by then", () => {
  expect(panelShown("pictures", logged(), { at: 15 })).toContain("attention @ 10");
  expect(panelShown("pictures", logged(), { at: 3 })).toContain("attention @ 10");
  expect(panelShown("pictures", logged(), { at: 15, options: { step: "newest" } })).toContain("attention @ 20");
});

test("keys are chosen by the option and by what is typed", () => {
  expect(panelScene("pictures", logged(), { options: { keys: "-gone" } }).title).toBe("pictures 1");
  expect(panelScene("pictures", logged(), { view: { filter: "gone" } }).title).toBe("pictures 1");
  expect(panelShown("pictures", logged(), { view: { filter: "none" } })).toContain("No picture is called “none”");
});

test("those that have no room are a page further", () => {
  const many = new FakeData();
  for (let i = 0; i < 12; i++) many.event("picture", picture(`key ${i}`, "media/a.png"), { step: 1 });
  expect(panelScene("pictures", many, { width: 64, height: 13 }).note).toBe("1–2 of 12");
  const input = panelInput("pictures", many, { width: 64, height: 13 });
  expect(findPanel("pictures")?.scroll?.(input, 1e6)).toEqual({ scroll: 5 });
});

test("without pictures it says whose scripts log some", () => {
  expect(panelShown("pictures", new FakeData())).toContain("nanochat's scripts log none");
  const imported = { kind: "wandb" as const, files: [], wandb: null, head: null, at: "", readAt: "", complete: true };
  expect(panelShown("pictures", new FakeData().put(1, "train/loss", [1, 2]), { facts: { state: fakeState({ imported }) } })).toContain(
    "has logged none",
  );
});

/** A canvas with a picture of these points beside each other. */
function painted(points: ReadonlyArray<readonly [number, number, number]>, ink: PictureInk, width = 8, height = 3): Canvas {
  const canvas = new Canvas(width, height);
  const pixels = { width: points.length, height: 1, rgb: Uint8Array.from(points.flat()) };
  paintBlocks([{ block: { kind: "picture", name: "", width: 2, height: 1, pixels } }], canvas.region(), ink.symbols, ink);
  return canvas;
}

test("bright parts are dots on a dark background, and none on a light one; letters in ASCII", () => {
  const drawn = (symbols: "braille" | "ascii", onLight: boolean, colours: "none" | "all" = "none"): string =>
    painted(
      [
        [0, 0, 0],
        [255, 255, 255],
      ],
      { symbols, onLight, colours },
    ).rowText(0);
  expect(drawn("braille", false)).toBe("⠀⠀⠀⠀⣿⣿⣿⣿");
  expect(drawn("braille", true)).toBe("⣿⣿⣿⣿⠀⠀⠀⠀");
  expect(drawn("ascii", false)).toBe("    @@@@");
  expect(drawn("ascii", false, "all")).toBe("    @@@@");
});

test("where there are colours each cell has two points, the lower one as its background", () => {
  const two = [
    [10, 20, 30],
    [250, 240, 230],
  ] as const;
  const canvas = painted(two, { symbols: "braille", onLight: false, colours: "all" });
  expect(canvas.rowText(0)).toBe("▀▀▀▀▀▀▀▀");
  expect([canvas.fg[0], canvas.bg[0]].map((cell) => ownColour(cell!))).toEqual([0x0a141e, 0x0a141e]);
  expect(ownColour(canvas.bg[7]!)).toBe(0xfaf0e6);
  const odd = painted([[10, 20, 30]], { symbols: "braille", onLight: false, colours: "all" }, 1, 3);
  expect(odd.toText()).toBe("▀\n\n");
  expect(ownColour(odd.bg[0]!)).toBeNull();
});

test("of 16 colours it is mixed", () => {
  const points = Array.from({ length: 40 }, () => [255, 128, 0] as const);
  const canvas = painted(points, { symbols: "braille", onLight: false, colours: "few" }, 40, 3);
  const used = new Set([...canvas.fg.subarray(0, 40)].map((cell) => ownColour(cell)));
  expect(used.size).toBeGreaterThan(1);
  expect([...used].every((rgb) => rgb !== null && TERMINAL.has(rgb))).toBe(true);
});

test("one that is being read says so", () => {
  const shown = panelShown("pictures", logged(), { facts: { picture: () => ({ ok: false, why: "it is being read", pending: true }) } });
  expect(shown).toContain("Being read");
  expect(shown).not.toContain("Not drawn");
});

test("where all have room in several ways they stand so that they are largest", () => {
  const four = new FakeData();
  for (const key of ["a", "b", "c", "d"]) four.event("picture", picture(key, `${key}.png`), { step: 1 });
  const across = (width: number, height: number): unknown => panelScene("pictures", four, { width, height }).blocks[0]?.across;
  expect(across(200, 54)).toEqual([0, 2]);
  expect(across(200, 18)).toEqual([0, 4]);
  expect(across(40, 60)).toEqual([0, 1]);
});

test("a caption goes on below itself where the picture leaves rows, and is cut where it leaves none", () => {
  const one = new FakeData().event(
    "picture",
    picture("wide", "w.png", { width: 400, height: 10, caption: "embeddings of all the tokens" }),
    {
      step: 1,
    },
  );
  const pixels = { width: 40, height: 1, rgb: new Uint8Array(120) };
  const facts = { picture: () => ({ ok: true as const, width: 400, height: 10, pixels }) };
  expect(panelShown("pictures", one, { width: 34, height: 12, facts })).toMatch(/wide @ 1 · embeddings of all +│\n│ the tokens/);
  expect(panelShown("pictures", one, { width: 34, height: 4, facts })).toContain("…");
});
