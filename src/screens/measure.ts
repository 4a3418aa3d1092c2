/** What each kind of panel needs, from its own description. */
import type { ScreenNode } from "../core/screen.ts";
import type { RunFacts } from "../panels/data.ts";
import { readOptions } from "../panels/kind.ts";
import { findPanel } from "../panels/registry.ts";
import type { Measure } from "./arrange.ts";
import { leaves } from "./tree.ts";

const UNKNOWN = { width: 20, height: 4 };

export const measurePanel: Measure = (panel) => {
  const kind = findPanel(panel);
  return kind === undefined ? UNKNOWN : { ...kind.least, ...(kind.rows === undefined ? {} : { rows: kind.rows }) };
};

/** Whether a panel has nothing, by the facts of the run. */
type IsIdle = (facts: RunFacts) => boolean;

/** Of each layout, those of its panels that may have nothing: asked at every key, while options are read once. */
const known = new WeakMap<ScreenNode, ReadonlyArray<readonly [id: string, isIdle: IsIdle]>>();

function candidates(layout: ScreenNode): ReadonlyArray<readonly [id: string, isIdle: IsIdle]> {
  return leaves(layout).flatMap(({ id, spec: { panel, run, options } }) => {
    const kind = run === undefined ? findPanel(panel) : undefined;
    if (kind?.idle === undefined) return [];
    const given = readOptions(kind, options ?? {});
    return given.ok ? [[id, (facts: RunFacts) => kind.idle?.(facts, given.value) === true] as const] : [];
  });
}

/** Ids of the panels for which the run that is looked at has nothing, as `arrange` wants them. */
export function idlePanels(layout: ScreenNode, facts: RunFacts): string[] {
  const found = known.get(layout) ?? candidates(layout);
  known.set(layout, found);
  return found.flatMap(([id, isIdle]) => (isIdle(facts) ? [id] : []));
}
