/** Showing a run again as it went: how fast, from where, and back to the run as it is. */
import type { Action } from "../core/action.ts";
import type { Span } from "../core/scene.ts";
import { clock, count, duration } from "../lib/format.ts";
import type { Replay } from "../services/replay-view.ts";
import type { AppContext } from "./context.ts";
import { askForStep, PACE } from "./replay-step.ts";
import { selectedRow } from "./run-care-actions.ts";

type AppAction = Action<AppContext>;

/** Why nothing can be asked of a run that is shown again. */
export const IS_REPLAY = "this is a replay";

/** What `<` and `>` go through; any other between 1 and 1000 can be asked for by command. */
const SPEEDS = [1, 2, 5, 10, 30, 60, 120, 300, 1000];

const speedText = (speed: number): string => `${Number(speed.toPrecision(3))}×`;

/** For who has not said how fast: how fast it is, and how long that takes. */
export const paceText = ({ speed, from, to }: Replay, keyOf: AppContext["keyOf"]): string =>
  `Replay at ${speedText(speed)}: all of the run in about ${duration((to - from) / 1000 / speed)} · ${keyOf("replay.slower")} and ${keyOf("replay.faster")} change that`;

/** `REPLAY 60× · step 300 · 14:03:12`: how fast, at which step, and when it was. */
export const replaySpan = ({ speed, paused, at, to, step }: Replay): Span => ({
  text: `REPLAY ${at >= to ? "end" : paused ? "⏸" : speedText(speed)}${step === null ? "" : ` · step ${count(step)}`} · ${clock(at, true)}`,
  tone: "info",
  bold: true,
});

const during =
  (run: (app: AppContext, replay: Replay) => void) =>
  (app: AppContext): void => {
    const replay = app.run?.replay;
    if (replay !== undefined) run(app, replay);
    app.touch();
  };

/** Changes how fast it goes, which the status line tells from then on. */
const pacing = (change: (replay: Replay) => void) =>
  during((app, replay) => {
    change(replay);
    app.notices.settle(new Set([PACE]));
  });

const noReplay = (app: AppContext): string | null => (app.run?.replay === undefined ? "no run is being replayed" : null);

const whyNoSpeed =
  (by: 1 | -1) =>
  (app: AppContext): string | null =>
    noReplay(app) ?? (speedFrom(app.run!.replay!.speed, by) === undefined ? `${by > 0 ? "faster" : "slower"} it cannot go` : null);

const speedFrom = (speed: number, by: 1 | -1): number | undefined =>
  by > 0 ? SPEEDS.find((one) => one > speed) : SPEEDS.findLast((one) => one < speed);

const TENTH = 0.1;

const by = (share: number) => during((_, replay) => replay.seek(replay.at + (replay.to - replay.from) * share));

/** From the run as it is to how it went, and back. */
async function toggle(app: AppContext): Promise<void> {
  if (app.run === null) return;
  const { id, replay } = app.run;
  await app.attach(id, replay === undefined ? { replay: {} } : {});
}

export const replayActions: readonly AppAction[] = [
  {
    id: "run.replay",
    title: "Replay, or as it is",
    keys: ["r"],
    group: "train",
    footer: 56,
    disabled: (app) => (app.run === null ? "there is no run to look at" : null),
    run: toggle,
  },
  {
    id: "runs.replay",
    title: "Replay",
    keys: ["r"],
    group: "runs",
    footer: 12,
    disabled: (app) => (selectedRow(app) === undefined ? "no run is selected" : (selectedRow(app)?.problem ?? null)),
    run: (app) => app.attach(selectedRow(app)?.id ?? "", { replay: {} }),
  },
  {
    id: "replay.pause",
    title: "Hold, or go on",
    keys: ["space"],
    group: "replay",
    footer: 1,
    disabled: noReplay,
    run: pacing((replay) => replay.setPaused(!replay.paused)),
  },
  {
    id: "replay.slower",
    title: "Slower",
    keys: ["<"],
    group: "replay",
    footer: 2,
    disabled: whyNoSpeed(-1),
    run: pacing((replay) => replay.setSpeed(speedFrom(replay.speed, -1) ?? replay.speed)),
  },
  {
    id: "replay.faster",
    title: "Faster",
    keys: [">"],
    group: "replay",
    footer: 3,
    disabled: whyNoSpeed(1),
    run: pacing((replay) => replay.setSpeed(speedFrom(replay.speed, 1) ?? replay.speed)),
  },
  { id: "replay.back", title: "A tenth back", keys: [","], group: "replay", footer: 4, disabled: noReplay, run: by(-TENTH) },
  { id: "replay.on", title: "A tenth on", keys: ["."], group: "replay", footer: 5, disabled: noReplay, run: by(TENTH) },
  { id: "replay.step", title: "To a step…", keys: ["G"], group: "replay", footer: 6, disabled: noReplay, run: askForStep },
  {
    id: "replay.begin",
    title: "From the beginning",
    keys: ["B"],
    group: "replay",
    footer: 7,
    disabled: noReplay,
    run: during((_, replay) => replay.seek(replay.from)),
  },
];
