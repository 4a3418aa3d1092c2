/**
 * What a panel can be told, as data: forms, screen files, help and checks are all made from an option's description, so
 * that a panel never reads a setting that nobody can see.
 */
import { metricId } from "./metrics.ts";

interface Described {
  title: string;
  help: string;
}

export type Option = Described &
  (
    | { type: "choice"; choices: readonly string[]; default: string }
    | { type: "number"; default: number | null; min?: number; max?: number }
    | { type: "flag"; default: boolean }
    | { type: "text"; default: string }
    /** Some of a few, in the order in which they are named. */
    | { type: "choices"; choices: readonly string[]; default: readonly string[] }
    /** Metric ids; `*` stands for one part of it, as the number of a GPU. */
    | { type: "metrics"; default: readonly string[] }
  );

export type OptionSet = Readonly<Record<string, Option>>;

export type OptionValue = string | number | boolean | null | readonly string[];

type ValueOf<O> = O extends { type: "choice"; choices: readonly (infer C)[] }
  ? C
  : O extends { type: "choices"; choices: readonly (infer C)[] }
    ? readonly C[]
    : O extends { type: "number"; default: infer D }
      ? number | (null extends D ? null : never)
      : O extends { type: "flag" }
        ? boolean
        : O extends { type: "metrics" }
          ? readonly string[]
          : string;

/** The values of a panel's options, by name. */
export type OptionValues<S extends OptionSet = OptionSet> = string extends keyof S
  ? Readonly<Record<string, OptionValue>>
  : { readonly [K in keyof S]: ValueOf<S[K]> };

/** From here on a value is told by tone, line and count, in every panel that shows its metric. */
export interface Threshold {
  metric: string;
  above?: number;
  below?: number;
  tone: "warn" | "bad";
}

/**
 * Whether a metric's id is meant by its name, or another of its names (`dt`), or by a pattern in which `*` stands for anything between
 * two slashes. One without a slash is of the last part: `*loss*` means train/loss and train/loss_raw.
 */
export function matchesMetric(pattern: string, metric: string): boolean {
  if (!pattern.includes("*")) return pattern === metric || metricId(pattern) === metric;
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const meant = pattern.includes("/") ? metric : metric.slice(metric.lastIndexOf("/") + 1);
  return new RegExp(`^${parts.join("[^/]*")}$`).test(meant);
}
