/** ui-state.json of a home: what the terminal interface had on the screen. Its meaning is the interface's; here it is kept. */
import { existsSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../core/result.ts";
import { fail, ok } from "../core/result.ts";
import { ioReason, readJson } from "../lib/files.ts";
import { prepareHome } from "./home.ts";

export class UiStateFile {
  readonly path: string;
  #prepared = false;
  /** Of the file as it was written or read here last. */
  #stamp = "";

  constructor(private readonly home: string) {
    this.path = join(home, "ui-state.json");
  }

  /** What was kept last, or null. A file that cannot be used is moved aside and said: it may hold somebody's work. */
  load(): { value: Record<string, unknown> | null; problem: string | null } {
    this.#stamp = this.#stampNow();
    const read = readJson(this.path);
    if (read.ok) return { value: read.value, problem: null };
    if (read.failure.code !== "corrupt") return { value: null, problem: `${read.failure.what}: ${read.failure.why}` };
    const aside = this.path.replace(/\.json$/, `.broken-${Date.now()}.json`);
    try {
      renameSync(this.path, aside);
      return { value: null, problem: `${read.failure.what}: it begins anew, and the old one is kept as ${aside}` };
    } catch (error) {
      return { value: null, problem: `${read.failure.what}, and cannot be moved away: ${ioReason(error)}` };
    }
  }

  /** What another window has written since this one wrote or read it last; null where none has, or it cannot be read. */
  changed(): Record<string, unknown> | null {
    if (this.#stamp === this.#stampNow()) return null;
    const read = readJson(this.path);
    return read.ok ? read.value : null;
  }

  #stampNow(): string {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
  }

  /**
   * Replaces the file in one rename: nobody reads half of it. What another viewer has put there is `changed`. It is not waited for the
   * disk: after a crash of the machine it is the old one, and typing never waits.
   */
  save(value: unknown): Result<void> {
    if (!this.#prepared && !existsSync(this.home)) {
      const prepared = prepareHome(this.home);
      if (!prepared.ok) return prepared;
    }
    this.#prepared = true;
    const beside = `${this.path}.${process.pid}`;
    try {
      writeFileSync(beside, `${JSON.stringify(value)}\n`, { mode: 0o600 });
      renameSync(beside, this.path);
      this.#stamp = this.#stampNow();
      return ok(undefined);
    } catch (error) {
      return fail("io", `${this.path} could not be written`, { why: ioReason(error) });
    }
  }
}
