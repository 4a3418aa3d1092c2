/** Plots and series for tests of what paints, copies and exports them. */
import type { Block, Plot, PlotSeries, Scene } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { paint } from "./paint.ts";
import type { Symbols } from "./plot-dots.ts";

export function seriesOf(values: number[], rest: Partial<PlotSeries> = {}): PlotSeries {
  const line = Float64Array.from(values);
  return { name: "s", tone: "s1", min: line, max: line, connect: false, under: false, ...rest };
}

export const plotOf = (rest: Partial<Plot>): Plot => ({
  kind: "plot",
  x: { from: 0, to: 100, axis: "step", format: "count" },
  y: { from: 0, to: 4, scale: "linear" },
  series: [],
  marks: [],
  gaps: [],
  clippedAbove: 0,
  clippedBelow: 0,
  ...rest,
});

export const sceneOf = (block: Block["block"]): Scene => ({ title: "t", blocks: [{ block }] });

export function painted(scene: Scene, width: number, height: number, symbols: Symbols = "braille"): Canvas {
  const canvas = new Canvas(width, height);
  paint(scene, canvas.region(), { symbols, focused: false });
  return canvas;
}
