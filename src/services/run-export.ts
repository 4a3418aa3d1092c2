/** A run's telemetry as rows for other programs. */
import type { StageIndex } from "../core/journal.ts";
import type { JournalReader } from "../journal/reader.ts";

export type ExportFormat = "csv" | "jsonl";
export const EXPORT_FORMATS: readonly ExportFormat[] = ["csv", "jsonl"];

/** Keys whose points are in memory at a time: a run of a million steps is exported in a few megabytes. */
const KEYS_AT_ONCE = 16_384;

/** All values that one step has (or for stage 0, the run itself, one second). */
export interface Row {
  stage: StageIndex;
  /** Null for stage 0. */
  step: number | null;
  /** UTC ISO; null when it was not kept. */
  time: string | null;
  values: Readonly<Record<string, number>>;
}

/** Every point of the journal, a line of text each step, in stage and step order. A value that a step lacks is left out. */
export function* exportRun(reader: JournalReader, format: ExportFormat): Generator<string> {
  const metrics = [...new Set(reader.stages().flatMap((stage) => reader.metrics(stage)))].filter((name) => name !== "time/wall").sort();
  if (format === "csv") yield `${["stage", "step", "time", ...metrics].map(csvCell).join(",")}\n`;
  const write = format === "csv" ? csvLine(metrics) : jsonLine;
  for (const stage of reader.stages()) for (const row of rowsOf(reader, stage)) yield write(row);
}

/** The rows of a stage whose keys (steps; for stage 0 seconds) are in a range. */
export function* rowsOf(reader: JournalReader, stage: StageIndex, least = 0, most = Number.POSITIVE_INFINITY): Generator<Row> {
  const range = reader.extent(stage, "step");
  if (range === null) return;
  const to = Math.min(range.to, most);
  for (let from = Math.max(range.from, least); from <= to; from += KEYS_AT_ONCE) {
    const rows = new Map<number, Record<string, number>>();
    for (const metric of reader.metrics(stage)) {
      const { keys, values } = reader.points(stage, metric, from, Math.min(to, from + KEYS_AT_ONCE - 1));
      for (const [i, key] of keys.entries()) {
        const row = rows.get(key) ?? {};
        row[metric] = values[i]!;
        rows.set(key, row);
      }
    }
    for (const [key, values] of [...rows].sort(([a], [b]) => a - b)) yield toRow(stage, key, values);
  }
}

function toRow(stage: StageIndex, key: number, { "time/wall": wall, ...values }: Record<string, number>): Row {
  const at = stage === 0 ? key * 1000 : wall;
  return { stage, step: stage === 0 ? null : key, time: at === undefined ? null : new Date(at).toISOString(), values };
}

const csvLine =
  (metrics: readonly string[]) =>
  ({ stage, step, time, values }: Row): string =>
    `${[stage, step ?? "", time ?? "", ...metrics.map((name) => values[name] ?? "")].join(",")}\n`;

/** JSON has no NaN and no infinity: they are said by name, as in the bridge protocol. */
const jsonLine = ({ stage, step, time, values }: Row): string =>
  `${JSON.stringify({ stage, step, time, ...values }, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value))}\n`;

const csvCell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
