/** `runs …`: past and present runs, and what can be asked of them. */

import { didYouMean } from "../../config/suggest.ts";
import type { Axis, StoredLine } from "../../core/journal.ts";
import { findMetric, METRICS, metricId } from "../../core/metrics.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { RequestKind } from "../../core/run.ts";
import { ago, bytes, clock, count, loss, percent } from "../../lib/format.ts";
import { readState } from "../../lib/run-files.ts";
import { type Adopted, adoptRun, requestRun, waitForRequest } from "../../services/run-control.ts";
import { EXPORT_FORMATS, type ExportFormat, exportRun } from "../../services/run-export.ts";
import { RunView } from "../../services/run-view.ts";
import { findRun, listRuns, type RunSummary } from "../../services/runs.ts";
import type { Command, Option } from "../command.ts";
import type { Context } from "../context.ts";
import { Follower, runExitCode } from "../follow.ts";
import { type Answer, answer, table } from "../output.ts";

const RUN: ReadonlyArray<readonly [string, string]> = [["<run>", "an id, a name, a part of an id that only one has, or `last`"]];
const STAGE: Option = { flags: "--stage <number>", what: "of the run's stages, from 1 (else the newest with data)" };
const AXES: readonly Axis[] = ["step", "tokens", "flops", "trainSeconds", "wall"];
/** A checkpoint of a large model is minutes of writing; a step of one is seconds. */
const REQUEST_PATIENCE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 200;

function find(context: Context, wanted: string): Result<RunSummary> {
  const home = context.home();
  return home.ok ? findRun(home.value, wanted) : home;
}

function open(context: Context, wanted: string): Result<RunView> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const view = RunView.open(run.value.dir);
  if (view.ok) view.value.refresh();
  return view;
}

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

const logText = ({ at, stream, rank, text }: StoredLine): string =>
  `${clock(at, true)} ${rank === null ? "" : `[${rank}] `}${stream === "stderr" ? "! " : ""}${text}`;
const logJson = ({ at, ...line }: StoredLine) => ({ at: new Date(at).toISOString(), ...line });

async function logs(context: Context, wanted: string, options: Readonly<Record<string, unknown>>): Promise<Result<null>> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const { reader } = view.value;
  const limit = Number(options["lines"] ?? 200);
  if (!Number.isInteger(limit) || limit < 1)
    return fail("usage", `--lines ${options["lines"]} is no number of lines`, { remedy: "Give a whole number from 1" });
  const filter = options["filter"] as string | undefined;
  let last = 0;
  for (const line of reader.log({ limit, filter })) {
    last = line.seq;
    context.face.line(logJson(line), logText(line));
  }
  while (options["follow"] && view.value.liveness() === "owned") {
    await Bun.sleep(LOOK_EVERY_MS);
    view.value.refresh();
    for (const line of reader.log({ afterSeq: last, limit: 1000, filter })) {
      last = line.seq;
      context.face.line(logJson(line), logText(line));
    }
  }
  view.value.close();
  return ok(null);
}

function chooseStage(view: RunView, given: unknown): Result<number> {
  const stages = view.reader.stages().filter((stage) => stage > 0);
  if (given === undefined) return ok(stages.at(-1) ?? 1);
  const stage = Number(given);
  if (Number.isInteger(stage) && stage >= 0 && stage <= view.plan.stages.length) return ok(stage);
  return fail("usage", `--stage ${given}: this run has ${view.plan.stages.length} stages`, {
    remedy: "Give a number from 1 (0 is the host)",
  });
}

function query(context: Context, [wanted = "", given]: readonly string[], options: Readonly<Record<string, unknown>>): Result<Answer> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const { reader } = view.value;
  const stage = chooseStage(view.value, options["stage"]);
  if (!stage.ok) return stage;
  const known = reader.metrics(stage.value);
  if (given === undefined) {
    const rows = known.map((name) => [name, findMetric(name)?.unit ?? "", loss(reader.latest(stage.value, name)?.value)]);
    return answer(
      known.map((metric) => ({ metric, unit: findMetric(metric)?.unit ?? "", latest: reader.latest(stage.value, metric) })),
      rows.length > 0 ? table(["metric", "unit", "latest"], rows, new Set([2])) : "This stage has no metrics yet.",
    );
  }
  const metric = known.includes(given) ? given : metricId(given);
  if (!known.includes(metric)) {
    const names = [...known, ...METRICS.flatMap(({ aliases }) => aliases)];
    return fail("not-found", `${view.value.id} has no metric ${given} in stage ${stage.value}`, {
      remedy: didYouMean(given, names, "Without a metric, `runs query` lists those that there are"),
    });
  }
  const number = (name: string) => (options[name] === undefined ? undefined : Number(options[name]));
  const columns = number("columns") ?? 20;
  const [from, to] = [number("from"), number("to")];
  if (!Number.isInteger(columns) || columns < 1 || columns > 100_000 || Number.isNaN(from) || Number.isNaN(to)) {
    return fail("usage", "--columns takes a whole number from 1 to 100,000, --from and --to numbers on the axis");
  }
  const series = reader.query({ stage: stage.value, metric, axis: (options["axis"] as Axis | undefined) ?? "step", from, to, columns });
  const rows = [...series.count].map((points, i) => ({
    from: series.edges[i],
    to: series.edges[i + 1],
    min: series.min[i],
    max: series.max[i],
    last: series.last[i],
    count: points,
    nonFinite: series.nonFinite[i],
  }));
  const text = rows
    .filter((r) => r.count > 0 || (r.nonFinite ?? 0) > 0)
    .map((r) => [count(r.from), loss(r.min, 6), loss(r.max, 6), loss(r.last, 6), count(r.count)]);
  return answer(
    { metric, axis: series.axis, stage: stage.value, columns: rows, gaps: series.gaps, total: series.total },
    table([series.axis, "min", "max", "last", "points"], text, new Set([0, 1, 2, 3, 4])),
  );
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
      return answer(
        runs.value,
        table(["run", "state", "step", "done", "loss", "val bpb", "started", ""], runs.value.map(row), new Set([2, 3, 4, 5])),
      );
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
        table(["run", "state", "step", "done", "loss", "val bpb", "started", ""], [row(run.value)], new Set([2, 3, 4, 5])),
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
    name: "runs logs",
    summary: "Print what the trainer printed",
    args: RUN,
    options: [
      { flags: "--lines <number>", what: "how many from the end (200)" },
      { flags: "--filter <text>", what: "only lines that hold it" },
      { flags: "--follow", what: "go on while the run does" },
    ],
    run: (context, [wanted = ""], options) => logs(context, wanted, options),
  },
  {
    name: "runs query",
    summary: "Ask the journal for a metric in columns; without one, list the metrics",
    args: [...RUN, ["[metric]", "`train/loss`, or a script's own name for it, such as `loss`"]],
    options: [
      STAGE,
      { flags: "--axis <axis>", what: "what is along the bottom", choices: AXES },
      { flags: "--from <x>", what: "start of the window, on the axis" },
      { flags: "--to <x>", what: "its end" },
      { flags: "--columns <number>", what: "how many columns (20)" },
    ],
    run: async (context, args, options) => query(context, args, options),
  },
  {
    name: "runs export",
    summary: "Print every value of every step",
    args: RUN,
    options: [{ flags: "--format <format>", what: "csv (as it is without this) or jsonl", choices: EXPORT_FORMATS }],
    async run(context, [wanted = ""], options) {
      const view = open(context, wanted);
      if (!view.ok) return view;
      for (const part of exportRun(view.value.reader, (options["format"] as ExportFormat | undefined) ?? "csv")) process.stdout.write(part);
      view.value.close();
      return ok(null);
    },
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
