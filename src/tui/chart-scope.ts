/** What on the screen the settings of charts and log are for: a key that changes nothing that can be seen says so instead. */
import { findPanel } from "../panels/registry.ts";
import type { AppContext } from "./context.ts";
import type { Pane } from "./pane.ts";
import { tabOf } from "./tabs.ts";

export type Scope = "axis" | "scale" | "smoothing" | "guides" | "window" | "cursor" | "baseline" | "log";

const CURVES = ["loss", "validation", "throughput", "chart", "grid", "quantiles"];

/** Evaluations are few, and spread are the values themselves. */
const UNSMOOTHED = ["validation", "quantiles"];

/** Kinds of panels that are drawn by it. */
const drawnBy = (kinds: readonly string[]) => (kind: string) => kinds.includes(kind);

/** Whether a kind of panel takes it, and what is said where none does. */
export const SCOPES: Readonly<Record<Scope, { takes: (kind: string) => boolean; none: string }>> = {
  axis: { takes: drawnBy([...CURVES, "timers"]), none: "nothing here is drawn along steps" },
  scale: { takes: drawnBy(CURVES), none: "no curve is here" },
  smoothing: { takes: drawnBy(CURVES.filter((kind) => !UNSMOOTHED.includes(kind))), none: "nothing here is smoothed" },
  guides: { takes: drawnBy(CURVES), none: "no curve is here" },
  window: { takes: drawnBy([...CURVES, "timers", "heat"]), none: "no chart is here" },
  cursor: { takes: (kind) => findPanel(kind)?.looks?.includes("chart") === true, none: "nothing here goes by a step" },
  baseline: { takes: (kind) => findPanel(kind)?.from.includes("baselines") === true, none: "nothing here is drawn of several runs" },
  log: { takes: drawnBy(["log"]), none: "no log is here" },
};

/** A panel whose own options say how it is drawn does not go with the others. */
function isOwn({ options = {} }: NonNullable<Pane["shows"]>, scope: Scope): boolean {
  const own = options[scope];
  return own !== undefined && own !== null && own !== "shared";
}

/** The first panel that takes it and is not to be seen: behind another one of its place, or behind one that is maximised. */
function behind(app: AppContext, takes: (pane: Pane) => boolean): string | undefined {
  const { screen } = tabOf(app.state.tab);
  const all = app.state.maximised ? app.order() : app.placed().flatMap(({ slot }) => slot);
  const id = all.find((one) => takes(screen.pane(app, one)));
  return id === undefined ? undefined : (screen.nameOf?.(app, id) ?? id);
}

/** Why a setting of the charts has nothing to change on the screen as it stands; null = it has. */
export function whyOutOfScope(app: AppContext, scope: Scope): string | null {
  const { takes, none } = SCOPES[scope];
  const isFor = ({ shows }: Pane): boolean => shows !== undefined && takes(shows.kind) && !isOwn(shows, scope);
  if (app.placed().some(({ pane }) => isFor(pane))) return null;
  const other = behind(app, isFor);
  return other === undefined ? none : `${none}; ${app.keyOf("focus.next")} brings ${other} to the front`;
}
