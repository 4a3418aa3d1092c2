/** What one can ask of a run, and how one gets from run to run. */
import type { Action } from "../core/action.ts";
import { AGREEMENT_STEPS, type CapabilityName, type PatchField } from "../core/bridge.ts";
import { sentence } from "../core/result.ts";
import { type Liveness, type RequestDetails, type RequestKind, TERMINAL_STATUSES } from "../core/run.ts";
import { loss } from "../lib/format.ts";
import { cannot, patchFields } from "../panels/ability.ts";
import { currentStage, position, titleOfStage } from "../panels/data.ts";
import { unsaved, unsavedText } from "../panels/unsaved.ts";
import { doubtsOf } from "../services/patch-doubts.ts";
import type { RunView } from "./app.ts";
import { atAll } from "./chart-view.ts";
import type { AppContext } from "./context.ts";
import type { Level } from "./notices.ts";
import { PatchDialog } from "./patch-dialog.ts";
import { IS_REPLAY } from "./replay-actions.ts";
import { aboutRequest } from "./request-watch.ts";
import { selectedRow } from "./run-care-actions.ts";
import { chatStage, chatWithSelected, whyNoChat, whyNoChatSelected, whyNotAttach } from "./run-chat.ts";
import { viewName } from "./view-name.ts";

type AppAction = Action<AppContext>;

/** Why a request cannot be made, or null: what is known already is said before anything is asked. */
function whyNot(app: AppContext, capability: CapabilityName | null): string | null {
  if (app.run === null) return "there is no run to ask";
  if (app.run.replay !== undefined) return IS_REPLAY;
  const state = app.run.state();
  if (state.imported !== undefined) return "it was imported: its trainer is not here to be asked";
  if (TERMINAL_STATUSES.has(state.status)) return "the run has ended";
  if (app.run.liveness() === "unattended") return "nobody looks after this run: A adopts it";
  if (app.run.liveness() === "gone") return "neither its supervisor nor what started its trainer is left: A finds out what became of it";
  if (capability === null) return null;
  if (state.status === "stopping") return "the run is stopping already";
  return capabilityReason(app, capability);
}

const capabilityReason = (app: AppContext, name: CapabilityName): string | null => {
  const facts = app.facts();
  return facts === null ? null : cannot(facts, name);
};

/** Nothing can be asked of a run that is not there, has ended, or is only shown again: nor is it offered. */
export const isAskable = ({ run, readOnly }: Pick<AppContext, "run" | "readOnly">): boolean =>
  !readOnly && run !== null && run.isRun !== false && run.replay === undefined && !TERMINAL_STATUSES.has(run.state().status);

const notAskable = (app: AppContext): boolean => !isAskable(app);

async function request(app: AppContext, kind: RequestKind, details?: RequestDetails): Promise<void> {
  const { run } = app;
  if (run === null) return;
  const asked = await app.services.request(run.id, kind, details);
  // Another run may be on the screen by now.
  const tell = (level: Level, text: string, about?: string): void =>
    app.run === run ? app.notify(level, text, about, true) : app.notify(level, `${viewName(run)}: ${text}`);
  if (!asked.ok) return tell("bad", sentence(asked.failure));
  const said = app.run === run && isPaused(app) ? ASKED[kind].replace("two steps from now", "once the run goes on (P)") : ASKED[kind];
  tell("info", said, aboutRequest(kind));
}

/** What `P` has asked for last, until the journal tells of it. */
const turned = new WeakMap<RunView, { kind: "pause" | "resume"; at: number }>();
/** By then the journal tells of what was asked for, or nobody will answer it. */
const TURN_MS = 3000;

/** The other of what stands, or is on its way: pressed twice it would else ask for a pause of what is about to pause. */
function pauseOrGoOn(app: AppContext): Promise<void> | void {
  const { run, now } = app;
  if (run === null) return;
  const pauses = app
    .facts()
    ?.data.requests()
    .findLast(({ kind, phase }) => kind === "pause" && phase !== "done" && phase !== "refused");
  const before = turned.get(run);
  const asked = before !== undefined && now - before.at < TURN_MS ? before.kind === "pause" : isPaused(app) || pauses !== undefined;
  const kind = asked ? "resume" : "pause";
  turned.set(run, { kind, at: now });
  return request(app, kind);
}

const ASKED: Readonly<Record<RequestKind, string>> = {
  save: "Asked for a checkpoint: it comes two steps from now",
  stop: "Asked to stop: the checkpoint comes first",
  "stop-now": "Asked to stop at once",
  evaluate: "Asked for an evaluation: it comes two steps from now",
  sample: "Asked for samples: they come two steps from now",
  pause: "Asked to pause: all ranks stop two steps from now and keep their memory",
  resume: "Asked to go on",
  patch: "Asked for the patch: all ranks take it two steps from now",
  acknowledge: "Asked to note that the alert is acknowledged",
};

/** What ending the run this moment would cost. */
function whatIsLost(app: AppContext): string {
  const facts = app.facts();
  return facts === null ? "" : unsavedText(unsaved({ ...facts, stage: currentStage(facts.state) }));
}

/** What of the attached run's loop can be patched; null while the trainer has not told it. */
export const fieldsOf = (app: AppContext) => {
  const facts = app.facts();
  return facts === null ? null : patchFields(facts.data, currentStage(facts.state));
};

export const whyNoPatch = (app: AppContext): string | null =>
  whyNot(app, "patch") ?? (fieldsOf(app) === null ? "the trainer has not said yet what can be patched" : null);

/** `field`: the one to begin with. */
export function askForPatch(app: AppContext, field?: string): void {
  const { run } = app;
  if (run === null) return;
  const forStage = currentStage(run.state());
  const nameOf = (index: number): string => titleOfStage(run.state(), index);
  const outdated = (): string | null => {
    if (app.run !== run) return `${viewName(run)}, for which this form was opened, is not looked at any more: esc leaves.`;
    const now = currentStage(run.state());
    if (now === forStage) return null;
    return `${nameOf(now)} runs now, and this form is for ${nameOf(forStage)}, which is over: nothing is applied. esc leaves, ${app.keyOf("run.patch")} opens one for ${nameOf(now)}.`;
  };
  // What is written down of a run comes once a second, and its steps at once.
  const step = (): number | null => {
    const facts = app.facts();
    const steps = [app.run?.state().progress?.step, facts === null ? undefined : position(facts)?.key].filter((one) => one !== undefined);
    return steps.length === 0 ? null : Math.max(...steps);
  };
  const question = {
    fields: () => fieldsOf(app) ?? [],
    doubts: (fields: readonly PatchField[], values: Readonly<Record<string, number>>) => {
      const facts = app.facts();
      return facts === null ? [] : doubtsOf({ data: facts.data, stage: forStage, fields, at: step() }, values);
    },
    stage: nameOf(forStage),
    outdated,
    field,
    step: () => {
      const at = step();
      return at === null ? null : at + AGREEMENT_STEPS;
    },
    paused: () => isPaused(app),
    apply: (values: Record<string, number>) => app.background(request(app, "patch", { values, forStage })),
  };
  app.overlays.cover((close) => new PatchDialog(question, close));
}

const isPaused = (app: AppContext): boolean => app.run?.state().status === "paused";

/** A sentence before the others where the loss is no number any more: to keep such a model is hardly what is wanted. */
function brokenModel(app: AppContext): string {
  const facts = app.facts();
  const value = facts?.data.latest(facts.stage, "train/loss")?.value;
  return value === undefined || Number.isFinite(value)
    ? ""
    : `Its loss is ${loss(value)}: what is saved now is broken by all appearances, and earlier checkpoints may not be. `;
}

function askToStop(app: AppContext): void {
  const called = app.run === null ? "The run" : viewName(app.run);
  const cannotSave = capabilityReason(app, "stop");
  const stopNow = {
    key: "K",
    title: "Stop now, without saving",
    run: () => app.background(request(app, "stop-now")),
  };
  const stopAndSave = {
    key: "y",
    title: "Stop and save",
    run: () => app.background(request(app, "stop")),
  };
  app.overlays.ask({
    title: "Stop the run",
    // The run goes on while one thinks about it.
    consequence: () =>
      cannotSave === null
        ? `${brokenModel(app)}${called} ends. Stop and save writes a checkpoint first. Without that: ${whatIsLost(app)}`
        : `${called} ends, and cannot save first: ${cannotSave}. ${whatIsLost(app)}`,
    safe: "Keep training",
    choices: cannotSave === null ? [stopAndSave, stopNow] : [stopNow],
  });
}

async function adopt(app: AppContext, id: string): Promise<void> {
  const adopted = await app.services.adopt(id);
  if (adopted.ok) app.notify("good", adopted.value);
  else app.notify("bad", sentence(adopted.failure));
}

const whyNotAdopt = (liveness: Liveness | undefined): string | null =>
  liveness === undefined ? "there is no run to adopt" : NOT_ADOPTABLE[liveness];

const NOT_ADOPTABLE: Readonly<Record<Liveness, string | null>> = {
  owned: "somebody looks after it already",
  unattended: null,
  gone: null,
  ended: "it has ended",
};

function stepStage(app: AppContext, by: 1 | -1): void {
  const facts = app.facts();
  if (facts === null) return;
  const stage = Math.min(facts.state.stages.length, Math.max(1, facts.stage + by));
  // A cursor and a zoom are of the stage that they were set in.
  if (stage !== facts.stage) app.state.chart = atAll(app.state.chart);
  // Back at the current one, the view goes with the run again.
  app.state.stage = stage === currentStage(facts.state) ? null : stage;
  app.state.selected.config = 0;
  app.touch();
}

const whyNoStage =
  (by: 1 | -1) =>
  (app: AppContext): string | null => {
    const facts = app.facts();
    if (facts === null) return "there is no run to look at";
    const { length } = facts.state.stages;
    if (length < 2) return "this run has one stage";
    if (facts.stage + by > length) return "this is the last stage";
    return facts.stage + by < 1 ? "this is the first stage" : null;
  };

/** Whether a stage is looked at that lies before (`1`: one goes on to it) or behind the one that the run is at. */
const isAway = (app: AppContext, by: 1 | -1): boolean => {
  const facts = app.facts();
  return facts !== null && app.state.stage !== null && Math.sign(currentStage(facts.state) - facts.stage) === by;
};

export const runActions: readonly AppAction[] = [
  {
    id: "run.save",
    title: "Save now",
    keys: ["s"],
    group: "train",
    footer: 10,
    rare: notAskable,
    disabled: (app) => whyNot(app, "save"),
    run: (app) => request(app, "save"),
  },
  {
    id: "run.stop",
    title: "Stop…",
    keys: ["S"],
    group: "train",
    footer: 11,
    rare: notAskable,
    disabled: (app) => whyNot(app, null),
    run: askToStop,
  },
  {
    id: "run.patch",
    title: "Patch…",
    keys: ["p", "T"],
    group: "train",
    footer: 12,
    rare: notAskable,
    disabled: whyNoPatch,
    run: (app) => askForPatch(app),
  },
  {
    id: "run.evaluate",
    title: "Evaluate now",
    keys: ["v"],
    group: "train",
    footer: 50,
    rare: notAskable,
    disabled: (app) => whyNot(app, "evaluate"),
    run: (app) => request(app, "evaluate"),
  },
  {
    id: "run.sample",
    title: "Sample now",
    keys: ["g"],
    group: "train",
    footer: 51,
    rare: notAskable,
    disabled: (app) => whyNot(app, "sample"),
    run: (app) => request(app, "sample"),
  },
  {
    id: "run.pause",
    title: "Pause, or go on",
    keys: ["P"],
    group: "train",
    footer: 52,
    rare: notAskable,
    disabled: (app) => whyNot(app, "pause"),
    run: pauseOrGoOn,
  },
  {
    id: "run.chat",
    title: "Chat",
    keys: ["C"],
    group: "train",
    footer: 32,
    // What was imported has its checkpoints elsewhere, if anywhere.
    rare: (app) => app.run?.state().imported !== undefined,
    disabled: whyNoChat,
    run: (app) => app.chatWithRun(chatStage(app)),
  },
  {
    id: "run.attach",
    title: "Attach",
    keys: ["enter"],
    group: "runs",
    footer: 10,
    disabled: whyNotAttach,
    run: (app) => app.attach(selectedRow(app)?.id ?? ""),
  },
  {
    id: "runs.chat",
    title: "Chat",
    keys: ["C"],
    group: "runs",
    footer: 27,
    disabled: whyNoChatSelected,
    run: chatWithSelected,
  },
  {
    id: "run.adopt",
    title: "Adopt selected",
    keys: ["A"],
    group: "runs",
    footer: 11,
    disabled: (app) => whyNotAdopt(selectedRow(app)?.liveness),
    run: (app) => adopt(app, selectedRow(app)?.id ?? ""),
  },
  {
    id: "run.adopt-attached",
    title: "Adopt this run",
    keys: ["A"],
    group: "train",
    footer: 9,
    rare: true,
    disabled: (app) => (app.run?.replay === undefined ? whyNotAdopt(app.run?.liveness()) : IS_REPLAY),
    run: (app) => adopt(app, app.run?.id ?? ""),
  },
  {
    id: "stage.previous",
    title: "Previous stage",
    keys: ["{"],
    group: "stage",
    footer: 9,
    hint: { title: (app) => (isAway(app, -1) ? "previous stage" : null) },
    disabled: whyNoStage(-1),
    run: (app) => stepStage(app, -1),
  },
  {
    id: "stage.next",
    title: "Next stage",
    keys: ["}"],
    group: "stage",
    footer: 9,
    // Nothing else tells on a narrow terminal that another stage goes on.
    hint: { title: (app) => (isAway(app, 1) ? "next stage" : null) },
    disabled: whyNoStage(1),
    run: (app) => stepStage(app, 1),
  },
];
