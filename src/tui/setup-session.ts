/** What the Setup tab knows: the ledger, the checks as they come in, and a fix that is running. */
import { sentence } from "../core/result.ts";
import type { Check, LedgerStage } from "../core/setup.ts";
import { fitsWords } from "../lib/wanted.ts";
import type { AppServices } from "./app.ts";

const MOST_OUTPUT_LINES = 200;

export class SetupSession {
  /** Null while it is looked at for the first time. */
  ledger: readonly LedgerStage[] | null = null;
  checks: readonly Check[] | null = null;
  /** Checks that have not answered yet. */
  looking = 0;
  problem: string | null = null;
  /** The check whose fix runs or ran last, and what that printed. */
  fixing: { id: string; output: string[]; running: boolean } | null = null;
  /** Grows with everything that is to be seen. */
  version = 0;
  #round = 0;

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
  ) {}

  /** Looks at everything again; each check is shown as soon as it is there. */
  async look(): Promise<void> {
    const round = ++this.#round;
    const ledger = await this.services.ledger();
    if (round !== this.#round) return;
    this.problem = ledger.ok ? null : sentence(ledger.failure);
    if (ledger.ok) this.ledger = ledger.value;
    this.#touch();
    await this.services.doctor((checks, looking) => {
      if (round !== this.#round) return;
      this.checks = checks;
      this.looking = looking;
      this.#touch();
    });
  }

  shown(filter: string): readonly Check[] | null {
    return this.checks?.filter(({ title, verdict }) => fitsWords(filter, [title, verdict])) ?? null;
  }

  /** The first stage on the way to a chat that is not done. */
  get next(): LedgerStage | null {
    return this.ledger?.find(({ status, optional }) => !optional && status !== "done" && status !== "running") ?? null;
  }

  /** Runs a fix to its end, its output shown as it comes; null when it went well. */
  async fix(check: Check): Promise<string | null> {
    if (check.fix === null) return null;
    const fixing = { id: check.id, output: [] as string[], running: true };
    this.fixing = fixing;
    this.#touch();
    const done = await this.services.runFix(check.fix, (line) => {
      fixing.output.push(line);
      if (fixing.output.length > MOST_OUTPUT_LINES) fixing.output.shift();
      this.#touch();
    });
    fixing.running = false;
    await this.look();
    return done.ok ? null : sentence(done.failure);
  }

  #touch(): void {
    this.version++;
    this.changed();
  }
}
