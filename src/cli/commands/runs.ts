/** `runs …`: past and present runs, and what can be asked of them. */
import { fail, ok, type Result } from "../../core/result.ts";
import type { RequestKind } from "../../core/run.ts";
import { ago, bytes, count, loss, percent } from "../../lib/format.ts";
import { readState } from "../../lib/run-files.ts";
import { type Adopted, adoptRun, requestRun, waitForRequest } from "../../services/run-control.ts";
import { RunView } from "../../services/run-view.ts";
import { listRuns, type RunSummary } from "../../services/runs.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { Follower, runExitCode } from "../follow.ts";
import { type Answer, answer, table } from "../output.ts";
import { find, open, RUN } from "./run-choice.ts";

/** A checkpoint of a large model is minutes of writing; a step of one is seconds. */
const REQUEST_PATIENCE_MS = 30 * 60_000;

/** The word for a person: a run that nobody looks after is said so, whatever its record says. */
const statusOf = ({ status, liveness, problem }: RunSummary): string =>
  problem !== null ? "unreadable" : liveness === "unattended" ? "unattended" : status;

const row = (run: RunSummary): string[] => [
  run.id,
  statusOf(run),
  run.progress ? count(run.progress.step) : "–",
  run.progress?.totalSteps ? percent(run.progress.step / run.progress.totalSteps) : "–",
  loss(run.progress?.loss),
  loss(run.progress?.valBpb),
  run.createdAt ? ago(run.createdAt) : "–",
  run.problem ?? run.reason ?? "",
];

const runTable = (runs: readonly RunSummary[]): string =>
  table(["run", "state", "step", "done", "loss", "val bpb", "started", ""], runs.map(row), new Set([2, 3, 4, 5]));

/** Asks, waits for the answer, and says it with the step. */
async function ask(context: Context, wanted: string, kind: RequestKind, wait: boolean): Promise<Result<Answer>> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const request = requestRun(run.value.dir, kind, "cli");
  if (!request.ok) return request;
  const { id } = request.value;
  if (!wait) return answer({ id, phase: "requested" }, `Asked for ${kind} (${id}).`);
  const status = await waitForRequest(run.value.dir, id, {
    timeoutMs: REQUEST_PATIENCE_MS,
    onPhase: ({ phase, step }) => context.face.note(`${kind}: ${phase}${step === null ? "" : ` at step ${count(step)}`}`),
  });
  if (!status.ok) return status;
  const { phase, step, path, bytes: size, reason } = status.value;
  if (phase === "refused") {
    const remedy = `Mend that and ask again; \`nanochat-cli runs show ${run.value.id}\` tells how the run is`;
    return fail("refused", `${kind} was refused`, { why: reason ?? undefined, remedy });
  }
  const text = path === null ? `${kind}: done at step ${count(step)}.` : `Checkpoint of step ${count(step)} in ${path} (${bytes(size)}).`;
  return answer(status.value, text);
}

const ADOPTED: Readonly<Record<Adopted["how"], (id: string, pid: number) => string>> = {
  already: (id, pid) => `${id} is looked after already (process ${pid}).`,
  adopted: (id, pid) => `${id} is looked after again (process ${pid}).`,
  restored: (id) => `${id} has ended; its journal was made anew from its files.`,
};

export const RUN_COMMANDS: readonly Command[] = [
  {
    name: "runs list",
    summary: "List runs, the newest first",
    async run(context) {
      const home = context.home();
      if (!home.ok) return home;
      const runs = listRuns(home.value);
      if (!runs.ok) return runs;
      if (runs.value.length === 0) return answer([], `No runs in ${home.value} yet: \`nanochat-cli train PREFAB\` starts one.`);
      return answer(runs.value, runTable(runs.value));
    },
  },
  {
    name: "runs show",
    summary: "Show one run: its stages, plan, requests and checkpoints",
    args: RUN,
    async run(context, [wanted = ""]) {
      const run = find(context, wanted);
      if (!run.ok) return run;
      const state = readState(run.value.dir);
      if (!state.ok) return state;
      const view = RunView.open(run.value.dir);
      if (view.ok) view.value.refresh();
      const requests = view.ok ? view.value.reader.requests() : [];
      const checkpoints = view.ok ? view.value.reader.events({ kinds: ["checkpoint"] }).map(({ step, body }) => ({ step, ...body })) : [];
      const stages = state.value.stages.map((s) => [
        s.name,
        s.status,
        s.exitCode === null ? (s.signal ?? "–") : String(s.exitCode),
        s.reason ?? "",
      ]);
      const text = [
        runTable([run.value]),
        `folder  ${run.value.dir}`,
        "",
        table(["stage", "state", "exit", ""], stages),
        ...checkpoints.map(
          (c) =>
            `◆ step ${count(c.step)}  ${String((c as Record<string, unknown>)["path"] ?? (c as Record<string, unknown>)["dir"] ?? "")}`,
        ),
        ...requests.map(
          (r) => `${r.kind} ${r.phase}${r.step === null ? "" : ` at step ${count(r.step)}`}${r.reason ? `: ${r.reason}` : ""}`,
        ),
        ...(view.ok ? [] : [`journal: ${view.failure.what}`]),
      ].join("\n");
      return answer(
        { ...state.value, liveness: run.value.liveness, dir: run.value.dir, plan: view.ok ? view.value.plan : null, requests, checkpoints },
        text,
      );
    },
  },
  {
    name: "runs attach",
    summary: "Watch a run in the terminal interface",
    args: RUN,
    async run(context, [wanted = "last"]) {
      const run = find(context, wanted);
      if (!run.ok) return run;
      if (context.interactive) return context.showTui(context, { initialRun: run.value.id, initialTab: "train" });
      return fail("nothing-to-attach", "There is no terminal to draw on", {
        remedy: `\`nanochat-cli runs follow ${run.value.id}\` tells it line by line`,
      });
    },
  },
  {
    name: "runs follow",
    summary: "Tell a run line by line until it ends",
    args: RUN,
    async run(context, [wanted = ""]) {
      const view = open(context, wanted);
      if (!view.ok) return view;
      const ended = await new Follower(view.value, context.face, false).untilEnd();
      return ended.ok ? ok(runExitCode(ended.value)) : ended;
    },
  },
  {
    name: "runs save",
    summary: "Save a checkpoint now; the run goes on",
    args: RUN,
    options: [{ flags: "--no-wait", what: "do not wait until it is written" }],
    run: (context, [wanted = ""], options) => ask(context, wanted, "save", options["wait"] !== false),
  },
  {
    name: "runs stop",
    summary: "Save a checkpoint, then end the run",
    args: RUN,
    options: [
      { flags: "--now", what: "end it at once: everything since the last checkpoint is lost" },
      { flags: "--no-wait", what: "do not wait until it has stopped" },
    ],
    run: (context, [wanted = ""], options) => ask(context, wanted, options["now"] ? "stop-now" : "stop", options["wait"] !== false),
  },
  {
    name: "runs adopt",
    summary: "Give a run whose supervisor died a new one",
    args: RUN,
    async run(context, [wanted = ""]) {
      const run = find(context, wanted);
      if (!run.ok) return run;
      const adopted = await adoptRun(run.value.dir);
      if (!adopted.ok) return adopted;
      const { id } = run.value;
      const { pid, how } = adopted.value;
      return answer({ id, pid, how }, ADOPTED[how](id, pid));
    },
  },
];
