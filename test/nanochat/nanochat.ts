/** A user with a real nanochat: the checkout, the Python and the data that three variables name, and a base dir of its own. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import type { ScriptInfo, WorkspaceInfo } from "../../src/core/params.ts";
import type { Plan, Value } from "../../src/core/plan.ts";
import { ROOT } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";

const VARIABLES = {
  NANOCHAT_DIR: "a checkout of nanochat",
  NANOCHAT_PYTHON: "the Python that has its dependencies",
  NANOCHAT_BASE_DIR: "a base dir with a tokenizer, text shards and chat tasks (it is only read)",
} as const;

/** Every checkout to be tried, that of NANOCHAT_DIR first; NANOCHAT_DIRS names more, as PATH does. */
export const checkouts = (): string[] => [
  ...new Set([
    given().NANOCHAT_DIR,
    ...(process.env["NANOCHAT_DIRS"] ?? "")
      .split(delimiter)
      .filter((dir) => dir !== "")
      .map((dir) => realpathSync(dir)),
  ]),
];

/** Values of the variables that this tier takes. Throws a sentence that says what to set when one is missing. */
function given(): Record<keyof typeof VARIABLES, string> {
  const missing = Object.entries(VARIABLES).filter(([name]) => !process.env[name]);
  if (missing.length > 0) {
    const wanted = missing.map(([name, what]) => `${name} to ${what}`).join(", ");
    throw new Error(`These tests need a real nanochat. Set ${wanted}; docs/real-nanochat.md says how to make one.`);
  }
  const of = (name: keyof typeof VARIABLES) => realpathButForPython(name, process.env[name] as string);
  return { NANOCHAT_DIR: of("NANOCHAT_DIR"), NANOCHAT_PYTHON: of("NANOCHAT_PYTHON"), NANOCHAT_BASE_DIR: of("NANOCHAT_BASE_DIR") };
}

/** A Python is known by its path: behind the link of a virtual environment is one without its packages. */
function realpathButForPython(name: string, path: string): string {
  if (!existsSync(path)) throw new Error(`${name} names ${path}, which does not exist.`);
  return name === "NANOCHAT_PYTHON" ? path : realpathSync(path);
}

/** Settings of a script by name, or why it did not come to reading them. */
export interface TrueScript {
  parameters?: Record<string, { type: string; default: Value | null; choices: Value[] | null; flag: string | null }>;
  error?: string;
}

type Settings = Record<string, Value>;

/** Sizes at which every script is done in seconds on one core. */
const TINY: Settings = {
  depth: 2,
  max_seq_len: 128,
  window_pattern: "L",
  device_batch_size: 2,
  total_batch_size: 256,
  eval_every: 20,
  eval_tokens: 1024,
  core_metric_every: -1,
  sample_every: -1,
  chatcore_every: -1,
  num_iterations: 40,
  device_type: "cpu",
};

/** Compiling takes longer than all the steps; several threads would fight over the cores. */
const ENV = { TORCHDYNAMO_DISABLE: "1", OMP_NUM_THREADS: "1" };

/** The first versions have no way to switch these off: they are put behind the last step. */
const NEVER = 1_000_000;

export interface PrefabStage {
  script: string;
  set?: Settings;
}

/** More steps than a test waits for: it is stopped. */
export const ENDLESS: PrefabStage & { set: Settings } = { script: "scripts.base_train", set: { num_iterations: 2000, eval_every: 1000 } };

/** A trainer without nanochat-cli. */
export interface PlainRun {
  /** What it printed as the loss of each step, by step. */
  losses: Map<number, string>;
}

export class RealNanochat extends Sandbox {
  readonly #python: string;
  #scripts: readonly ScriptInfo[] = [];

  constructor(checkout: string = given().NANOCHAT_DIR) {
    const { NANOCHAT_PYTHON, NANOCHAT_BASE_DIR } = given();
    super(checkout);
    this.#python = NANOCHAT_PYTHON;
    mkdirSync(this.baseDir);
    for (const name of readdirSync(NANOCHAT_BASE_DIR)) {
      if (!name.endsWith("_checkpoints")) symlinkSync(join(NANOCHAT_BASE_DIR, name), join(this.baseDir, name));
    }
  }

  /** What the scripts of the checkout themselves take, by module: run up to where they read their settings. */
  truth(modules: readonly string[]): Record<string, TrueScript> {
    const program = join(import.meta.dir, "true_parameters.py");
    const { stdout, stderr } = Bun.spawnSync([this.#python, program, ...modules], {
      cwd: this.workspace,
      env: { ...process.env, ...this.env, NANOCHAT_BASE_DIR: this.baseDir, PYTHONDONTWRITEBYTECODE: "1" },
    });
    if (stdout.length === 0) throw new Error(stderr.toString());
    return JSON.parse(stdout.toString()) as Record<string, TrueScript>;
  }

  override get place(): string[] {
    return [...super.place, "--python", this.#python];
  }

  /** Must be called first: what the prefabs may set depends on the version. */
  async look(): Promise<WorkspaceInfo> {
    const info = await this.json<WorkspaceInfo>(["describe"]);
    this.#scripts = info.scripts;
    return info;
  }

  /** Text of a file of the checkout; empty when this version does not have it. */
  source(path: string): string {
    const file = join(this.workspace, path);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** A prefab of the user's own: tiny sizes, and over them what the stages set. What a version does not know is left out. */
  tinyPrefab(
    name: string,
    stages: readonly PrefabStage[],
    { env = {}, ranks = 1 }: { env?: Record<string, string>; ranks?: number } = {},
  ): void {
    const written = stages.map(({ script, set }) => ({ script, set: this.#known(script, { ...TINY, ...set }) }));
    this.prefab(name, stringify({ name, workspace: "nanochat", env: { ...ENV, ...env }, ranks, stages: written }));
  }

  /** A folder for PYTHONPATH that makes several ranks possible without a GPU; nanochat itself starts a process group on CUDA only. */
  glooFolder(): string {
    const folder = join(this.dir, "gloo");
    mkdirSync(folder);
    copyFileSync(join(ROOT, "bridge", "tests", "gloo_on_cpu.py"), join(folder, "sitecustomize.py"));
    return folder;
  }

  /**
   * A folder for PYTHONPATH in which old versions find the chat tasks that this base dir has, in place of the library that
   * would fetch them; and the list of words that they would download.
   */
  hubFolder(): string {
    const words = join(this.baseDir, "words_alpha.txt");
    if (!existsSync(words)) writeFileSync(words, `${["apple", "banana", "cherry", "strawberry", "telescope", "violin"].join("\n")}\n`);
    return join(import.meta.dir, "hub");
  }

  /** Runs a plan's first stage as its authors mean it to be run, until it has printed the loss of step `last`. */
  async plain({ stages, env }: Plan, last: number): Promise<PlainRun> {
    const [stage] = stages;
    const args = (stage?.args ?? []).map((arg) => arg.replace(/^(--model.tag=).*/, "$1plain"));
    const child = Bun.spawn([this.#python, "-m", stage?.script ?? "", ...args], {
      cwd: this.workspace,
      env: { ...process.env, ...this.env, ...env, NANOCHAT_BASE_DIR: this.baseDir, PYTHONUNBUFFERED: "1" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const losses = new Map<number, string>();
    let tail = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (tail + text).split("\n");
      tail = lines.pop() ?? "";
      for (const [step, loss] of lines.flatMap(printedLoss)) losses.set(step, loss);
      if (losses.has(last)) break;
    }
    child.kill("SIGKILL");
    await child.exited;
    return { losses };
  }

  /** The losses of a run's first stage as they are in the journal, as many digits as nanochat prints. */
  async losses(id: string): Promise<Map<number, string>> {
    const { stdout } = await this.cli(["runs", "export", id, "--format", "jsonl"]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number>);
    const steps = rows.filter((row) => row["stage"] === 1 && row["train/loss"] !== undefined);
    return new Map(steps.map((row) => [row["step"] as number, (row["train/loss"] as number).toFixed(PRINTED_DIGITS)]));
  }

  #known(module: string, settings: Settings): Settings {
    const script = this.#scripts.find((one) => one.module === module);
    const names = new Set(script?.parameters.map(({ name }) => name));
    const known = Object.entries(settings).filter(([name]) => names.has(name));
    if (script?.style !== "configurator") return Object.fromEntries(known);
    return Object.fromEntries(known.map(([name, value]) => [name, name.endsWith("_every") && value === -1 ? NEVER : value]));
  }
}

// scripts/base_train.py: `loss: {debiased_smooth_loss:.6f}`, from the first version on
const PRINTED_DIGITS = 6;
const LOSS_LINE = /^step (\d+)\S* .*?loss: (\S+) /;

function printedLoss(line: string): Array<[number, string]> {
  const match = LOSS_LINE.exec(line);
  return match ? [[Number(match[1]), match[2] ?? ""]] : [];
}
