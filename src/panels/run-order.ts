/** Runs in an order, and those that a filter leaves. */

import { type Liveness, runName } from "../core/run.ts";
import { fitsWords } from "../lib/wanted.ts";
import type { RunRow } from "./runs.ts";
import { type Settings, settingFits } from "./setting-words.ts";

type Value = string | number | null;

const LIVE: Readonly<Record<Liveness, number>> = { owned: 0, unattended: 1, gone: 1, ended: 2 };

interface Order {
  /** What is compared; null = not known: last, whichever way. */
  by: (row: RunRow) => Value;
  /** What is alike only within this: rows of one are together, by its name. */
  within?: (row: RunRow) => Value;
  down?: boolean;
}

/** Of rows that are equal in it, the newest is first. */
const ORDERS = {
  live: { by: ({ liveness }) => LIVE[liveness] },
  begun: { by: ({ createdAt }) => createdAt || null, down: true },
  name: { by: (row) => runName(row).toLowerCase() },
  state: { by: ({ status }) => status },
  step: { by: ({ progress }) => progress?.step ?? null, down: true },
  loss: { by: ({ progress }) => progress?.loss ?? null, within: ({ stage }) => stage },
  bpb: { by: ({ progress }) => progress?.valBpb ?? null, within: ({ stage }) => stage },
  prefab: { by: ({ prefab }) => prefab || null },
} as const satisfies Readonly<Record<string, Order>>;

export type RunOrder = keyof typeof ORDERS;
/** The first is how lists begin. */
export const RUN_ORDERS = Object.keys(ORDERS) as RunOrder[];

/** Sorted anew; `live` has those that are going first. */
export function orderRuns<Row extends RunRow>(rows: readonly Row[], order: RunOrder): Row[] {
  const { by, within = () => null, down = false }: Order = ORDERS[order];
  const keyed = rows.map((row) => ({ row, value: known(by(row)), group: within(row) }));
  keyed.sort(
    (a, b) =>
      unknownLast(a, b) ||
      compare(a.group, b.group, false) ||
      compare(a.value, b.value, down) ||
      compare(a.row.createdAt, b.row.createdAt, true),
  );
  return keyed.map(({ row }) => row);
}

/** The stages that an order keeps apart among these, each with its runs together; none where it compares all of them. */
export function keptApart(rows: readonly RunRow[], order: RunOrder): string[] {
  const { by, within = () => null }: Order = ORDERS[order];
  const groups = rows.filter((row) => known(by(row)) !== null).flatMap((row) => within(row) ?? []);
  const found = [...new Set(groups)].map(String).sort();
  return found.length > 1 ? found : [];
}

const known = (value: Value): Value => (typeof value === "number" && !Number.isFinite(value) ? null : value);

const unknownLast = (a: { value: Value }, b: { value: Value }): number => Number(a.value === null) - Number(b.value === null);

/** By code units: by language, two thousand names would take longer than reading them. */
function compare(a: Value, b: Value, down: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (a === b) return 0;
  return a < b === down ? 1 : -1;
}

/**
 * Whether what is typed (`fitsWords`) stands in its id, names, tags (as `#tag`), prefab, state, note or reason, or holds of its
 * settings (`depth=4`); absent = they have not been read.
 */
export function matchesRun(row: RunRow, filter: string, settings?: Settings): boolean {
  const { id, name, prefab, status, liveness, reason, about } = row;
  const own = [id, name, about?.name, ...(about?.tags ?? []).map((tag) => `#${tag}`), prefab, status, liveness, about?.note, reason];
  const texts = own.flatMap((text) => (text == null ? [] : [text]));
  const stands = (word: string): boolean => texts.some((text) => text.toLowerCase().includes(word));
  return fitsWords(filter, texts, (word) => stands(word) || settingFits(word, settings) === true);
}
