/** Names of everything in a run directory; docs/run-directory.md says what each file holds. */
import { join } from "node:path";

export interface RunPaths {
  dir: string;
  plan: string;
  environment: string;
  state: string;
  about: string;
  journal: string;
  owner: string;
  log: string;
  requests: string;
  transcripts: string;
}

/** Put together by hand: of thousands of runs, `join` would cost more than reading them. */
export const runPaths = (dir: string): RunPaths => ({
  dir,
  plan: `${dir}/plan.yaml`,
  environment: `${dir}/environment.json`,
  state: `${dir}/state.json`,
  about: `${dir}/about.json`,
  journal: `${dir}/journal.db`,
  owner: `${dir}/owner.db`,
  log: `${dir}/supervisor.log`,
  requests: `${dir}/requests`,
  transcripts: `${dir}/transcripts`,
});

export interface StagePaths {
  dir: string;
  command: string;
  launch: string;
  exit: string;
  stdout: string;
  stderr: string;
  bridge: string;
  control: string;
}

/** `name` is PlannedStage.name, `01-base_train`. */
export function stagePaths(runDir: string, name: string): StagePaths {
  const dir = join(runDir, "stages", name);
  return {
    dir,
    command: join(dir, "command.json"),
    launch: join(dir, "launch.json"),
    exit: join(dir, "exit.json"),
    stdout: join(dir, "stdout.log"),
    stderr: join(dir, "stderr.log"),
    bridge: join(dir, "bridge"),
    control: join(dir, "bridge", "control.json"),
  };
}
