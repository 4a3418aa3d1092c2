/** Two windows of one home write one file of what is on the screen: neither loses what the other has in no file yet. */
import { isRecord } from "../lib/shape.ts";

/** The parts of what is kept that are somebody's work: of all else the last window counts. */
interface Works {
  screens: readonly unknown[];
  /** The plan on the Config tab, and those of other windows that wait until one opens them. */
  drafts: readonly unknown[];
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Whether a kept plan has edits that no file has. */
const isEdited = (draft: unknown): boolean => isRecord(draft) && isRecord(draft["work"]) && draft["work"]["count"] !== 0;

const worksOf = (value: Record<string, unknown>): Works => ({
  screens: listIn(value["screens"]),
  drafts: [value["draft"], ...listIn(value["drafts"])].filter(isEdited),
});

const textsOf = ({ screens, drafts }: Works): string[] => [...screens, ...drafts].map((work) => JSON.stringify(work));

/** Of works that one was asked about: who is asked once more loses nothing. */
export const MOST_MARKS = 50;

export class UiMerge {
  /** Every work that this window had at some time: what it has not any more was changed, saved or given up here. */
  readonly #had = new Set<number | bigint>();
  /** Taken over from an earlier time, and not worked on here. */
  readonly #taken: ReadonlySet<string>;
  #others: Works;
  /** Marks of works that one was asked about in other windows (leaving.ts). */
  #left: unknown[] = [];

  /** `opened`: what this window took over at its start; `drafts` are those that wait. */
  constructor(opened: Record<string, unknown>) {
    const own = { ...worksOf({ ...opened, drafts: [] }) };
    this.#taken = new Set(textsOf(own));
    this.#remember(own);
    this.#others = { screens: [], drafts: listIn(opened["drafts"]) };
  }

  /** What is to be written: `mine`, and the works of others. `file`: what another window has written, null = it is as it was. */
  merge(mine: Record<string, unknown>, file: Record<string, unknown> | null): Record<string, unknown> {
    const own = worksOf(mine);
    this.#remember(own);
    const there = file === null ? this.#others : worksOf(file);
    const others = { screens: there.screens.filter(this.#isOthers), drafts: there.drafts.filter(this.#isOthers) };
    this.#others = others;
    const screens = own.screens.filter((screen) => !this.#isOld(screen, there));
    const merged = { ...mine, screens: [...screens, ...others.screens], drafts: others.drafts };
    if (file === null && this.#left.length === 0) return merged;
    this.#left = [...new Set([...listIn(file?.["left"]), ...this.#left])];
    return { ...merged, left: [...new Set([...listIn(mine["left"]), ...this.#left])].slice(0, MOST_MARKS) };
  }

  /** Whether another window has left out of the file what this one has written there. */
  lacks(file: Record<string, unknown>, mine: Record<string, unknown>): boolean {
    const there = worksOf(file);
    const texts = new Set(textsOf(there));
    const own = worksOf(mine);
    return textsOf({ ...own, screens: own.screens.filter((screen) => !this.#isOld(screen, there)) }).some((text) => !texts.has(text));
  }

  #remember(works: Works): void {
    for (const text of textsOf(works)) this.#had.add(Bun.hash(text));
  }

  readonly #isOthers = (work: unknown): boolean => !this.#had.has(Bun.hash(JSON.stringify(work)));

  /** What was only taken over here, and has been worked on elsewhere since, is that. */
  #isOld(screen: unknown, there: Works): boolean {
    const text = JSON.stringify(screen);
    if (!this.#taken.has(text) || !isRecord(screen) || there.screens.some((one) => JSON.stringify(one) === text)) return false;
    return there.screens.some((one) => isRecord(one) && one["name"] === screen["name"] && this.#isOthers(one));
  }
}
