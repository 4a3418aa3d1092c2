/** What a person looks at, on all panels of a screen at once. */
import type { Axis } from "../core/journal.ts";
import { type KeyOf, usualKey } from "../core/keys.ts";
import type { Smoothing } from "./series.ts";

/**
 * The part of the x axis that charts show: all of the run; all of it and of the runs beside it; its newest part, which goes on
 * with the run; or a range in the axis' own unit, which stays.
 */
export type Window = { kind: "all" } | { kind: "runs" } | { kind: "last"; part: number } | { kind: "range"; from: number; to: number };

export type Guides = "off" | "dots" | "lines";
export const GUIDES: readonly Guides[] = ["off", "dots", "lines"];

export interface ChartView {
  axis: Axis;
  scale: "linear" | "log";
  smoothing: Smoothing;
  /** What helps the eye from a curve to the axes. */
  guides: Guides;
  window: Window;
  /** Where all charts are read, in the unit of the axis; null = nowhere. */
  cursor: number | null;
  /** The part that is being chosen, in the unit of the axis. */
  selection: readonly [number, number] | null;
  /** For a table of it: points are to be told their own places, which a picture has no need of. */
  places?: boolean;
}

export interface LogView {
  /** Text that a line must contain, any case; empty = all lines. */
  filter: string;
  /** The number of the line at the bottom, or null to follow the end. */
  bottom: number | null;
  /** Long lines are shown the other way than the panel's option says: broken instead of cut, or cut instead of broken. */
  turned: boolean;
}

export interface View {
  chart: ChartView;
  log: LogView;
  /** Text by which this panel shows only some of its rows; empty = all. */
  filter: string;
  /** Rows that this panel is scrolled by. */
  scroll: number;
  /** What one key does when the run has ended, `C chat with the new checkpoint`; null when nothing. */
  afterwards: string | null;
  keyOf: KeyOf;
}

export const INITIAL_CHART: ChartView = {
  axis: "step",
  scale: "linear",
  smoothing: "script",
  guides: "off",
  window: { kind: "all" },
  cursor: null,
  selection: null,
};

export const INITIAL_VIEW: View = {
  chart: INITIAL_CHART,
  log: { filter: "", bottom: null, turned: false },
  filter: "",
  scroll: 0,
  afterwards: null,
  keyOf: usualKey,
};
