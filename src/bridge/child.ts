/** Runs a short-lived helper to its end: its output, or why there is none. Never through a shell. */

export interface Finished {
  /** Null when it was ended because it took too long. */
  code: number | null;
  stdout: string;
  stderr: string;
}

interface ChildOptions {
  cwd: string;
  /** Variables in addition to those of `quietEnvironment`. */
  env?: Readonly<Record<string, string>>;
  timeoutMs: number;
}

/** What an interpreter or git may need to find its own parts. Everything else, secrets above all, stays with us. */
const PASSED_ON = /^(PATH|HOME|USER|LANG|LC_ALL|TMPDIR|LD_LIBRARY_PATH|DYLD_.*|PYENV_.*|CONDA_.*|VIRTUAL_ENV|UV_.*|XDG_.*)$/;

/** The environment of a helper: enough to start, and nothing that makes it write or talk. */
function quietEnvironment(source: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = Object.entries(source).filter((entry): entry is [string, string] => PASSED_ON.test(entry[0]) && entry[1] !== undefined);
  return { ...Object.fromEntries(kept), PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1", GIT_OPTIONAL_LOCKS: "0" };
}

/** Null when there is no such program, or it may not be run. */
export async function run(argv: readonly string[], { cwd, env, timeoutMs }: ChildOptions): Promise<Finished | null> {
  let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    // Detached = a process group of its own, so that what it started (`uv run` starts the Python) can be ended with it.
    child = Bun.spawn([...argv], {
      cwd,
      env: { ...quietEnvironment(), ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  } catch {
    return null;
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, timeoutMs);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
  clearTimeout(timer);
  return { code: late ? null : code, stdout, stderr };
}

/** Ends a process that was started detached, and what it started. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it ended by itself meanwhile
  }
}

const text = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

/** The end of what a program complained of, for a person who asks why. */
export const tail = (text: string, lines = 12): string => text.trimEnd().split("\n").slice(-lines).join("\n");
