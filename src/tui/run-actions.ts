/** What one can ask of a run, and how one gets from run to run. */
import type { Action } from "../core/action.ts";
import type { Capability } from "../core/bridge.ts";
import { sentence } from "../core/result.ts";
import { type Liveness, type RequestKind, TERMINAL_STATUSES } from "../core/run.ts";
import { currentStage, plannedStage, record, stageTitle } from "../panels/data.ts";
import type { AppContext } from "./context.ts";

type AppAction = Action<AppContext>;

/** Why a request cannot be made, or null: what is known already is said before anything is asked. */
function whyNot(app: AppContext, capability: "save" | "stop" | null): string | null {
  if (app.run === null) return "there is no run to ask";
  const state = app.run.state();
  if (TERMINAL_STATUSES.has(state.status)) return "the run has ended";
  if (app.run.liveness() === "unattended") return "nobody looks after this run: A adopts it";
  if (capability === null) return null;
  if (state.status === "stopping") return "the run is stopping already";
  return capabilityReason(app, capability);
}

function capabilityReason(app: AppContext, name: "save" | "stop"): string | null {
  const running = app.run?.state().stages.find(({ status }) => status === "running");
  const facts = app.facts();
  if (running === undefined || facts === null) return null;
  const stage = plannedStage({ ...facts, stage: running.index });
  if (stage !== undefined && !stage.bridged) return `${stageTitle(stage.name)} runs without the bridge, which alone can do that`;
  const hello = facts.data.events({ kinds: ["hello"], stage: running.index, limit: 1 }).at(-1);
  const capability = record(record(hello?.body["capabilities"])[name]) as Partial<Capability>;
  return capability.available === false ? (capability.reason ?? "this script cannot do that") : null;
}

async function request(app: AppContext, kind: RequestKind): Promise<void> {
  if (app.run === null) return;
  const asked = await app.services.request(app.run.id, kind);
  if (asked.ok) app.notify("info", ASKED[kind]);
  else app.notify("bad", sentence(asked.failure));
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
};

function askToStop(app: AppContext): void {
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
  app.ask({
    title: "Stop the run",
    consequence:
      cannotSave === null
        ? `${app.run?.id} ends for good. Stop and save writes a checkpoint first; without it, everything since the last one is lost.`
        : `${app.run?.id} ends for good, and everything since the last checkpoint is lost: ${cannotSave}.`,
    safe: "Keep training",
    choices: cannotSave === null ? [stopAndSave, stopNow] : [stopNow],
  });
}

async function adopt(app: AppContext, id: string): Promise<void> {
  const adopted = await app.services.adopt(id);
  if (adopted.ok) app.notify("good", `${id} is looked after again`);
  else app.notify("bad", sentence(adopted.failure));
}

const selectedRow = (app: AppContext) => app.runs.shown(app.state.filter.runs)[app.state.selected.runs];

const whyNotAdopt = (liveness: Liveness | undefined): string | null =>
  liveness === undefined ? "there is no run to adopt" : liveness === "unattended" ? null : NOT_ADOPTABLE[liveness];

const NOT_ADOPTABLE: Readonly<Record<Exclude<Liveness, "unattended">, string>> = {
  owned: "somebody looks after it already",
  ended: "it has ended",
};

function stepStage(app: AppContext, by: 1 | -1): void {
  const facts = app.facts();
  if (facts === null) return;
  const stage = Math.min(facts.state.stages.length, Math.max(1, facts.stage + by));
  // Back at the current one, the view goes with the run again.
  app.state.stage = stage === currentStage(facts.state) ? null : stage;
  app.state.selected.config = 0;
  app.touch();
}

const whyNoStage = (app: AppContext): string | null => {
  if (app.run === null) return "there is no run to look at";
  return app.run.plan.stages.length < 2 ? "this run has one stage" : null;
};

const whyNoChat = (app: AppContext): string | null => {
  if (app.run === null) return "there is no run to look at";
  return app.facts()?.data.events({ kinds: ["checkpoint"], limit: 1 }).length ? null : "this run has no checkpoint yet";
};

export const runActions: readonly AppAction[] = [
  {
    id: "run.save",
    title: "Save now",
    keys: ["s"],
    group: "train",
    footer: 10,
    disabled: (app) => whyNot(app, "save"),
    run: (app) => request(app, "save"),
  },
  { id: "run.stop", title: "Stop…", keys: ["S"], group: "train", footer: 11, disabled: (app) => whyNot(app, null), run: askToStop },
  {
    id: "run.chat",
    title: "Chat",
    keys: ["c"],
    group: "train",
    footer: 12,
    disabled: whyNoChat,
    run: (app) => app.chatWithRun(),
  },
  {
    id: "run.attach",
    title: "Attach",
    keys: ["enter"],
    group: "runs",
    footer: 10,
    disabled: (app) => (selectedRow(app) === undefined ? "no run is selected" : (selectedRow(app)?.problem ?? null)),
    run: (app) => app.attach(selectedRow(app)?.id ?? ""),
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
    disabled: (app) => whyNotAdopt(app.run?.liveness()),
    run: (app) => adopt(app, app.run?.id ?? ""),
  },
  {
    id: "stage.previous",
    title: "Previous stage",
    keys: ["["],
    group: "stage",
    footer: 14,
    disabled: whyNoStage,
    run: (app) => stepStage(app, -1),
  },
  { id: "stage.next", title: "Next stage", keys: ["]"], group: "stage", footer: 13, disabled: whyNoStage, run: (app) => stepStage(app, 1) },
];
