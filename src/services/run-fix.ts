/** Runs a fix of the doctor to its end, its output line by line. Never through a shell. */
import { fail, ok, type Result } from "../core/result.ts";
import type { SetupFix } from "../core/setup.ts";
import { plain } from "../lib/ansi.ts";

export async function runFix({ argv, cwd, env, title }: SetupFix, onLine: (line: string) => void): Promise<Result<void>> {
  let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    child = Bun.spawn([...argv], {
      cwd,
      env: { ...process.env, PYTHONUNBUFFERED: "1", ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  } catch (error) {
    return fail("failed", `${argv[0]} could not be started`, {
      why: error instanceof Error ? error.message : String(error),
      remedy: `Run it yourself: ${argv.join(" ")}`,
    });
  }
  await Promise.all([lines(child.stdout, onLine), lines(child.stderr, onLine)]);
  const code = await child.exited;
  return code === 0 ? ok(undefined) : fail("failed", `${title} ended with exit code ${code}`, { remedy: "Its output says why" });
}

async function lines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    // A progress bar returns to the start of its line: each of its states is one.
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r/);
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") onLine(plain(part));
  }
  if (rest.trim() !== "") onLine(plain(rest));
}
