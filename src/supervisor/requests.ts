/**
 * Requests of a run from the letter to the answer. Each is noted in the journal before its file is removed, and passed
 * on by a control.json that holds all commands of the stage: so at whatever moment a supervisor dies, the next one
 * finds what is still owed and nothing is done twice.
 */
import { rmSync } from "node:fs";
import { controlDocument, isCommand } from "../bridge/protocol.ts";
import type { BridgeCommandKind, ControlDocument, PatchField } from "../core/bridge.ts";
import type { JournalEvent, Sink } from "../core/journal.ts";
import { sentence } from "../core/result.ts";
import type { RequestKind, RequestStatus } from "../core/run.ts";
import { reduceRequests } from "../journal/records.ts";
import { readJson, writeJson } from "../lib/files.ts";
import type { SupervisorLog } from "./log.ts";
import { type Letter, putAside, readMailbox } from "./mailbox.ts";
import { judgeRequest } from "./refusals.ts";
import type { Hello } from "./watch.ts";

/** Between attempts to write control.json on a full disk. */
const RETRY_MS = 1000;

/** What the desk must know of the stage that runs. */
export interface DeskStage {
  index: number;
  script: string;
  bridged: boolean;
  /** Path of its control.json. */
  control: string;
  hello(): Hello | null;
  /** What can be patched, as the trainer told it last; null when it has not. */
  fields(): readonly PatchField[] | null;
  /** Marks an open alert as known; why not, a sentence, or null. */
  acknowledge(key: string, from: string): string | null;
  /** Sends the trainer SIGTERM; false while there is none to send it to. */
  terminate(): boolean;
}

type Command = ControlDocument["commands"][number];

export class RequestDesk {
  /** Everything that was ever asked, as it stands now, and the stage that it was asked of. */
  readonly #all = new Map<string, { status: RequestStatus; stage: number }>();
  #stage: DeskStage | null = null;
  #commands: Command[] = [];
  /** stop-now requests that have been turned into a signal by this process. */
  readonly #signalled = new Set<string>();
  /** Letters that may be removed once the journal has them. */
  #delivered: string[] = [];
  #retryAt = 0;

  constructor(
    readonly folder: string,
    readonly sink: Pick<Sink, "event">,
    readonly log: SupervisorLog,
  ) {}

  /** Learns a request event: of an earlier supervisor, or of the bridge. */
  recall(event: JournalEvent): void {
    const before = this.#all.get(String(event.body["id"]));
    const known = before === undefined ? [] : [{ ...event, seq: 0, body: { ...before.status } }];
    const status = reduceRequests([...known, { ...event, seq: 0 }])[0];
    if (status !== undefined) this.#all.set(status.id, { status, stage: event.stage });
  }

  /** From here on requests go to this stage. What was passed to it by an earlier supervisor stands in its control.json. */
  beginStage(stage: DeskStage): void {
    this.#stage = stage;
    const control = readJson(stage.control);
    const commands = control.ok && control.value !== null ? control.value["commands"] : [];
    this.#commands = Array.isArray(commands) ? commands.filter(isCommand) : [];
  }

  /** Takes in new letters and attends to what is owed. Called every tick. */
  attend(nowMs: number): void {
    this.#collect(nowMs);
    for (const status of this.#open()) if (status.phase === "requested") this.#attendTo(status, nowMs);
  }

  /** The journal holds all that was pushed so far: the letters have served. */
  committed(): void {
    for (const file of this.#delivered) rmSync(file, { force: true });
    this.#delivered = [];
  }

  /** How the run stands by what was asked of it. */
  get standing(): "running" | "paused" | "stopping" {
    const open = this.#open();
    if (open.some(({ kind }) => ENDS_THE_RUN.has(kind))) return "stopping";
    return open.some(({ kind, phase }) => kind === "pause" && phase === "applied") ? "paused" : "running";
  }

  /** The stop of this stage that the trainer has carried out. */
  get stopped(): RequestStatus | null {
    return this.#ofStage().find(({ kind, phase }) => kind === "stop" && phase === "done") ?? null;
  }

  get stopNow(): boolean {
    return this.#ofStage().some(({ kind, phase }) => kind === "stop-now" && phase !== "refused" && phase !== "requested");
  }

  /**
   * The stage has ended: answers what is still open. Returns true when the pipeline ends here because a stop was open:
   * who asks for a stop in the last steps of a stage does not want the next one.
   */
  endStage(endedWell: boolean, checkpoint: Pick<RequestStatus, "path" | "bytes" | "step"> | null): boolean {
    let stop = false;
    for (const status of this.#open()) {
      if (SERVED_BY_THE_END[status.kind]?.(status, endedWell)) {
        stop ||= ENDS_THE_RUN.has(status.kind);
        this.#answer(status, { phase: "done", ...(status.kind === "stop" ? checkpoint : null) });
      } else this.#refuse(status, `${this.#stage?.script ?? "The stage"} ended before it could be done.`);
    }
    this.#stage = null;
    return stop;
  }

  /** The run is over: whoever asked in the last moment is told so. */
  close(nowMs: number): void {
    this.#collect(nowMs);
    for (const status of this.#open()) this.#refuse(status, "The run has ended.");
  }

  #open(): RequestStatus[] {
    return [...this.#all.values()].map(({ status }) => status).filter(({ phase }) => phase !== "done" && phase !== "refused");
  }

  #ofStage(): RequestStatus[] {
    return [...this.#all.values()].filter(({ stage }) => stage === this.#stage?.index).map(({ status }) => status);
  }

  #collect(nowMs: number): void {
    for (const letter of readMailbox(this.folder, nowMs)) {
      if (letter.kind === "broken") {
        putAside(letter.file);
        this.log.problem({ ...letter.failure, remedy: `It was put aside as ${letter.file}.bad` });
        continue;
      }
      const id = letter.kind === "request" ? letter.request.id : letter.id;
      if (!this.#all.has(id)) {
        const status = asked(id, letter, nowMs);
        if (letter.kind === "request") this.#answer(status, {});
        else this.#refuse(status, sentence(letter.failure));
      }
      if (!this.#delivered.includes(letter.file)) this.#delivered.push(letter.file);
    }
  }

  #attendTo(status: RequestStatus, nowMs: number): void {
    const stage = this.#stage;
    if (stage === null) return;
    if (status.kind === "stop-now") this.#signal(status, stage);
    else if (status.kind === "acknowledge") this.#acknowledge(status, stage);
    else if ((status.forStage ?? stage.index) !== stage.index)
      this.#refuse(status, `It was meant for a stage that is over: ${stage.script} runs now.`);
    else if (!stage.bridged)
      this.#refuse(status, `${stage.script} cannot be steered: it is not a training script.${UNSTEERABLE[status.kind] ?? ""}`);
    else this.#steer(status, status.kind, stage, nowMs);
  }

  #steer(status: RequestStatus, command: BridgeCommandKind, stage: DeskStage, nowMs: number): void {
    const hello = stage.hello();
    // Kept until the trainer has said what it can do.
    if (hello === null || nowMs < this.#retryAt || this.#commands.some(({ id }) => id === status.id)) return;
    const open = this.#open();
    const earlier = open.slice(
      0,
      open.findIndex(({ id }) => id === status.id),
    );
    const ability = { script: stage.script, capabilities: hello.capabilities, fields: stage.fields() };
    const judgement = judgeRequest(status, command, earlier, ability);
    if (judgement.kind === "pass") this.#pass(status, command, stage, nowMs);
    else if (judgement.kind === "refuse") this.#refuse(status, judgement.reason);
  }

  #pass({ id, values }: RequestStatus, command: BridgeCommandKind, stage: DeskStage, nowMs: number): void {
    const commands = [...this.#commands, { id, command, ...(values && { values }) }];
    const written = writeJson(stage.control, controlDocument(commands));
    if (written.ok) this.#commands = commands;
    else {
      this.#retryAt = nowMs + RETRY_MS;
      this.log.problem(written.failure);
    }
  }

  #signal(status: RequestStatus, stage: DeskStage): void {
    if (this.#signalled.has(status.id) || !stage.terminate()) return;
    this.#signalled.add(status.id);
    this.#answer(status, { phase: "seen" });
  }

  /** No matter of the trainer's: done at once. */
  #acknowledge(status: RequestStatus, stage: DeskStage): void {
    const reason = stage.acknowledge(status.key ?? "", status.from ?? "?");
    if (reason === null) this.#answer(status, { phase: "done" });
    else this.#refuse(status, reason);
  }

  #refuse(status: RequestStatus, reason: string): void {
    this.#answer(status, { phase: "refused", reason });
  }

  #answer(status: RequestStatus, change: Partial<RequestStatus>): void {
    const now = Date.now();
    const body: RequestStatus = { ...status, ...change, at: iso(now) };
    const event: JournalEvent = { stage: this.#stage?.index ?? 0, at: now, step: body.step, kind: "request", body: { ...body } };
    this.sink.event(event);
    this.recall(event);
  }
}

/** The request of a letter as it has just come in. Of a newer version's only the id is sure. */
function asked(id: string, letter: Exclude<Letter, { kind: "broken" }>, nowMs: number): RequestStatus {
  const status = { id, phase: "requested" as const, step: null, path: null, bytes: null, reason: null, at: iso(nowMs) };
  if (letter.kind === "newer") return { ...status, kind: "save" };
  const { kind, at: askedAt, from, values, forStage, key } = letter.request;
  return {
    ...status,
    ...{ kind, askedAt, from },
    ...(values && { values }),
    ...(forStage !== undefined && { forStage }),
    ...(key !== undefined && { key }),
  };
}

/** What can be done all the same with a stage that trains nothing. */
const UNSTEERABLE: Readonly<Partial<Record<RequestKind, string>>> = {
  stop: " A stop at once ends it: `runs stop --now`, or S and then K. It has nothing to save.",
  pause: " It goes on until it is done; a stop at once (`runs stop --now`) ends it.",
};

const ENDS_THE_RUN: ReadonlySet<RequestKind> = new Set(["stop", "stop-now"]);

const isApplied = ({ phase }: RequestStatus): boolean => phase === "applied";

/** Whether the end of its stage is the answer that an open request was waiting for. */
const SERVED_BY_THE_END: Readonly<Partial<Record<RequestKind, (status: RequestStatus, endedWell: boolean) => boolean>>> = {
  stop: (_, endedWell) => endedWell,
  "stop-now": ({ phase }) => phase !== "requested",
  pause: isApplied,
  resume: isApplied,
  patch: isApplied,
};

const iso = (ms: number): string => new Date(ms).toISOString();
