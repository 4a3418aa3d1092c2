/**
 * Lets the runtime's compiler give way. Its threads are busy for as long as code becomes warm, which is when a person begins to
 * press keys; on a machine of two cores they take the one that the terminal needs to show the answer.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";

const TASKS = "/proc/self/task";
const COMPILER = "JITWorker\n";
const NICE = 10;

/** Does nothing where threads are not files (macOS). */
export function lowerCompilerThreads(): void {
  try {
    for (const thread of readdirSync(TASKS)) {
      if (readFileSync(`${TASKS}/${thread}/comm`, "utf8") === COMPILER) setPriority(Number(thread), NICE);
    }
  } catch {
    // no such folder, or a thread that has just ended: nothing depends on it
  }
}
