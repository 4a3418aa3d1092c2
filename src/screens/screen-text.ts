/** A whole screen as plain text, as it would stand on a terminal of a size. */
import type { ScreenSpec } from "../core/screen.ts";
import { toAscii } from "../lib/ascii.ts";
import { Canvas } from "../lib/canvas.ts";
import type { RunFacts, Size } from "../panels/data.ts";
import { entitled, type PanelInput, readOptions } from "../panels/kind.ts";
import { innerSize, paint } from "../panels/paint.ts";
import type { Symbols } from "../panels/plot-dots.ts";
import { findPanel } from "../panels/registry.ts";
import { arrange } from "./arrange.ts";
import { idlePanels, measurePanel } from "./measure.ts";
import { leaves } from "./tree.ts";

export interface ScreenTextOptions {
  symbols: Symbols;
  /** The facts that a panel shows: of the run that it names, else of the one that is looked at. */
  factsOf: (run: string | undefined) => RunFacts | string;
  view: PanelInput["view"];
  runs?: PanelInput["runs"];
}

/** Rows joined by LF. Panels that share a place are named in its lower border; the first one is drawn. */
export function screenText({ layout }: ScreenSpec, { width, height }: Size, options: ScreenTextOptions): string {
  const canvas = new Canvas(width, height);
  const all = new Map(leaves(layout).map((leaf) => [leaf.id, leaf.spec]));
  const own = options.factsOf(undefined);
  const idle = typeof own === "string" ? [] : idlePanels(layout, own);
  for (const { rect, panes } of arrange(layout, { x: 0, y: 0, width, height }, measurePanel, idle).slots) {
    const spec = all.get(panes[0] ?? "");
    const kind = spec === undefined ? undefined : findPanel(spec.panel);
    if (spec === undefined || kind === undefined) continue;
    const facts = options.factsOf(spec.run);
    const values = readOptions(kind, spec.options ?? {});
    const problem = typeof facts === "string" ? facts : values.ok ? null : values.failure.what;
    const scene =
      problem !== null || typeof facts === "string" || !values.ok
        ? { title: kind.title, blocks: [{ block: { kind: "empty" as const, why: problem ?? "" } }] }
        : kind.scene({
            facts,
            size: innerSize(rect.width, rect.height),
            options: values.value,
            thresholds: spec.thresholds ?? [],
            view: options.view,
            baselines: [],
            ...(options.runs === undefined ? {} : { runs: options.runs }),
          });
    const behind = panes.slice(1);
    const note = [scene.note, behind.length > 0 ? `also ${behind.join(" · ")}` : undefined]
      .filter((part) => part !== undefined)
      .join(" · ");
    paint({ ...entitled(scene, spec.title), note }, canvas.region().sub(rect.x, rect.y, rect.width, rect.height), {
      symbols: options.symbols,
      focused: false,
    });
  }
  if (options.symbols === "ascii") toAscii(canvas);
  return canvas.toText().trimEnd();
}
