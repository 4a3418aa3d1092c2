/** The runs of the home, read again while they are looked at, and the one that is previewed. */
import { sentence } from "../core/result.ts";
import { isAway, type Liveness } from "../core/run.ts";
import { matchesRun, orderRuns, type RunOrder } from "../panels/run-order.ts";
import type { RunRow } from "../panels/runs.ts";
import { asksForSettings, type Settings } from "../panels/setting-words.ts";
import type { AppServices, RunView } from "./app.ts";

const REREAD_MS = 1000;
/** What was read longer ago than this may be otherwise by now. */
const KNOWN_MS = 60_000;
/** A selection that moves on sooner is not opened. */
const SETTLE_MS = 150;

const HAS_TRAINER: ReadonlySet<Liveness> = new Set(["owned", "unattended"]);

export class RunList {
  rows: RunRow[] = [];
  /** Why the list cannot be read, in a sentence. */
  problem: string | null = null;
  /** Grows with each reading. */
  version = 0;
  loaded = false;
  preview: { id: string; view: RunView | null; problem: string | null; version: number } | null = null;
  order: RunOrder = "live";
  /** Also those that were put away. */
  all = false;
  /** Ids of those that were put away in one go, and nothing has been done with since. */
  lastAway: readonly string[] = [];
  /** Ids of the runs that the next action is about; none = the selected one. */
  readonly marked = new Set<string>();
  /** Settings by id, read once somebody asks for them: a plan is a long file. */
  readonly #settings = new Map<string, Settings>();
  #shown: { key: string; rows: RunRow[] } = { key: "", rows: [] };
  #readAt = Number.NEGATIVE_INFINITY;
  #reading = false;
  #wanted: { id: string; since: number } | null = null;
  #opening = false;

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
  ) {}

  /** Sorted, and only those that match: asked for by every action at every frame, so kept until something is different. */
  shown(filter: string): readonly RunRow[] {
    const key = `${this.version} ${this.order} ${this.all} ${filter}`;
    if (this.#shown.key !== key) {
      const rows = this.rows.filter(
        (row) => (this.all || !isAway(row)) && (filter === "" || matchesRun(row, filter, this.#settings.get(row.id))),
      );
      this.#shown = { key, rows: orderRuns(rows, this.order) };
    }
    return this.#shown.rows;
  }

  /** How many match, and are put away and therefore not shown. */
  hidden(): number {
    return this.all ? 0 : this.rows.filter(isAway).length;
  }

  /** The runs that go on besides that one, as far as that was read a short while ago; none where it was not. */
  othersGoing(id: string | null, now: number): RunRow[] {
    if (now - this.#readAt > KNOWN_MS) return [];
    return this.rows.filter((row) => row.id !== id && row.problem === null && HAS_TRAINER.has(row.liveness));
  }

  /** How many runs may match or not, as their settings have not been read yet. */
  unread(filter: string): number {
    return asksForSettings(filter) ? this.rows.filter(({ id, problem }) => problem === null && !this.#settings.has(id)).length : 0;
  }

  /** Reads settings that the filter asks for, for so many milliseconds, one at least. */
  learn(filter: string, budgetMs: number): void {
    if (this.unread(filter) === 0) return;
    const end = performance.now() + budgetMs;
    for (const { id, problem } of this.rows) {
      if (problem !== null || this.#settings.has(id)) continue;
      this.#settings.set(id, this.services.settingsOf(id));
      if (performance.now() > end) break;
    }
    this.version++;
    this.changed();
  }

  /** Reads the list again when it is time; errors become `problem`. */
  async poll(now: number, force = false): Promise<void> {
    if (this.#reading || (!force && now - this.#readAt < REREAD_MS)) return;
    this.#reading = true;
    this.#readAt = now;
    const listed = await this.services.listRuns();
    this.#reading = false;
    this.loaded = true;
    this.problem = listed.ok ? null : sentence(listed.failure);
    const before = this.rows;
    if (listed.ok) this.rows = [...listed.value];
    if (!isSame(before, this.rows) || this.problem !== null || this.version === 0) {
      for (const id of this.marked) if (!this.rows.some((row) => row.id === id)) this.marked.delete(id);
      this.version++;
      this.changed();
    }
  }

  /** Opens the run under the selection, once the selection rests; keeps at most one open. */
  async look(id: string | null, now: number): Promise<void> {
    if (id === null || this.preview?.id === id) return;
    if (this.#wanted?.id !== id) this.#wanted = { id, since: now };
    if (now - this.#wanted.since < SETTLE_MS || this.#opening) return;
    this.#opening = true;
    const opened = await this.services.openRun(id);
    this.#opening = false;
    this.closePreview();
    this.preview = { id, view: opened.ok ? opened.value : null, problem: opened.ok ? null : sentence(opened.failure), version: 1 };
    this.preview.view?.refresh();
    this.changed();
  }

  refreshPreview(): void {
    const changes = this.preview?.view?.refresh();
    if (this.preview !== null && changes !== undefined && (changes.points || changes.state)) this.preview.version++;
  }

  closePreview(): void {
    this.preview?.view?.close();
    this.preview = null;
  }
}

/** A run of which nothing is different comes as the very same object (services/runs.ts). */
const isSame = (a: readonly RunRow[], b: readonly RunRow[]): boolean => a.length === b.length && a.every((row, i) => row === b[i]);
