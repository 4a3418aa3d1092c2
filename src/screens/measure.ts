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

/** Ids of the panels for which the run that is looked at has nothing, as `arrange` wants them. */
export function idlePanels(layout: ScreenNode, facts: RunFacts): string[] {
  const isIdle = ({ panel, run, options }: ReturnType<typeof leaves>[number]["spec"]): boolean => {
    const kind = run === undefined ? findPanel(panel) : undefined;
    if (kind?.idle === undefined) return false;
    const given = readOptions(kind, options ?? {});
    return given.ok && kind.idle(facts, given.value);
  };
  return leaves(layout).flatMap(({ id, spec }) => (isIdle(spec) ? [id] : []));
}
