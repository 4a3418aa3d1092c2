/** Watches a run as text, or as one JSON object a line, until it has ended. */
import { alertBodyOf, idleLimitIn } from "../core/alert.ts";
import { failureOf, type StoredEvent } from "../core/journal.ts";
import { fail, ok, type Result, sentence } from "../core/result.ts";
import { isAlone, type RunState, shareShown, stepsDone, TERMINAL_STATUSES, WHY_GONE } from "../core/run.ts";
import { reduceRequests } from "../journal/records.ts";
import { bytes, count, duration, loss, percent, si } from "../lib/format.ts";
import { alertLine } from "../panels/alerts.ts";
import { requestText } from "../panels/events.ts";
import type { RunView } from "../services/run-view.ts";
import { Busy } from "./busy.ts";
import type { Face } from "./output.ts";

const LOOK_EVERY_MS = 200;
const SAY_EVERY_MS = 2000;

/** What is told of each kind of event; a kind that is not here is only in `--json`. */
const SENTENCES: Readonly<Record<string, (event: StoredEvent) => string | null>> = {
  stage: ({ body }) => `${body["name"]}: ${body["status"]}${body["reason"] ? `: ${body["reason"]}` : ""}`,
  checkpoint: ({ step, body }) => `checkpoint of step ${count(step)} in ${body["dir"] ?? body["path"]} (${bytes(Number(body["bytes"]))})`,
  rewind: ({ body }) => `the step went back from ${count(Number(body["from"]))} to ${count(Number(body["to"]))}: a resume`,
  gap: ({ body }) => `telemetry is missing for ${duration(Number(body["seconds"]))}: ${body["reason"]}`,
  problem: (event) => sentence(failureOf(event)),
  alert: (event) => alertLine(alertBodyOf(event)),
  note: idleLimitIn,
};

export class Follower {
  #seq = 0;
  #saidAt = 0;
  #saidStep = "";
  /** Of each request, what its events have told so far. */
  readonly #requests = new Map<unknown, StoredEvent[]>();
  readonly #busy: Busy;

  constructor(
    readonly view: RunView,
    readonly face: Face,
    /** Progress goes to stderr when stdout is for something else. */
    readonly quiet: boolean,
  ) {
    this.#busy = new Busy(view.reader);
  }

  /** Ends with the run; a run that nobody looks after is a failure with the remedy. */
  async untilEnd(signal?: AbortSignal): Promise<Result<RunState>> {
    for (;;) {
      this.view.refresh();
      this.#events();
      const state = this.view.state();
      const ended = TERMINAL_STATUSES.has(state.status);
      this.#tellBusy(state.progress?.step ?? null, ended);
      this.#progress(state, ended);
      if (ended) {
        if (runExitCode(state) !== 0) this.face.note(`nanochat-cli runs logs ${state.id} shows what it printed.`);
        return ok(state);
      }
      if (signal?.aborted) return ok(state);
      const alone = await this.#alone();
      if (alone !== null) return alone;
      await Bun.sleep(LOOK_EVERY_MS);
    }
  }

  async #alone(): Promise<Result<never> | null> {
    if (!isAlone(this.view.liveness())) return null;
    // A supervisor that is just starting has not written its name yet.
    await Bun.sleep(3000);
    this.view.refresh();
    const { id } = this.view;
    const left = this.view.liveness();
    if (!isAlone(left)) return null;
    return fail("failed", `Nobody looks after ${id} any more`, {
      why:
        left === "gone"
          ? `${WHY_GONE}, and with that most likely its trainer`
          : "its supervisor has died; the trainer is not touched by that",
      remedy: `${left === "gone" ? "Find out what became of it" : "Take it over"} with \`nanochat-cli runs adopt ${id}\``,
    });
  }

  #say(json: unknown, text: string): void {
    if (this.quiet) this.face.note(text);
    else this.face.line(json, text);
  }

  #events(): void {
    for (const event of this.view.reader.events({ afterSeq: this.#seq })) {
      this.#seq = event.seq;
      const text = event.kind === "request" ? this.#requestText(event) : (SENTENCES[event.kind]?.(event) ?? null);
      if (this.face.json)
        this.#say(
          { event: event.kind, stage: event.stage, step: event.step, at: new Date(event.at).toISOString(), ...event.body },
          text ?? "",
        );
      else if (text !== null) {
        this.#tellBusy(null, true);
        this.#say(null, `  ${text}`);
      }
      this.#busy.take(event);
    }
  }

  /** In `--json` each event is told as it is. */
  #tellBusy(step: number | null, isOver: boolean): void {
    if (!this.face.json) for (const line of this.#busy.lines(step, isOver)) this.#say(null, `  ${line}`);
  }

  /** An event tells what is different of a request: since when it lasts, say, another one has told. */
  #requestText(event: StoredEvent): string | null {
    const { id } = event.body;
    const told = [...(this.#requests.get(id) ?? []), event];
    this.#requests.set(id, told);
    const [request] = reduceRequests(told);
    return request === undefined ? null : requestText(request);
  }

  #progress(state: RunState, ended: boolean): void {
    const { progress } = state;
    if (progress === null || (!ended && Date.now() - this.#saidAt < SAY_EVERY_MS)) return;
    const key = `${progress.stage}:${progress.step}`;
    if (key === this.#saidStep) return;
    this.#saidStep = key;
    this.#saidAt = Date.now();
    const name = state.stages[progress.stage - 1]?.script.replace("scripts.", "") ?? "";
    const far = shareShown(state);
    const share = far === null ? "" : ` ${percent(far)}`;
    const eta = progress.etaSeconds === null || progress.etaSeconds === 0 ? "" : `  eta ${duration(progress.etaSeconds)}`;
    const bpb = progress.valBpb === null ? "" : `  val bpb ${loss(progress.valBpb)}`;
    this.#say(
      { event: "progress", ...progress },
      `${name} ${count(stepsDone(progress))}${progress.totalSteps ? `/${count(progress.totalSteps)}` : " steps"}${share}  loss ${loss(progress.loss)}${bpb}  ${si(progress.tokensPerSecond)} tok/s${eta}`,
    );
  }
}

/** Exit code of a run that has been followed to its end. */
export const runExitCode = (state: RunState): number => (state.status === "failed" || state.status === "lost" ? 1 : 0);
