/**
 * Tells alerts to the outside: a command of the user's, a webhook. One at a time, each once, with a time limit; what
 * fails is noted and not tried again. In quiet hours they are held, and told afterwards, as soon as there is somebody to
 * tell, when they are still open and nobody knows of them. One that comes again soon after it was told is not told again.
 */
import { spawn } from "node:child_process";
import {
  type AlertStatus,
  alertsOf,
  type DeliveryNote,
  type DeliveryWay,
  deliveriesOf,
  isPressing,
  Repeats,
  SEVERITY_SIGNS,
} from "../core/alert.ts";
import type { JournalEvent } from "../core/journal.ts";
import { ioReason } from "../lib/files.ts";
import { redactor } from "../lib/redact.ts";
import { type AlertConfig, COMMAND_DIR, hostOf, isQuiet, programFault, quietText } from "../services/alert-settings.ts";

/** More than that at once is a storm: the rest is in the journal alone. */
const MOST_WAITING = 20;
const LONGEST_REASON = 300;

/** Which run it is about. */
export interface DeliveredRun {
  id: string;
  name: string;
  dir: string;
}

export type DeliveredAlert = Pick<AlertStatus, "key" | "watch" | "severity" | "stage" | "step" | "at" | "cause" | "evidence" | "actions">;

export class Delivery {
  #waiting: DeliveredAlert[] = [];
  #held: DeliveredAlert[] = [];
  #working: Promise<void> | null = null;
  readonly #repeats = new Repeats();

  constructor(
    private readonly run: DeliveredRun,
    private readonly config: () => AlertConfig,
    private readonly keep: (note: DeliveryNote) => void,
  ) {}

  /** Takes on an alert that the journal holds. */
  take(alert: DeliveredAlert, nowMs: number): void {
    if (!this.#tellsAnybody) return;
    const { quiet } = this.config();
    if (quiet !== null && isQuiet(quiet, nowMs)) {
      // One that has become worse stands for the lesser one as well.
      this.#held = [...this.#held.filter(({ key }) => key !== alert.key), alert];
      this.#note(alert, null, "held", quietText(quiet));
    } else if (this.#repeats.times(alert) > 0) return;
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(alert);
    else this.#tooMany(alert);
  }

  #tooMany(alert: DeliveredAlert): void {
    this.#repeats.forget(alert);
    this.#note(alert, null, "failed", `${MOST_WAITING} others wait to be told.`);
  }

  /** Forgets what is over, or known, before it was told. */
  cleared(key: string): void {
    this.#held = this.#held.filter((alert) => alert.key !== key);
  }

  /** Goes on with what waits; never waits itself. */
  tick(nowMs: number): void {
    // A file that is being edited may name nobody for a moment.
    if (!this.#tellsAnybody) this.#held.push(...this.#waiting.splice(0));
    else if (!isQuiet(this.config().quiet, nowMs)) this.#waiting.push(...this.#held.splice(0));
    if (this.#working !== null || this.#waiting.length === 0) return;
    const [next] = this.#waiting.splice(0, 1);
    if (next === undefined) return;
    this.#working = this.#tell(next).finally(() => {
      this.#working = null;
    });
  }

  /** Lets everything that waits be told: what a run says in its last moment. */
  async settle(): Promise<void> {
    for (this.tick(Date.now()); this.#working !== null; this.tick(Date.now())) await this.#working;
  }

  /**
   * What an earlier supervisor held back, and what it has not told since `sinceMs` though it is open: that one may have died
   * between keeping it and telling it. By the events that it has kept.
   */
  recall(events: readonly JournalEvent[], sinceMs: number): void {
    const all = [...deliveriesOf(alertsOf(events), events)].map(([alert, notes]) => ({ alert, note: notes.at(-1) }));
    for (const { alert, note } of all) if (note?.outcome === "sent") this.#repeats.times(alert);
    const last = all.filter(({ alert }) => isPressing(alert));
    this.#held = last.flatMap(({ alert, note }) => (note?.outcome === "held" ? [alert] : []));
    // Without anybody to tell, nothing is owed to anybody either.
    const isOwed = ({ at, again }: AlertStatus): boolean => this.#tellsAnybody && at >= sinceMs && again === 0;
    this.#waiting = last.flatMap(({ alert, note }) => (note === undefined && isOwed(alert) ? [alert] : []));
  }

  /** Whether something is still to be told: after `settle` what quiet hours hold back alone. */
  get isOwing(): boolean {
    return this.#held.length > 0 || this.#waiting.length > 0 || this.#working !== null;
  }

  get #tellsAnybody(): boolean {
    const { command, webhook } = this.config();
    return command !== null || webhook !== null;
  }

  async #tell(alert: DeliveredAlert): Promise<void> {
    const { command, webhook, timeoutMs } = this.config();
    const document = alertDocument(this.run, alert);
    const ways = [
      ...(command === null ? [] : [this.#noted(alert, "command", await runCommand(command, document, timeoutMs))]),
      ...(webhook === null ? [] : [this.#noted(alert, "webhook", await callWebhook(webhook, document, timeoutMs))]),
    ];
    if (!ways.includes(true)) this.#repeats.forget(alert);
  }

  /** Whether it was told. */
  #noted(alert: DeliveredAlert, way: DeliveryWay, why: string | null): boolean {
    if (why === null) this.#note(alert, way, "sent", null);
    else this.#note(alert, way, "failed", redactor.text(why).slice(0, LONGEST_REASON));
    return why === null;
  }

  #note({ key, at }: DeliveredAlert, way: DeliveryWay | null, outcome: DeliveryNote["outcome"], why: string | null): void {
    // The journal keeps whole milliseconds, of steps that have parts of them.
    this.keep({ key, raisedAt: Math.round(at), way, outcome, why });
  }
}

/** What a command gets on its stdin, and a webhook as its body. `text` is what chat services show. */
export function alertDocument(run: DeliveredRun, alert: DeliveredAlert): Record<string, unknown> {
  // By name: one that was held is told as the journal has it, with what became of it.
  const { stage, step, at, key, watch, severity, cause, evidence, actions } = alert;
  const text = `${SEVERITY_SIGNS[severity]} ${run.id}: ${cause}`;
  return redactor.deep({
    version: 1,
    text,
    run,
    stage,
    step,
    at: new Date(at).toISOString(),
    key,
    watch,
    severity,
    cause,
    evidence,
    actions,
  });
}

/** What a program of the user's may need to show something, and nothing that could be a secret. */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR)$/;

export function commandEnvironment(document: Readonly<Record<string, unknown>>): Record<string, string> {
  const own = Object.entries(process.env).filter((pair): pair is [string, string] => PASSED_ON.test(pair[0]) && pair[1] !== undefined);
  // Any other document has them as undefined, and is told of without them.
  const { run, key, watch, severity, cause, stage, step, at } = document as unknown as DeliveredAlert & { run: DeliveredRun };
  const told = { RUN: run.id, KEY: key, WATCH: watch, SEVERITY: severity, CAUSE: cause, STAGE: stage, STEP: step ?? "", AT: at };
  return Object.fromEntries([...own, ...Object.entries(told).map(([name, value]) => [`NANOCHAT_ALERT_${name}`, String(value)])]);
}

/** Why it did not work, a sentence, or null. */
export async function runCommand(
  [program = "", ...args]: readonly string[],
  document: Readonly<Record<string, unknown>>,
  timeoutMs: number,
): Promise<string | null> {
  const ended = Promise.withResolvers<string | null>();
  const child = spawn(program, args, {
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
    env: commandEnvironment(document),
    cwd: COMMAND_DIR,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-LONGEST_REASON);
  });
  // One that does not read is no failure.
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(document));
  // The system says of a program on no PATH what it says of a missing folder.
  child.on("error", (error) => ended.resolve(`${program} could not be started: ${startFault(program, error)}.`));
  child.on("exit", (code, signal) => {
    const how = signal === null ? `exit code ${code}` : signal;
    ended.resolve(code === 0 ? null : `${program} ended with ${how}${said.trim() && `: ${said.trim()}`}.`);
  });
  const timer = setTimeout(() => {
    // Its whole group: what it has started must not stay behind.
    if (child.pid !== undefined) killGroup(child.pid);
    ended.resolve(`${program} took longer than ${timeoutMs / 1000} s.`);
  }, timeoutMs);
  const why = await ended.promise;
  clearTimeout(timer);
  return why;
}

function startFault(program: string, error: Error): string {
  const fault = programFault(program);
  return fault === null ? ioReason(error) : `it ${fault}`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has just ended
  }
}

/** Why it did not work, a sentence that names the host alone, or null. */
export async function callWebhook(address: string, document: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<string | null> {
  const host = hostOf(address);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "nanochat-cli" },
      body: JSON.stringify(document),
      // The address may be a secret, and is not carried on to wherever it leads.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? null : `${host} answered with ${response.status}.`;
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return timedOut ? `${host} did not answer within ${timeoutMs / 1000} s.` : `${host} could not be reached.`;
  }
}
