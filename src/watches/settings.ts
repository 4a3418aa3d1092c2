/** What of the watches is set by the user (alerts.yaml), after checking. */
import type { AlertSeverity } from "../core/alert.ts";
import { WATCHES } from "./table.ts";

/** A limit on any metric of the stage or of the machine. */
export interface Threshold {
  /** Scope of its alerts; unique. */
  name: string;
  /** Id of a metric; a star stands for any part of it, as that of a GPU's index. */
  metric: string;
  direction: "above" | "below";
  limit: number;
  /** How long it must be beyond. */
  lasting: { steps: number } | { seconds: number };
  severity: AlertSeverity;
}

export interface WatchSettings {
  /** By id: options that are not the default, or false for one that is off. */
  watches: Readonly<Record<string, Readonly<Record<string, number>> | false>>;
  thresholds: readonly Threshold[];
}

export const DEFAULT_SETTINGS: WatchSettings = { watches: {}, thresholds: [] };

/** All options of a watch with their values; null when it is off or there is none of that name. */
export function optionsOf({ watches }: WatchSettings, id: string): Record<string, number> | null {
  const given = watches[id];
  const definition = WATCHES.find((one) => one.id === id);
  if (given === false || definition === undefined) return null;
  const defaults = Object.entries(definition.options).map(([name, spec]) => [name, spec.default]);
  return { ...Object.fromEntries(defaults), ...given };
}
