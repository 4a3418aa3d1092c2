/** A panel with its usual options, as the person looks at all of them now. */
import type { Scene } from "../core/scene.ts";
import type { RunFacts, Size } from "../panels/data.ts";
import { type Baseline, type PanelInput, type PanelKind, usualOptions } from "../panels/kind.ts";
import { INITIAL_VIEW } from "../panels/view.ts";
import type { AppContext } from "./context.ts";

function panelInput(kind: PanelKind, { state }: AppContext, facts: RunFacts, size: Size, baselines: readonly Baseline[] = []): PanelInput {
  const view = { ...INITIAL_VIEW, chart: state.chart, log: { filter: state.filter.log, bottom: state.logBottom } };
  return { facts, size, options: usualOptions(kind), thresholds: [], view, baselines };
}

/** Changes with everything that the person has chosen for charts: they are drawn again at once. */
export const chartLook = ({ state, baselines }: AppContext): string => `${JSON.stringify(state.chart)} ${baselines.version}`;

export const chartScene = (kind: PanelKind, app: AppContext, facts: RunFacts, size: Size): Scene =>
  kind.scene(panelInput(kind, app, facts, size));
