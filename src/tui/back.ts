/** `esc`: one layer out, and what the footer says of it. */
import type { AppContext } from "./context.ts";
import type { ListId } from "./state.ts";

/** What takes a panel that is maximised back to its place is called. */
const RESTORE = "restore";
const CURSOR_OFF = "cursor off";

/** What esc takes back, what lies nearest to the user first. `says`: in the footer, where no other key is told there. */
const LAYERS: ReadonlyArray<{ lies: (app: AppContext) => boolean; out: (app: AppContext) => void; says?: string }> = [
  { lies: ({ chat }) => chat.generating, out: ({ chat }) => chat.cancel() },
  { lies: ({ notices }) => notices.unseenErrors, out: ({ notices }) => notices.dismiss() },
  { lies: (app) => (app.pane().filter?.text ?? "") !== "", out: (app) => app.pane().filter?.set(""), says: "clear filter" },
  {
    lies: (app) => (app.state.filter[app.pane().id as ListId] ?? "") !== "",
    out: (app) => {
      app.state.filter[app.pane().id as ListId] = "";
    },
    says: "clear filter",
  },
  {
    lies: (app) => app.pane().id === "log" && app.state.logBottom !== null,
    out: ({ state }) => {
      state.logBottom = null;
    },
  },
  {
    lies: (app) => (app.state.tab === "train" || app.pane().groups.includes("chart")) && app.state.chart.cursor !== null,
    out: ({ state }) => {
      state.chart = { ...state.chart, cursor: null };
    },
    says: CURSOR_OFF,
  },
  {
    lies: ({ state }) => state.maximised,
    out: ({ state }) => {
      state.maximised = false;
    },
    says: RESTORE,
  },
  { lies: (app) => app.pane().id === "prompt", out: (app) => app.focus("transcript"), says: "leave the field" },
];

const nearestLayer = (app: AppContext) => LAYERS.find(({ lies }) => lies(app));

/** What esc takes back now, for the footer; null = nothing, or what another key says. */
export const layerWords = (app: AppContext): string | null => nearestLayer(app)?.says ?? null;

/** One layer out. Warnings, which go by themselves, go along. */
export function back(app: AppContext): void {
  nearestLayer(app)?.out(app);
  if (app.notices.unseenProblems > 0) app.notices.dismiss();
  app.touch();
}

/** Nothing where esc, which stands first, says it. */
export function maximiseHint(app: AppContext): string | null {
  if (!app.state.maximised) return "maximise";
  return layerWords(app) === RESTORE ? null : RESTORE;
}

/** Where something lies nearer than the cursor, so that esc does not put it away, its own key is told. */
export function cursorHint(app: AppContext): string | null {
  if (app.state.chart.cursor === null) return "cursor";
  return layerWords(app) === CURSOR_OFF ? null : CURSOR_OFF;
}
