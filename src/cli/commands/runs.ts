/** `runs …`: past and present runs, and what can be asked of them. */
import { type OpenAlerts, pressingOf } from "../../core/alert.ts";
import { fail, ok } from "../../core/result.ts";
import { isAlone, isAway, type Liveness, type RunState, shareShown, stepsDone } from "../../core/run.ts";
import { ago, clock, count, loss, percent } from "../../lib/format.ts";
import { readState } from "../../lib/run-files.ts";
import { ALERT_LOOK } from "../../panels/alerts.ts";
import { requestText } from "../../panels/events.ts";
import { calledOf } from "../../panels/run-names.ts";
import { keptApart, orderRuns, RUN_ORDERS, type RunOrder } from "../../panels/run-order.ts";
import { resumable, type WayOn } from "../../panels/way-on.ts";
import { openAlertsOf } from "../../services/open-alerts.ts";
import { FASTEST, openReplay, SLOWEST } from "../../services/replay-view.ts";
import { adoptedText, adoptRun, silentOwner } from "../../services/run-control.ts";
import { RunView } from "../../services/run-view.ts";
import { listRuns, type RunSummary } from "../../services/runs.ts";
import type { Command } from "../command.ts";
import { Follower, runExitCode } from "../follow.ts";
import { numbersOf } from "../numbers.ts";
import { answer } from "../output.ts";
import { type TableFit, table } from "../table.ts";
import { RUN_CARE_COMMANDS } from "./run-care.ts";
import { find, open, RUN } from "./run-choice.ts";
import { RUN_IMPORT_COMMANDS } from "./run-import.ts";
import { RUN_PATCH_COMMANDS } from "./run-patch.ts";
import { RUN_REQUEST_COMMANDS } from "./run-requests.ts";

/** The word for a person: a run that nobody looks after is said so, whatever its record says, and of when an old record is. */
const statusOf = ({ status, liveness, problem, asOf }: RunSummary): string =>
  problem !== null ? "unreadable" : isAlone(liveness) ? liveness : asOf === null ? status : `as of ${clock(Date.parse(asOf))}`;

/** Why one ended as it did, cannot be read, or is told as of an earlier time; and that it was put away, where it is listed all the same. */
const whyOf = ({ problem, reason, asOf, status, liveness, about }: RunSummary): string => {
  const then = isAlone(liveness) && asOf !== null ? `as of ${clock(Date.parse(asOf), true)}` : `${status} then`;
  const why = problem ?? reason ?? (asOf === null ? "" : `${then}; its record has not been written since`);
  return about.archived ? `put away${why && `: ${why}`}` : why;
};

/** What `list` is asked for, and what is to be said below it: how it is sorted where that is not plain to see, and what it leaves out. */
function chosen(runs: readonly RunSummary[], options: Readonly<Record<string, unknown>>): { shown: RunSummary[]; below: string[] } {
  const tags = (options["tag"] as string[] | undefined)?.map((tag) => tag.replace(/^#/, "")) ?? [];
  const tagged = runs.filter(({ about }) => tags.every((tag) => about.tags?.includes(tag)));
  const shown = options["all"] ? tagged : tagged.filter((run) => !isAway(run));
  const away = tagged.length - shown.length;
  const order = options["sort"] as RunOrder | undefined;
  const apart = order === undefined ? [] : keptApart(shown, order);
  return {
    shown: order === undefined ? shown : orderRuns(shown, order),
    below: [
      ...(apart.length > 0 ? [`Sorted by ${order} within each stage (${apart.join(", ")}): it cannot be compared between them.`] : []),
      ...(tagged.length === 0 ? [`No run is tagged ${tags.join(" and ")}.`] : []),
      ...(away > 0
        ? [`${away} more ${away === 1 ? "was" : "were"} put away: --all lists them, \`nanochat-cli runs unarchive RUN\` brings one back.`]
        : []),
    ],
  };
}

/** How the checkpoint that a run can go on from stands among its others. */
const fromWhere = ({ step, why }: WayOn): string =>
  why === null ? "its last checkpoint" : `a copy of that of step ${count(step)}: ${why}`;

/** The id is what one types; tags stand after it. */
const idAndTags = ({ id, about }: RunSummary): string => [id, ...(about.tags ?? []).map((tag) => `#${tag}`)].join(" ");

/** With how many alerts of it are open and nobody has said that they know. */
type Listed = RunSummary & { alerts: OpenAlerts };

const withAlerts = (run: RunSummary): Listed => ({ ...run, alerts: openAlertsOf(run) });

/** ` ✕1 ▲2`: counted apart, as in the status bar. */
const pressing = ({ alerts }: Listed): string =>
  pressingOf(alerts)
    .map(([severity, many]) => ` ${ALERT_LOOK[severity][0]}${many}`)
    .join("");

interface RunColumn {
  title: string;
  cell: (run: Listed) => string;
  toTheRight?: true;
  /** Its turn to be left out where there is no room; the lowest goes first. */
  spare?: number;
}

/** A name that was given since, or that the id does not hold: `second try` is `second-try` there, and signs are left out of it. */
const NAME: RunColumn = { title: "name", cell: (run) => calledOf(run).name ?? "", spare: 4 };

const COLUMNS: readonly RunColumn[] = [
  { title: "run", cell: idAndTags },
  NAME,
  { title: "state", cell: (run) => `${statusOf(run)}${pressing(run)}` },
  { title: "step", cell: ({ progress }) => (progress ? count(stepsDone(progress)) : "–"), toTheRight: true },
  { title: "done", cell: (run) => percent(shareShown(run)), toTheRight: true, spare: 1 },
  { title: "stage", cell: ({ stage }) => stage ?? "–", spare: 0 },
  { title: "loss", cell: ({ progress }) => loss(progress?.loss), toTheRight: true },
  { title: "val bpb", cell: ({ progress }) => loss(progress?.valBpb), toTheRight: true, spare: 2 },
  { title: "started", cell: ({ createdAt }) => (createdAt ? ago(createdAt) : "–"), spare: 3 },
  { title: "", cell: whyOf },
];

/** `oneRow`: of each run, as in a list, where its reason is cut. */
function runTable(runs: readonly Listed[], how: Pick<TableFit, "oneRow"> = {}): string {
  const columns = COLUMNS.filter((column) => column !== NAME || runs.some((run) => NAME.cell(run) !== ""));
  const places = [...columns.keys()];
  const spare = places.filter((at) => columns[at]!.spare !== undefined).sort((a, b) => columns[a]!.spare! - columns[b]!.spare!);
  return table(
    columns.map(({ title }) => title),
    runs.map((run) => columns.map(({ cell }) => cell(run))),
    new Set(places.filter((at) => columns[at]!.toTheRight)),
    { spare, ...how },
  );
}

const importedFrom = ({ imported }: RunState): string[] =>
  imported === undefined
    ? []
    : [
        `imported ${ago(imported.at)}, read ${ago(imported.readAt)}${imported.complete ? "" : ", not to its end"}, from`,
        ...imported.files.map((file) => `        ${file}`),
      ];

function alertsText({ id, alerts: { open, acknowledged } }: Listed): string[] {
  if (open === 0) return [];
  const known = acknowledged === 0 ? "" : `, ${acknowledged === open ? "" : `${count(acknowledged)} of them `}acknowledged`;
  return [`alerts  ${count(open)} open${known}: \`nanochat-cli runs alerts ${id}\` tells ${open === 1 ? "it" : "them"}`];
}

const ALONE: Readonly<Partial<Record<Liveness, string>>> = {
  unattended: "gives it a new one",
  gone: "finds out what has become of it",
};

/** What is to be done where its supervisor has died. */
const aloneText = ({ id, liveness, problem }: Listed): string[] => {
  const does = problem === null ? ALONE[liveness] : undefined;
  return does === undefined ? [] : [`→ its supervisor has died: \`nanochat-cli runs adopt ${id}\` ${does}`];
};

/** Without its reason, where a stage below it has the same. */
const toldOnce = (run: Listed, { stages }: RunState): Listed =>
  stages.some(({ reason }) => reason === run.reason) ? { ...run, reason: null } : run;

const wordsOf = ({ about, aboutProblem, name, liveness }: RunSummary): string[] => [
  ...(about.name === undefined ? [] : [`name    ${about.name} (started as ${name})`]),
  ...(about.archived ? [`put away: \`runs list\` leaves it out${liveness === "ended" ? "" : " once it has ended"}`] : []),
  ...(about.note === undefined ? [] : ["", about.note]),
  ...(aboutProblem === null ? [] : [aboutProblem]),
];

export const RUN_COMMANDS: readonly Command[] = [
  {
    name: "runs list",
    summary: "List runs, the newest first",
    options: [
      { flags: "--all", what: "also those that were put away" },
      { flags: "--tag <tag>", what: "only those that have this tag; several: all of them", many: true },
      {
        flags: "--sort <key>",
        what: "the order; loss and bpb within each stage, for they cannot be compared between them",
        choices: RUN_ORDERS,
      },
    ],
    async run(context, _, options) {
      const home = context.home();
      if (!home.ok) return home;
      const runs = listRuns(home.value);
      if (!runs.ok) return runs;
      if (runs.value.length === 0) return answer([], `No runs in ${home.value} yet: \`nanochat-cli train PREFAB\` starts one.`);
      const { shown: found, below } = chosen(runs.value, options);
      const shown = found.map(withAlerts);
      return answer(shown, [...(shown.length === 0 ? [] : [runTable(shown, { oneRow: true })]), ...below].join("\n"));
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
      const silent = silentOwner(run.value.id, state.value, Date.now());
      const left = view.ok ? resumable({ state: state.value, data: view.value.reader }) : null;
      const shown = withAlerts(run.value);
      const text = [
        runTable([toldOnce(shown, state.value)]),
        `folder  ${run.value.dir}`,
        ...(silent === null ? [] : [`▲ ${silent.why.replace(/^p/, "P")}. ${silent.remedy}.`]),
        ...importedFrom(state.value),
        ...wordsOf(run.value),
        ...alertsText(shown),
        ...aloneText(shown),
        "",
        table(["stage", "state", "exit", ""], stages),
        ...(left === null ? [] : [`→ \`nanochat-cli checkpoints resume ${left.args}\` goes on from ${fromWhere(left)}`]),
        ...checkpoints.map(
          (c) =>
            `◆ step ${count(c.step)}  ${String((c as Record<string, unknown>)["path"] ?? (c as Record<string, unknown>)["dir"] ?? "")}`,
        ),
        ...requests.map(requestText),
        ...(view.ok ? [] : [`journal: ${view.failure.what}`]),
      ].join("\n");
      return answer(
        {
          ...state.value,
          progress: run.value.progress,
          about: run.value.about,
          liveness: run.value.liveness,
          asOf: run.value.asOf,
          alerts: shown.alerts,
          dir: run.value.dir,
          plan: view.ok ? view.value.plan : null,
          requests,
          checkpoints,
          wayOn: left,
        },
        text,
      );
    },
  },
  {
    name: "runs attach",
    summary: "Watch a run in the terminal interface",
    args: [["[run]", "an id, a name, a part of an id that only one has; else `last`"]],
    options: [{ flags: "--follow-latest", what: "go on to a newer run when one begins in this home" }],
    async run(context, [wanted = "last"], options) {
      const followLatest = options["followLatest"] === true;
      if (followLatest && wanted !== "last")
        return fail("usage", "--follow-latest begins with the newest run", { remedy: `Leave ${wanted} out, or the option` });
      const run = find(context, wanted);
      if (!run.ok) return run;
      if (context.interactive) return context.showTui(context, { initialRun: run.value.id, initialTab: "train", followLatest });
      return fail("nothing-to-attach", "There is no terminal to draw on", {
        remedy: `\`nanochat-cli runs follow ${run.value.id}\` tells it line by line`,
      });
    },
  },
  {
    name: "runs replay",
    summary: "Watch how a run went, faster than it did, in the terminal interface",
    args: RUN,
    options: [
      {
        flags: "--speed <times>",
        what: `seconds of the run in one, ${SLOWEST} to ${FASTEST} (else so that all of it takes about a minute)`,
      },
      { flags: "--from <step>", what: "begin at this step" },
    ],
    async run(context, [wanted = "last"], options) {
      const run = find(context, wanted);
      if (!run.ok) return run;
      const numbers = numbersOf(options, { speed: { least: SLOWEST, most: FASTEST }, from: { least: 0 } });
      if (!numbers.ok) return numbers;
      const replay = { speed: numbers.value.speed, step: numbers.value.from };
      // What cannot be replayed is said here, not on a screen of nothing.
      const opened = openReplay(run.value.dir, replay);
      if (!opened.ok) return opened;
      opened.value.close();
      if (context.interactive) return context.showTui(context, { initialRun: run.value.id, initialTab: "train", replay });
      return fail("nothing-to-attach", "There is no terminal to draw on", {
        remedy: `\`nanochat-cli runs query ${run.value.id} loss\` gives its numbers`,
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
      return answer({ id, ...adopted.value }, `${adoptedText(id, adopted.value)}.`);
    },
  },
  ...RUN_CARE_COMMANDS,
];
