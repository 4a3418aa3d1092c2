/** What a command needs to know of its surroundings, found when it is first asked for. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Python } from "../bridge/python.ts";
import type { PrefabFolder } from "../config/prefab-files.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { ok, type Result } from "../core/result.ts";
import { cacheDir, configDir } from "../lib/paths.ts";
import { PACKAGE_DIR, programAsTyped } from "../lib/self.ts";
import { shellWord } from "../lib/shell-word.ts";
import { isTerminal } from "../lib/tty.ts";
import { findHome, runsDir, userPrefabDirs } from "../services/home.ts";
import { isTrusted } from "../services/trust.ts";
import {
  type FoundWorkspace,
  findBaseDir,
  findWorkspace,
  POCKET_DIR,
  POCKET_NAME,
  remembersAnother,
  rememberWorkspace,
  type UsedWith,
} from "../services/workspace.ts";
import type { Answer, Face } from "./output.ts";

/** The global options as given. */
export interface GlobalValues {
  workspace?: string;
  python?: string;
  baseDir?: string;
  home?: string;
  readOnly?: boolean;
  json?: boolean;
  color?: boolean;
  theme?: string;
  fresh?: boolean;
  lowBandwidth?: boolean;
  screenReader?: boolean;
  ascii?: boolean;
  debug?: boolean;
}

/** What the terminal interface begins with. */
export interface ShowOptions {
  initialRun?: string;
  initialTab?: "train" | "runs";
  /** Show this machine, and nothing that writes. */
  machine?: true;
  /** Show that run again as it went: so many seconds of it in one, from a step on. */
  replay?: { speed?: number | undefined; step?: number | undefined };
  /** Go on to a newer run when one begins. */
  followLatest?: boolean;
}

/** What the terminal interface does for the command line. Given by main.ts: this layer does not know it. */
export interface TuiFace {
  /** Shows it until the user leaves; the value is the exit code. */
  show(context: Context, options: ShowOptions): Promise<Result<number>>;
  /** The keys and the themes that are in use here, with what is wrong in their files. */
  keys(context: Context): Promise<Result<Answer | number>>;
  themes(context: Context): Promise<Result<Answer | number>>;
}

/** A workspace that has been looked into. */
export interface Workspace {
  info: WorkspaceInfo;
  found: FoundWorkspace;
  /** A failure here is for those who want to start something; looking around works without. */
  python: Result<Python>;
  baseDir: string;
  home: string;
}

/** What was said by flag of how a workspace is used. */
const given = ({ python, baseDir }: GlobalValues): UsedWith => ({
  ...(python === undefined ? {} : { python }),
  ...(baseDir === undefined ? {} : { baseDir }),
});

const baseDirOf = ({ dir, usedWith }: FoundWorkspace, { baseDir }: GlobalValues): string => findBaseDir(dir, baseDir, usedWith?.baseDir);

export class Context {
  #workspace: Promise<Result<Workspace>> | undefined;

  constructor(
    readonly globals: GlobalValues,
    readonly face: Face,
    readonly tui: TuiFace,
    /** In the pocket while another workspace stays the last one used. */
    private readonly isAside = false,
  ) {}

  /** What shows a run again, to be typed as it stands: with the home, where it was named. */
  attachCommand(id: string): string {
    const { home } = this.globals;
    return `${shellWord(programAsTyped())} runs attach ${id}${home === undefined ? "" : ` --home ${shellWord(resolve(home))}`}${this.flags}`;
  }

  /** What leads a command here that would go to the last workspace used. */
  get flags(): string {
    return this.isAside ? ` --workspace ${POCKET_NAME}` : "";
  }

  /** Whether there is a person at a terminal: the TUI can be shown. */
  get interactive(): boolean {
    return isTerminal(0) && isTerminal(1) && process.env["TERM"] !== "dumb" && !this.globals.json;
  }

  get showTui(): TuiFace["show"] {
    return this.tui.show;
  }

  /** The same surroundings with another place: that of an attached run for the terminal interface. */
  within(place: Pick<GlobalValues, "workspace" | "python" | "baseDir">): Context {
    return new Context({ ...this.globals, ...place }, this.face, this.tui, this.isAside);
  }

  /** The pocket, for `try`: a look at it takes nobody's workspace away. */
  inPocket(): Context {
    return new Context({ ...this.globals, workspace: POCKET_DIR }, this.face, this.tui, remembersAnother(POCKET_DIR));
  }

  /** The workspace, looked into and remembered as the last one used. */
  workspace(): Promise<Result<Workspace>> {
    this.#workspace ??= this.#look();
    return this.#workspace;
  }

  async #look(): Promise<Result<Workspace>> {
    // Loaded here: the schema library behind it would cost the terminal interface half of its start.
    const [{ describeWorkspace }, { findPython }] = await Promise.all([import("../bridge/describe.ts"), import("../bridge/python.ts")]);
    const found = findWorkspace(this.globals.workspace);
    if (!found.ok) return found;
    const { dir } = found.value;
    const flags = { ...found.value.usedWith, ...given(this.globals) };
    const python = await findPython({ flag: flags.python, workspaceDir: dir });
    const argv = python.ok ? python.value.argv : ["python3"];
    const info = await describeWorkspace({ dir, python: argv, cacheDir: cacheDir(), trusted: isTrusted(dir) });
    // Without a Python that works nothing could be read, unless what was read says that there is no nanochat.
    if (!info.ok) return python.ok || info.failure.code === "not-found" ? info : python;
    if (!this.globals.readOnly && !this.isAside) rememberWorkspace(dir, flags);
    return ok({
      info: info.value,
      found: found.value,
      python,
      baseDir: baseDirOf(found.value, this.globals),
      home: findHome(dir, this.globals.home),
    });
  }

  /** Needs no look into the workspace: lists of runs and checkpoints are there without Python. */
  home(): Result<string> {
    const found = this.globals.home || process.env["NANOCHAT_CLI_HOME"] ? null : findWorkspace(this.globals.workspace);
    if (found === null || found.ok) return ok(findHome(found?.value.dir ?? null, this.globals.home));
    const own = this.#ownHome();
    return own !== null && existsSync(runsDir(own)) ? ok(own) : found;
  }

  /** For runs that come from elsewhere, which need no checkout: without one they are kept in the user's own home. */
  homeForImport(): Result<string> {
    const home = this.home();
    const own = home.ok ? null : this.#ownHome();
    return own === null ? home : ok(own);
  }

  /** The home that belongs to no checkout; null where one is named, that it must not stand in for. */
  #ownHome(): string | null {
    return this.globals.workspace === undefined && !process.env["NANOCHAT_DIR"] ? findHome(null, undefined) : null;
  }

  baseDir(): Result<string> {
    if (this.globals.baseDir !== undefined) return ok(findBaseDir("", this.globals.baseDir));
    const found = findWorkspace(this.globals.workspace);
    return found.ok ? ok(baseDirOf(found.value, this.globals)) : found;
  }

  /** Ours, then the user's, then the workspace's: a later one hides an earlier one of the same name. */
  prefabFolders(): PrefabFolder[] {
    const home = this.home();
    return [
      { dir: join(PACKAGE_DIR, "prefabs"), layer: "prefab" },
      ...(home.ok ? userPrefabDirs(home.value, configDir()) : [join(configDir(), "prefabs")]).map((dir) => ({
        dir,
        layer: "user prefab" as const,
      })),
    ];
  }
}
