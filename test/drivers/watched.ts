/** Folders of tests that nothing outlives: not even a test process that is killed leaves trainers behind in them. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let watchdog: Bun.FileSink | null = null;

/**
 * Makes a temporary folder. Whoever asks for it removes it; where this process dies before, watchdog.py ends every process
 * that has the folder in its arguments or its environment, and then removes it. It knows by its stdin, which ends with us.
 */
export function watchedFolder(prefix: string): string {
  const path = mkdtempSync(join(tmpdir(), prefix));
  try {
    tell(path);
  } catch {
    // When a test runs out of time the runtime ends what it has started, the watchdog with it: the next test gets another one.
    watchdog = null;
    tell(path);
  }
  return path;
}

function tell(path: string): void {
  watchdog ??= startWatchdog();
  watchdog.write(`${path}\n`);
  watchdog.flush();
}

function startWatchdog(): Bun.FileSink {
  const program = [process.env["PYTHON"] ?? "python3", "-S", join(import.meta.dir, "watchdog.py")];
  // In a session of its own: what ends us by ctrl+c or by a terminal that is closed must not end it too.
  const child = Bun.spawn(program, { stdin: "pipe", stdout: "ignore", stderr: "ignore", detached: true });
  child.unref();
  return child.stdin;
}
