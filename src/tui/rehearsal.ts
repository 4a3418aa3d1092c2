/**
 * Draws what the first keys are going to ask for, into nothing: code that has run once is translated, and what it reads is at hand.
 * Without it the first zoom and the first cursor take three times as long as all later ones.
 */
import { fullGC } from "bun:jsc";
import { Canvas } from "../lib/canvas.ts";
import { lowerCompilerThreads } from "../lib/compiler-threads.ts";
import { innerSize, paint } from "../panels/paint.ts";
import type { ChartView, Window } from "../panels/view.ts";
import { wholeRange } from "../panels/whole-range.ts";
import type { AppContext } from "./context.ts";
import { place } from "./frame.ts";
import { rawKeyOf, toKey } from "./keys.ts";
import { Zones } from "./overlay.ts";
import { openPalette } from "./palette.ts";
import { tabOf } from "./tabs.ts";
import type { Terminal } from "./terminal.ts";

/** From all of a run to what is read point by point. */
const PARTS = [1 / 2, 1 / 16, 1 / 128, 1 / 1024];
/** Then again in small steps: a compiler takes what has run often. */
const FURTHER_PARTS = Array.from({ length: 12 }, (_, halvings) => 0.7 / 2 ** halvings);

/** Goes on between all that is to be done until `isOver`; the runtime's compiler, which has much to do then, gives way to it. */
export async function rehearse(
  app: AppContext,
  terminal: Pick<Terminal, "idle">,
  isOver: () => boolean,
  collectAll: () => void = fullGC,
): Promise<void> {
  lowerCompilerThreads();
  const pieces = rehearsal(app);
  while (!isOver() && !isDone(pieces)) {
    await new Promise((resolve) => setImmediate(resolve));
    await terminal.idle();
  }
  // What was drawn for nobody is garbage by now: taken away here it does not bring the runtime's next collection of everything
  // forward, 13 to 20 ms in the middle of some key.
  if (!isOver()) collectAll();
}

/** What fails on a screen that nobody looks at ends nothing but this: it is told when somebody does. */
function isDone(pieces: Generator<void>): boolean {
  try {
    return pieces.next().done === true;
  } catch {
    return true;
  }
}

/** A piece of work between two yields: one panel as it would be under another window and a cursor, or on another screen. */
export function* rehearsal(app: AppContext): Generator<void> {
  const facts = app.facts();
  const whole = facts === null || app.state.tab !== "train" ? null : wholeRange(facts, app.state.chart.axis);
  if (whole === null) return;
  const { name: shown, list } = app.screens;
  const zoomed = function* (window: Window, cursor: number | null): Generator<void> {
    yield* panels(app, { screen: shown, chart: { ...app.state.chart, window, cursor } });
  };
  const span = whole.to - whole.from;
  for (const part of PARTS) yield* zoomed({ kind: "last", part }, whole.to - (span * part) / 2);
  yield* palette(app);
  for (const { name } of list) if (name !== shown) yield* panels(app, { screen: name, chart: app.state.chart });
  const middle = whole.from + span / 2;
  for (const part of FURTHER_PARTS) {
    yield* zoomed({ kind: "last", part }, null);
    yield* zoomed({ kind: "range", from: middle - (span * part) / 2, to: middle + (span * part) / 2 }, middle);
  }
}

/** What is typed into the palette: what is called so, and what nothing is. */
const TYPED = [..."save", "backspace", ..."  chart", "down", "ctrl+u", ..."жук", "ctrl+u"];

/** Nothing is looked for, which may take its time on the disk: that comes with the palette itself. */
function* palette(app: AppContext): Generator<void> {
  const { overlay } = openPalette(app, () => undefined, []);
  const canvas = new Canvas(app.size().width, app.size().height);
  for (const name of TYPED) {
    overlay.draw(canvas.region(), new Zones());
    yield;
    overlay.key(toKey(rawKeyOf(name)));
  }
}

interface Imagined {
  screen: string;
  chart: ChartView;
}

function* panels(app: AppContext, imagined: Imagined): Generator<void> {
  // With places of its own: which panel is in front is the person's doing.
  const placed = asIf(app, imagined, () => place(app, tabOf(app.state.tab).screen, app.size(), new Map()));
  for (const { pane, rect } of placed) {
    yield;
    const scene = asIf(app, imagined, () => pane.scene(innerSize(rect.width, rect.height)));
    paint(scene, new Canvas(rect.width, rect.height).region(), { symbols: "braille", onLight: false, colours: "none", focused: false });
  }
  yield;
}

/** Does something as it would be done then, between two frames: nobody sees it. */
function asIf<T>(app: AppContext, { screen, chart }: Imagined, work: () => T): T {
  const { state } = app;
  const before = state.chart;
  state.chart = chart;
  try {
    return app.screens.asIf(screen, work);
  } finally {
    state.chart = before;
  }
}
