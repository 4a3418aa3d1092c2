/** Panels with charts in them, as they are for given data, views and sizes. */
import type { OptionValues } from "../core/panel.ts";
import type { Plot, Scene } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { FakeData, fakeFacts, START } from "./fake-data.ts";
import { type PanelInput, usualOptions } from "./kind.ts";
import { innerSize, paint } from "./paint.ts";
import type { Symbols } from "./plot-dots.ts";
import { findPanel } from "./registry.ts";
import { type ChartView, INITIAL_VIEW } from "./view.ts";

export interface Given extends Partial<Omit<PanelInput, "view" | "options">> {
  options?: OptionValues;
  chart?: Partial<ChartView>;
  width?: number;
  height?: number;
}

export const WIDE = { width: 100, height: 24 };

export function sceneOf(
  kind: string,
  data: FakeData,
  { options, chart, width = WIDE.width, height = WIDE.height, ...rest }: Given = {},
): Scene {
  const panel = findPanel(kind)!;
  return panel.scene({
    facts: fakeFacts(data),
    size: innerSize(width, height),
    thresholds: [],
    baselines: [],
    ...rest,
    options: { ...usualOptions(panel), ...options },
    view: { ...INITIAL_VIEW, chart: { ...INITIAL_VIEW.chart, ...chart } },
  });
}

export function drawn(scene: Scene, { width = WIDE.width, height = WIDE.height }: Given = {}, symbols: Symbols = "braille"): Canvas {
  const canvas = new Canvas(width, height);
  paint(scene, canvas.region(), { symbols, focused: false });
  return canvas;
}

export const shown = (kind: string, data: FakeData, given: Given = {}): string => drawn(sceneOf(kind, data, given), given).toText();

export const plotIn = ({ blocks }: Scene): Plot => blocks.map(({ block }) => block).find((block) => block.kind === "plot") as Plot;

export const chartOf = (data: FakeData, metrics: string[], given: Given = {}): Scene =>
  sceneOf("chart", data, { ...given, options: { metrics, ...given.options } });

export const points = (count: number, value: (i: number) => number, every = 1) =>
  Array.from({ length: count }, (_, i) => [i * every, value(i * every)] as const);

/** 1,000 steps, each of 512 tokens and half a second. */
export function training(of: (i: number) => number = (i) => 2 + 1000 / (i + 500)): FakeData {
  const data = new FakeData();
  data.put(1, "train/loss", ...points(1000, of)).put(1, "train/loss_raw", ...points(1000, (i) => of(i) + ((i * 37) % 11) / 100));
  data.put(1, "train/tokens", ...points(1000, (i) => i * 512)).put(1, "time/wall", ...points(1000, (i) => START + i * 500));
  return data;
}
