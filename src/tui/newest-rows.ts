/** The list of runs with what is known better of the attached one. */
import { currentStage, position, titleOfStage } from "../panels/data.ts";
import type { RunRow } from "../panels/runs.ts";
import type { AppContext } from "./context.ts";

/** The list is written once a second: of the attached run it must not say less than the status bar below it. */
export function withNewest(app: Pick<AppContext, "run" | "facts">, rows: readonly RunRow[]): readonly RunRow[] {
  const shown = app.run?.replay === undefined ? app.facts() : null;
  if (shown === null) return rows;
  const stage = currentStage(shown.state);
  const at = position({ data: shown.data, stage });
  const newest = (metric: string): number | undefined => shown.data.latest(stage, metric)?.value;
  return rows.map((row) => {
    const { id, progress } = row;
    if (id !== shown.state.id || progress?.stage !== stage || at === null || at.key < progress.step) return row;
    const [loss = progress.loss, valBpb = progress.valBpb] = [newest("train/loss"), newest("val/bpb")];
    return { ...row, progress: { ...progress, step: at.key, loss, valBpb } };
  });
}

/** The same for a screen, on which a run that is replayed is as it was at that moment: beside its charts the list tells no more than they. */
export function asShown(app: Pick<AppContext, "run" | "facts">, rows: readonly RunRow[]): readonly RunRow[] {
  if (app.run?.replay === undefined) return withNewest(app, rows);
  const [state, liveness] = [app.run.state(), app.run.liveness()];
  const { id, status, progress, endedAt } = state;
  const then = { status, progress, endedAt, liveness, stage: titleOfStage(state, currentStage(state)) };
  return rows.map((row) => (row.id === id ? { ...row, ...then } : row));
}
