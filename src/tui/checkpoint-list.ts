/** The checkpoints that are looked at, and what has been found out of each: judged when it is selected, once. */
import { BEING_WRITTEN, type Checkpoint } from "../core/checkpoint.ts";
import { sentence } from "../core/result.ts";
import { fitsWords } from "../lib/wanted.ts";
import { checkpointName } from "../panels/chat.ts";
import { bestOf, type Examined } from "../panels/checkpoint-browser.ts";
import type { AppServices } from "./app.ts";

/** Whether it is one that a filter asks for: by its name as lists have it, or as commands take it. */
export const isWanted = (one: Checkpoint, filter: string): boolean =>
  fitsWords(filter, [checkpointName(one), `${one.stage}/${one.tag}@${one.step}`]);

const NOTHING: Examined = { fits: null, problem: null, verified: undefined };

/** Whether what was found out may be over by itself: that a run writes to its folder ends with the run. */
const passes = ({ fits }: Examined): boolean => fits?.some(({ reasons }) => reasons.some(({ id }) => id === BEING_WRITTEN)) ?? false;

export class CheckpointList {
  /** Null while they are looked for. */
  all: readonly Checkpoint[] | null = null;
  problem: string | null = null;
  best: ReadonlySet<Checkpoint> = new Set();
  /** What is being done, or null. */
  busy: string | null = null;
  /** Grows with everything that is to be seen. */
  version = 0;
  readonly #examined = new Map<Checkpoint, Examined>();
  readonly #asked = new Map<Checkpoint, Promise<void>>();

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
  ) {}

  /** `again`: only for what is new; what has been found out of the others stays. */
  async find(runId: string | null, again = false): Promise<void> {
    const known = again ? (this.all ?? []).map((one) => [one, this.#examined.get(one)] as const) : [];
    const found = await this.services.checkpoints(runId);
    this.all = found.ok ? found.value : [];
    this.problem = found.ok ? null : sentence(found.failure);
    this.best = bestOf(this.all);
    this.#examined.clear();
    this.#asked.clear();
    for (const [{ dir, step }, examined] of known) {
      const one = this.all.find((now) => now.dir === dir && now.step === step);
      if (one === undefined || examined === undefined || passes(examined)) continue;
      this.#examined.set(one, examined);
      this.#asked.set(one, Promise.resolve());
    }
    this.#touch();
  }

  shown(filter: string): readonly Checkpoint[] | null {
    return this.all?.filter((one) => isWanted(one, filter)) ?? null;
  }

  examined = (one: Checkpoint | undefined): Examined => (one === undefined ? NOTHING : (this.#examined.get(one) ?? NOTHING));

  /** Judges what it fits, unless that has been asked already. */
  examine(one: Checkpoint): Promise<void> {
    const asked = this.#asked.get(one) ?? this.#examine(one);
    this.#asked.set(one, asked);
    return asked;
  }

  async #examine(one: Checkpoint): Promise<void> {
    const fits = await this.services.fit(one);
    const more = fits.ok ? { fits: fits.value } : { problem: sentence(fits.failure) };
    this.#examined.set(one, { ...this.examined(one), ...more });
    this.#touch();
  }

  /** Reads every byte. */
  async verify(one: Checkpoint): Promise<void> {
    const verified = await this.#during(`verifying step ${one.step}`, (say) => this.services.verify(one, say));
    this.#examined.set(one, { ...this.examined(one), verified: verified.ok ? verified.value : sentence(verified.failure) });
    this.#touch();
  }

  /** Null when they are gone, else why not. */
  async remove(some: readonly Checkpoint[], runId: string | null): Promise<string | null> {
    const gone = await this.#during("deleting", () => this.services.removeCheckpoints(some));
    await this.find(runId);
    return gone.ok ? null : sentence(gone.failure);
  }

  async #during<T>(what: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    this.busy = what;
    this.#touch();
    try {
      return await work((text) => {
        this.busy = `${what}: ${text}`;
        this.#touch();
      });
    } finally {
      this.busy = null;
      this.#touch();
    }
  }

  #touch(): void {
    this.version++;
    this.changed();
  }
}
