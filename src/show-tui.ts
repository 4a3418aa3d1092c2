/** Wires the terminal interface to the services. The toolkit is loaded here and nowhere sooner. */
import { join } from "node:path";
import type { Context, ShowOptions } from "./cli/context.ts";
import { ok, type Result } from "./core/result.ts";
import { alertFolders, DEFAULT_CONFIG, hasAlerts, isQuiet } from "./services/alert-settings.ts";
import { costBeside } from "./services/beside.ts";
import { listCheckpoints } from "./services/checkpoints.ts";
import { adoptRun, requestRun } from "./services/run-control.ts";
import { RunView } from "./services/run-view.ts";
import { findRun, listRuns } from "./services/runs.ts";
import { deleteScreen, listScreens, saveScreen, screensStamp } from "./services/screens.ts";
import { recordModel, saveTranscript } from "./services/transcripts.ts";
import { keymapFiles, themeFiles } from "./services/user-files.ts";
import { WorkerChat } from "./services/worker.ts";
import { findBaseDir, findWorkspace } from "./services/workspace.ts";
import type { AppServices } from "./tui/app.ts";
import { preparation } from "./tui-preparation.ts";

/** They need the schema and YAML libraries, which the first frame does not wait for. */
const presetFiles = () => import("./services/presets.ts");

/** Shows the TUI until the user leaves; the value is the exit code. */
export async function showTui(context: Context, options: ShowOptions): Promise<Result<number>> {
  const home = context.home();
  if (!home.ok) return home;
  const { runTui } = await import("./tui/main.ts");
  const chat = new WorkerChat(() => context.workspace());
  const { theme = context.globals.color === false ? "none" : undefined, ascii } = context.globals;
  const shown = await runTui(appServices(context, home.value, chat), { theme, ascii, ...options });
  chat.close();
  return shown;
}

/** Read when an alert is raised: the schema library behind it is not needed sooner. */
async function mannersNow(home: string): Promise<{ bell: boolean; desktop: boolean }> {
  const config = hasAlerts(home) ? (await import("./services/alert-config.ts")).readAlerts(alertFolders(home)).config : DEFAULT_CONFIG;
  const quiet = isQuiet(config.quiet, Date.now());
  return { bell: config.bell && !quiet, desktop: config.desktop && !quiet };
}

export function appServices(context: Context, home: string, chat: WorkerChat): AppServices {
  const dirOf = (id: string): Result<string> => {
    const run = findRun(home, id);
    return run.ok ? ok(run.value.dir) : run;
  };
  return {
    listRuns: async () => listRuns(home),
    openRun: async (id) => {
      const dir = dirOf(id);
      return dir.ok ? RunView.open(dir.value) : dir;
    },
    request: async (id, kind, values) => {
      const dir = dirOf(id);
      if (!dir.ok) return dir;
      const request = requestRun(dir.value, kind, "tui", values && { values });
      return request.ok ? ok(undefined) : request;
    },
    acknowledge: async (id, key) => {
      const dir = dirOf(id);
      if (!dir.ok) return dir;
      const request = requestRun(dir.value, "acknowledge", "tui", { key });
      return request.ok ? ok(undefined) : request;
    },
    alertManners: () => mannersNow(home),
    adopt: async (id) => {
      const dir = dirOf(id);
      if (!dir.ok) return dir;
      const adopted = await adoptRun(dir.value);
      return adopted.ok ? ok(undefined) : adopted;
    },
    checkpoints: async (id) => {
      const dir = id === null ? null : dirOf(id);
      const view = dir?.ok ? RunView.open(dir.value) : null;
      if (view?.ok) {
        const { baseDir } = view.value.plan;
        view.value.close();
        return ok(listCheckpoints(baseDir));
      }
      const found = findWorkspace(context.globals.workspace);
      return found.ok ? ok(listCheckpoints(findBaseDir(found.value.dir, context.globals.baseDir))) : ok([]);
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
    screens: () => listScreens(home),
    screensStamp: () => screensStamp(home),
    saveScreen: (screen, overwrite) => saveScreen(home, screen, overwrite),
    deleteScreen,
    saveChart: async (scene, file, replace) => (await import("./services/chart-file.ts")).saveChart(scene, file, { replace }),
    ...preparation(context, home),
    saveTranscript: async (checkpoint, replies, model, runId) => {
      const workspace = await context.workspace();
      if (!workspace.ok) return workspace;
      const dir = runId === null ? null : dirOf(runId);
      const folder = join(dir?.ok ? dir.value : home, "transcripts");
      const name = `${checkpoint.stage}-${checkpoint.tag}-${checkpoint.step}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`;
      return saveTranscript(join(folder, name), { model: recordModel(checkpoint, workspace.value.info, model), replies });
    },
  };
}
