/** Runs the real program without a terminal and returns what it printed. */
import { LAUNCHER, ROOT } from "./pty.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
}

export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Ran> {
  const child = Bun.spawn([LAUNCHER, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

/** Polls until the value is there; fails with `what` after a minute. For conditions outside our own processes. */
export async function eventually<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  patienceMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await Bun.sleep(20);
  }
}
