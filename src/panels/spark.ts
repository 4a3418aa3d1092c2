/** The last minutes of a metric in one row of block glyphs. */
import type { Span, Tone } from "../core/scene.ts";
import { RUN_STAGE, type RunFacts } from "./data.ts";

const GLYPHS = "▁▂▃▄▅▆▇█";

export interface SparkSpec {
  metric: string;
  /** Cells. */
  width: number;
  /** What the lowest and the highest glyph stand for. */
  from: number;
  to: number;
  tone: Tone;
  /** Where it ends, epoch milliseconds, and how much of the time before it has. */
  at: number;
  minutes: number;
}

const SPANS = [1, 2, 5];

/** Of so many minutes those that a run has had, in whole steps: a young run is not drawn in a corner, and columns do not move. */
export function spanOf({ state }: Pick<RunFacts, "state">, at: number, minutes: number): number {
  const age = (at - Date.parse(state.startedAt ?? state.createdAt)) / 60_000;
  return Math.min(minutes, SPANS.find((span) => age <= span) ?? minutes);
}

/** A glyph for the highest value of each part of the time, a space where there is none. */
export function spark({ data }: Pick<RunFacts, "data">, { metric, width, from, to, tone, at, minutes }: SparkSpec): Span {
  if (width < 1 || !Number.isFinite(at)) return { text: "" };
  // Columns stand still while time goes on: their edges are multiples of their width.
  const column = Math.max(1, Math.round((minutes * 60_000) / width));
  const end = Math.ceil(at / column) * column;
  const { max, count } = data.query({ stage: RUN_STAGE, metric, axis: "wall", from: end - column * width, to: end, columns: width });
  const glyph = (value: number): string => {
    const part = to > from ? (value - from) / (to - from) : 0;
    return GLYPHS[Math.min(GLYPHS.length - 1, Math.max(0, Math.floor(part * GLYPHS.length)))] ?? " ";
  };
  return { text: Array.from(max, (value, i) => (count[i] === 0 ? " " : glyph(value))).join(""), tone };
}
