/** A person's home with the recorded runs in it, and the program's own services on it; what they would ask the machine is recorded. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context } from "../src/cli/context.ts";
import { PlanDraft } from "../src/cli/draft.ts";
import { NOTHING_KNOWN, type PlanInput } from "../src/config/plan-input.ts";
import { figuresOf } from "../src/config/planner/figures.ts";
import { namedMachine } from "../src/config/planner/gpus.ts";
import { loadPrefab } from "../src/config/prefab.ts";
import type { Checkpoint, Fit } from "../src/core/checkpoint.ts";
import type { WorkspaceInfo } from "../src/core/params.ts";
import { ok, type Result, sentence } from "../src/core/result.ts";
import { TERMINAL_STATUSES } from "../src/core/run.ts";
import type { Check, LedgerStage } from "../src/core/setup.ts";
import { PACKAGE_DIR } from "../src/lib/self.ts";
import { isRecord } from "../src/lib/shape.ts";
import { withEvaluated } from "../src/services/checkpoint-evaluated.ts";
import { UiStateFile } from "../src/services/ui-state.ts";
import { appServices } from "../src/show-tui.ts";
import type { AppServices, RunView } from "../src/tui/app.ts";
import { RECORDED_CHAT } from "./recorded-chat.ts";
import { replayRun } from "./replay.ts";

const FIXTURE = join(PACKAGE_DIR, "test", "fixtures", "shots");

interface Answers {
  /** Epoch milliseconds: when the second run was copied while it was going on. */
  now: number;
  checkpoints: Array<{ checkpoint: Checkpoint; fit: Fit[] }>;
  ledger: LedgerStage[];
  checks: Check[];
  /** What `describe` says of the checkout that a plan is made for; only the scripts of the prefab. */
  workspace: WorkspaceInfo;
}

const answers = (): Answers => JSON.parse(readFileSync(join(FIXTURE, "answers.json"), "utf8")) as Answers;

const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
};

export interface Recorded {
  services: AppServices;
  /** Epoch milliseconds: the moment of all pictures. */
  now: number;
  /** Of the run that goes on. */
  runId: string;
  remove(): void;
}

/** Plays the runs into a home of its own in the temporary folder. */
export function openRecorded(): Recorded {
  const dir = mkdtempSync(join(tmpdir(), "nanochat-cli-shots-"));
  const restore = ownEnvironment(dir);
  const home = join(dir, "home");
  const ids = readdirSync(join(FIXTURE, "runs")).sort();
  for (const id of ids) {
    const [recorded, run] = [join(FIXTURE, "runs", id), join(home, "runs", id)];
    mkdirSync(run, { recursive: true });
    cpSync(recorded, run, { recursive: true });
    replayRun(recorded, run);
  }
  const remove = (): void => {
    restore();
    rmSync(dir, { recursive: true, force: true });
  };
  const { now } = answers();
  return { services: recordedServices(home), now, runId: ids.at(-1)!, remove };
}

/** Nothing of the person who takes the pictures gets into them: no files, no clock, no terminal. Returns how it was before. */
function ownEnvironment(dir: string): () => void {
  const own = { TZ: "UTC", XDG_CONFIG_HOME: join(dir, "config"), XDG_DATA_HOME: join(dir, "data"), XDG_CACHE_HOME: join(dir, "cache") };
  const before = Object.keys(own).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, own);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

function recordedServices(home: string): AppServices {
  const nobody = (): never => {
    throw new Error("A picture asks nothing of the command line");
  };
  const face = { answer: nobody, note: nobody, lines: nobody } as never;
  const context = new Context({ home, workspace: "pocket" }, face, { show: nobody, keys: nobody, themes: nobody });
  const services = appServices(context, { now: context }, home, RECORDED_CHAT as never, new UiStateFile(home));
  const { checkpoints, ledger, checks } = answers();
  return {
    ...services,
    attached: () => undefined,
    openRun: async (id) => {
      const opened = await services.openRun(id);
      return opened.ok ? ok(alive(opened.value)) : opened;
    },
    listRuns: async () => {
      const listed = await services.listRuns();
      return listed.ok
        ? ok(listed.value.map((run) => ({ ...run, liveness: TERMINAL_STATUSES.has(run.status) ? "ended" : "owned" })))
        : listed;
    },
    // Their runs were recorded elsewhere: by their settings.
    checkpoints: async () =>
      ok(
        withEvaluated(
          "",
          checkpoints.map(({ checkpoint }) => checkpoint),
          () => null,
        ),
      ),
    fit: async (one) => ok(checkpoints.find(({ checkpoint }) => checkpoint.dir === one.dir && checkpoint.step === one.step)?.fit ?? []),
    ledger: async () => ok(ledger),
    doctor: async (onChecks) => onChecks(checks, 0),
    openDraft: async () => speedrun(home),
    costBeside: async () => null,
    chat: RECORDED_CHAT,
  };
}

/** A supervisor looks after a run that was going on when it was recorded: its processes are not those of this machine. */
function alive(view: RunView): RunView {
  return {
    id: view.id,
    plan: view.plan,
    reader: view.reader,
    state: () => view.state(),
    liveness: () => (TERMINAL_STATUSES.has(view.state().status) ? "ended" : "owned"),
    refresh: () => view.refresh(),
    refreshWithin: (budgetMs) => view.refreshWithin(budgetMs),
    close: () => view.close(),
  };
}

/** What one plans with: nanochat's speedrun on the machine that it is made for. */
function speedrun(home: string): Result<PlanDraft> {
  const folders = [{ dir: join(PACKAGE_DIR, "prefabs"), layer: "prefab" as const }];
  const input: PlanInput = {
    prefab: elsewhere(unwrap(loadPrefab("speedrun", folders))),
    workspace: answers().workspace,
    python: { argv: ["/home/ada/nanochat/.venv/bin/python"], reason: ".venv" },
    baseDir: "/home/ada/.cache/nanochat",
    sets: [],
    name: "speedrun",
    modelTag: "speedrun",
    surroundings: {
      ...NOTHING_KNOWN,
      machine: unwrap(namedMachine("8xH100")),
      tokenizer: true,
      evalBundle: true,
      wandbImport: true,
      wandbKey: true,
    },
    figuresOf: figuresOf(),
  };
  return PlanDraft.make("prefab speedrun", { home, folders }, input, async () => ok(input));
}

/** As if the program lay in that person's home: where it lies here is in no picture. */
function elsewhere<T>(value: T): T {
  const moved = (one: unknown): unknown => {
    if (typeof one === "string") return one.replace(PACKAGE_DIR, "/home/ada/nanochat-cli");
    if (one instanceof Map) return new Map([...one].map(([key, inner]) => [key, moved(inner)]));
    if (Array.isArray(one)) return one.map(moved);
    return isRecord(one) ? Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, moved(inner)])) : one;
  };
  return moved(value) as T;
}
