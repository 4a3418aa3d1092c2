/** What stands beside a run when it is attached: of one that was resumed the runs before, else its curves would begin in the middle. */
import type { RunBefore } from "../core/run.ts";
import { count } from "../lib/format.ts";
import { MOST_BASELINES } from "./baselines.ts";
import { setChart } from "./chart-range.ts";
import type { AppContext } from "./context.ts";

/** Keys and frames come between looking for one run and for the one before that: each look reads plans, and may read journals. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class ShownBefore {
  /** What was laid beside the attached run by itself. */
  #ids: string[] = [];

  constructor(private readonly app: AppContext) {}

  /**
   * Exactly these, one after another; one that is not there any more is told of, and the others come all the same. `before`: those of
   * them that had come by themselves.
   */
  layBeside(ids: readonly string[], before: readonly RunBefore[] = []): void {
    this.#ids = before.map(({ id }) => id);
    this.app.baselines.clear();
    this.app.background(this.#add(ids, before));
  }

  async #add(ids: readonly string[], before: readonly RunBefore[]): Promise<void> {
    const { run } = this.app;
    for (const id of ids) {
      if (this.app.run !== run) return;
      const problem = await this.app.baselines.add(id, before.find((one) => one.id === id) ?? null);
      if (problem !== null) this.app.notify("warn", problem);
    }
  }

  /** Those that somebody has chosen stay; what came by itself beside the run that was attached before goes. */
  look(): void {
    for (const id of this.#ids) this.app.baselines.remove(id);
    this.#ids = [];
    const back = this.app.baselines.bringBack();
    if (back === null) this.#tellOfThose();
    else this.app.background(back.then((problems) => this.#tellOfThose(problems)));
    if (this.app.run?.replay === undefined) this.app.background(this.#show());
  }

  /** Several runs may be compared with the same ones: who has forgotten them would take their lines for the run's. */
  #tellOfThose(problems: readonly string[] = []): void {
    const { app } = this;
    for (const problem of problems) app.notify("warn", problem);
    const facts = app.facts();
    const names = facts === null ? [] : app.baselines.shown(app.now, facts).map(({ name }) => `⚑ ${name}`);
    if (names.length === 0) return;
    const verb = names.length === 1 ? "stays" : "stay";
    app.notify(
      "info",
      `${names.join(", ")} ${verb} laid beside this run; ${app.keyOf("chart.baseline")} takes a baseline away`,
      "baselines",
    );
  }

  async #show(): Promise<void> {
    const { app } = this;
    const { run, baselines } = app;
    const found: RunBefore[] = [];
    const seen = new Set<string>();
    for (let at = run; at !== null && !seen.has(at.id); at = baselines.viewOf(found.at(-1)?.id ?? "")) {
      seen.add(at.id);
      const before = await app.services.runBefore(at);
      if (before === null || app.run !== run || baselines.has(before.id) || baselines.count >= MOST_BASELINES) break;
      if ((await baselines.add(before.id, before)) !== null) break;
      if (app.run !== run) return this.#ids.includes(before.id) ? undefined : baselines.remove(before.id);
      this.#ids.push(before.id);
      found.push(before);
      if (found.length === 1 && app.state.chart.window.kind === "all") setChart(app, { window: { kind: "runs" } });
      await nextTurn();
    }
    if (app.run === run) this.#tellOf(found);
  }

  #tellOf(found: readonly RunBefore[]): void {
    const [first] = found;
    if (first === undefined) return;
    const { app } = this;
    const begun = `It was resumed at step ${count(first.step)} of ${first.id}`;
    const shown =
      found.length === 1
        ? "which is shown with it (⚑) up to there"
        : `and so was that: ${found.length} runs before are shown with it (⚑), each up to where the next one went on`;
    const away = `${app.keyOf("chart.baseline")} takes ${found.length === 1 ? "the other" : "one of them"} away`;
    app.notify("info", `${begun}, ${shown}: ${app.keyOf("chart.zoom-reset")} shows this run alone, ${away}`);
  }
}
