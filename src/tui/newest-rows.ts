/** The list of runs with what is known better of the attached one. */
import { currentStage, position } from "../panels/data.ts";
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
