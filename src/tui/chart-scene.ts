/** A panel with its usual options, as the person looks at all of them now. */
import type { Scene } from "../core/scene.ts";
import type { RunFacts, Size } from "../panels/data.ts";
import { type PanelKind, usualOptions } from "../panels/kind.ts";
import { INITIAL_VIEW } from "../panels/view.ts";
import type { AppContext } from "./context.ts";

export function chartScene(kind: PanelKind, { state, keyOf }: AppContext, facts: RunFacts, size: Size): Scene {
  const view = {
    ...INITIAL_VIEW,
    chart: state.chart,
    log: { filter: state.filter.log, bottom: state.logBottom, turned: state.logTurned },
    keyOf,
  };
  return kind.scene({ facts, size, options: usualOptions(kind), thresholds: [], view, baselines: [] });
}
