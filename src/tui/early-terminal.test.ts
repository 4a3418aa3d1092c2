import { expect, test } from "bun:test";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal as Emulator } from "@xterm/headless";
import fc from "fast-check";
import { BOLD, Canvas, CONTINUATION, REVERSE, TONES, toneIndex, UNDERLINE } from "../lib/canvas.ts";
import { EarlyTerminal, type Plain, plainFrame } from "./early-terminal.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import type { Color, Theme } from "./theme.ts";
import { builtIn } from "./themes.ts";

test("the first frame is written plainly, and given up when it ends before the toolkit came", async () => {
  const written: string[] = [];
  const modes: boolean[] = [];
  const plain: Plain = {
    size: { columns: 12, rows: 2 },
    setRaw: (raw) => void modes.push(raw),
    write: (text) => void written.push(text),
  };
  const terminal = new EarlyTerminal(plain, builtIn("dark"));
  const canvas = new Canvas(terminal.width, terminal.height);
  canvas.region().put(0, 0, "日本 loss", { tone: "good", bold: true });
  terminal.present(canvas, null);
  expect(written.join("")).toStartWith("\x1b[?1049h");
  expect(written.join("")).toContain("\x1b[0;38;2;111;211;154;48;2;16;19;26;1m日本 loss");
  await terminal.close();
  await terminal.close();
  expect(written.join("").split("\x1b[?1049l")).toHaveLength(2);
  expect(modes).toEqual([true, false]);
});

test("over a slow link the screen is taken at once, and the first frame is the toolkit's", () => {
  const written: string[] = [];
  const early = new EarlyTerminal({ size: null, setRaw() {}, write: (text) => void written.push(text) }, builtIn("none"), false);
  const canvas = new Canvas(20, 5);
  canvas.region().put(0, 0, "loss");
  early.present(canvas, null);
  expect(written.join("")).toStartWith("\x1b[?1049h");
  expect(written.join("")).not.toContain("loss");
});

test("once the toolkit is there, everything goes to it", () => {
  const written: string[] = [];
  const modes: boolean[] = [];
  const plain: Plain = { size: null, setRaw: (raw) => void modes.push(raw), write: (text) => void written.push(text) };
  const early = new EarlyTerminal(plain, builtIn("none"));
  const keys: string[] = [];
  early.listen({ key: ({ name }) => keys.push(name), paste() {}, mouse() {}, resize() {}, background() {}, failed() {} });
  const real = new FakeTerminal(20, 5);
  early.takeOver(real);
  early.present(new Canvas(20, 5), null);
  real.press("a");
  expect([written.join(""), real.presented, keys.join()]).toEqual(["", 1, "a"]);
  expect(early.width).toBe(20);
});

test("the terminal is let go when another is about to set it, and only if it was taken", () => {
  const modes: boolean[] = [];
  const early = new EarlyTerminal({ size: null, setRaw: (raw) => void modes.push(raw), write() {} }, builtIn("none"));
  early.letGo();
  expect(modes).toEqual([]);
  early.present(new Canvas(20, 5), null);
  early.letGo();
  expect(modes).toEqual([true, false]);
});

test("a terminal shows of a plain frame what the canvas has, whatever stands in it", async () => {
  const word = fc.constantFrom("a", "loss 3.2", " ", "   ", "日本", "👩‍👩‍👧", "é", "𝛂", "⣿⡇", "│ │", "");
  const style = { tone: fc.constantFrom(...TONES), bold: fc.boolean(), underline: fc.boolean(), reverse: fc.boolean() };
  const part = fc.record({ x: fc.integer({ min: -3, max: 30 }), y: fc.integer({ min: 0, max: 5 }), text: word, ...style });
  const field = fc.record({ x: fc.integer({ min: 0, max: 20 }), tone: fc.constantFrom("bg" as const, "surface" as const) });
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 2 }), fc.array(part, { maxLength: 12 }), async (fields, parts) => {
      const canvas = new Canvas(30, 6);
      for (const { x, tone } of fields) canvas.region().sub(x, 1, 8, 3).fill(tone);
      for (const { x, y, text, ...look } of parts) canvas.region().put(x, y, text, look);
      await expectShown(canvas, builtIn("dark"));
    }),
    { numRuns: 200 },
  );
});

/** Each cell in an emulator of a terminal: what stands in it, its background, and all that is seen of its looks. */
async function expectShown(canvas: Canvas, theme: Theme): Promise<void> {
  const emulator = new Emulator({ cols: canvas.width, rows: canvas.height, allowProposedApi: true });
  emulator.loadAddon(new Unicode11Addon());
  emulator.unicode.activeVersion = "11";
  await new Promise<void>((resolve) => emulator.write(plainFrame(canvas, theme), resolve));
  const rgb = (color: Color): number => Number.parseInt(String(color).slice(1), 16);
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const at = y * canvas.width + x;
      const cell = emulator.buffer.active.getLine(y)?.getCell(x);
      const own = canvas.attributes[at] ?? 0;
      const look = theme.tones[TONES[canvas.fg[at] ?? 0] ?? "text"];
      // A joined emoji is wider to this emulator than to us: what comes after it stands elsewhere.
      if (canvas.rowText(y).includes("\u200d")) break;
      if (canvas.cells[at] === CONTINUATION) continue;
      expect(cell?.getChars() || " ").toBe(canvas.rowText(y, x, x + 1));
      expect(cell?.getBgColor()).toBe(rgb(canvas.bg[at] === toneIndex("surface") ? (theme.surface ?? theme.bg) : theme.bg));
      if (canvas.cells[at] === 32 && !(own & (UNDERLINE | REVERSE))) continue;
      expect(cell?.getFgColor()).toBe(rgb(look.color));
      expect([cell?.isBold() !== 0, cell?.isUnderline() !== 0, cell?.isInverse() !== 0]).toEqual([
        Boolean(look.bold || own & BOLD),
        Boolean(look.underline || own & UNDERLINE),
        Boolean(own & REVERSE),
      ]);
    }
  }
}

test("without colour a plain frame has none", () => {
  const canvas = new Canvas(6, 1);
  canvas.region().fill("surface");
  canvas.region().put(0, 0, "chosen");
  expect(plainFrame(canvas, builtIn("none"))).toBe("\x1b[1;1H\x1b[0;39;49;7mchosen\x1b[0m");
});
