import { expect, test } from "bun:test";
import fc from "fast-check";
import { toAscii } from "./ascii.ts";
import { Canvas, CONTINUATION, toneIndex } from "./canvas.ts";

test("text lands where it is put, cut at the edge of its region", () => {
  const canvas = new Canvas(8, 2);
  canvas.region().sub(2, 1, 4, 1).put(0, 0, "abcdef");
  expect(canvas.toText()).toBe("\n  abcd");
});

test("nothing that is drawn through a region leaves it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.integer({ min: -5, max: 12 }),
      fc.integer({ min: -3, max: 8 }),
      (text, x, y) => {
        const canvas = new Canvas(12, 6);
        canvas.region().fill("surface");
        canvas.region().sub(3, 2, 5, 2).put(x, y, text, { tone: "bad" });
        for (let row = 0; row < 6; row++) {
          for (let column = 0; column < 12; column++) {
            const inside = column >= 3 && column < 8 && row >= 2 && row < 4;
            if (!inside) expect(canvas.fg[row * 12 + column]).toBe(toneIndex("text"));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a wide character takes two cells, and half of one that is overwritten becomes a space", () => {
  const canvas = new Canvas(6, 1);
  canvas.region().put(0, 0, "日本語");
  expect(canvas.cells[1]).toBe(CONTINUATION);
  canvas.region().put(1, 0, "x");
  expect(canvas.toText()).toBe(" x本語");
  canvas.region().put(4, 0, "y");
  expect(canvas.toText()).toBe(" x本y");
});

test("a wide character that would stand across the edge is left out", () => {
  const canvas = new Canvas(3, 1);
  canvas.region().put(0, 0, "日本");
  expect(canvas.toText()).toBe("日");
});

test("a box has its title at the left, settings at the right and a note below", () => {
  const canvas = new Canvas(30, 3);
  canvas.region().box({ title: "loss", settings: "step", note: "2 clipped", tone: "border", titleTone: "muted" });
  expect(canvas.toText()).toBe("╭ loss ──────────────── step ╮\n│                            │\n╰─ 2 clipped ────────────────╯");
});

test("settings give way before the title does, and a box without room has no inside", () => {
  const canvas = new Canvas(14, 2);
  canvas.region().box({ title: "checkpoints", settings: "step · linear", tone: "border", titleTone: "muted" });
  expect(canvas.rowText(0)).toBe("╭ checkpoi… ─╮");
  expect(canvas.region().sub(0, 0, 1, 1).box({ tone: "border", titleTone: "muted" }).width).toBe(0);
});

test("a canvas is copied with its colours, also partly outside", () => {
  const source = new Canvas(3, 2);
  source.region().put(0, 0, "abc", { tone: "good" });
  const target = new Canvas(4, 2);
  target.blit(source, -1, 1);
  target.blit(source, 3, 0);
  expect(target.toText()).toBe("   a\nbc");
  expect(target.fg[4]).toBe(toneIndex("good"));
});

test("in ASCII every glyph of ours has its twin, what is unknown is a question mark, and nothing moves", () => {
  const canvas = new Canvas(20, 1);
  canvas.region().put(0, 0, "╭─╮●◆✕▲★…–×·━ 日é|");
  toAscii(canvas);
  expect(canvas.rowText(0)).toBe("+-+*#x!&~-x.= ? ?|  ");
});

test("control characters never get into a cell", () => {
  const canvas = new Canvas(10, 1);
  canvas.region().put(0, 0, "a\x1b[31mb\x07\x9b");
  for (const cell of canvas.cells) expect(cell === CONTINUATION || (cell >= 32 && !(cell >= 127 && cell < 160))).toBe(true);
});

test("what states, marks and lines are told by has an ASCII twin of its own", () => {
  // An estimate is told by ~ too: that stands before its number, and what is cut has it at its end.
  const glyphs = "●○◐◑✕■▲◆✎★⚑⏸⟳…━";
  const canvas = new Canvas(glyphs.length, 1);
  canvas.region().put(0, 0, glyphs);
  toAscii(canvas);
  const twins = canvas.toText();
  expect(new Set(twins).size).toBe(glyphs.length);
  expect(twins).toMatch(/^[!-~]+$/);
});

test("of a note that has no room whole words stand, of settings whole parts", () => {
  const canvas = new Canvas(30, 3);
  canvas
    .region()
    .box({ tone: "faint", titleTone: "text", title: "samples", settings: "step · exponential", note: "1 of 7 · By the clock: the hands" });
  const [top, , bottom] = canvas.toText().split("\n");
  expect(top).toContain(" step · … ");
  expect(bottom).toContain(" 1 of 7 · By the clock: … ");
});
