/** The attached run: where it is, how the loss goes, what it writes and prints. */
import { TERMINAL_STATUSES } from "../../core/run.ts";
import type { Scene } from "../../core/scene.ts";
import { checkpointsKind } from "../../panels/checkpoints.ts";
import type { RunFacts, Size } from "../../panels/data.ts";
import { eventsKind } from "../../panels/events.ts";
import { hostKind } from "../../panels/host.ts";
import { logKind } from "../../panels/log.ts";
import { lossKind } from "../../panels/loss.ts";
import { progressPanel } from "../../panels/progress.ts";
import { samplesKind } from "../../panels/samples.ts";
import { validationKind } from "../../panels/validation.ts";
import type { Versions } from "../attached.ts";
import { chartLook, chartScene, panelInput } from "../chart-scene.ts";
import type { AppContext } from "../context.ts";
import { NO_RUN_DESIGNS, TRAIN_DESIGNS } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";

interface Kind {
  everyMs: number;
  /** What it is made from, besides the run's record: events tell nearly every panel why it is empty. */
  from: ReadonlyArray<keyof Versions>;
  /** Shows ages or time left: drawn again each second. */
  timed?: boolean;
  groups?: Pane["groups"];
  /** What of the user's choices it shows. */
  look?: (app: AppContext) => string;
  scene: (facts: RunFacts, size: Size, app: AppContext) => Scene;
  move?: (app: AppContext, by: number, rows: number) => void;
}

const KINDS: Readonly<Record<string, Kind>> = {
  progress: {
    everyMs: 50,
    from: ["points", "events", "log"],
    timed: true,
    scene: (facts, size, app) => progressPanel(facts, size, { afterwards: afterwards(app) }),
  },
  loss: {
    everyMs: 250,
    from: ["points", "events"],
    groups: ["chart"],
    look: chartLook,
    scene: (facts, size, app) => chartScene(lossKind, app, facts, size, app.baselines.shown(app.now)),
  },
  validation: {
    everyMs: 500,
    from: ["points"],
    groups: ["chart"],
    look: chartLook,
    scene: (facts, size, app) => chartScene(validationKind, app, facts, size, app.baselines.shown(app.now)),
  },
  samples: { everyMs: 200, from: ["events"], look: chartLook, scene: (facts, size, app) => chartScene(samplesKind, app, facts, size) },
  log: {
    everyMs: 100,
    from: ["log"],
    groups: ["log", "list"],
    look: ({ state }) => JSON.stringify([state.filter.log, state.logBottom, state.stage, state.chart]),
    scene: (facts, size, app) => chartScene(logKind, app, facts, size),
    move: moveLog,
  },
  checkpoints: {
    everyMs: 200,
    from: ["events", "points"],
    timed: true,
    look: chartLook,
    scene: (facts, size, app) => chartScene(checkpointsKind, app, facts, size),
  },
  host: {
    everyMs: 500,
    from: ["points"],
    timed: true,
    look: chartLook,
    scene: (facts, size, app) => chartScene(hostKind, app, facts, size),
  },
  events: { everyMs: 100, from: ["events"], look: chartLook, scene: (facts, size, app) => chartScene(eventsKind, app, facts, size) },
};

function moveLog(app: AppContext, by: number, rows: number): void {
  const facts = app.facts();
  if (facts === null) return;
  const moved = logKind.scroll?.(panelInput(logKind, app, facts, { width: 80, height: rows }), by);
  app.state.logBottom = moved?.log?.bottom ?? null;
}

/** What comes after the end, as the last line of the progress panel. */
function afterwards(app: AppContext): string | null {
  const facts = app.facts();
  if (facts === null || !TERMINAL_STATUSES.has(facts.state.status)) return null;
  return facts.data.events({ kinds: ["checkpoint"], limit: 1 }).length > 0 ? "C chat with the new checkpoint" : null;
}

const noRun = (app: AppContext): Scene => ({
  title: "train",
  blocks: [
    {
      block: {
        kind: "empty",
        why: app.runProblem ?? "No run is attached",
        remedy: "6 lists the runs · nanochat-cli train pocket starts one",
      },
    },
  ],
});

/** A filtered log may be searched to its beginning: not with each line that comes. */
const FILTERED_LOG_MS = 300;

export const trainScreen: Screen = {
  designs: (app) => (app.run === null ? NO_RUN_DESIGNS : TRAIN_DESIGNS),
  pane: (app, id) => {
    const kind = KINDS[id];
    const facts = app.facts();
    const second = kind?.timed ? Math.floor(app.now / 1000) : 0;
    const move = kind?.move;
    return {
      id,
      groups: kind?.groups ?? [],
      look: `${facts === null ? app.runProblem : `${facts.state.id}/${facts.stage}`} ${kind?.look?.(app) ?? ""}`,
      beat: `${app.versions.state} ${kind?.from.map((what) => app.versions[what])} ${second}`,
      everyMs: id === "log" && app.state.filter.log !== "" ? FILTERED_LOG_MS : (kind?.everyMs ?? 1000),
      scene: (size) => (facts === null || kind === undefined ? noRun(app) : kind.scene(facts, size, app)),
      move: move === undefined ? undefined : (by, rows) => move(app, by, rows),
    };
  },
};
