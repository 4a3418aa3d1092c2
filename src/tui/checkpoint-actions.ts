/** What can be done with a checkpoint. */
import type { Action } from "../core/action.ts";
import { type Checkpoint, checkpointKey, errorIn, isOnlyOver, type Purpose } from "../core/checkpoint.ts";
import type { DraftSource } from "../core/draft.ts";
import { bytes, count } from "../lib/format.ts";
import { checkpointName } from "../panels/chat.ts";
import { PURPOSE_TITLES } from "../panels/checkpoint-browser.ts";
import type { AppContext } from "./context.ts";
import { loadModel } from "./eval-actions.ts";
import { selectedOf } from "./selection.ts";

export const selected = ({ checkpoints, state }: AppContext): Checkpoint | undefined =>
  selectedOf(state, "checkpoints", checkpoints.shown(state.filter.checkpoints), checkpointKey);

type CheckpointSource = Extract<DraftSource, { checkpoint: Checkpoint }>;

const runId = (app: AppContext): string | null => app.run?.id ?? null;

const whyNot = (app: AppContext): string | null => {
  if (selected(app) === undefined) return "no checkpoint is selected";
  return app.checkpoints.busy;
};

/** Judged already, and found not to fit: the first reason. */
const unfit =
  (purpose: Purpose) =>
  (app: AppContext): string | null => {
    const one = selected(app);
    if (one === undefined) return whyNot(app);
    if (one.broken !== null) return one.broken;
    const fit = app.checkpoints.examined(one).fits?.find((each) => each.purpose === purpose);
    return fit === undefined || isOnlyOver(fit.reasons) ? null : (errorIn(fit)?.message ?? null);
  };

/** Opens a plan that begins with the checkpoint, to be looked at and started on the Config tab. */
const begin =
  (purpose: Purpose) =>
  async (app: AppContext): Promise<void> => {
    const one = selected(app);
    if (one === undefined) return;
    await plan(app, { checkpoint: one, purpose });
  };

async function plan(app: AppContext, source: CheckpointSource): Promise<void> {
  const { checkpoint, purpose, as } = source;
  await app.openConfig(source);
  const alone = purpose === "resume" ? " It is this stage alone: what came after it begins with what it makes." : "";
  const first = as === undefined ? "" : `, once that is copied as ${as}`;
  app.notify("info", `A plan that goes on from ${checkpointName(checkpoint)}: ${app.keyOf("config.train")} starts it${first}.${alone}`);
}

/** Where it would write over newer ones, a copy of it under another tag is resumed; what that is to be is asked. */
async function resume(app: AppContext): Promise<void> {
  const one = selected(app);
  if (one === undefined) return;
  await app.checkpoints.examine(one);
  const fit = app.checkpoints.examined(one).fits?.find(({ purpose }) => purpose === "resume");
  if (fit === undefined || !isOnlyOver(fit.reasons)) return plan(app, { checkpoint: one, purpose: "resume" });
  const { services } = app;
  app.overlays.askText({
    title: "Resume a copy as",
    what: `${errorIn(fit)?.message}. A copy under a tag of its own (${bytes(one.bytes)}, made when the run is started) leaves them as they are`,
    initial: services.freeTag(one),
    verb: "plans it",
    check: (tag) => services.whyNoCopy(one, tag),
    answer: (tag) => app.background(plan(app, { checkpoint: one, purpose: "resume", as: tag })),
  });
}

async function talk(app: AppContext): Promise<void> {
  const one = selected(app);
  if (one === undefined) return;
  app.setTab("eval");
  await loadModel(app, one);
}

function askToDelete(app: AppContext, some: readonly Checkpoint[], title: string, kept?: string): void {
  const total = some.reduce((sum, one) => sum + one.bytes, 0);
  const names = some.slice(0, 4).map(checkpointName).join(", ") + (some.length > 4 ? ` and ${some.length - 4} more` : "");
  const isOne = some.length === 1;
  const one = some.find((each) => app.checkpoints.best.has(each));
  const of = `the best checkpoint of ${one?.stage}/${one?.tag}`;
  const best = one === undefined ? "" : isOne ? ` It is ${of}.` : ` Among them is ${of}.`;
  const remove = async (): Promise<void> => {
    const problem = await app.checkpoints.remove(some, runId(app));
    app.notify(problem === null ? "good" : "bad", problem ?? `${count(some.length)} deleted, ${bytes(total)} free again`);
  };
  app.overlays.ask({
    title,
    consequence: `${names} (${bytes(total)}) will be gone for good.${best}${kept === undefined ? "" : ` ${kept}.`}`,
    safe: isOne ? "Keep it" : "Keep them",
    choices: [{ key: "y", title: isOne ? "Delete it" : `Delete ${count(some.length)}`, run: () => app.background(remove()) }],
  });
}

async function prune(app: AppContext): Promise<void> {
  const one = selected(app);
  if (one === undefined) return;
  const prunable = app.services.prunable(one, app.checkpoints.all ?? []);
  if (prunable.length === 0) return app.notify("info", `Nothing to prune: of ${one.stage} ${one.tag} there are only the best and the last`);
  const kept = app.services.keptText(one, app.checkpoints.all ?? []);
  askToDelete(app, prunable, "Prune all but the best and the last", kept);
}

export const checkpointActions: ReadonlyArray<Action<AppContext>> = [
  { id: "checkpoints.talk", title: "Talk to it", keys: ["enter"], group: "checkpoints", footer: 10, disabled: unfit("eval"), run: talk },
  {
    id: "checkpoints.resume",
    title: "Resume it",
    keys: ["r"],
    group: "checkpoints",
    footer: 11,
    disabled: unfit("resume"),
    asks: true,
    run: resume,
  },
  {
    id: "checkpoints.sft",
    title: `Plan ${PURPOSE_TITLES.sft}`,
    keys: ["s"],
    group: "checkpoints",
    footer: 12,
    disabled: unfit("sft"),
    run: begin("sft"),
  },
  { id: "checkpoints.rl", title: `Plan ${PURPOSE_TITLES.rl}`, keys: ["g"], group: "checkpoints", disabled: unfit("rl"), run: begin("rl") },
  {
    id: "checkpoints.verify",
    title: "Verify every byte",
    keys: ["v"],
    group: "checkpoints",
    footer: 13,
    disabled: whyNot,
    run: async (app) => {
      const one = selected(app);
      if (one !== undefined) await app.checkpoints.verify(one);
    },
  },
  {
    id: "checkpoints.delete",
    title: "Delete…",
    keys: ["delete", "D"],
    group: "checkpoints",
    footer: 14,
    disabled: whyNot,
    run: (app) => {
      const one = selected(app);
      if (one !== undefined) askToDelete(app, [one], "Delete the checkpoint");
    },
  },
  { id: "checkpoints.prune", title: "Prune…", keys: ["P"], group: "checkpoints", footer: 15, disabled: whyNot, run: prune },
  {
    id: "checkpoints.again",
    title: "Look again",
    keys: ["R"],
    group: "checkpoints",
    disabled: () => null,
    run: (app) => app.checkpoints.find(runId(app)),
  },
];
