/** Keeps an exported chart in a file of the person's choice. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import type { Scene } from "../core/scene.ts";
import { ioReason, ioRemedy } from "../lib/files.ts";
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
 * name already, unless it may be replaced. The value is the full path.
 */
export function saveChart(
  scene: Scene,
  file: string,
  { replace = false, format = formatOf(file), size = USUAL_SIZE }: { replace?: boolean; format?: ChartFormat | null; size?: SvgSize } = {},
): Result<string> {
  if (format === null) return fail("usage", `${file} is neither .svg nor .csv`, { remedy: "Let the name end in one of them" });
  const path = resolve(file);
  if (!replace && existsSync(path))
    return fail("refused", `There is a ${path} already`, {
      why: "it would be gone",
      remedy: "Choose another name, or say that it may be replaced",
    });
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, format === "svg" ? sceneSvg(scene, size) : sceneCsv(scene), { flag: replace ? "w" : "wx" });
    return ok(path);
  } catch (error) {
    return fail("io", `${path} could not be written`, { why: ioReason(error), remedy: ioRemedy(error) });
  }
}
