/** How long the disk lasts when it goes on filling as it does. */
import { counted, duration } from "../lib/format.ts";
import { type PanelData, RUN_STAGE } from "./data.ts";

const COLUMNS = 60;
/** From fewer points, or over a shorter time, a rate is chance. */
const LEAST_POINTS = 5;
const LEAST_MS = 60_000;
/** What takes longer will have changed by then. */
const LONGEST_SECONDS = 30 * 86_400;
/** How far ahead a trend is believed: so many times as long as it was seen. A minute tells of hours, an hour of weeks. */
const AHEAD = 500;
/** The part of what free space does that the line has to explain (R²): less, such as after one large file, is no trend. */
const CLEAR = 0.8;

/**
 * Seconds until nothing is free, by the line that fits the last so many minutes best (least squares over one value for
 * each of 60 parts of that time); null when the disk is not filling, not so that it would be full within a month, or not so
 * steadily, or for so long, that it can be told.
 */
export function secondsUntilFull(data: Pick<PanelData, "query">, at: number, minutes: number): number | null {
  const { last, count, edges } = data.query({
    stage: RUN_STAGE,
    metric: "host/disk_free",
    axis: "wall",
    from: at - minutes * 60_000,
    to: at,
    columns: COLUMNS,
  });
  const points = Array.from(last, (free, i) => [edges[i]! - at, free] as const).filter(
    ([, free], i) => count[i]! > 0 && Number.isFinite(free),
  );
  const newest = points.at(-1);
  if (newest === undefined || points.length < LEAST_POINTS || newest[0] - points[0]![0] < LEAST_MS) return null;
  const { slope, explained } = lineThrough(points);
  const seconds = -newest[1] / slope / 1000;
  const seen = (newest[0] - points[0]![0]) / 1000;
  return slope < 0 && explained >= CLEAR && seconds >= 0 && seconds < Math.min(LONGEST_SECONDS, AHEAD * seen) ? seconds : null;
}

/** By least squares: how steep it is, and the part of the points' variance that it explains. */
function lineThrough(points: ReadonlyArray<readonly [x: number, y: number]>): { slope: number; explained: number } {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const product = (of: 0 | 1, by: 0 | 1): number => {
    const means = [x, y] as const;
    return points.reduce((sum, point) => sum + (point[of] - means[of]) * (point[by] - means[by]), 0);
  };
  const [across, along, up] = [product(0, 0), product(0, 1), product(1, 1)];
  return { slope: along / across, explained: up === 0 ? 0 : along ** 2 / (across * up) };
}

/** A time that is worked out, no more exactly than it can be meant: `47m 10s`, `5 hours`, `3 days`, `2 weeks`. */
export function roughly(seconds: number): string {
  const unit = COARSE.find(([least]) => seconds >= least);
  return unit === undefined ? duration(seconds) : counted(Math.round(seconds / unit[1]), unit[2]);
}

const [HOUR, DAY] = [3600, 86_400];
const COARSE: ReadonlyArray<readonly [least: number, unit: number, name: string]> = [
  [13.5 * DAY, 7 * DAY, "week"],
  [1.5 * DAY, DAY, "day"],
  [2 * HOUR, HOUR, "hour"],
];
