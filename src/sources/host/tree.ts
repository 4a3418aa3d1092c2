/** A process and all below it: what they use of the machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseProcessTicks, parseResident } from "./parse.ts";

/** Clock ticks a second (sysconf(_SC_CLK_TCK)); 100 on every Linux that Python and torch are built for. */
export const TICKS_PER_SECOND = 100;

export interface TreeUse {
  /** Percent of one core since the last look, so 8 busy ranks are 800; null at the first look. */
  cpu: number | null;
  /** Resident bytes; pages that several processes share count in each. */
  memory: number;
}

export class ProcessTree {
  #ticks: ReadonlyMap<number, number> | null = null;
  #lookedAt = 0;

  /** `proc`: the folder that is /proc. */
  constructor(private readonly proc: string) {}

  /** What the tree below `root` uses; null when there is no such process. */
  look(root: number, nowMs: number): TreeUse | null {
    const ticks = new Map<number, number>();
    let memory = 0;
    for (const pid of this.#members(root)) {
      const own = parseProcessTicks(this.#read(`${pid}/stat`));
      if (own === null) continue; // ended meanwhile
      ticks.set(pid, own);
      memory += parseResident(this.#read(`${pid}/status`)) ?? 0;
    }
    const cpu = this.#ticks === null ? null : percent(ticks, this.#ticks, nowMs - this.#lookedAt);
    this.#ticks = ticks;
    this.#lookedAt = nowMs;
    return ticks.size === 0 ? null : { cpu, memory };
  }

  /** Children of a process' main thread only: trainers and their workers are started there, and torch has threads by the hundred. */
  #members(root: number): readonly number[] {
    const members = [root];
    for (const pid of members) {
      const children = this.#read(`${pid}/task/${pid}/children`).trim();
      if (children !== "") members.push(...children.split(" ").map(Number));
    }
    return members;
  }

  #read(file: string): string {
    try {
      return readFileSync(join(this.proc, file), "latin1");
    } catch {
      return ""; // ended meanwhile
    }
  }
}

/** One that was not there before has used all its ticks since. */
function percent(now: ReadonlyMap<number, number>, before: ReadonlyMap<number, number>, milliseconds: number): number | null {
  if (milliseconds <= 0) return null;
  let used = 0;
  for (const [pid, ticks] of now) used += Math.max(0, ticks - (before.get(pid) ?? 0));
  return ((used / TICKS_PER_SECOND) * 1000 * 100) / milliseconds;
}
