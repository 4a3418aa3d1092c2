import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { lowerCompilerThreads } from "./compiler-threads.ts";

const TASKS = "/proc/self/task";

test.skipIf(!existsSync(TASKS))("threads of the compiler give way, and the one that draws does not", () => {
  const before = getPriority(process.pid);
  // Something to translate, so that there is a thread.
  let sum = 0;
  for (let i = 0; i < 1e6; i++) sum += i % 7;
  expect(sum).toBeGreaterThan(0);
  lowerCompilerThreads();
  const compilers = readdirSync(TASKS).filter((thread) => readFileSync(`${TASKS}/${thread}/comm`, "utf8") === "JITWorker\n");
  expect(compilers.length).toBeGreaterThan(0);
  expect(compilers.map((thread) => getPriority(Number(thread)))).toEqual(compilers.map(() => Math.max(10, before)));
  expect(getPriority(process.pid)).toBe(before);
});
