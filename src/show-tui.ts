/** Wires the terminal interface to the services. The toolkit is loaded here and nowhere sooner. */
import { join } from "node:path";
import type { Context, ShowOptions } from "./cli/context.ts";
import { placeOfRun } from "./cli/run-place.ts";
import { ok, type Result } from "./core/result.ts";
import { costBeside } from "./services/beside.ts";
import { makersOf } from "./services/checkpoint-care.ts";
import { withEvaluated } from "./services/checkpoint-evaluated.ts";
import { checkpointsStamp, listCheckpoints } from "./services/checkpoints.ts";
import { alertsInTurn } from "./services/open-alerts.ts";
import { openReplay } from "./services/replay-view.ts";
import { changeAbout } from "./services/run-about.ts";
import { runBefore } from "./services/run-before.ts";
import { adoptedText, adoptRun, requestRun } from "./services/run-control.ts";
import { deleteRun, lossOf, lossText, whyNotDelete } from "./services/run-delete.ts";
import { RunView } from "./services/run-view.ts";
import { findRun, listRuns, type RunCache, settingsOf } from "./services/runs.ts";
import { deleteScreen, listScreens, putScreenAside, saveScreen, screensStamp } from "./services/screens.ts";
import { recordModel, saveTranscript } from "./services/transcripts.ts";
import { UiStateFile } from "./services/ui-state.ts";
import { keymapFiles, themeFiles } from "./services/user-files.ts";
import { WorkerChat } from "./services/worker.ts";
import type { AppServices, TuiOptions } from "./tui/app.ts";
import type { RunCareServices } from "./tui/run-care-actions.ts";
import { preparation } from "./tui-preparation.ts";

/** They need the schema and YAML libraries, which the first frame does not wait for. */
const presetFiles = () => import("./services/presets.ts");

/** Shows the TUI until the user leaves; the value is the exit code. */
export async function showTui(context: Context, options: ShowOptions): Promise<Result<number>> {
  const home = context.home();
  if (!home.ok) return home;
  const [{ runTui }, { readOnlyServices }] = await Promise.all([import("./tui/main.ts"), import("./tui/read-only.ts")]);
  const place: Place = { now: context };
  const chat = new WorkerChat(() => place.now.workspace());
  const { theme, color, ascii, lowBandwidth, screenReader, readOnly: asked = false } = context.globals;
  const readOnly = asked || options.machine === true;
  const ui = new UiStateFile(home.value);
  // A file of what was on the screen is moved aside when it is broken: not where nothing is to be written.
  const kept = context.globals.fresh || readOnly ? undefined : ui.load();
  const all = appServices(context, place, home.value, chat, ui);
  const services = options.machine ? { ...all, openRun: withMachine(all.openRun, context) } : all;
  const tui: TuiOptions = {
    readOnly,
    theme,
    noColor: color === false,
    ascii,
    lowBandwidth,
    screenReader,
    kept,
    tour: process.env["NANOCHAT_CLI_TOUR"] !== "0" && !screenReader && !options.machine,
    ...(options.machine && MACHINE),
    ...options,
  };
  const shown = await runTui(readOnly ? readOnlyServices(services) : services, tui, (id) => context.attachCommand(id));
  chat.close();
  return shown;
}

/** The shipped screen, and what stands in place of the id of a run. */
const MACHINE_SCREEN = "machine";
const MACHINE_ID = "this-machine";

/** What the interface begins with that shows this machine. */
const MACHINE = {
  initialRun: MACHINE_ID,
  initialScreen: MACHINE_SCREEN,
  readOnlyWhy: "the machine is only looked at; `nanochat-cli` alone opens all that can be done",
};

/** The same, and this machine in place of a run of that name. */
const withMachine =
  (openRun: AppServices["openRun"], context: Context): AppServices["openRun"] =>
  async (id) => {
    if (id !== MACHINE_ID) return openRun(id);
    const { MachineView } = await import("./services/machine-view.ts");
    const baseDir = context.baseDir();
    return MachineView.open(MACHINE_ID, { baseDir: baseDir.ok ? baseDir.value : process.cwd() });
  };

/** Read when an alert is raised: watches and schema library are not needed sooner. */
async function mannersNow(home: string): Promise<{ bell: boolean; desktop: boolean }> {
  const { alertFolders, DEFAULT_CONFIG, hasAlerts, isQuiet } = await import("./services/alert-settings.ts");
  const config = hasAlerts(home) ? (await import("./services/alert-config.ts")).readAlerts(alertFolders(home)).config : DEFAULT_CONFIG;
  const quiet = isQuiet(config.quiet, Date.now());
  return { bell: config.bell && !quiet, desktop: config.desktop && !quiet };
}

/** What is done with runs and needs more than reading them. */
const runCare = (dirOf: (id: string) => Result<string>): RunCareServices => ({
  changeAbout: async (id, change) => {
    const dir = dirOf(id);
    return dir.ok ? changeAbout(dir.value, change) : dir;
  },
  whatGoes: async (ids) => {
    const dirs: string[] = [];
    for (const id of ids) {
      const dir = dirOf(id);
      if (!dir.ok) return dir;
      const why = whyNotDelete(dir.value);
      if (why !== null) return { ok: false, failure: why };
      dirs.push(dir.value);
    }
    return ok(lossText(dirs.map(lossOf)));
  },
  deleteRun: async (id) => {
    const dir = dirOf(id);
    return dir.ok ? deleteRun(dir.value) : dir;
  },
});

/** Where a run's checkpoints are: what was imported was trained who knows where, so that of the workspace; null when there is none. */
function baseDirs(dirOf: (id: string) => Result<string>, place: Place): (id: string | null) => string | null {
  // A run keeps its own for good, and a plan is a long file.
  const known = new Map<string, string | null>();
  return (id) => {
    const dir = id === null || known.has(id) ? null : dirOf(id);
    const view = dir?.ok ? RunView.open(dir.value) : null;
    if (id !== null && view?.ok) known.set(id, view.value.state().imported === undefined ? view.value.plan.baseDir : null);
    if (view?.ok) view.value.close();
    const found = place.now.baseDir();
    return known.get(id ?? "") ?? (found.ok ? found.value : null);
  };
}

/** Whose checkout, Python and base dir the tabs work with: those of the attached run, else those that it was started with. */
interface Place {
  now: Context;
}

export function appServices(context: Context, place: Place, home: string, chat: WorkerChat, ui: UiStateFile): AppServices {
  const dirOf = (id: string): Result<string> => {
    const run = findRun(home, id);
    return run.ok ? ok(run.value.dir) : run;
  };
  const known: RunCache = new Map();
  const withAlerts = alertsInTurn();
  const baseDirOf = baseDirs(dirOf, place);
  return {
    listRuns: async () => {
      const runs = listRuns(home, known);
      return runs.ok ? ok(withAlerts(runs.value)) : runs;
    },
    settingsOf: (id) => {
      const dir = dirOf(id);
      return dir.ok ? settingsOf(dir.value) : new Map();
    },
    ...runCare(dirOf),
    attached: ({ plan }) => {
      place.now = placeOfRun(context, plan);
    },
    openRun: async (id) => {
      const dir = dirOf(id);
      return dir.ok ? RunView.open(dir.value) : dir;
    },
    runBefore: async ({ id, plan }) => {
      const runs = listRuns(home, known);
      return runs.ok ? runBefore(runs.value, id, plan) : null;
    },
    openReplay: async (id, { speed, step }) => {
      const dir = dirOf(id);
      return dir.ok ? openReplay(dir.value, { speed, step }) : dir;
    },
    request: async (id, kind, details) => {
      const dir = dirOf(id);
      if (!dir.ok) return dir;
      const request = requestRun(dir.value, kind, "tui", details);
      return request.ok ? ok(undefined) : request;
    },
    acknowledge: async (id, key) => {
      const run = findRun(home, id);
      if (!run.ok) return run;
      const { dir, liveness } = run.value;
      // Loaded by who needs it: nothing else here writes to a journal.
      if (liveness === "ended") return (await import("./services/run-acknowledge.ts")).acknowledgeEnded(dir, key, "tui");
      const request = requestRun(dir, "acknowledge", "tui", { key });
      return request.ok ? ok(undefined) : request;
    },
    alertManners: () => mannersNow(home),
    adopt: async (id) => {
      const dir = dirOf(id);
      if (!dir.ok) return dir;
      const adopted = await adoptRun(dir.value);
      return adopted.ok ? ok(adoptedText(id, adopted.value)) : adopted;
    },
    checkpoints: async (id) => {
      const baseDir = baseDirOf(id);
      return ok(baseDir === null ? [] : withEvaluated(home, listCheckpoints(baseDir)));
    },
    checkpointsStamp: async (id) => {
      const baseDir = baseDirOf(id);
      return baseDir === null ? "" : checkpointsStamp(baseDir);
    },
    baseDir: () => {
      const found = place.now.baseDir();
      return found.ok ? found.value : null;
    },
    chat,
    costBeside: async (checkpoint) => costBeside(home, checkpoint, chat.device),
    presets: async () => (await presetFiles()).listPresets(home).presets.map(({ preset }) => preset),
    savePreset: async (preset, overwrite) => (await presetFiles()).savePreset(home, preset, overwrite),
    deletePreset: async (name) => {
      const { findPreset, deletePreset } = await presetFiles();
      const found = findPreset(home, name);
      return found.ok ? deletePreset(found.value) : found;
    },
    themeFiles: () => themeFiles(home),
    keymapFiles: () => keymapFiles(home),
    saveUi: (value) => ui.save(value),
    changedUi: () => ui.changed(),
    screens: () => listScreens(home),
    screensStamp: () => screensStamp(home),
    saveScreen: (screen, overwrite, kept) => saveScreen(home, screen, overwrite, kept),
    putScreenAside: (name, value) => putScreenAside(home, name, value),
    deleteScreen,
    saveChart: async (scene, file, replace) => (await import("./services/chart-file.ts")).saveChart(scene, file, { replace }),
    ...preparation(() => place.now, home),
    saveTranscript: async (checkpoint, replies, model, runId) => {
      const workspace = await place.now.workspace();
      if (!workspace.ok) return workspace;
      // Beside the run that made the checkpoint, not beside one that merely is attached.
      const dir = runId !== null && makersOf(home)(checkpoint)?.run === runId ? dirOf(runId) : null;
      const folder = join(dir?.ok ? dir.value : home, "transcripts");
      const until = replies.at(-1)?.at.slice(0, 19).replaceAll(":", "");
      const name = `${checkpoint.stage}-${checkpoint.tag}-${checkpoint.step}-${until}`;
      return saveTranscript(join(folder, name), { model: recordModel(checkpoint, workspace.value.info, model), replies });
    },
  };
}
