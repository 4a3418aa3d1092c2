/** Other runs beside the attached one: kept open, and read again a little at each tick. */
import { sentence } from "../core/result.ts";
import type { RunBefore } from "../core/run.ts";
import type { RunFacts } from "../panels/data.ts";
import type { Baseline } from "../panels/kind.ts";
import { namedBaselines } from "../panels/run-names.ts";
import type { AppServices, RunView } from "./app.ts";
import { Attached } from "./attached.ts";

/** More would not be told apart, and each holds a journal open. */
export const MOST_BASELINES = 8;
/** An ended run does not change; one that goes on is looked at so often. */
const REREAD_MS = 500;

interface Open {
  id: string;
  run: Attached;
  readAt: number;
  /** Where another one goes on from it, which is where it ends; null = all of it is shown. */
  until: RunBefore | null;
}

export class Baselines {
  /** Grows with everything that makes charts look different. */
  version = 0;
  #open: Open[] = [];
  #tried = new Map<string, string | null>();
  /** Chosen ones that were attached since: none lies beside itself, but beside the next run again. */
  #aside = new Set<string>();

  constructor(
    private readonly services: Pick<AppServices, "openRun">,
    private readonly changed: () => void,
    /** The run that they stand beside, which is none of them; null = there is none. */
    private readonly own: () => string | null = () => null,
  ) {}

  get count(): number {
    return this.#open.length;
  }

  /** In the order in which they were added. */
  get ids(): readonly string[] {
    return this.#open.map(({ id }) => id);
  }

  /** Those that are shown up to where another one goes on from them. */
  get before(): RunBefore[] {
    return this.#open.flatMap(({ id, until }) => (until === null ? [] : [{ ...until, id }]));
  }

  has(id: string): boolean {
    return this.#open.some((one) => one.id === id);
  }

  /** One of them by the name it was opened with; null while it is not open. */
  viewOf(id: string): RunView | null {
    return this.#open.find((one) => one.id === id)?.run.view ?? null;
  }

  /** Opens a run, up to there alone where that is told; what went wrong, in a sentence, or null. */
  async add(id: string, until: RunBefore | null = null): Promise<string | null> {
    if (this.has(id)) return null;
    if (this.#open.length >= MOST_BASELINES) return `${MOST_BASELINES} runs are shown already: remove one first`;
    const opened = await this.services.openRun(id);
    if (!opened.ok) return sentence(opened.failure);
    // Whoever has gone to this very run while it was opened has it.
    if (this.has(id) || opened.value.id === this.own()) opened.value.close();
    else {
      const run = new Attached(opened.value);
      if (until !== null) opened.value.showUntil?.(until);
      run.refresh();
      this.#open.push({ id, run, readAt: Number.NEGATIVE_INFINITY, until });
    }
    this.#touch();
    return null;
  }

  /** Takes away what is the attached run itself now. */
  setAside(id: string): void {
    const isChosen = this.#open.some((one) => one.id === id && one.until === null);
    this.remove(id);
    if (isChosen) this.#aside.add(id);
  }

  /** Opens those again that were set aside, now that another run is attached; what went wrong, in sentences, or null when there are none. */
  bringBack(): Promise<string[]> | null {
    const ids = [...this.#aside].filter((id) => id !== this.own());
    if (ids.length === 0) return null;
    for (const id of ids) this.#aside.delete(id);
    return Promise.all(ids.map((id) => this.add(id))).then((problems) => problems.filter((problem) => problem !== null));
  }

  remove(id: string): void {
    this.#aside.delete(id);
    const gone = this.#open.filter((one) => one.id === id);
    if (gone.length === 0) return;
    this.#open = this.#open.filter((one) => one.id !== id);
    this.#tried.delete(id);
    for (const { run } of gone) run.view.close();
    this.#touch();
  }

  clear(): void {
    this.#aside.clear();
    for (const { id } of [...this.#open]) this.remove(id);
  }

  /** Whether any of them may have something new. */
  get goOn(): boolean {
    return this.#open.some(({ run }) => run.view.liveness() !== "ended");
  }

  /** Reads what is new of the one that was read longest ago: one at each tick, so that many cost no more than few. */
  refresh(now: number): void {
    const due = this.#open.filter(({ run, readAt }) => run.view.liveness() !== "ended" && now - readAt >= REREAD_MS);
    const next = due.reduce<Open | undefined>(
      (oldest, one) => (oldest === undefined || one.readAt < oldest.readAt ? one : oldest),
      undefined,
    );
    if (next === undefined) return;
    next.readAt = now;
    if (next.run.refresh()) this.version++;
  }

  /** By names that tell them apart, also from the run that they stand beside. */
  shown(now: number, beside: RunFacts): Baseline[] {
    const named = namedBaselines(
      beside,
      this.#open.map(({ run }) => run.facts(null, now)),
    );
    const before = new Set(this.#open.filter(({ until }) => until !== null).map(({ run }) => run.view.id));
    return named.map((one) => (before.has(one.facts.state.id) ? { ...one, isBefore: true } : one));
  }

  /** One of them by the name it was opened with, or null while it is not open. */
  factsOf(id: string, now: number): RunFacts | null {
    return this.#open.find((one) => one.id === id)?.run.facts(null, now) ?? null;
  }

  /** Keeps exactly these open; what cannot be opened is told by `problemOf`. */
  want(ids: ReadonlySet<string>): Promise<unknown> | null {
    for (const { id } of this.#open.filter((one) => !ids.has(one.id))) this.remove(id);
    const missing = [...ids].filter((id) => !this.has(id) && !this.#tried.has(id));
    if (missing.length === 0) return null;
    return Promise.all(
      missing.map(async (id) => {
        this.#tried.set(id, null);
        this.#tried.set(id, await this.add(id));
        this.#touch();
      }),
    );
  }

  /** Why a run that was wanted is not open, a sentence; null while it is being opened. */
  problemOf(id: string): string | null {
    return this.#tried.get(id) ?? null;
  }

  #touch(): void {
    this.version++;
    this.changed();
  }
}
