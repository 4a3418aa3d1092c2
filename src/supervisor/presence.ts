/** Whether the folder of a run is still there: deleted and moved away look the same by their path, and are not the same. */
import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import { runPaths } from "../lib/run-dir.ts";

/**
 * `torn`: state.json is missing and plan.yaml is not: a deletion has begun, or somebody took that file alone. `moved`: the
 * folder lies elsewhere, or its disk was taken away.
 */
export type PresenceState = "there" | "torn" | "moved" | "deleted";

export class Presence {
  readonly #state: string;
  readonly #plan: string;
  readonly #journal: string;
  /** Of plan.yaml, which is written once and never replaced: a deleted file has no name left, a moved one has. */
  readonly #fd: number | null;

  constructor(runDir: string) {
    ({ state: this.#state, plan: this.#plan, journal: this.#journal } = runPaths(runDir));
    this.#fd = openOrNull(this.#plan);
  }

  look(): PresenceState {
    const hasState = existsSync(this.#state);
    const hasPlan = existsSync(this.#plan);
    // A heartbeat in the middle of a deletion leaves state.json behind, alone.
    if (hasState && (hasPlan || existsSync(this.#journal))) return "there";
    if (hasPlan) return "torn";
    return this.#hasNoName() ? "deleted" : "moved";
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }

  #hasNoName(): boolean {
    try {
      return this.#fd !== null && fstatSync(this.#fd).nlink === 0;
    } catch {
      return false; // a network disk that is gone tells nothing of its files
    }
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}
