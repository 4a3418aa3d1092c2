/** What holds for every panel, at any size and with any data. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { usualKey } from "../core/keys.ts";
import type { Option, OptionValue, OptionValues } from "../core/panel.ts";
import type { Scene } from "../core/scene.ts";
import { Canvas, CONTINUATION, GRAPHEME, graphemeOf } from "../lib/canvas.ts";
import { fakePlan } from "./fake-data.ts";
import { optionProblem, type PanelInput, type PanelKind, readOptions, usualOptions } from "./kind.ts";
import { optionsFromText, optionText } from "./option-text.ts";
import { innerSize, paint } from "./paint.ts";
import { PANELS } from "./registry.ts";
import { ENDS, factsOfRun, fakeRuns, HOSTILE, RUNS } from "./run-fixture.ts";
import { sceneDocument } from "./scene-json.ts";
import { contentSize, sceneText } from "./scene-text.ts";
import { INITIAL_VIEW, type View } from "./view.ts";

const RUN_LISTS = [undefined, [], fakeRuns(1), fakeRuns(2000)] as const;

interface Given {
  run: string;
  end: number;
  reason: string | null;
  baselines: number;
  runs: number;
  view: View;
  options: OptionValues;
}

/** Limits on all that there is, so that each value is told in each tone. */
const LIMITS: PanelInput["thresholds"] = [
  { metric: "*/*", above: 1, tone: "warn" },
  { metric: "gpu/*/temperature", above: 1.5, tone: "bad" },
  { metric: "host/disk_free", below: 1e15, tone: "bad" },
];

function inputOf({ run, end, reason, baselines, runs, view, options }: Given, size: PanelInput["size"]): PanelInput {
  const facts = factsOfRun(RUNS[run]!(), ENDS[end]!, reason);
  const other = { ...factsOfRun(RUNS["ordinary"]!(), ENDS[5]!), plan: fakePlan({ depth: 20, sample_every: 7 }) };
  return {
    facts,
    size,
    options,
    thresholds: LIMITS,
    view,
    baselines: Array.from({ length: baselines }, (_, i) => ({ name: `${HOSTILE[i % HOSTILE.length]}`, facts: other })),
    runs: RUN_LISTS[runs],
  };
}

function optionValue(option: Option): fc.Arbitrary<OptionValue> {
  switch (option.type) {
    case "choice":
      return fc.constantFrom(...option.choices);
    case "choices":
      return fc.subarray([...option.choices]);
    case "flag":
      return fc.boolean();
    case "number": {
      const numbers = fc.double({ min: option.min ?? -1e6, max: option.max ?? 1e6, noNaN: true });
      return option.default === null ? fc.option(numbers) : numbers;
    }
    case "metrics":
      return fc.array(fc.constantFrom("train/loss", "*", "gpu/*/util", "nothing/here", "train/*"), { maxLength: 6 });
    case "text":
      return fc.constantFrom("", "train", "capital", ...HOSTILE);
  }
}

const position = fc.oneof(fc.integer({ min: -10, max: 3000 }), fc.double({ noNaN: true, noDefaultInfinity: true }));

const view: fc.Arbitrary<View> = fc.record({
  keyOf: fc.constant(usualKey),
  chart: fc.record({
    axis: fc.constantFrom("step", "tokens", "flops", "trainSeconds", "wall"),
    scale: fc.constantFrom("linear", "log"),
    smoothing: fc.constantFrom("script", "strong", "off"),
    guides: fc.constantFrom("off", "dots", "lines"),
    window: fc.oneof(
      fc.constant({ kind: "all" as const }),
      fc.record({ kind: fc.constant("last" as const), part: fc.double({ min: 0.001, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("range" as const), from: position, to: position }),
    ),
    cursor: fc.option(position),
    selection: fc.option(fc.tuple(position, position)),
  }),
  log: fc.record({ filter: fc.constantFrom("", "step", "no such", ...HOSTILE), bottom: fc.option(fc.integer({ min: -5, max: 6000 })) }),
  filter: fc.constantFrom("", "loss", "train/*", "no such", ...HOSTILE),
  scroll: fc.oneof(fc.nat(50), fc.nat(1e9)),
  afterwards: fc.option(fc.constantFrom("c chat with the new checkpoint", ...HOSTILE)),
}) as fc.Arbitrary<View>;

const given = ({ options }: PanelKind): fc.Arbitrary<Given> =>
  fc.record({
    run: fc.constantFrom(...Object.keys(RUNS)),
    end: fc.nat(ENDS.length - 1),
    reason: fc.option(fc.constantFrom("CUDA out of memory", ...HOSTILE)),
    baselines: fc.constantFrom(0, 1, 2, 12),
    runs: fc.nat(RUN_LISTS.length - 1),
    view,
    options: fc.record(Object.fromEntries(Object.entries(options).map(([name, option]) => [name, optionValue(option)]))),
  }) as fc.Arbitrary<Given>;

const side = (most: number) => fc.oneof(fc.nat(12), fc.nat(most));
const size = fc.record({ width: side(500), height: side(200) });

const AROUND = 3;
const SENTINEL = "#".charCodeAt(0);

/** Draws it in the middle of a canvas of sentinels; the rows with what is around them. */
function drawnAmid(scene: Scene, width: number, height: number, symbols: "braille" | "ascii"): Canvas {
  const canvas = new Canvas(width + 2 * AROUND, height + 2 * AROUND);
  canvas.cells.fill(SENTINEL);
  const region = canvas.region().sub(AROUND, AROUND, width, height);
  region.fill("bg");
  paint(scene, region, { symbols, focused: true });
  return canvas;
}

function outsideTouched({ cells, width, height }: Canvas): boolean {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= AROUND && x < width - AROUND && y >= AROUND && y < height - AROUND;
      if (!inside && cells[y * width + x] !== SENTINEL) return true;
    }
  }
  return false;
}

const CONTROL = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

function controlIn({ cells }: Canvas): string | null {
  for (const cell of cells) {
    const text = cell === CONTINUATION ? "" : cell >= GRAPHEME ? graphemeOf(cell) : String.fromCodePoint(cell);
    if (CONTROL.test(text)) return text;
  }
  return null;
}

const emptyBlocks = ({ blocks }: Scene) => blocks.flatMap(({ block }) => (block.kind === "empty" ? [block] : []));

test("every kind has a name of its own, and says what it is for", () => {
  expect(new Set(PANELS.map(({ kind }) => kind)).size).toBe(PANELS.length);
  for (const { kind, title, about } of PANELS) {
    expect(kind).toMatch(/^[a-z][a-z-]*$/);
    expect(title).not.toBe("");
    expect(about).toMatch(/^[A-Z].*[^.]$/);
  }
});

for (const kind of PANELS) {
  describe(`the panel ${kind.kind}`, () => {
    test("is never trouble: at any size, with any data, options and view", () => {
      fc.assert(
        fc.property(given(kind), size, fc.constantFrom("braille" as const, "ascii" as const), (asked, { width, height }, symbols) => {
          const scene = kind.scene(inputOf(asked, innerSize(width, height)));
          const canvas = drawnAmid(scene, width, height, symbols);
          expect(outsideTouched(canvas)).toBe(false);
          expect(controlIn(canvas)).toBeNull();
          const document = sceneDocument(scene);
          expect(JSON.parse(JSON.stringify(document))).toEqual(document);
          expect(JSON.stringify(document)).not.toMatch(/\\u001b|\\u009b|\\u0007/);
          for (const { why, remedy } of emptyBlocks(scene)) {
            expect(why.trim()).not.toBe("");
            expect(remedy).not.toBe("");
          }
          expect(scene.blocks.length).toBeGreaterThan(0);
        }),
        { numRuns: 40 },
      );
    }, 60_000);

    test("without data says why, in any state of the run, also at its least size", () => {
      for (const end of ENDS.keys()) {
        const asked = { run: "nothing", end, reason: null, baselines: 0, runs: 0, view: INITIAL_VIEW, options: usualOptions(kind) };
        const scene = kind.scene(inputOf(asked, innerSize(kind.least.width, kind.least.height)));
        const text = sceneText(scene, kind.least, { border: false, symbols: "braille" });
        expect(text.split("\n").slice(1).join("").trim()).not.toBe("");
        if (emptyBlocks(scene).length > 0) expect(scene.blocks).toHaveLength(1);
      }
    });

    test("has options whose defaults are allowed, are understood as text, and are told with a help", () => {
      const read = readOptions(kind, {});
      expect(read.ok && read.value).toEqual(usualOptions(kind));
      for (const [name, option] of Object.entries(kind.options)) {
        expect(name).toMatch(/^[a-z][a-zA-Z]*$/);
        expect(optionProblem(option, option.default)).toBeNull();
        expect(option.title).toMatch(/^[A-Z]/);
        expect(option.help).toMatch(/^\S.*[^.]$/);
        const typed = optionsFromText(kind, [`${name}=${optionText(option.default)}`]);
        expect(typed.ok && typed.value[name]).toEqual(option.default);
      }
    });

    test("scrolls without end in either direction", () => {
      if (kind.scroll === undefined) return;
      fc.assert(
        fc.property(given(kind), size, fc.integer({ min: -1e6, max: 1e6 }), (asked, room, by) => {
          const input = inputOf(asked, room);
          const moved = kind.scroll!(input, by);
          const { scroll } = { ...input.view, ...moved };
          expect(Number.isInteger(scroll) && scroll >= 0).toBe(true);
          kind.scene({ ...input, view: { ...input.view, ...moved } });
        }),
        { numRuns: 30 },
      );
    }, 30_000);

    test("reads no clock and keeps nothing: the same input makes the same scene", () => {
      const asked = { run: "ordinary", end: 1, reason: null, baselines: 1, runs: 2, view: INITIAL_VIEW, options: usualOptions(kind) };
      const draw = () =>
        sceneText(
          kind.scene(inputOf(asked, contentSize({ width: 120, height: 40 }, true))),
          { width: 120, height: 40 },
          { border: true, symbols: "braille" },
        );
      expect(draw()).toBe(draw());
    });
  });
}
