/** Random hands and random screens: whatever is pressed, dragged, pasted or laid out, the program goes on. */
import fc from "fast-check";
import type { OptionSet, OptionValue } from "../../src/core/panel.ts";
import type { PanelSpec, ScreenNode, SplitKind } from "../../src/core/screen.ts";
import { PANELS } from "../../src/panels/registry.ts";
import { readScreen, screenValue } from "../../src/screens/document.ts";
import { ACTIONS } from "../../src/tui/actions.ts";
import { keep, type Started, start, trainedRun } from "../../src/tui/shell-fixture.ts";

/** A stream of numbers that a seed repeats. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 ≤ n < below. */
  below(below: number): number {
    // xorshift32: George Marsaglia, "Xorshift RNGs", 2003.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const KEYS: readonly string[] = [
  ...new Set(ACTIONS.flatMap(({ keys }) => keys)),
  ..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;-_#+*~äß漢🙂",
];
const TEXTS = [
  "",
  "\x1b[2J\x1b[31mred",
  "\u202eright to left",
  "🙂👨‍👩‍👧‍👦é",
  "漢字\0\x07\x08",
  "1e300",
  "-1",
  "a\nb\r\nc\td",
  "x".repeat(10_000),
];
const SIZES = [1, 5, 19, 20, 40, 59, 60, 80, 100, 120, 160, 200, 240, 500] as const;
const HEIGHTS = [1, 4, 5, 9, 10, 15, 16, 24, 30, 36, 50, 60, 70, 200] as const;

async function opened(): Promise<Started> {
  const started = await start(trainedRun(), {}, [120, 36]);
  keep(started.shell);
  return started;
}

/** Throws the first error that ends the program, with what was done before it. */
async function guarded(started: Started, done: () => readonly string[]): Promise<void> {
  const ended = await Promise.race([started.shell.ended.promise, Promise.resolve(null)]);
  if (ended?.error !== undefined) throw new Error(`it ended after ${done().slice(-30).join(" ")}`, { cause: ended.error });
}

/** Presses, pastes, clicks, drags, resizes; returns how many inputs were taken. */
export async function fuzzInputs(inputs: number, seed: number): Promise<number> {
  const chance = new Chance(seed);
  let started = await opened();
  let done: string[] = [];
  for (let i = 0; i < inputs; i++) {
    done.push(oneInput(started, chance));
    if (i % 50 === 0) {
      await guarded(started, () => done);
      started.tick(chance.below(3000));
    }
    // A hand of its own for each stretch: what was opened and left must not hide the rest.
    if (i % 2000 === 1999) {
      await guarded(started, () => done);
      started.shell.stop();
      started = await opened();
      done = [];
    }
  }
  await guarded(started, () => done);
  started.shell.stop();
  return inputs;
}

function oneInput({ terminal }: Started, chance: Chance): string {
  const what = chance.below(100);
  if (what < 80) {
    const key = chance.of(KEYS);
    terminal.press(key);
    return key;
  }
  if (what < 84) {
    const text = chance.of(TEXTS);
    terminal.events?.paste(text);
    return `paste(${text.length})`;
  }
  if (what < 97) return mouse(terminal, chance);
  terminal.width = chance.of(SIZES);
  terminal.height = chance.of(HEIGHTS);
  terminal.events?.resize();
  return `${terminal.width}x${terminal.height}`;
}

function mouse(terminal: Started["terminal"], chance: Chance): string {
  const kind = chance.of(["press", "drag", "release", "wheel"] as const);
  const [x, y] = [chance.below(terminal.width), chance.below(terminal.height)];
  terminal.events?.mouse({ kind, x, y, rows: chance.of([-3, 3]) });
  return `${kind}(${x},${y})`;
}

const optionValue = (options: OptionSet, name: string): fc.Arbitrary<OptionValue> => {
  const option = options[name]!;
  switch (option.type) {
    case "choice":
      return fc.constantFrom(...option.choices);
    case "choices":
      return fc.subarray([...option.choices]);
    case "flag":
      return fc.boolean();
    case "metrics":
      return fc.array(fc.constantFrom("train/loss", "train/*", "gpu/*/util", "nothing/at/all", "*", "host/cpu"), { maxLength: 6 });
    case "text":
      return fc.constantFrom(...TEXTS, "train/loss", "#", "**bold**");
    case "number":
      return fc.double({ min: option.min ?? -1e6, max: option.max ?? 1e6, noNaN: true });
  }
};

const panel: fc.Arbitrary<PanelSpec> = fc.constantFrom(...PANELS).chain(({ kind, options }) =>
  fc.record(
    {
      panel: fc.constant(kind),
      title: fc.constantFrom(...TEXTS),
      options: fc.record(Object.fromEntries(Object.keys(options).map((name) => [name, optionValue(options, name)])), { requiredKeys: [] }),
      thresholds: fc.array(
        fc.record({
          metric: fc.constantFrom("train/loss", "gpu/*/util"),
          above: fc.double({ noNaN: true, noDefaultInfinity: true }),
          tone: fc.constant("warn" as const),
        }),
        { maxLength: 3 },
      ),
      run: fc.constantFrom("20260101-120000-pocket", "nobody"),
    },
    { requiredKeys: ["panel"] },
  ),
) as fc.Arbitrary<PanelSpec>;

const tree: fc.Arbitrary<ScreenNode> = fc.letrec<{ node: ScreenNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    panel,
    fc
      .record({ split: fc.constantFrom<SplitKind>("rows", "columns", "flow"), parts: fc.array(tie("node"), { maxLength: 5 }) })
      .map((node): ScreenNode => node),
  ),
})).node;

/** Lays out random screens in random sizes; each must be readable again from what its file would hold. */
export async function fuzzScreens(screens: number, seed: number): Promise<number> {
  const started = await opened();
  const { terminal, shell } = started;
  const chance = new Chance(seed);
  for (const layout of fc.sample(tree, { numRuns: screens, seed })) {
    const read = readScreen("fuzz", screenValue({ name: "fuzz", title: "Fuzz", layout }));
    if (read.screen === null) {
      // Too many panels, or too deep: told, not drawn.
      if (read.mistakes.length === 0) throw new Error(`refused without a reason: ${JSON.stringify(layout)}`);
      continue;
    }
    terminal.width = chance.of(SIZES);
    terminal.height = chance.of(HEIGHTS);
    shell.screens.create("fuzz", "Fuzz", layout);
    try {
      started.tick(1000);
    } catch (error) {
      throw new Error(`at ${terminal.width}x${terminal.height}: ${JSON.stringify(layout)}`, { cause: error });
    }
    const rows = terminal.shown.split("\n");
    if (rows.length > terminal.height) throw new Error(`it is ${rows.length} rows high at ${terminal.width}x${terminal.height}`);
    if (/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(terminal.shown))
      throw new Error(`a control character went through: ${JSON.stringify(layout)}`);
    await guarded(started, () => [JSON.stringify(layout)]);
  }
  shell.stop();
  return screens;
}

if (import.meta.main) {
  const [inputs = 1_000_000, screens = 10_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
  console.log(`seed ${seed}`);
  try {
    console.log(`${await fuzzScreens(screens, seed)} screens drawn, none in the way`);
    console.log(`${await fuzzInputs(inputs, seed)} inputs taken, none in the way`);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  process.exit(0);
}
