/** `runs save`, `stop`, `evaluate`, …: what can be asked of a run that is going, answered with the step at which it was done. */
import { fail, ok, type Result } from "../../core/result.ts";
import type { RequestDetails, RequestKind, RequestStatus } from "../../core/run.ts";
import { JournalReader } from "../../journal/reader.ts";
import { bytes, count, loss } from "../../lib/format.ts";
import { runPaths } from "../../lib/run-dir.ts";
import { liveness, readState } from "../../lib/run-files.ts";
import { AT_A_STEP, AWAITS_STEPS, awaited, WONDER_MS } from "../../panels/activity.ts";
import { currentStage, factsOf, position } from "../../panels/data.ts";
import { type Unsaved, unsaved, unsavedText } from "../../panels/unsaved.ts";
import { spoiltLoss } from "../../panels/way-on.ts";
import { askable, requestRun, waitForEnd, waitForRequest } from "../../services/run-control.ts";
import type { RunView } from "../../services/run-view.ts";
import type { RunSummary } from "../../services/runs.ts";
import { consent, whyNobody } from "../ask.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { find, open, RUN } from "./run-choice.ts";

/** A checkpoint of a large model is minutes of writing; a step of one is seconds. */
const REQUEST_PATIENCE_MS = 30 * 60_000;

export const NO_WAIT: Option = { flags: "--no-wait", what: "do not wait until it is done" };
export const YES: Option = { flags: "--yes", what: "do not ask; needed where there is no terminal" };

/** How a request is waited for and told. */
interface Asking {
  kind: RequestKind;
  /** New values of a patch, the alert of an acknowledgement. */
  details?: RequestDetails;
  /** A pause is done only when the run goes on. */
  until?: "applied";
}

/** `status` is null of a request that was not waited for. */
interface Asked {
  id: string;
  status: RequestStatus | null;
}

/** A stop is done before its run has ended, and `runs stop && checkpoints resume` is to find that it has. */
const ENDS_THE_RUN: ReadonlySet<RequestKind> = new Set(["stop", "stop-now"]);

/** Asks, and waits for the answer unless `wait` is false; a refusal is a failure with the trainer's own sentence. */
export async function askRun(context: Context, run: RunSummary, asking: Asking, wait: boolean): Promise<Result<Asked>> {
  const { kind, until, details } = asking;
  const waitsForPaused = wait && AWAITS_STEPS.has(kind) && isPaused(run.dir);
  const nobody = waitsForPaused ? whyNobody(context) : null;
  if (nobody !== null) return refusePaused(run, kind, nobody);
  const request = requestRun(run.dir, kind, "cli", details);
  if (!request.ok) return request;
  const { id } = request.value;
  if (!wait) return ok({ id, status: null });
  if (waitsForPaused)
    context.face.note(
      `${run.id} is paused: this is done once it goes on (\`nanochat-cli runs resume ${run.id}\`); --no-wait does not wait for it`,
    );
  const wonder = AT_A_STEP.has(kind) ? setTimeout(() => sayWhatFor(context, run.id, kind), WONDER_MS) : undefined;
  const status = await waitForRequest(run.dir, id, {
    timeoutMs: REQUEST_PATIENCE_MS,
    until,
    onPhase: ({ phase, step }) => context.face.note(`${kind}: ${phase}${step === null ? "" : ` at step ${count(step)}`}`),
  });
  clearTimeout(wonder);
  if (!status.ok) return status;
  if (status.value.phase !== "refused") {
    const ended = ENDS_THE_RUN.has(kind) ? await waitForEnd(run.dir) : ok(undefined);
    return ended.ok ? ok({ id, status: status.value }) : ended;
  }
  const after = readState(run.dir);
  const goesOn = after.ok && liveness(after.value) === "owned" ? REFUSED[kind]?.(run.id) : undefined;
  const remedy = goesOn ?? `\`nanochat-cli runs show ${run.id}\` tells how the run is`;
  return fail("refused", `${kind} was refused`, { why: status.value.reason ?? undefined, remedy });
}

/** By its record, or by the journal, which that follows: a pause is done only when the run goes on. */
function isPaused(dir: string): boolean {
  const state = readState(dir);
  if (state.ok && state.value.status === "paused") return true;
  const opened = JournalReader.open(runPaths(dir).journal);
  if (!opened.ok) return false;
  const stands = opened.value.requests().some(({ kind, phase }) => kind === "pause" && phase === "applied");
  opened.value.close();
  return stands;
}

/** Where nobody can let it go on meanwhile, a wait for that has no end. */
function refusePaused({ id, dir }: RunSummary, kind: RequestKind, nobody: string): Result<never> {
  const may = askable(dir);
  if (!may.ok) return may;
  return fail("refused", `${id} is paused: ${kind} is done once it goes on`, {
    why: nobody,
    remedy: `\`nanochat-cli runs resume ${id}\` lets it go on; with --no-wait it is asked for all the same`,
  });
}

/** What one can do about a refusal by a run that goes on. */
const REFUSED: Readonly<Partial<Record<RequestKind, (id: string) => string>>> = {
  save: () => "Put that right (on a full disk: make room) and save again",
  stop: (id) =>
    `Nothing is lost. Put that right (on a full disk: make room) and stop again; \`nanochat-cli runs stop ${id} --now\` gives up the steps that are in no checkpoint`,
};

/** Why nothing is answered yet, and that one need not wait for it. A paused run has been told of. */
function sayWhatFor(context: Context, id: string, kind: RequestKind): void {
  const view = open(context, id);
  if (!view.ok) return;
  const facts = factsOf(view.value, null, Date.now());
  if (facts.state.status !== "paused") {
    const ways = `ctrl+c leaves the request in place, \`nanochat-cli runs show ${id}\` and \`runs logs ${id}\` tell how the run is`;
    context.face.note(`${kind}: ${awaited(facts, position(facts))}; ${ways}`);
  }
  view.value.close();
}

async function ask(context: Context, wanted: string, { said, ...asking }: Simple, wait: boolean): Promise<Result<Answer>> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const asked = await askRun(context, run.value, asking, wait);
  if (!asked.ok) return asked;
  const { id, status } = asked.value;
  if (status === null) return notAwaited(asking.kind, id);
  const found = RESULTS[asking.kind]?.(context, run.value.id, status) ?? { json: {}, lines: [] };
  return answer({ ...status, ...found.json }, [said(status, run.value.id), ...found.lines].join("\n"));
}

/** The answer of a command that does not wait for one. */
export const notAwaited = (kind: RequestKind, id: string): Result<Answer> =>
  answer({ id, phase: "requested" }, `Asked for ${kind} (${id}).`);

/** A command that is a request and nothing else. */
interface Simple extends Asking {
  /** The answer for a person. */
  said: (status: RequestStatus, runId: string) => string;
}

const saved = ({ kind, path, step, bytes: size }: RequestStatus): string =>
  path === null ? `${kind}: done at step ${count(step)}.` : `Checkpoint of step ${count(step)} in ${path} (${bytes(size)}).`;

const SIMPLE: ReadonlyArray<Simple & { name: string; summary: string }> = [
  { name: "save", kind: "save", summary: "Save a checkpoint now; the run goes on", said: saved },
  {
    name: "evaluate",
    kind: "evaluate",
    summary: "Evaluate now; the run goes on",
    said: ({ step }) => `Evaluated at step ${count(step)}.`,
  },
  {
    name: "sample",
    kind: "sample",
    summary: "Let the model write its samples now; the run goes on",
    said: ({ step }) => `Sampled at step ${count(step)}.`,
  },
  {
    name: "pause",
    kind: "pause",
    summary: "Let the trainer wait between two steps; it keeps its memory",
    until: "applied",
    said: ({ step }, id) => `Paused at step ${count(step)}. \`nanochat-cli runs resume ${id}\` lets it go on.`,
  },
  { name: "resume", kind: "resume", summary: "Let a paused run go on", said: ({ step }) => `Goes on from step ${count(step)}.` },
];

interface Found {
  json: Record<string, unknown>;
  lines: string[];
}

/** Whether what was saved is a model at all: one whose loss is no number is kept in vain. */
const saving = (context: Context, id: string, { path, step, stage = 1 }: RequestStatus): Found =>
  read(context, id, ({ reader }) => {
    const spoilt = path === null ? null : spoiltLoss(reader, stage, step);
    if (spoilt === null) return { json: { warning: null }, lines: [] };
    const warning = `Its loss is ${loss(spoilt)}: what was saved is broken by all appearances, and earlier checkpoints may not be. \`nanochat-cli checkpoints list\` shows them.`;
    return { json: { warning }, lines: [`▲ ${warning}`] };
  });

/** What a request was made for, read from the journal once it is done. */
const RESULTS: Readonly<Partial<Record<RequestKind, (context: Context, id: string, status: RequestStatus) => Found>>> = {
  save: saving,
  stop: saving,
  evaluate: (context, id, status) =>
    read(context, id, ({ reader }) => {
      const stage = status.stage ?? 1;
      const names = reader.metrics(stage).filter((name) => /^(?:val|core|chatcore)\//.test(name));
      // By its step: a later evaluation may have come meanwhile.
      const at = status.step ?? Number.NaN;
      const values = names.flatMap((name) => reader.points(stage, name, at, at).values.map((value) => [name, value] as const));
      return { json: { evaluation: Object.fromEntries(values) }, lines: values.map(([name, value]) => `${name}  ${loss(value)}`) };
    }),
  sample: (context, id, status) =>
    read(context, id, ({ reader }) => {
      const samples = reader.events({ kinds: ["sample"], stage: status.stage }).filter(({ step }) => step === status.step);
      const written = samples.map(({ body }) => ({ prompt: String(body["prompt"]), text: String(body["text"]) }));
      return { json: { samples: written }, lines: written.map(({ prompt, text }) => `› ${prompt}${text}`) };
    }),
};

function read(context: Context, id: string, look: (view: RunView) => Found): Found {
  const view = open(context, id);
  if (!view.ok) return { json: {}, lines: [] };
  const found = look(view.value);
  view.value.close();
  return found;
}

/** What would be lost if the run ended now; null when its journal cannot tell. */
function whatIsLost(context: Context, id: string): Unsaved | null {
  const view = open(context, id);
  if (!view.ok) return null;
  const { plan, reader } = view.value;
  const state = view.value.state();
  const facts = { state, liveness: view.value.liveness(), plan, data: reader, stage: currentStage(state), now: Date.now() };
  const lost = unsaved(facts);
  view.value.close();
  return lost;
}

async function stopNow(context: Context, wanted: string, options: Readonly<Record<string, unknown>>): Promise<Result<Answer>> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const may = askable(run.value.dir);
  if (!may.ok) return may;
  const before = whatIsLost(context, run.value.id);
  const loses = before === null ? "Everything since the last checkpoint is lost." : unsavedText(before);
  context.face.note(`${run.value.id} ends. ${loses}`);
  const agreed = await consent(context, {
    yes: Boolean(options["yes"]),
    question: "Stop it now, without saving?",
    declined: "Nothing was stopped",
    remedy: "`runs stop` without --now saves first; --yes stops without asking",
  });
  if (!agreed.ok) return agreed;
  const asked = await askRun(context, run.value, { kind: "stop-now" }, options["wait"] !== false);
  if (!asked.ok) return asked;
  const { id, status } = asked.value;
  if (status === null) return notAwaited("stop-now", id);
  const lost = whatIsLost(context, run.value.id);
  return answer({ ...status, lost }, `Stopped at once. ${lost === null ? "" : unsavedText(lost)}`.trim());
}

export const RUN_REQUEST_COMMANDS: readonly Command[] = [
  ...SIMPLE.map(
    ({ name, summary, ...asking }): Command => ({
      name: `runs ${name}`,
      summary,
      args: RUN,
      options: [NO_WAIT],
      run: (context, [wanted = ""], options) => ask(context, wanted, asking, options["wait"] !== false),
    }),
  ),
  {
    name: "runs stop",
    summary: "Save a checkpoint, then end the run",
    args: RUN,
    options: [
      { flags: "--now", what: "end it at once: everything since the last checkpoint is lost" },
      {
        flags: "--yes",
        what: "with --now: do not ask; needed where there is no terminal. Without --now nothing is lost, and nothing asked",
      },
      NO_WAIT,
    ],
    run: (context, [wanted = ""], options) =>
      options["now"] ? stopNow(context, wanted, options) : ask(context, wanted, { kind: "stop", said: saved }, options["wait"] !== false),
  },
];
