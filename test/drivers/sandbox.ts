/** A user with nothing: an empty home, its own XDG folders, and the pocket workspace. Cleans up what it started. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunState } from "../../src/core/run.ts";
import { isAlive } from "../../src/lib/process.ts";
import { runPaths, stagePaths } from "../../src/lib/run-dir.ts";
import { readLaunch, readState } from "../../src/lib/run-files.ts";
import { type CliOptions, cli, type Ran } from "./cli.ts";
import { type Pty, type PtyOptions, ROOT, startProgram } from "./pty.ts";
import { watchedFolder } from "./watched.ts";

export const POCKET = join(ROOT, "pocket");

export class Sandbox {
  readonly dir = watchedFolder("nanochat-cli-");
  readonly home = join(this.dir, "home");
  readonly baseDir: string;
  readonly env: Record<string, string>;
  #open: Pty[] = [];

  /** `beside`: the sandbox of the same user's other checkout, whose base dir is this one's too. */
  constructor(
    readonly workspace: string = POCKET,
    beside?: Sandbox,
  ) {
    this.baseDir = beside?.baseDir ?? join(this.dir, "base");
    mkdirSync(join(this.home, "prefabs"), { recursive: true });
    const user = {
      HOME: join(this.dir, "user"),
      XDG_DATA_HOME: join(this.dir, "data"),
      XDG_CONFIG_HOME: join(this.dir, "config"),
      XDG_CACHE_HOME: join(this.dir, "cache"),
    };
    this.env = { ...(beside?.env ?? user), NANOCHAT_CLI_HOME: this.home, NANOCHAT_CLI_TOUR: "0" };
    mkdirSync(this.env["HOME"] ?? "", { recursive: true });
  }

  /** Options that lead every command to this sandbox. */
  get place(): string[] {
    return ["--workspace", this.workspace, "--base-dir", this.baseDir];
  }

  /** A prefab of the user's own; one called `pocket` stands in for ours, so that `try` is short. */
  prefab(name: string, yaml: string): void {
    writeFileSync(join(this.home, "prefabs", `${name}.yaml`), yaml);
  }

  cli(args: readonly string[], options: CliOptions = {}): Promise<Ran> {
    return cli([...args, ...this.place], { ...options, env: { ...this.env, ...options.env } });
  }

  /** The answer of a command with `--json`. */
  async json<T>(args: readonly string[]): Promise<T> {
    const ran = await this.cli([...args, "--json"]);
    if (ran.code !== 0) throw new Error(`${args.join(" ")} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
    return JSON.parse(ran.stdout) as T;
  }

  /** Each begins as if it were the first one, unless `resume` says that what was on the screen is to be put back. */
  tui(args: readonly string[], { resume = false, ...options }: PtyOptions & { resume?: boolean } = {}): Pty {
    const pty = startProgram([...args, ...this.place, ...(resume ? [] : ["--fresh"])], {
      ...options,
      env: { ...this.env, ...options.env },
    });
    this.#open.push(pty);
    return pty;
  }

  runIds(): string[] {
    try {
      return readdirSync(join(this.home, "runs")).sort();
    } catch {
      return [];
    }
  }

  runDir(id: string): string {
    return join(this.home, "runs", id);
  }

  state(id: string): RunState {
    const state = readState(this.runDir(id));
    if (!state.ok) throw new Error(state.failure.what);
    return state.value;
  }

  /** Pids of everything that a run has started and that still lives, trainers and their parents first. */
  processes(id: string): number[] {
    const state = readState(this.runDir(id));
    if (!state.ok) return [];
    const trainers = state.value.stages.flatMap(({ name }) => {
      const launch = readLaunch(stagePaths(this.runDir(id), name).launch);
      return launch.ok && launch.value ? [...launch.value.children, launch.value] : [];
    });
    const { owner } = state.value;
    return [...trainers, ...(owner ? [owner] : [])].filter(({ pid, startTicks }) => isAlive(pid, startTicks)).map(({ pid }) => pid);
  }

  log(id: string): string {
    return readFileSync(runPaths(this.runDir(id)).log, "utf8");
  }

  async close(): Promise<void> {
    for (const pty of this.#open) await pty.close();
    for (const id of this.runIds()) for (const pid of this.processes(id)) process.kill(pid, "SIGKILL");
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A short pocket run: the same stages, a fraction of the steps. */
export const shortPocket = (steps: number, more = ""): string => `name: pocket
workspace: pocket
stages:
  - script: scripts.tok_train
  - script: scripts.base_train
    set: {num_iterations: ${steps}, eval_every: 20, eval_tokens: 256, core_metric_every: -1, sample_every: 20${more}}
  - script: scripts.chat_sft
    set: {num_iterations: 20, eval_every: 10, eval_tokens: 256, chatcore_every: -1}
`;

/** Only pretraining, in small quick steps, for as long as a test wants it. */
export const ENDLESS = `name: endless
workspace: pocket
stages:
  - script: scripts.tok_train
  - script: scripts.base_train
    set: {num_iterations: 100000, max_seq_len: 32, total_batch_size: 32, eval_every: 500, eval_tokens: 256, core_metric_every: -1, sample_every: -1}
`;
