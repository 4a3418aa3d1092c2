/** How long the disk lasts when it goes on filling as it does. */
import { RUN_STAGE } from "./chart-frame.ts";
import type { PanelData } from "./data.ts";

const COLUMNS = 60;
/** From fewer points, or over a shorter time, a rate is chance. */
const LEAST_POINTS = 5;
const LEAST_MS = 60_000;
/** What takes longer will have changed by then. */
const LONGEST_SECONDS = 30 * 86_400;

/**
 * Seconds until nothing is free, by the line that fits the last so many minutes best (least squares over one value for
 * each of 60 parts of that time); null when the disk is not filling, or not so that it would be full within a month.
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
  const slope = slopeOf(points);
  const seconds = -newest[1] / slope / 1000;
  return slope < 0 && seconds >= 0 && seconds < LONGEST_SECONDS ? seconds : null;
}

function slopeOf(points: ReadonlyArray<readonly [x: number, y: number]>): number {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / across;
}
