/** Whatever is typed, pasted, clicked and resized, nothing breaks, and the input line answers. */
import { afterEach, expect, test } from "bun:test";
import { ok } from "../core/result.ts";
import type { RawKey } from "./keys.ts";
import { type Started, start, stopAll } from "./shell-fixture.ts";
import { TABS } from "./tabs.ts";

afterEach(stopAll);

/** A stream of numbers below `n` that is the same each time (mulberry32). */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

const NAMES = [
  "",
  "a",
  "return",
  "escape",
  "tab",
  "up",
  "f13",
  "ctrl",
  "\u0000",
  "undefined",
  "space",
  "[",
  "é",
  "日本",
  "pageup",
  "delete",
];
const TEXTS = [
  "",
  "\x00",
  "\x1b",
  "\x1b[",
  "\x7f",
  "\u009b31m",
  "a",
  "Z",
  "€",
  "👩‍👩‍👧",
  "\ud83d",
  "e\u0301",
  "\u202e",
  "\r\n",
  "q".repeat(500),
  " ",
];
const SIZES = [0, 1, 2, 3, 5, 9, 10, 20, 36, 60, 80, 120, 200, 500];

function someKey(pick: (n: number) => number): RawKey {
  const printable = String.fromCodePoint(32 + pick(95));
  const known = pick(2) === 0;
  const key = {
    name: known ? printable.toLowerCase() : NAMES[pick(NAMES.length)]!,
    ctrl: pick(6) === 0,
    shift: pick(6) === 0,
    meta: pick(6) === 0,
    sequence: known ? printable : TEXTS[pick(TEXTS.length)]!,
  };
  // It leaves when it comes twice, as it should.
  return key.ctrl && key.name === "c" ? { ...key, ctrl: false } : key;
}

/** One input of any kind. */
function strike({ shell, terminal, tick }: Started, pick: (n: number) => number): void {
  const kinds = ["press", "drag", "release", "wheel"] as const;
  const at = (): number => pick(600) - 50;
  const input = [
    () => shell.key(someKey(pick)),
    () => shell.key(someKey(pick)),
    () => shell.key(someKey(pick)),
    () => shell.paste(TEXTS[pick(TEXTS.length)]!.repeat(1 + pick(50))),
    () => shell.mouse({ kind: kinds[pick(4)]!, x: at(), y: at() / 4, rows: pick(7) - 3 }),
    () => {
      if (pick(10) === 0) [terminal.width, terminal.height] = [SIZES[pick(SIZES.length)]!, SIZES[pick(SIZES.length)]!];
      shell.draw();
    },
    () => tick(pick(3000)),
  ][pick(7)];
  input?.();
}

/** The palette opens and shows what is typed into it. */
function expectAlive({ terminal, shell }: Started): void {
  [terminal.width, terminal.height] = [120, 36];
  shell.overlays.close();
  terminal.press("esc", "esc", "esc");
  shell.setTab("runs");
  shell.draw();
  terminal.press("ctrl+p");
  terminal.type("alive?");
  expect(terminal.shown).toContain("› alive?");
}

// Nothing here is to end the program: that is what its other tests are for.
const NEVER_LEAVES = { name: "keymap", file: "/k", text: ok("leave: []\nsuspend: []\n") };

test.each(Array.from({ length: 12 }, (_, seed) => seed))("any input, seed %d", async (seed) => {
  const pick = numbers(seed);
  const tab = TABS[seed % TABS.length]!.id;
  const started = await start(undefined, { initialTab: tab }, [120, 36], (services) => {
    services.ownKeys = [NEVER_LEAVES];
  });
  let left: unknown = null;
  void started.shell.ended.promise.then((end) => {
    left = end;
  });
  for (let i = 0; i < 200; i++) {
    strike(started, pick);
    if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    expect(left).toBeNull();
  }
  expectAlive(started);
});

test("a paste of a megabyte is taken in a moment, cut, and the line goes on", async () => {
  const started = await start();
  const { terminal, shell } = started;
  for (const text of ["x", "日", "e\u0301", "\x1b[31m", "👩‍👩‍👧", "\n", "\u202e"]) {
    terminal.press(":");
    const before = performance.now();
    shell.paste(text.repeat(Math.ceil(1_000_000 / text.length)));
    expect(performance.now() - before).toBeLessThan(1000);
    terminal.press("ctrl+u");
    terminal.type("alive?");
    expect(terminal.shown).toContain("› alive?");
    terminal.press("esc");
  }
});

test.each([
  [1, 1],
  [0, 0],
  [19, 4],
  [20, 5],
  [500, 200],
] as const)("every tab, and what lies over it, at %d×%d", async (width, height) => {
  const { terminal, shell } = await start(undefined, {}, [width, height]);
  for (const { id } of TABS) {
    shell.setTab(id);
    shell.draw();
    for (const over of ["palette", "help", "notices", "jump", "theme.choose", "tour"]) {
      shell.runAction(over);
      shell.notify("bad", "something is wrong ".repeat(20));
      shell.draw();
      terminal.press("x", "down", "esc", "esc");
    }
    expect(terminal.shown.split("\n").length).toBeLessThanOrEqual(Math.max(1, height));
  }
  const rows = terminal.shown.split("\n");
  expect(Math.max(...rows.map((row) => [...row].length))).toBeLessThanOrEqual(width);
});
