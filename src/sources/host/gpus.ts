/** Asks nvidia-smi every two seconds, without ever waiting for it: its answer can take as long. */
import { type ChildProcess, execFile } from "node:child_process";
import { fail, ok, type Result } from "../../core/result.ts";
import { GPU_QUERY, type Gpu, parseGpus } from "./parse.ts";

const EVERY_MS = 2000;
/** After a failure: a driver that is broken stays so for a while. */
const RETRY_MS = 30_000;
const TIMEOUT_MS = 10_000;

export class GpuQuery {
  #child: ChildProcess | null = null;
  #answer: Result<Gpu[]> | null = null;
  #nextAt = 0;

  /** `program`: where nvidia-smi is. */
  constructor(private readonly program: string) {}

  /** The answer that came in since the last call, or null. Asks again when it is time. */
  take(nowMs: number): Result<Gpu[]> | null {
    const answer = this.#answer;
    this.#answer = null;
    if (answer !== null && !answer.ok) this.#nextAt = nowMs + RETRY_MS;
    if (this.#child === null && nowMs >= this.#nextAt) {
      this.#nextAt = nowMs + EVERY_MS;
      this.#ask();
    }
    return answer;
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
  }

  #ask(): void {
    this.#child = execFile(this.program, [...GPU_QUERY], { timeout: TIMEOUT_MS, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      this.#child = null;
      this.#answer = error === null ? ok(parseGpus(stdout)) : refusal(this.program, error, `${stdout}${stderr}`.trim());
    });
  }
}

function refusal(program: string, error: Error & { killed?: boolean }, said: string): Result<Gpu[]> {
  const first = said.split("\n", 1)[0] ?? "";
  const why = error.killed ? `it gave no answer within ${TIMEOUT_MS / 1000} seconds` : first || error.message;
  return fail("io", `${program} could not tell about the GPUs`, { why });
}
