/** Keeps an exported chart in a file of the person's choice. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import type { Scene } from "../core/scene.ts";
import { ioReason, ioRemedy, statsOf } from "../lib/files.ts";
import { expandHome } from "../lib/paths.ts";
import { type SvgSize, sceneSvg } from "../panels/plot-svg.ts";
import { sceneCsv } from "../panels/plot-table.ts";

export const CHART_FORMATS = ["svg", "csv"] as const;
export type ChartFormat = (typeof CHART_FORMATS)[number];

export const USUAL_SIZE: SvgSize = { width: 960, height: 480 };

/** By the ending of the name; null for one that is neither. */
export const formatOf = (file: string): ChartFormat | null =>
  CHART_FORMATS.find((format) => extname(file).toLowerCase() === `.${format}`) ?? null;

/**
 * Writes the chart, in the format that the name's ending says unless one is given. Refused when there is something of that
 * name already, unless it may be replaced, and when its folder is not there. The value is the full path.
 */
export function saveChart(
  scene: Scene,
  file: string,
  { replace = false, format = formatOf(file), size = USUAL_SIZE }: { replace?: boolean; format?: ChartFormat | null; size?: SvgSize } = {},
): Result<string> {
  if (format === null) return fail("usage", `${file} is neither .svg nor .csv`, { remedy: "Let the name end in one of them" });
  const path = resolve(expandHome(file));
  if (!replace && existsSync(path))
    return fail("refused", `There is a ${path} already`, {
      why: "it would be gone",
      remedy: "Choose another name, or say with --replace that it may be",
    });
  // A folder is not made: a slip of the hand would leave one somewhere.
  if (statsOf(dirname(path)) === undefined)
    return fail("not-found", `There is no folder ${dirname(path)}`, { remedy: "Make it first, or name a file in one that is there" });
  try {
    writeFileSync(path, format === "svg" ? sceneSvg(scene, size) : sceneCsv(scene), { flag: replace ? "w" : "wx" });
    return ok(path);
  } catch (error) {
    return fail("io", `${path} could not be written`, { why: ioReason(error), remedy: ioRemedy(error) });
  }
}
