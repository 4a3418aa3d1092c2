/** How an import is told, and how it is left. */
import { bytes, count, counted } from "../../lib/format.ts";
import type { ImportedRun } from "../../services/run-import.ts";

export const asJson = ({ state, ...run }: ImportedRun) => ({
  ...run,
  name: state.name,
  status: state.status,
  reason: state.reason,
  stages: state.stages.map(({ name, status }) => ({ name, status })),
  step: state.progress?.step ?? null,
  files: state.imported?.files ?? [],
});

export function text({ id, state, again, read, metrics, lines }: ImportedRun, attachCommand: string): string {
  const step = state.progress === null ? "no step" : `up to step ${count(state.progress.step)}`;
  const what = `${counted(metrics, "metric")}, ${counted(lines, "log line")}, ${step}`;
  const first = again
    ? read > 0
      ? `Read on: ${bytes(read)} were new. ${id} has ${what}.`
      : `Nothing is new. ${id} has ${what}.`
    : `Imported ${state.name} as ${id}: ${what}.`;
  const clockless = state.imported?.kind === "log" ? ["The log tells no times: there are no charts by the clock."] : [];
  const stages = state.stages.length > 1 ? [`Its stages: ${state.stages.map(({ name }) => name).join(", ")}.`] : [];
  const end = state.reason === null ? [] : [`${state.reason}.`];
  return [first, ...stages, ...end, ...clockless, `Look at it: ${attachCommand}`].join("\n");
}
