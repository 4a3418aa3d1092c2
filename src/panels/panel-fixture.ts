/** A panel of a fake run, for tests: its scene, and what it looks like. */
import type { OptionValues } from "../core/panel.ts";
import type { Line, Scene } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { FakeData, fakeFacts } from "./fake-data.ts";
import { type PanelInput, usualOptions } from "./kind.ts";
import { paint } from "./paint.ts";
import { findPanel } from "./registry.ts";
import { contentSize, sceneText } from "./scene-text.ts";
import { INITIAL_VIEW, type View } from "./view.ts";

export interface Given extends Partial<Omit<PanelInput, "view" | "options" | "facts">> {
  facts?: Partial<PanelInput["facts"]>;
  options?: OptionValues;
  view?: Partial<View>;
  /** The step that all panels are read at. */
  at?: number;
  /** Of the whole panel, with its border. */
  width?: number;
  height?: number;
}

const sizeOf = ({ width = 80, height = 16 }: Given) => ({ width, height });

export function panelInput(kind: string, data: FakeData, given: Given = {}): PanelInput {
  const { facts, options, view, at, width: _, height: __, ...rest } = given;
  const panel = findPanel(kind)!;
  const chart = at === undefined ? INITIAL_VIEW.chart : { ...INITIAL_VIEW.chart, cursor: at };
  return {
    facts: fakeFacts(data, facts),
    size: contentSize(sizeOf(given), true),
    thresholds: [],
    baselines: [],
    ...rest,
    options: { ...usualOptions(panel), ...options },
    view: { ...INITIAL_VIEW, chart, ...view },
  };
}

export const panelScene = (kind: string, data: FakeData, given: Given = {}): Scene => findPanel(kind)!.scene(panelInput(kind, data, given));

/** As it stands on screen, its border included. */
export const panelShown = (kind: string, data: FakeData, given: Given = {}): string =>
  sceneText(panelScene(kind, data, given), sizeOf(given), { border: true, symbols: "braille" });

/** A scene as it is painted, without a border. */
export function sceneShown(scene: Scene, width = 64, height = 14): string {
  const canvas = new Canvas(width, height);
  paint(scene, canvas.region(), { symbols: "braille", focused: false });
  return canvas.toText();
}

export const lineText = (line: Line | undefined): string => (line ?? []).map((span) => span.text).join("");

/** The lines of its first block, a text. */
export function panelLines(kind: string, data: FakeData, given: Given = {}): readonly Line[] {
  const block = panelScene(kind, data, given).blocks[0]?.block;
  return block?.kind === "text" ? block.lines : [];
}

/** A pretraining at step 1,203 of 2,520. */
export function training(): FakeData {
  const data = new FakeData().event("config", { derived: { totalSteps: 2520, tokensPerStep: 524288 } });
  data.put(1, "train/loss", [1202, 3.0131], [1203, 3.0127]).put(1, "train/loss_raw", [1202, 3.1], [1203, 2.9]);
  data.put(1, "train/dt", [1203, 0.533]).put(1, "train/tok_per_sec", [1203, 983_000]).put(1, "train/lrm", [1203, 1]);
  return data;
}
