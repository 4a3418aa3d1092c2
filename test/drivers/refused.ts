/** What a command that must fail says: to programs, to people, and by its exit code. */
import { expect } from "bun:test";
import { type Failure, sentence } from "../../src/core/result.ts";
import type { Ran } from "./cli.ts";

export interface Refused extends Failure {
  exit: number;
}

/**
 * Reads the answer of a failed command that was run with `--json`: one document and nothing else on stdout, the same as a
 * sentence on stderr, and always something that can be done.
 */
export function refused({ code, stdout, stderr }: Ran): Refused {
  const { error } = JSON.parse(stdout) as { error: Failure };
  expect(stderr).toContain(`nanochat-cli: ${sentence(error)}\n`);
  expect(stderr).not.toContain("    at "); // a stack trace is no sentence
  expect(error.remedy).toBeTruthy();
  return { exit: code, ...error };
}
