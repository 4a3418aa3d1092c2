/** Imports every run in W&B's folder, and those that come later: one that can be read must not wait for one that cannot. */
import { existsSync, statSync } from "node:fs";
import { type Failure, fail, ok, type Result, sentence } from "../core/result.ts";
import { findAllIn, type Importable } from "./import-find.ts";
import { loseImport } from "./import-lost.ts";
import { type ImportedRun, type ImportOptions, importFound } from "./run-import.ts";

/** What a look at the folder brought. */
interface Looked {
  /** Runs that are new, or have grown. */
  runs: ImportedRun[];
  /** What could not be imported, told once. */
  failures: Failure[];
}

export class FolderImport {
  /** What the files of each run were like when they were read last. */
  readonly #read = new Map<string, string>();
  readonly #told = new Set<string>();
  /** Runs that go on as far as their record says, with their directories. */
  readonly #live = new Map<string, string>();

  constructor(
    private readonly home: string,
    private readonly folder: string,
    private readonly options: Omit<ImportOptions, "name" | "follow">,
  ) {}

  /** Fails where the folder itself cannot be read, or holds no run. `follow`: those that have not ended are awaited. */
  async look(follow: boolean): Promise<Result<Looked>> {
    const found = findAllIn(this.folder);
    if (!found.ok) return found;
    const looked: Looked = { runs: [], failures: this.#lose(found.value) };
    for (const one of found.value) {
      if (this.options.signal?.aborted) break;
      const imported = one.ok ? await this.#import(one.value, follow) : one;
      if (imported === null) continue;
      if (imported.ok) looked.runs.push(imported.value);
      else if (!this.#told.has(sentence(imported.failure))) {
        this.#told.add(sentence(imported.failure));
        looked.failures.push(imported.failure);
      }
    }
    return ok(looked);
  }

  /** Nobody follows them any more: how those that had not ended go on is not known from here. */
  async settle(): Promise<void> {
    const found = findAllIn(this.folder);
    const { signal: _, ...rest } = this.options;
    this.#lose(found.ok ? found.value : []);
    for (const one of found.ok ? found.value : [])
      if (one.ok && this.#live.has(keyOf(one.value))) await importFound(this.home, one.value, rest);
  }

  /** Null when nothing is new: a run that is still awaited is read again all the same, for it may have rested too long by now. */
  async #import(found: Importable, follow: boolean): Promise<Result<ImportedRun> | null> {
    const key = keyOf(found);
    const stamp = pathsOf(found).map(stampOf).join();
    if (this.#read.get(key) === stamp && !this.#live.has(key)) return null;
    const imported = await importFound(this.home, found, { ...this.options, follow });
    this.#read.set(key, stamp);
    const dir = this.#live.get(key);
    if (imported.ok && imported.value.state.status === "running") this.#live.set(key, imported.value.dir);
    else this.#live.delete(key);
    if (!imported.ok && dir !== undefined) loseImport(dir, imported.failure);
    return imported;
  }

  /** Those that are not in the folder any more are none that go on; what could not be written of that is told. */
  #lose(found: ReadonlyArray<Result<Importable>>): Failure[] {
    const there = new Set(found.flatMap((one) => (one.ok ? [keyOf(one.value)] : [])));
    return [...this.#live].flatMap(([key, dir]) => {
      if (there.has(key)) return [];
      this.#live.delete(key);
      const lost = loseImport(
        dir,
        fail("not-found", existsSync(key) ? `${key} could not be read` : `There is nothing at ${key} any more`).failure,
      );
      return lost.ok ? [] : [lost.failure];
    });
  }
}

const pathsOf = (found: Importable): string[] => (found.kind === "log" ? [found.path] : found.files.map(({ path }) => path));
const keyOf = (found: Importable): string => pathsOf(found)[0] ?? "";

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return `${path} ${stat?.size} ${stat?.mtimeMs}`;
}
