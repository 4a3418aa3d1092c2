/** A chart with its usual options, as the person looks at all charts now. */
import type { Scene } from "../core/scene.ts";
import type { RunFacts, Size } from "../panels/data.ts";
import { type Baseline, type PanelKind, usualOptions } from "../panels/kind.ts";
import { INITIAL_VIEW } from "../panels/view.ts";
import type { AppContext } from "./context.ts";

export function chartScene(
  kind: PanelKind,
  { state }: AppContext,
  facts: RunFacts,
  size: Size,
  baselines: readonly Baseline[] = [],
): Scene {
  return kind.scene({ facts, size, options: usualOptions(kind), thresholds: [], view: { ...INITIAL_VIEW, chart: state.chart }, baselines });
}

/** Changes with everything that the person has chosen for charts: they are drawn again at once. */
export const chartLook = ({ state, baselines }: AppContext): string => `${JSON.stringify(state.chart)} ${baselines.version}`;
