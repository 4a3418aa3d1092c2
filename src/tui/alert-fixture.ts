/** For tests of alerts: one that is raised on a run. */
import { type Alert, type AlertBody, alertEvent } from "../core/alert.ts";
import { START } from "../panels/fake-data.ts";
import type { FakeRun } from "./fake-terminal.ts";
import { type Started, start, trainedRun } from "./shell-fixture.ts";

/** An alert as a watch raises it. */
export const SPIKE: Omit<Alert, "stage" | "step" | "at"> = {
  key: "spike",
  watch: "spike",
  severity: "warn",
  cause: "The loss jumped to 4.1000 at step 250, from 2.6000 before.",
  evidence: [{ metric: "train/loss_raw", value: 4.1, compared: "median of the 64 steps before", against: 2.6 }],
  actions: ["open-at", "save", "stop"],
};

/** What happens to one, in the journal of the run. */
export function tell(run: FakeRun, body: AlertBody, at = START + 59_000): void {
  const event = alertEvent(body, { stage: 1, at, step: 250 });
  run.reader.event("alert", event.body, { at, step: 250 });
  run.changed = true;
}

export const raise = (run: FakeRun, change: Partial<typeof SPIKE> = {}): void => tell(run, { phase: "raised", ...SPIKE, ...change });

export async function withAlert(): Promise<Started> {
  const run = trainedRun();
  raise(run);
  return start(run);
}
