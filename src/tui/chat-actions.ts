/** Talking to a model. */
import type { Action } from "../core/action.ts";
import type { AppContext } from "./context.ts";

const selectedCheckpoint = (app: AppContext) => app.chat.shown(app.state.filter.models)?.[app.state.selected.models];

const whyNotLoad = (app: AppContext): string | null => {
  const checkpoint = selectedCheckpoint(app);
  if (checkpoint === undefined) return "no checkpoint is selected";
  return checkpoint.broken ?? (app.chat.busy === null ? null : "the model is busy");
};

const whyNotSend = (app: AppContext): string | null => {
  if (app.chat.busy !== null) return "the model is busy";
  return app.chat.loaded === null ? "no model is loaded: tab goes to the checkpoints" : null;
};

async function load(app: AppContext): Promise<void> {
  const checkpoint = selectedCheckpoint(app);
  if (checkpoint === undefined) return;
  app.focus("prompt");
  await app.chat.load(checkpoint);
}

export const chatActions: ReadonlyArray<Action<AppContext>> = [
  { id: "chat.send", title: "Send", keys: ["enter"], group: "chat", footer: 10, disabled: whyNotSend, run: (app) => app.chat.send() },
  {
    id: "chat.cancel",
    title: "Stop writing",
    keys: ["ctrl+x"],
    group: "chat",
    footer: 11,
    disabled: (app) => (app.chat.generating ? null : "nothing is being written"),
    run: (app) => void app.chat.cancel(),
  },
  { id: "chat.load", title: "Load", keys: ["enter"], group: "models", footer: 10, disabled: whyNotLoad, run: load },
  {
    id: "chat.temperature",
    title: "Temperature",
    keys: ["ctrl+t"],
    group: "chat",
    footer: 20,
    disabled: () => null,
    run: (app) => app.chat.nextTemperature(),
  },
  {
    id: "chat.clear",
    title: "New conversation",
    keys: ["ctrl+n"],
    group: "chat",
    footer: 21,
    disabled: (app) => (app.chat.turns.length === 0 ? "nothing has been said" : app.chat.busy === null ? null : "the model is busy"),
    run: (app) => app.chat.clear(),
  },
];
