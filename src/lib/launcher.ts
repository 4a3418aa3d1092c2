/** The process that started us: a shell that passes signals on and gives the terminal back (bin/nanochat-cli). */

const LOOK_EVERY_MS = 500;

const launcher = process.ppid;

/** Whether it was killed: nobody is told of that, and what it was to pass on does not come any more. */
export const isOrphan = (): boolean => process.ppid !== launcher;

/** Ends this process as SIGTERM does when its launcher was killed: whoever did that meant us. Returns what undoes it. */
export function endWithLauncher(): () => void {
  const timer = setInterval(() => isOrphan() && process.kill(process.pid, "SIGTERM"), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
