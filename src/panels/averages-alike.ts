/** Whether averages of ours over two runs can be measured against each other. */
import type { Axis } from "../core/journal.ts";
import { RUN_STAGE, type RunFacts } from "./data.ts";

/** A metric of a stage, as far as its average is read. */
interface ReadTo extends Pick<RunFacts, "data" | "stage"> {
  metric: string;
  position: number;
}

/** An average has forgotten its beginning after so many times the points that it is made of. */
const FORGOTTEN = 10;

/** Those that began at different steps, as of a run and of one that was resumed, differ by that alone until both have forgotten it. */
export function averagesAlike(one: ReadTo, other: ReadTo, axis: Axis, decay: number): boolean {
  const enough = Math.round(FORGOTTEN / (1 - decay));
  return beginOf(one) === beginOf(other) || [one, other].every((each) => pointsOf(each, axis) >= enough);
}

const beginOf = ({ data, stage, metric }: ReadTo): number | undefined =>
  data.nearest(stage, metric, stage === RUN_STAGE ? "wall" : "step", 0)?.key;

const pointsOf = ({ data, stage, metric, position }: ReadTo, axis: Axis): number =>
  data.query({ stage, metric, axis, to: position, columns: 1 }).total.count;
