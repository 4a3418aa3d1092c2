/** Talking to a model, comparing two, and keeping what was said. */
import type { Action } from "../core/action.ts";
import type { Preset } from "../core/chat.ts";
import { type Checkpoint, checkpointKey } from "../core/checkpoint.ts";
import { sentence } from "../core/result.ts";
import type { AppContext } from "./context.ts";
import { keepTranscripts } from "./keep-transcripts.ts";
import { parseSettings, settingsText } from "./sampling-line.ts";
import { selectedOf } from "./selection.ts";

export const selectedCheckpoint = ({ chat, state }: AppContext): Checkpoint | undefined =>
  selectedOf(state, "models", chat.shown(state.filter.models), checkpointKey);
const selectedPreset = (app: AppContext) => app.chat.shownPresets(app.state.filter.presets)[app.state.selected.presets];

const busy = (app: AppContext): string | null => (app.chat.busy === null ? null : "the model is busy");

const whyNotLoad = (app: AppContext): string | null => {
  const checkpoint = selectedCheckpoint(app);
  if (checkpoint === undefined) return "no checkpoint is selected";
  return checkpoint.broken ?? busy(app);
};

const whyNotCompare = (app: AppContext): string | null => {
  if (app.chat.against !== null) return busy(app);
  if (app.chat.loaded === null) return `no model is loaded: ${app.keyOf("eval.load")} loads the first one`;
  if (selectedCheckpoint(app) === app.chat.loaded) return "this one is loaded: choose another to compare it with";
  return whyNotLoad(app);
};

const whyNotSend = (app: AppContext): string | null =>
  app.chat.loading
    ? null
    : (busy(app) ?? (app.chat.loaded === null ? `no model is loaded: ${app.keyOf("focus.next")} goes to the checkpoints` : null));

const isEmpty = ({ chat }: AppContext): boolean => chat.editor.text.trim() === "";

/** Where nothing is typed yet, one goes to where that is done. */
const send = (app: AppContext): Promise<void> | void => (isEmpty(app) ? app.focus("prompt") : app.chat.send());

/** Loads a checkpoint; beside a training only after it was said what that costs it. */
export async function loadModel(app: AppContext, checkpoint: Checkpoint): Promise<void> {
  const load = async (): Promise<void> => {
    app.focus("prompt");
    await app.chat.load(checkpoint);
  };
  const cost = await app.services.costBeside(checkpoint);
  if (cost === null) return load();
  app.overlays.ask({
    title: "Load beside a training",
    consequence: cost,
    safe: "Leave the training alone",
    choices: [{ key: "y", title: "Load it", run: () => app.background(load()) }],
  });
}

async function load(app: AppContext): Promise<void> {
  const checkpoint = selectedCheckpoint(app);
  if (checkpoint !== undefined) await loadModel(app, checkpoint);
}

function compare(app: AppContext): void {
  const { chat } = app;
  chat.compareWith(chat.against === null ? (selectedCheckpoint(app) ?? null) : null);
  // What is typed next is for both, as after a load.
  if (chat.against !== null) app.focus("prompt");
}

function editSettings(app: AppContext): void {
  app.overlays.askText({
    title: "Sampling",
    what: "temperature (0 = always the likeliest), top_k (0 = off), max_tokens, seed, device (auto, cpu, mps, cuda, cuda:1)",
    initial: settingsText(app.chat.sampling, app.chat.device),
    verb: "uses these",
    check: (text) => {
      const parsed = parseSettings(text);
      return parsed.ok ? null : sentence(parsed.failure);
    },
    answer: (text) => {
      const parsed = parseSettings(text);
      if (!parsed.ok) return;
      app.chat.setSampling(parsed.value.sampling);
      const { device } = parsed.value;
      if (device === undefined || device === app.chat.device) return;
      const set = app.chat.setDevice(device);
      app.notify(
        set.ok ? "info" : "bad",
        set.ok ? `Load a checkpoint: it goes to ${device ?? "what nanochat chooses"}` : sentence(set.failure),
      );
    },
  });
}

async function keepPreset(app: AppContext, preset: Preset, overwrite: boolean): Promise<void> {
  const saved = await app.services.savePreset(preset, overwrite);
  if (saved.ok) {
    app.notify("good", `Kept in ${saved.value.file}`);
    return app.chat.findCheckpoints(app.run?.id ?? null);
  }
  if (saved.failure.code !== "refused") return app.notify("bad", sentence(saved.failure));
  app.overlays.ask({
    title: "Replace the preset",
    consequence: `${saved.failure.what}: ${saved.failure.why}.`,
    safe: "Keep the old one",
    choices: [{ key: "y", title: "Replace it", run: () => app.background(keepPreset(app, preset, true)) }],
  });
}

function savePreset(app: AppContext): void {
  const prompt = app.chat.editor.text;
  app.overlays.askText({
    title: "Keep this prompt",
    what: "A name for it, of small letters, digits, dots and dashes",
    verb: "keeps it",
    check: (text) => (/^[a-z0-9][a-z0-9._-]*$/.test(text) ? null : "Use small letters, digits, dots and dashes, a letter or digit first."),
    answer: (name) => app.background(keepPreset(app, { name, title: name, mode: app.chat.mode, prompt, ...app.chat.sampling }, false)),
  });
}

function deletePreset(app: AppContext): void {
  const preset = selectedPreset(app);
  if (preset === undefined) return;
  const remove = async (): Promise<void> => {
    const gone = await app.services.deletePreset(preset.name);
    if (!gone.ok) return app.notify("bad", sentence(gone.failure));
    await app.chat.findCheckpoints(app.run?.id ?? null);
  };
  app.overlays.ask({
    title: "Delete the preset",
    consequence: `The prompt of ${preset.name} will be gone: “${preset.prompt.trim().slice(0, 120)}”`,
    safe: "Keep it",
    choices: [{ key: "y", title: "Delete it", run: () => app.background(remove()) }],
  });
}

const whyNotKeep = ({ chat: { conversations } }: AppContext): string | null => {
  if (conversations.unkept.length > 0) return null;
  return conversations.replies.length === 0 ? "nothing has been answered" : "all that was answered is kept already";
};

export const evalActions: ReadonlyArray<Action<AppContext>> = [
  {
    id: "eval.send",
    title: "Send",
    keys: ["enter"],
    group: "eval",
    footer: 10,
    hint: { title: (app) => (isEmpty(app) && app.pane().id !== "prompt" ? "type here" : "send") },
    disabled: whyNotSend,
    run: send,
  },
  {
    id: "eval.cancel",
    title: "Stop writing",
    keys: ["ctrl+x"],
    group: "eval",
    footer: 11,
    disabled: (app) => (app.chat.generating ? null : "nothing is being written"),
    run: (app) => void app.chat.cancel(),
  },
  { id: "eval.load", title: "Load", keys: ["enter"], group: "models", footer: 10, disabled: whyNotLoad, run: load },
  { id: "eval.compare", title: "Compare with this one", keys: ["b"], group: "models", footer: 11, disabled: whyNotCompare, run: compare },
  {
    id: "eval.preset",
    title: "Use this prompt",
    keys: ["enter"],
    group: "presets",
    footer: 10,
    disabled: (app) => (selectedPreset(app) === undefined ? "no preset is selected" : null),
    run: (app) => {
      const preset = selectedPreset(app);
      if (preset === undefined) return;
      app.chat.usePreset(preset);
      app.focus("prompt");
    },
  },
  {
    id: "eval.preset-delete",
    title: "Delete…",
    keys: ["delete"],
    group: "presets",
    footer: 11,
    disabled: (app) => (selectedPreset(app) === undefined ? "no preset is selected" : null),
    run: deletePreset,
  },
  {
    id: "eval.preset-save",
    title: "Keep this prompt",
    keys: ["ctrl+s"],
    group: "eval",
    footer: 24,
    disabled: (app) => (app.chat.editor.text.trim() === "" ? "the prompt is empty" : null),
    run: savePreset,
  },
  { id: "eval.sampling", title: "Sampling", keys: ["ctrl+o"], group: "eval", footer: 20, disabled: busy, run: editSettings },
  {
    id: "eval.temperature",
    title: "Temperature",
    keys: ["ctrl+t"],
    group: "eval",
    footer: 21,
    disabled: () => null,
    run: (app) => app.chat.nextTemperature(),
  },
  {
    id: "eval.keep",
    title: "Keep the conversation",
    keys: ["ctrl+g"],
    group: "eval",
    footer: 23,
    disabled: whyNotKeep,
    run: async (app) => void (await keepTranscripts(app)),
  },
  {
    id: "eval.clear",
    title: "New conversation",
    keys: ["ctrl+n"],
    group: "eval",
    footer: 22,
    disabled: (app) => (app.chat.turns.length === 0 ? "nothing has been said" : busy(app)),
    run: (app) => app.chat.clear(),
  },
];
