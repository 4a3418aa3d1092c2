/** Questions to a person at a terminal, on stderr: stdout is for answers. */
import { createInterface } from "node:readline/promises";

/** Whether somebody could answer. */
export const canAsk = (): boolean => Boolean(process.stdin.isTTY && process.stderr.isTTY);

/** Yes or no; enter alone, ctrl+c and ctrl+d are no. */
export async function confirm(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  reader.on("close", () => gone.abort());
  reader.on("SIGINT", () => reader.close());
  try {
    const said = await reader.question(`${question} [y/N] `, { signal: gone.signal });
    return /^y(es)?$/i.test(said.trim());
  } catch {
    process.stderr.write("\n");
    return false;
  } finally {
    reader.close();
  }
}
