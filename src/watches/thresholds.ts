/** Limits that the user has set: one state for each rule and each metric that it matches. */
import { type Evidence, figureOf } from "../core/alert.ts";
import { findMetric } from "../core/metrics.ts";
import { count, duration, measured } from "../lib/format.ts";
import type { Point, Say, Watch } from "./contract.ts";
import { Lasting } from "./lasting.ts";
import type { Threshold } from "./settings.ts";

/** Good points, or seconds, on end before it is over, when the rule itself needs fewer. */
const LEAST_BACK_STEPS = 5;
const LEAST_BACK_MS = 5000;

/** Whether a metric is one that a limit names; `*` stands for a part between slashes. */
export function meantBy(named: string): (metric: string) => boolean {
  const parts = named.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join("[^/]+")}$`);
  return parts.length === 1 ? (metric) => metric === named : (metric) => pattern.test(metric);
}

const comparedWith = (direction: Threshold["direction"]): string => `your limit (${direction})`;

interface Followed {
  lasting: Lasting;
  points: number;
}

export class ThresholdWatch implements Watch {
  readonly #matches: (metric: string) => boolean;
  readonly #followed = new Map<string, Followed>();
  /** Metrics that were asked about once and are not meant. */
  readonly #others = new Set<string>();

  constructor(
    private readonly rule: Threshold,
    private readonly say: Say,
  ) {
    this.#matches = meantBy(rule.metric);
  }

  step(point: Point): void {
    if (!this.rule.metric.includes("*")) this.#look(this.rule.metric, point);
    else for (const metric in point.values) this.#look(metric, point);
  }

  host(point: Point): void {
    this.step(point);
  }

  /** Whether an alert of this scope, raised by such evidence where that is known, would be one of this rule as it is. */
  covers(scope: string, of?: Evidence): boolean {
    const { name, metric, limit, direction } = this.rule;
    if (of !== undefined && (of.against !== figureOf(limit) || of.compared !== comparedWith(direction))) return false;
    if (!metric.includes("*")) return scope === name && (of === undefined || of.metric === metric);
    return scope.startsWith(`${name}/`) && this.#matches(scope.slice(name.length + 1));
  }

  #look(metric: string, { values, at }: Point): void {
    const value = values[metric];
    if (value === undefined || this.#others.has(metric)) return;
    let followed = this.#followed.get(metric);
    if (followed === undefined) {
      if (!this.#matches(metric)) return void this.#others.add(metric);
      followed = { lasting: this.#lasting(), points: 0 };
      this.#followed.set(metric, followed);
    }
    followed.points++;
    const { direction, limit, lasting } = this.rule;
    const beyond = direction === "above" ? value > limit : value < limit;
    const verdict = followed.lasting.judge(beyond, !beyond && !Number.isNaN(value), "steps" in lasting ? followed.points : at);
    const scope = this.rule.metric === metric ? this.rule.name : `${this.rule.name}/${metric}`;
    if (verdict === "clear") this.say.clear(scope, `${metric} is no longer ${direction} ${measured(limit)}: ${measured(value)}`);
    if (verdict === "raise") this.#raise(scope, metric, value);
  }

  #lasting(): Lasting {
    const { lasting } = this.rule;
    if ("seconds" in lasting) return new Lasting(lasting.seconds * 1000, Math.max(lasting.seconds * 1000, LEAST_BACK_MS));
    return new Lasting(lasting.steps - 1, Math.max(lasting.steps, LEAST_BACK_STEPS) - 1);
  }

  #raise(scope: string, metric: string, value: number): void {
    const { direction, limit, lasting, severity } = this.rule;
    const unit = findMetric(metric)?.unit ?? "";
    const how = "steps" in lasting ? (lasting.steps > 1 ? ` for ${count(lasting.steps)} steps` : "") : ` for ${duration(lasting.seconds)}`;
    const cause = `${metric} is ${direction} ${measured(limit)}${unit && ` ${unit}`}${how}: ${measured(value)}.`;
    const evidence = [{ metric, value: figureOf(value), compared: comparedWith(direction), against: figureOf(limit) }];
    this.say.raise(scope, { severity, cause, evidence, actions: ["open-at", "save", "patch", "stop"] });
  }
}
