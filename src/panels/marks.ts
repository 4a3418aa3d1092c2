/** Events on the x axis of a chart: checkpoints and rewinds, wherever the axis puts their step. */
import type { Axis } from "../core/journal.ts";
import type { PlotMark } from "../core/scene.ts";
import { numberField, type RunFacts } from "./data.ts";

/** The metric that tells an axis' position for a step; `wall` comes with the event itself. */
const AXIS_METRIC: Readonly<Partial<Record<Axis, string>>> = {
  tokens: "train/tokens",
  flops: "train/flops",
  trainSeconds: "train/seconds",
};

/** More marks than a chart has room for would only be a line; the newest ones matter. */
const MOST_MARKS = 64;

export function eventMarks({ data, stage }: RunFacts, axis: Axis): PlotMark[] {
  return data.events({ kinds: ["checkpoint", "rewind"], stage, limit: MOST_MARKS }).flatMap((event): PlotMark[] => {
    const step = event.kind === "rewind" ? numberField(event.body, "to") : event.step;
    const x = step === null ? null : axisPosition(step, event.at);
    return x === null ? [] : [{ x, glyph: event.kind === "rewind" ? "rewind" : "checkpoint" }];
  });

  function axisPosition(step: number, at: number): number | null {
    if (axis === "step") return step;
    if (axis === "wall") return at;
    const metric = AXIS_METRIC[axis];
    if (metric === undefined) return null;
    const { total } = data.query({ stage, metric, axis: "step", from: step - 1, to: step, columns: 1 });
    return total.count > 0 ? total.last : null;
  }
}
