/** `runs …`: past and present runs, and what can be asked of them. */
import { fail, ok } from "../../core/result.ts";
import { type RunState, shareDone, stepsDone } from "../../core/run.ts";
import { ago, count, loss, percent } from "../../lib/format.ts";
import { readState } from "../../lib/run-files.ts";
import { requestText } from "../../panels/events.ts";
import { resumable } from "../../panels/way-on.ts";
import { type Adopted, adoptRun } from "../../services/run-control.ts";
import { RunView } from "../../services/run-view.ts";
import { listRuns, type RunSummary } from "../../services/runs.ts";
import type { Command } from "../command.ts";
import { Follower, runExitCode } from "../follow.ts";
import { answer, table } from "../output.ts";
import { find, open, RUN } from "./run-choice.ts";
import { RUN_IMPORT_COMMANDS } from "./run-import.ts";
import { RUN_PATCH_COMMANDS } from "./run-patch.ts";
import { RUN_REQUEST_COMMANDS } from "./run-requests.ts";

/** The word for a person: a run that nobody looks after is said so, whatever its record says. */
const statusOf = ({ status, liveness, problem }: RunSummary): string =>
  problem !== null ? "unreadable" : liveness === "unattended" ? "unattended" : status;

const row = (run: RunSummary): string[] => [
  run.id,
  statusOf(run),
  run.progress ? count(stepsDone(run.progress)) : "–",
  percent(shareDone(run.progress)),
  loss(run.progress?.loss),
  loss(run.progress?.valBpb),
  run.createdAt ? ago(run.createdAt) : "–",
  run.problem ?? run.reason ?? "",
];

const runTable = (runs: readonly RunSummary[]): string =>
  table(["run", "state", "step", "done", "loss", "val bpb", "started", ""], runs.map(row), new Set([2, 3, 4, 5]));

const importedFrom = ({ imported }: RunState): string[] =>
  imported === undefined
    ? []
    : [
        `imported ${ago(imported.at)}, read ${ago(imported.readAt)}${imported.complete ? "" : ", not to its end"}, from`,
        ...imported.files.map((file) => `        ${file}`),
      ];

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
      const left = view.ok ? resumable({ state: state.value, data: view.value.reader }) : null;
      const text = [
        runTable([run.value]),
        `folder  ${run.value.dir}`,
        ...importedFrom(state.value),
        "",
        table(["stage", "state", "exit", ""], stages),
        ...(left === null ? [] : [`→ \`nanochat-cli checkpoints resume ${left.name}\` goes on from its last checkpoint`]),
        ...checkpoints.map(
          (c) =>
            `◆ step ${count(c.step)}  ${String((c as Record<string, unknown>)["path"] ?? (c as Record<string, unknown>)["dir"] ?? "")}`,
        ),
        ...requests.map(requestText),
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
  ...RUN_REQUEST_COMMANDS,
  ...RUN_PATCH_COMMANDS,
  ...RUN_IMPORT_COMMANDS,
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
