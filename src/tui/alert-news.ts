/** Tells of alerts as they are raised: a toast, the bell, a notification of the desktop. */
import { type AlertStatus, isOverWithStage, isPressing } from "../core/alert.ts";
import type { RunState } from "../core/run.ts";
import { counted } from "../lib/format.ts";
import { againText, alertsIn } from "../panels/alerts.ts";
import { type RunFacts, titleOfStage } from "../panels/data.ts";
import { nameOf } from "../panels/run-names.ts";
import type { AppContext } from "./context.ts";
import type { Terminal } from "./terminal.ts";
import { wayTo } from "./way.ts";

/** What its toast is about. One that becomes worse is news again. */
const idOf = ({ key, at, severity }: AlertStatus): string => `alert ${key} ${at} ${severity}`;

/** Nothing has become better: the stage that it was said of has ended, and nobody had said that they knew. */
const endedUnknown = ({ acknowledgedAt, clearedWhy }: AlertStatus, stage: string): boolean =>
  acknowledgedAt === null && isOverWithStage(clearedWhy, stage);

export class AlertNews {
  #known: Set<string> | null = null;
  /** Of those that ended with their stage, what has been told of. */
  #ended: Set<string> = new Set();
  /** What the run is called that was looked at last. */
  #run: string | null = null;

  constructor(
    private readonly app: Pick<AppContext, "services" | "keyOf" | "groups" | "notices" | "background" | "touch" | "now">,
    private readonly terminal: Pick<Terminal, "signal">,
  ) {}

  /** Looks for new ones. Those that there were at the first look are history. */
  look(facts: RunFacts): void {
    const { data, state } = facts;
    this.#run = nameOf(facts);
    const alerts = alertsIn(data);
    // From here or elsewhere: what stands on the screen of it has been read.
    this.app.notices.settle(new Set(alerts.filter(({ acknowledgedAt }) => acknowledgedAt !== null).map(idOf)));
    this.app.notices.fade(new Set(alerts.filter(({ clearedAt }) => clearedAt !== null).map(idOf)));
    this.#tellOfEnded(alerts, state);
    const pressing = alerts.filter(isPressing);
    const known = this.#known;
    this.#known = new Set([...(known ?? []), ...pressing.map(idOf)]);
    if (known === null) return;
    const fresh = pressing.filter((alert) => !known.has(idOf(alert)));
    for (const alert of fresh)
      this.app.notices.add(
        alert.severity,
        `${againText(alert)}${alert.cause} · ${wayTo(this.app, "run.alerts")} lists the alerts`,
        this.app.now,
        { isAlert: true, about: idOf(alert) },
      );
    const called = fresh.filter(({ again }) => again === 0);
    if (called.length > 0) this.app.background(this.#signal(state.id, called));
  }

  forget(): void {
    if (this.#run !== null) this.app.notices.nameRun(this.#run);
    this.#run = null;
    this.#known = null;
    this.#ended = new Set();
  }

  /** One word for all that a stage took with it: they go from the count at once. */
  #tellOfEnded(alerts: readonly AlertStatus[], state: RunState): void {
    for (const { index, name } of state.stages) {
      const fresh = alerts.filter((alert) => alert.stage === index && endedUnknown(alert, name) && !this.#ended.has(idOf(alert)));
      for (const alert of fresh) this.#ended.add(idOf(alert));
      // It says all that they said.
      this.app.notices.settle(new Set(fresh.map(idOf)));
      const [first] = fresh;
      if (this.#known === null || first === undefined) continue;
      const which = fresh.length === 1 ? first.cause : fresh.map(({ key }) => key).join(", ");
      const text = `${counted(fresh.length, "alert")} ended with the stage ${titleOfStage(state, index)}: ${which}`;
      this.app.notices.add("info", `${text} · ${wayTo(this.app, "run.alerts")} lists the alerts`, this.app.now);
    }
  }

  /** One signal, however many there are at once. */
  async #signal(runId: string, fresh: readonly AlertStatus[]): Promise<void> {
    this.app.touch();
    const { bell, desktop } = await this.app.services.alertManners();
    const [first] = fresh;
    if (!bell && !desktop) return;
    const more = fresh.length > 1 ? ` (and ${fresh.length - 1} more)` : "";
    this.terminal.signal({
      bell,
      desktop: desktop && first !== undefined ? { title: `nanochat ${runId}`, text: `${first.cause}${more}` } : null,
    });
  }
}
