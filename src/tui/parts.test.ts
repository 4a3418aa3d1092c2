import { expect, test } from "bun:test";
import fc from "fast-check";
import { Canvas } from "../lib/canvas.ts";
import { ACTIONS, actionFor } from "./actions.ts";
import { EarlyTerminal, plainFrame } from "./early-terminal.ts";
import { LineEditor } from "./editor.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { toKey } from "./keys.ts";
import { CHAT_DESIGNS, CONFIG_DESIGNS, designFor, RUNS_DESIGNS, solve, TRAIN_DESIGNS } from "./layout.ts";
import { RequestWatch } from "./request-watch.ts";
import { chooseAscii, chooseTheme, THEMES } from "./theme.ts";

// --- theme

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

// --- actions

test("a key means one thing in a group, and no group hides a key that works everywhere", () => {
  const taken = new Map<string, string>();
  for (const { id, keys, group } of ACTIONS) {
    for (const key of keys) {
      expect({ id, other: taken.get(`${group} ${key}`) ?? taken.get(`global ${key}`) }).toEqual({ id, other: undefined });
      taken.set(`${group} ${key}`, id);
    }
  }
});

test("ids are unique, titles are sentences that begin with a capital letter", () => {
  expect(new Set(ACTIONS.map(({ id }) => id)).size).toBe(ACTIONS.length);
  for (const { title } of ACTIONS) expect(title).toMatch(/^[A-Z]/);
});

test("a key is looked for in the nearest group first", () => {
  expect(actionFor("enter", ["models", "chat", "global"])?.id).toBe("chat.load");
  expect(actionFor("enter", ["chat", "global"])?.id).toBe("chat.send");
  expect(actionFor("€", ["global"])).toBeUndefined();
});

// --- keys

test("one name for a key, whatever the terminal calls it", () => {
  const key = (rest: Partial<Parameters<typeof toKey>[0]>) =>
    toKey({ name: "", ctrl: false, shift: false, meta: false, sequence: "", ...rest }).name;
  expect(key({ name: "s", shift: true, sequence: "S" })).toBe("S");
  expect(key({ name: "/", shift: true, sequence: "?" })).toBe("?");
  expect(key({ name: "return", sequence: "\r" })).toBe("enter");
  expect(key({ name: "p", ctrl: true, sequence: "\x10" })).toBe("ctrl+p");
  expect(key({ name: "p", ctrl: true, sequence: "p" })).toBe("ctrl+p");
  expect(key({ name: "tab", shift: true, sequence: "\x1b[Z" })).toBe("shift+tab");
  expect(key({ name: "b", meta: true, sequence: "\x1bb" })).toBe("alt+b");
  expect(toKey({ name: "日", ctrl: false, shift: false, meta: false, sequence: "日" }).text).toBe("日");
});

// --- editor

const edited = (text: string, ...names: string[]): string => {
  const editor = new LineEditor(text);
  for (const name of names) editor.key({ name, text: [...name].length === 1 ? name : null });
  return editor.text;
};

test("the editor moves and deletes by characters, words and ends", () => {
  expect(edited("loss", "backspace")).toBe("los");
  expect(edited("loss", "left", "left", "x")).toBe("loxss");
  expect(edited("loss", "home", "delete")).toBe("oss");
  expect(edited("one two three", "ctrl+w")).toBe("one two ");
  expect(edited("one two three", "alt+b", "alt+b", "ctrl+k")).toBe("one ");
  expect(edited("one two", "ctrl+u")).toBe("");
  expect(edited("one two", "home", "alt+d")).toBe(" two");
});

test("a character that a reader sees as one is deleted as one", () => {
  expect(edited("a👩‍👩‍👧", "backspace")).toBe("a");
  expect(edited("e\u0301", "backspace")).toBe("");
});

test("pasted line breaks and control characters do not get into a line", () => {
  const editor = new LineEditor();
  editor.insert("one\ntwo\x1b[31m three");
  expect(editor.text).toBe("one two three");
});

test("the cursor is always inside the view", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 2, max: 20 }),
      (text, at, cells) => {
        const editor = new LineEditor(text);
        editor.move(at);
        expect(editor.view(cells).cursor).toBeLessThan(cells);
      },
    ),
  );
});

// --- layout

test("panels never overlap and never leave the screen, in any size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom(TRAIN_DESIGNS, RUNS_DESIGNS, CONFIG_DESIGNS, CHAT_DESIGNS),
      (width, height, designs) => {
        const taken = new Uint8Array(width * height);
        for (const { rect } of solve(designFor(designs, width, height), { x: 0, y: 0, width, height })) {
          expect(rect.x + rect.width).toBeLessThanOrEqual(width);
          expect(rect.y + rect.height).toBeLessThanOrEqual(height);
          for (let y = rect.y; y < rect.y + rect.height; y++) for (let x = rect.x; x < rect.x + rect.width; x++) taken[y * width + x]!++;
        }
        expect(Math.max(...taken)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 150 },
  );
});

test("in the sizes that people have, every panel of Train has a place, and room for its border and a row", () => {
  for (const [width, height] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [240, 70],
  ] as const) {
    const slots = solve(designFor(TRAIN_DESIGNS, width, height), { x: 0, y: 1, width, height: height - 3 });
    expect(slots.flatMap(({ panes }) => panes).sort()).toEqual([
      "checkpoints",
      "events",
      "host",
      "log",
      "loss",
      "progress",
      "samples",
      "validation",
    ]);
    for (const { rect } of slots) expect(Math.min(rect.height, rect.width)).toBeGreaterThanOrEqual(4);
  }
});

// --- requests

test("only what ends while one looks on is news", () => {
  const watch = new RequestWatch();
  const request = { id: "1", kind: "save" as const, step: 3, path: null, bytes: null, reason: null, at: "2026-01-01T12:00:00.000Z" };
  expect(watch.changes([{ ...request, phase: "done" }])).toEqual([]);
  expect(
    watch.changes([
      { ...request, phase: "done" },
      { ...request, id: "2", phase: "seen" },
    ]),
  ).toEqual([]);
  expect(watch.changes([{ ...request, id: "2", phase: "refused", reason: "too late" }])).toEqual([
    { level: "bad", text: "save now · refused: too late" },
  ]);
});

// --- the terminal before the toolkit

test("the first frame is written plainly, and given up when it ends before the toolkit came", async () => {
  let written = "";
  const modes: boolean[] = [];
  const output = { columns: 12, rows: 2, write: (text: string) => (written += text) };
  const terminal = new EarlyTerminal(output, { setRawMode: (raw) => modes.push(raw) }, THEMES.dark);
  const canvas = new Canvas(terminal.width, terminal.height);
  canvas.region().put(0, 0, "日本 loss", { tone: "good", bold: true });
  terminal.present(canvas, null);
  expect(written).toStartWith("\x1b[?1049h");
  expect(written).toContain("\x1b[0;38;2;111;211;154;48;2;16;19;26;1m日本 loss");
  await terminal.close();
  await terminal.close();
  expect(written.split("\x1b[?1049l")).toHaveLength(2);
  expect(modes).toEqual([true, false]);
});

test("once the toolkit is there, everything goes to it", () => {
  let written = "";
  const early = new EarlyTerminal({ write: (text: string) => (written += text) }, { setRawMode: () => undefined }, THEMES.none);
  const keys: string[] = [];
  early.listen({ key: ({ name }) => keys.push(name), paste() {}, mouse() {}, resize() {}, background() {}, failed() {} });
  const real = new FakeTerminal(20, 5);
  early.takeOver(real);
  early.present(new Canvas(20, 5), null);
  real.press("a");
  expect([written, real.presented, keys.join()]).toEqual(["", 1, "a"]);
  expect(early.width).toBe(20);
});

test("without colour a plain frame has none", () => {
  const canvas = new Canvas(6, 1);
  canvas.region().fill("surface");
  canvas.region().put(0, 0, "chosen");
  expect(plainFrame(canvas, THEMES.none)).toBe("\x1b[1;1H\x1b[0;39;49;7mchosen\x1b[0m");
});
