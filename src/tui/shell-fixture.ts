/** A whole TUI for tests: fake terminal, fake services, a clock that stands still until it is told to move. */
import { fakeState, START } from "../panels/fake-data.ts";
import { leaves } from "../screens/tree.ts";
import type { TuiOptions } from "./app.ts";
import { FakeServices } from "./fake-services.ts";
import { FakeRun, FakeTerminal } from "./fake-terminal.ts";
import { choosePace } from "./pace.ts";
import { Shell } from "./shell.ts";
import { builtIn } from "./themes.ts";
import { readUiState } from "./ui-state.ts";

const open: Shell[] = [];

/** Stops every shell that a test has started. */
export function stopAll(): void {
  for (const shell of open.splice(0)) shell.stop();
}

/** A shell to be stopped with the others. */
export function keep(shell: Shell): Shell {
  open.push(shell);
  return shell;
}

/** Waits until something is so. */
export const settle = async (until: () => boolean): Promise<void> => {
  const deadline = Date.now() + 3000;
  while (!until()) {
    if (Date.now() > deadline) throw new Error("it did not happen");
    await new Promise((resolve) => setImmediate(resolve));
  }
};

export interface Started {
  terminal: FakeTerminal;
  services: FakeServices;
  shell: Shell;
  run: FakeRun;
  /** Lets the clock move on and the tick read what is new. */
  tick: (ms?: number) => void;
}

/** A run in the middle of its training, under the bridge. */
export function trainedRun(rest: Partial<ReturnType<typeof fakeState>> = {}): FakeRun {
  const run = new FakeRun(fakeState(rest), rest.endedAt ? "ended" : "owned");
  run.reader.event("hello", { capabilities: { save: { available: true }, stop: { available: true } } });
  run.reader.event("config", { derived: { totalSteps: 600, tokensPerStep: 2048 } });
  run.reader.put(1, "train/loss", [0, 5], [299, 2.5]).put(1, "train/loss_raw", [0, 5], [299, 2.4]).put(1, "train/dt", [299, 0.05]);
  run.reader.put(1, "train/tokens", [0, 2048], [299, 614_400]);
  run.reader.say("step 00298 | loss: 2.6", "step 00299 | loss: 2.5");
  return run;
}

/** A run of 1,001 steps whose loss tells the step: 5 − step / 1,000. */
export function straightRun(id = "20260101-120000-pocket", name = "pocket"): FakeRun {
  const run = new FakeRun(fakeState({ id, name }));
  for (let step = 0; step <= 1000; step++) {
    run.reader.put(1, "train/loss", [step, 5 - step / 1000]).put(1, "train/tokens", [step, step * 512]);
    run.reader.put(1, "time/wall", [step, START + step * 1000]);
  }
  return run;
}

/** A TUI on a terminal without a screen, attached to a run. */
export async function start(
  run: FakeRun | null = trainedRun(),
  options: TuiOptions = {},
  size: [number, number] = [120, 36],
  prepare: (services: FakeServices) => void = () => undefined,
): Promise<Started> {
  const { kept, ...rest } = options;
  const terminal = new FakeTerminal(...size);
  const services = new FakeServices();
  if (run !== null) services.add(run);
  prepare(services);
  let now = START + 60_000;
  const shell = new Shell(services, terminal, {
    initialRun: run?.id,
    ...rest,
    kept: readUiState(kept?.value ?? null),
    keptProblem: kept?.problem ?? null,
    pace: choosePace({}, options.lowBandwidth ?? false),
    theme: builtIn("dark"),
    themeChosen: options.theme !== undefined,
    ascii: options.ascii ?? false,
    now: () => now,
    inputBudgetMs: Number.POSITIVE_INFINITY,
  });
  open.push(shell);
  shell.ended.promise.then(({ error }) => {
    if (error !== undefined) throw error;
  });
  void shell.start();
  await settle(() => (run === null ? shell.runs.loaded || shell.state.tab !== "runs" : shell.run !== null));
  await shell.settled.promise;
  shell.draw();
  const tick = (ms = 0): void => {
    now += ms;
    shell.refresh();
    shell.draw();
  };
  return { terminal, services, shell, run: run ?? new FakeRun(), tick };
}

/** Kinds of the panels of the screen that is shown. */
export const panelsOf = ({ shell }: Started): string[] => leaves(shell.screens.spec.layout).map(({ spec }) => spec.panel);

/** Adds a panel by typing its name into the list. */
export function addPanel({ terminal }: Started, name: string, key = "a"): void {
  terminal.press(key);
  terminal.type(name);
  terminal.press("enter");
}
