/** `--read-only`: the interface as it is, without anything that writes. Twice: actions say why, and services refuse. */
import type { Action } from "../core/action.ts";
import type { Draft } from "../core/draft.ts";
import type { Failure, Result } from "../core/result.ts";
import type { AppServices } from "./app.ts";
import type { AppContext } from "./context.ts";

/** Why something cannot be done, unless another reason is given. */
export const IS_READ_ONLY = "this is read-only: --read-only was given";

/** Actions that write: to a run, a file, a screen, a secret, or by starting something that does. */
const WRITING: ReadonlySet<string> = new Set([
  "run.save",
  "run.stop",
  "run.patch",
  "run.evaluate",
  "run.sample",
  "run.pause",
  "run.adopt",
  "run.adopt-attached",
  "runs.rename",
  "runs.tag",
  "runs.note",
  "runs.archive",
  "runs.delete",
  "screen.save",
  "edit.save",
  "edit.save-as",
  "edit.delete",
  "chart.export",
  "setup.run",
  "setup.fix",
  "setup.all",
  "setup.wandb",
  "setup.hf",
  "setup.import",
  "config.train",
  "config.save",
  "checkpoints.delete",
  "checkpoints.prune",
  "eval.preset-delete",
  "eval.preset-save",
  "eval.keep",
]);

export const isWriting = (id: string): boolean => WRITING.has(id);

/** The table of actions with the reason where they write; the footer has no place for what cannot be done at all. */
export const withoutWriting = (actions: readonly Action<AppContext>[], why = IS_READ_ONLY): Action<AppContext>[] =>
  actions.map((action) => (isWriting(action.id) ? { ...action, rare: true, disabled: () => why } : action));

const FAILURE: Failure = {
  code: "refused",
  what: "Nothing was changed",
  why: IS_READ_ONLY,
  remedy: "Leave it out to do that",
};

const refuse = async (): Promise<Result<never>> => ({ ok: false, failure: FAILURE });

const readOnlyDraft = (draft: Draft): Draft =>
  new Proxy(draft, {
    get: (target, name) => {
      if (name === "save" || name === "start") return refuse;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

/** What looks stays as it is; what writes answers with the reason. */
export function readOnlyServices(services: AppServices): AppServices {
  return {
    ...services,
    openDraft: async (source) => {
      const draft = await services.openDraft(source);
      return draft.ok ? { ok: true, value: readOnlyDraft(draft.value) } : draft;
    },
    saveUi: null,
    request: refuse,
    acknowledge: refuse,
    adopt: refuse,
    changeAbout: refuse,
    deleteRun: refuse,
    removeCheckpoints: refuse,
    runFix: refuse,
    runStages: refuse,
    setSecret: refuse,
    savePreset: refuse,
    deletePreset: refuse,
    saveChart: refuse,
    saveTranscript: refuse,
    saveScreen: refuse,
    putScreenAside: refuse,
    deleteScreen: () => ({ ok: false, failure: FAILURE }),
    secretSources: async () => [],
  };
}
