/** Talking to a checkpoint: which ones there are, what was said, what is being typed. */
import type { Scene } from "../../core/scene.ts";
import { checkpointListPanel, checkpointName, presetListPanel, transcriptPanel, transcriptRows } from "../../panels/chat.ts";
import { firstVisible } from "../../panels/paint.ts";
import { samplingText } from "../chat-session.ts";
import type { AppContext } from "../context.ts";
import { EVAL_DESIGNS } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { moveSelection } from "../selection.ts";

function modelsPane(app: AppContext): Pane {
  const { state, chat } = app;
  const list = chat.shown(state.filter.models);
  const rows = list?.length ?? 0;
  state.selected.models = Math.max(0, Math.min(state.selected.models, rows - 1));
  return {
    id: "models",
    groups: ["models", "list"],
    look: `${state.selected.models} ${state.filter.models}`,
    beat: `${chat.version}`,
    everyMs: 0,
    scene: (size) =>
      checkpointListPanel(list, size, {
        selected: state.selected.models,
        loaded: chat.loaded,
        against: chat.against,
        now: app.now,
        problem: chat.checkpointsProblem,
      }),
    move: (by) => moveSelection(state, "models", by, rows),
    pick: (row) => {
      state.selected.models = Math.min(rows - 1, firstVisible(rows, app.paneRows() - 1, state.selected.models) + Math.max(0, row - 1));
    },
  };
}

function transcriptPane(app: AppContext): Pane {
  const { state, chat } = app;
  const scroll = state.scroll["transcript"] ?? 0;
  return {
    id: "transcript",
    groups: ["list"],
    look: `${scroll} ${JSON.stringify(chat.sampling)}`,
    beat: `${chat.version}`,
    everyMs: 33,
    scene: (size) => {
      // Scrolled further than there is: forget the rest, so that the next step down is seen.
      const most = Math.max(0, transcriptRows(chat.turns, size.width) - size.height);
      state.scroll["transcript"] = Math.min(scroll, most);
      return transcriptPanel(chat.turns, size, {
        model: chat.loaded === null ? null : checkpointName(chat.loaded),
        against: chat.against === null ? null : checkpointName(chat.against),
        pocket: chat.pocket,
        sampling: samplingText(chat.sampling),
        busy: chat.busy,
        scroll: Math.min(scroll, most),
        mode: chat.mode,
      });
    },
    move: (by) => {
      state.scroll["transcript"] = Math.max(0, scroll - by);
    },
  };
}

function presetsPane(app: AppContext): Pane {
  const { state, chat } = app;
  const list = chat.shownPresets(state.filter.presets);
  state.selected.presets = Math.max(0, Math.min(state.selected.presets, list.length - 1));
  return {
    id: "presets",
    groups: ["presets", "list"],
    look: `${state.selected.presets} ${state.filter.presets}`,
    beat: `${chat.version}`,
    everyMs: 0,
    scene: (size) => presetListPanel(list, size, { selected: state.selected.presets }),
    move: (by) => moveSelection(state, "presets", by, list.length),
    pick: (row) => {
      const first = firstVisible(list.length, app.paneRows() - 1, state.selected.presets);
      state.selected.presets = Math.min(list.length - 1, first + Math.max(0, row - 1));
    },
  };
}

function promptPane(app: AppContext): Pane {
  const { chat } = app;
  return {
    id: "prompt",
    groups: [],
    look: `${chat.editor.text} ${chat.loaded?.dir} ${chat.busy}`,
    beat: "",
    everyMs: 33,
    scene: (): Scene => ({
      title: "say",
      note: chat.loaded === null ? "no model is loaded" : undefined,
      blocks: [{ block: { kind: "text", lines: [] } }],
    }),
    editor: chat.editor,
  };
}

const PANES: Readonly<Record<string, (app: AppContext) => Pane>> = {
  models: modelsPane,
  presets: presetsPane,
  transcript: transcriptPane,
  prompt: promptPane,
};

export const evalScreen: Screen = {
  designs: () => EVAL_DESIGNS,
  pane: (app, id) => (PANES[id] ?? transcriptPane)(app),
};
