/** What is there, what is missing, and how to get it. */
import type { Check, LedgerStage } from "../../core/setup.ts";
import { checksPanel, evidencePanel, ledgerPanel } from "../../panels/setup.ts";
import type { AppContext } from "../context.ts";
import { SETUP_DESIGNS, slotsOf } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { listPane, textPane } from "../panes.ts";

export const chosenStage = (app: AppContext): LedgerStage | undefined => app.setup.ledger?.[app.state.selected.ledger];
export const chosenCheck = (app: AppContext): Check | undefined => app.setup.shown(app.state.filter.checks)?.[app.state.selected.checks];

function ledgerPane(app: AppContext): Pane {
  const { state, setup } = app;
  return listPane(app, {
    id: "ledger",
    groups: ["ledger"],
    rows: setup.ledger?.length ?? 0,
    beat: `${setup.version}`,
    scene: () =>
      ledgerPanel(setup.ledger, { selected: state.selected.ledger, problem: setup.problem, next: app.setup.next, keyOf: app.keyOf }),
  });
}

function checksPane(app: AppContext): Pane {
  const { state, setup } = app;
  const checks = setup.shown(state.filter.checks);
  return listPane(app, {
    id: "checks",
    groups: ["checks"],
    rows: checks?.length ?? 0,
    beat: `${setup.version}`,
    scene: () =>
      checksPanel(checks, { selected: state.selected.checks, filter: state.filter.checks, looking: setup.looking, keyOf: app.keyOf }),
  });
}

/** Of whichever list had the focus last. */
function evidencePane(app: AppContext): Pane {
  const { state, setup } = app;
  const focused = state.focus.setup;
  if (focused !== "evidence") state.evidenceOf = focused === "checks" ? "checks" : "ledger";
  const one = (state.evidenceOf === "checks" ? chosenCheck(app) : chosenStage(app)) ?? null;
  const output = one !== null && setup.fixing?.id === one.id ? setup.fixing.output : [];
  return textPane(app, {
    id: "evidence",
    look: `${state.evidenceOf} ${one?.id}`,
    beat: `${setup.version}`,
    everyMs: 50,
    scene: (size) => evidencePanel(one, size, output, app.keyOf),
  });
}

const PANES: Readonly<Record<string, (app: AppContext) => Pane>> = { ledger: ledgerPane, checks: checksPane, evidence: evidencePane };

export const setupScreen: Screen = {
  slots: (_, size, body) => slotsOf(SETUP_DESIGNS, size, body),
  pane: (app, id) => (PANES[id] ?? ledgerPane)(app),
};
