/** What stands beside a run when it is attached: of one that was resumed the run before, else its curves would begin in the middle. */
import { count } from "../lib/format.ts";
import { MOST_BASELINES } from "./baselines.ts";
import { setChart } from "./chart-range.ts";
import type { AppContext } from "./context.ts";

export class ShownBefore {
  /** What was laid beside the attached run by itself. */
  #id: string | null = null;

  constructor(private readonly app: AppContext) {}

  /** Exactly these, one after another; one that is not there any more is told of, and the others come all the same. */
  layBeside(ids: readonly string[]): void {
    this.#id = null;
    this.app.baselines.clear();
    this.app.background(this.#add(ids));
  }

  async #add(ids: readonly string[]): Promise<void> {
    const { run } = this.app;
    for (const id of ids) {
      if (this.app.run !== run) return;
      const problem = await this.app.baselines.add(id);
      if (problem !== null) this.app.notify("warn", problem);
    }
  }

  /** Those that somebody has chosen stay; what came by itself beside the run that was attached before goes. */
  look(): void {
    if (this.#id !== null) this.app.baselines.remove(this.#id);
    this.#id = null;
    this.#tellOfThose();
    if (this.app.run?.replay === undefined) this.app.background(this.#show());
  }

  /** Several runs may be compared with the same ones: who has forgotten them would take their lines for the run's. */
  #tellOfThose(): void {
    const { app } = this;
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
    const before = run === null ? null : await app.services.runBefore(run);
    if (before === null || app.run !== run || baselines.has(before.id) || baselines.count >= MOST_BASELINES) return;
    if ((await baselines.add(before.id)) !== null || app.run !== run) return;
    this.#id = before.id;
    if (app.state.chart.window.kind === "all") setChart(app, { window: { kind: "runs" } });
    const keys = `${app.keyOf("chart.zoom-reset")} shows this run alone, ${app.keyOf("chart.baseline")} takes the other away`;
    app.notify("info", `It was resumed at step ${count(before.step)} of ${before.id}, which is shown with it (⚑): ${keys}`);
  }
}
