/** Talking to a checkpoint: which ones there are, what was said, what is being typed. */
import type { Scene } from "../../core/scene.ts";
import { checkpointListPanel, checkpointName, presetListPanel, transcriptPanel, transcriptRows } from "../../panels/chat.ts";
import { samplingText } from "../chat-session.ts";
import type { AppContext } from "../context.ts";
import { selectedCheckpoint } from "../eval-actions.ts";
import { EVAL_DESIGNS, slotsOf } from "../layout.ts";
import { goesOn } from "../leaving.ts";
import type { Pane, Screen } from "../pane.ts";
import { listPane } from "../panes.ts";

/** How often ages in the list are told anew. */
const AGES_MS = 1000;

function modelsPane(app: AppContext): Pane {
  const { state, chat } = app;
  selectedCheckpoint(app);
  const list = chat.shown(state.filter.models);
  // A replay of one can be asked for nothing.
  const canSave = goesOn(app.run) && app.run?.replay === undefined;
  return listPane(app, {
    id: "models",
    groups: ["models"],
    rows: list?.length ?? 0,
    look: String(canSave),
    beat: `${chat.version} ${Math.floor(app.now / AGES_MS)}`,
    scene: (size) =>
      checkpointListPanel(list, size, {
        selected: state.selected.models,
        loaded: chat.loaded,
        against: chat.against,
        now: app.now,
        problem: chat.checkpointsProblem,
        filter: state.filter.models,
        canSave,
        keyOf: app.keyOf,
      }),
  });
}

function transcriptPane(app: AppContext): Pane {
  const { state, chat } = app;
  const scroll = state.scroll["transcript"] ?? 0;
  return {
    id: "transcript",
    groups: ["list"],
    look: `${scroll} ${JSON.stringify(chat.sampling)}`,
    // Whoever goes on to the field must not come to lie just above it, where each letter is a key.
    isPassedBy: chat.turns.length === 0,
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
        sampling: chat.isSettled ? samplingText(chat.sampling) : "",
        busy: chat.doing,
        scroll: Math.min(scroll, most),
        mode: chat.mode,
        keyOf: app.keyOf,
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
  return listPane(app, {
    id: "presets",
    groups: ["presets"],
    rows: list.length,
    beat: `${chat.version}`,
    scene: (size) => presetListPanel(list, size, { selected: state.selected.presets, keyOf: app.keyOf }),
  });
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
  slots: (_, size, body) => slotsOf(EVAL_DESIGNS, size, body),
  pane: (app, id) => (PANES[id] ?? transcriptPane)(app),
  pasteInto: "prompt",
};
