/** A tab on which a run is prepared, as it is once it has looked at what there is; and what Setup finds. */
import type { Check, LedgerStage } from "../core/setup.ts";
import type { TabId } from "./app.ts";
import { type Started, settle, start, trainedRun } from "./shell-fixture.ts";

export const stage = (id: LedgerStage["id"], status: LedgerStage["status"], rest: Partial<LedgerStage> = {}): LedgerStage => ({
  id,
  title: id,
  status,
  verdict: `${id} verdict`,
  evidence: [`/base/${id}`],
  blocked: null,
  optional: false,
  ...rest,
});

export const check = (id: string, status: Check["status"], rest: Partial<Check> = {}): Check => ({
  id,
  title: id,
  status,
  verdict: `${id} verdict`,
  evidence: [`${id} was looked at`],
  remedy: null,
  fix: null,
  ...rest,
});

export async function on(
  tab: TabId,
  prepare: (started: Started) => void = () => undefined,
  size: [number, number] = [120, 36],
): Promise<Started> {
  const started = await start(trainedRun(), {}, size);
  prepare(started);
  started.shell.setTab(tab);
  await settle(() => {
    started.tick();
    return !/Looking at what is|Opening|looking at what|Looking for/.test(started.terminal.shown);
  });
  return started;
}
