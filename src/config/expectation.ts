/** What a prefab was made for and what others measured of it, as data and as words. */
import type { MachineFacts } from "../core/machine.ts";
import type { Expectation, Hardware, PublishedCost } from "../core/plan.ts";
import { count, dollars, duration } from "../lib/format.ts";
import { findGpu } from "./planner/gpus.ts";
import type { Prefab } from "./prefab.ts";
import type { PrefabDocument } from "./schema.ts";

export function hardwareOf(given: PrefabDocument["hardware"]): Hardware | undefined {
  if (given === undefined) return undefined;
  const { gpu = null, count: gpus = 1, memory_gb = null, words } = given;
  const made = gpu === null ? "no GPU" : `${gpus}×${gpu}${memory_gb === null ? "" : ` ${memory_gb} GB`}`;
  return { gpu, count: gpus, memoryGb: memory_gb, words: words ?? made };
}

export function costOf(given: PrefabDocument["cost"]): PublishedCost | undefined {
  if (given === undefined) return undefined;
  const { hours = null, dollars, dollars_per_hour, covers = null, source } = given;
  const reckoned = hours === null || dollars_per_hour === undefined ? null : Number((hours * dollars_per_hour).toFixed(2));
  return { hours, dollars: dollars ?? reckoned, covers, source };
}

/** Null when the prefab says nothing of it. */
export function expectationOf({ hardware, cost }: Pick<Prefab, "hardware" | "cost">, machine: MachineFacts | null): Expectation | null {
  if (hardware === undefined && cost === undefined) return null;
  return { hardware: hardware ?? null, cost: cost ?? null, differs: hardware === undefined ? null : differing(hardware, machine) };
}

/** The machine in words where it is another one; a prefab that names no GPU says nothing that could be compared. */
function differing({ gpu, count: gpus }: Hardware, machine: MachineFacts | null): string | null {
  if (machine === null || gpu === null) return null;
  if (machine.device !== "cuda") return machine.device === "mps" ? "an Apple GPU" : "a CPU";
  const same = machine.gpus.length === gpus && machine.gpus.every(({ name }) => modelOf(name) === modelOf(gpu));
  return same ? null : `${count(machine.gpus.length)}×${modelOf(machine.gpus[0]?.name ?? "GPU")}`;
}

const modelOf = (name: string): string => findGpu(name)?.name ?? name;

/** `1h 39m, $39.60` */
export const amountText = ({ hours, dollars: money }: PublishedCost): string =>
  [hours === null ? "" : duration(hours * 3600), money === null ? "" : dollars(money)].filter(Boolean).join(", ");

/** `1h 39m, $39.60 (pretraining; README.md@92d63d4)` */
export const costText = (cost: PublishedCost): string => `${amountText(cost)} (${[cost.covers, cost.source].filter(Boolean).join("; ")})`;
