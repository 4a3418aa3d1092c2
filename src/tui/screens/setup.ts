/** What is there, what is missing, and how to get it. */
import type { Check, LedgerStage } from "../../core/setup.ts";
import { firstVisible } from "../../panels/paint.ts";
import { checksPanel, evidencePanel, ledgerPanel } from "../../panels/setup.ts";
import type { AppContext } from "../context.ts";
import { SETUP_DESIGNS } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { moveSelection } from "../selection.ts";

export const chosenStage = (app: AppContext): LedgerStage | undefined => app.setup.ledger?.[app.state.selected.ledger];
export const chosenCheck = (app: AppContext): Check | undefined => app.setup.shown(app.state.filter.checks)?.[app.state.selected.checks];

function listPane(app: AppContext, id: "ledger" | "checks", rows: number, scene: Pane["scene"]): Pane {
  const { state, setup } = app;
  state.selected[id] = Math.max(0, Math.min(state.selected[id], rows - 1));
  return {
    id,
    groups: [id, "list"],
    look: `${state.selected[id]} ${state.filter[id]}`,
    beat: `${setup.version}`,
    everyMs: 0,
    scene,
    move: (by) => moveSelection(state, id, by, rows),
    pick: (row) => {
      const first = firstVisible(rows, app.paneRows() - 1, state.selected[id]);
      state.selected[id] = Math.min(rows - 1, first + Math.max(0, row - 1));
    },
  };
}

const ledgerPane = (app: AppContext): Pane =>
  listPane(app, "ledger", app.setup.ledger?.length ?? 0, () =>
    ledgerPanel(app.setup.ledger, { selected: app.state.selected.ledger, problem: app.setup.problem, next: app.setup.next?.title ?? null }),
  );

function checksPane(app: AppContext): Pane {
  const checks = app.setup.shown(app.state.filter.checks);
  const { selected, filter } = app.state;
  return listPane(app, "checks", checks?.length ?? 0, () =>
    checksPanel(checks, { selected: selected.checks, filter: filter.checks, looking: app.setup.looking }),
  );
}

/** Of whichever list had the focus last. */
function evidencePane(app: AppContext): Pane {
  const { state, setup } = app;
  const focused = state.focus.setup;
  if (focused !== "evidence") state.evidenceOf = focused === "checks" ? "checks" : "ledger";
  const one = (state.evidenceOf === "checks" ? chosenCheck(app) : chosenStage(app)) ?? null;
  const output = one !== null && setup.fixing?.id === one.id ? setup.fixing.output : [];
  const scroll = state.scroll["evidence"] ?? 0;
  return {
    id: "evidence",
    groups: ["list"],
    look: `${state.evidenceOf} ${one?.id} ${scroll}`,
    beat: `${setup.version}`,
    everyMs: 50,
    scene: (size) => {
      const scene = evidencePanel(one, size, output);
      const [block] = scene.blocks;
      if (block?.block.kind !== "text" || block.block.anchor === "bottom") return scene;
      const most = Math.max(0, block.block.lines.length - size.height);
      state.scroll["evidence"] = Math.min(scroll, most);
      return { ...scene, blocks: [{ block: { ...block.block, lines: block.block.lines.slice(Math.min(scroll, most)) } }] };
    },
    move: (by) => {
      state.scroll["evidence"] = Math.max(0, scroll + by);
    },
  };
}

const PANES: Readonly<Record<string, (app: AppContext) => Pane>> = { ledger: ledgerPane, checks: checksPane, evidence: evidencePane };

export const setupScreen: Screen = {
  designs: () => SETUP_DESIGNS,
  pane: (app, id) => (PANES[id] ?? ledgerPane)(app),
};
