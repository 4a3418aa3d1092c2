/** Values as they are now, or as they were at the moment that all panels are read at. */
import { type Latest, RUN_STAGE, type RunFacts } from "./data.ts";
import { momentOf } from "./moment.ts";
import type { View } from "./view.ts";

/** The host is sampled each second, GPUs every two: a point further from the moment is of another one. */
const NEAR_MS = 30_000;

export interface Reading {
  /** Null while there is no cursor. */
  moment: { step: number; at: number | null } | null;
  /** Of the run itself: host and GPUs. */
  host: (metric: string) => Latest | null;
  /** Of the stage. */
  stage: (metric: string) => Latest | null;
}

export function readingOf(facts: RunFacts, { chart }: Pick<View, "chart">): Reading {
  const { data, stage } = facts;
  const moment = momentOf(facts, chart);
  if (moment === null) return { moment, host: (metric) => data.latest(RUN_STAGE, metric), stage: (metric) => data.latest(stage, metric) };
  const { step, at } = moment;
  return {
    moment,
    host: (metric) => {
      const point = at === null ? null : data.nearest(RUN_STAGE, metric, "wall", at);
      if (point === null || at === null || Math.abs(point.position - at) > NEAR_MS) return null;
      return { key: point.key, at: point.position, value: point.value };
    },
    stage: (metric) => {
      const point = data.nearest(stage, metric, "step", step);
      return point === null ? null : { key: point.key, at, value: point.value };
    },
  };
}
