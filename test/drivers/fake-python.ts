/** Pythons of our own making. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const REAL = Bun.which(process.env["PYTHON"] ?? "python3") ?? "python3";

/** Makes a folder for PATH with a `python3`, and returns it. It answers what is asked about it, and otherwise is the real one. */
export function fakePython(dir: string, { version, torch = null }: { version: string; torch?: string | null }): string {
  mkdirSync(dir);
  const answer = JSON.stringify({ version, torch });
  writeFileSync(join(dir, "python3"), `#!/bin/sh\nif [ "$1" = -c ]; then echo '${answer}'; else exec ${REAL} "$@"; fi\n`);
  chmodSync(join(dir, "python3"), 0o755);
  return dir;
}
