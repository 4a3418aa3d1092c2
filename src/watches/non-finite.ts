import { type Evidence, figureOf } from "../core/alert.ts";
import { count, counted } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";

/** Metrics that must be numbers, and for how many steps on end each may not be: a norm overflows now and then. */
const LIMITS: Readonly<Record<string, number>> = {
  "train/loss_raw": 1,
  "train/loss": 1,
  "val/bpb": 1,
  "val/loss": 1,
  "rl/reward": 1,
  "train/grad_norm": 3,
};
/** Scripts say that of an evaluation in which no byte was to be predicted (nanochat's loss_eval.py): nothing is wrong then. */
const isEmptyEvaluation = (name: string, value: number): boolean => name === "val/bpb" && value === Number.POSITIVE_INFINITY;
const NAMES = Object.keys(LIMITS);

export const nonFinite = watch({
  id: "non-finite",
  title: "NaN or Inf",
  what: "A loss, a validation figure or the reward is NaN or infinite, or the gradient norm is none for three steps",
  options: {
    clear_steps: { default: 20, min: 1, max: 100_000, what: "finite steps after which it is over" },
  },
  begin: ({ clear_steps }, say) => new NonFinite(clear_steps, say),
});

class NonFinite implements Watch {
  /** Of each metric: bad steps on end as a positive number, good ones since as a negative one. */
  readonly #streaks = new Map<string, number>();

  constructor(
    private readonly clearSteps: number,
    private readonly say: Say,
  ) {}

  step({ key, values }: Point): void {
    for (const name of NAMES) {
      const value = values[name];
      if (value === undefined || isEmptyEvaluation(name, value)) continue;
      const before = this.#streaks.get(name) ?? 0;
      if (Number.isFinite(value)) {
        if (before !== 0 || this.say.isOpen("")) this.#streaks.set(name, Math.min(before, 0) - 1);
      } else {
        const streak = Math.max(before, 0) + 1;
        this.#streaks.set(name, streak);
        if (streak >= (LIMITS[name] ?? 1)) this.#raise(name, value, key);
      }
    }
    if (this.say.isOpen("") && this.#allWell()) this.say.clear("", `All values have been finite for ${counted(this.clearSteps, "step")}`);
  }

  #raise(name: string, value: number, step: number): void {
    const evidence: Evidence[] = [{ metric: name, value: figureOf(value), compared: "a finite number", against: null }];
    const what = name.startsWith("train/") ? "while it is, nothing is learned" : "what was learned may be lost";
    const cause = `${name} is ${Number.isNaN(value) ? "NaN" : "infinite"} at step ${count(step)}: ${what}.`;
    this.say.raise("", { severity: "bad", cause, evidence, actions: ["open-at", "stop", "patch"] });
  }

  /** Evaluations are rare: one good value of theirs is enough. */
  #allWell(): boolean {
    const streaks = [...this.#streaks];
    return streaks.length > 0 && streaks.every(([name, streak]) => streak <= (name.startsWith("val/") ? -1 : -this.clearSteps));
  }
}
