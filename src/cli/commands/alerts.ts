/** `alerts`: what is watched for, whether alerts.yaml is well, and a trial of telling. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Mistake } from "../../config/yaml-document.ts";
import { type Alert, SEVERITY_SIGNS } from "../../core/alert.ts";
import { CLOCK_METRIC, findMetric } from "../../core/metrics.ts";
import { fail, ok, type Result, sentence } from "../../core/result.ts";
import { runName } from "../../core/run.ts";
import { writeAtomic } from "../../lib/files.ts";
import { count, measured, setting } from "../../lib/format.ts";
import { configDir } from "../../lib/paths.ts";
import { EXAMPLE } from "../../services/alert-example.ts";
import type { AlertConfig, QuietHours } from "../../services/alert-settings.ts";
import { alertFolders, hostOf, programFault } from "../../services/alert-settings.ts";
import { prepareHome } from "../../services/home.ts";
import { nearText } from "../../services/idle-limits.ts";
import { optionsOf, type Threshold } from "../../watches/settings.ts";
import { WATCHES } from "../../watches/table.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { table } from "../table.ts";
import { find, open } from "./run-choice.ts";

/** YAML and the schema library: loaded by who reads them. */
const reading = () => import("../../services/alert-config.ts");

/** A home that cannot be found has no file; the user's own counts all the same. */
const folders = (context: Context): string[] => {
  const home = context.home();
  return home.ok ? alertFolders(home.value) : [configDir()];
};

const time = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const quietText = (quiet: QuietHours | null): string | null => (quiet === null ? null : `${time(quiet.from)} to ${time(quiet.to)}`);

const ruleText = ({ metric, direction, limit, lasting }: Threshold): string =>
  `${metric} ${direction} ${measured(limit)} for ${"steps" in lasting ? `${count(lasting.steps)} steps` : `${count(lasting.seconds)} s`}`;

const mistakeText = ({ what, why, remedy }: Mistake): string =>
  sentence({ code: "usage", what, ...(why !== undefined && { why }), remedy });

/** What can be shown of the ways in which alerts are told: of a webhook only its host. */
const ways = ({ command, webhook, quiet, bell, desktop, timeoutMs }: AlertConfig) => ({
  command,
  webhook: webhook === null ? null : hostOf(webhook),
  quietHours: quietText(quiet),
  timeoutSeconds: timeoutMs / 1000,
  bell,
  desktop,
});

async function list(context: Context): Promise<Result<Answer>> {
  const { config, files } = (await reading()).readAlerts(folders(context));
  const watches = WATCHES.map(({ id, title, what }) => ({ id, title, what, options: optionsOf(config.watches, id) }));
  const { thresholds } = config.watches;
  const told = ways(config);
  const rows = watches.map(({ id, what, options }) => [
    options === null ? "–" : "●",
    id,
    options === null
      ? "off"
      : Object.entries(options)
          .map(([name, value]) => `${name} ${setting(value)}`)
          .join(", "),
    what,
  ]);
  const text = [
    table(["", "watch", "options", "raised when"], rows),
    "",
    ...thresholds.map((rule) => `${SEVERITY_SIGNS[rule.severity]} ${rule.name}  ${ruleText(rule)}`),
    `command  ${told.command === null ? "none" : told.command.join(" ")}`,
    `webhook  ${told.webhook ?? "none"}`,
    `quiet    ${told.quietHours ?? "never"}`,
    `terminal ${[told.bell ? "bell" : "", told.desktop ? "desktop notification" : ""].filter(Boolean).join(", ") || "only shown"}`,
    "",
    ...(files.length === 0 ? ["No alerts.yaml: these are the defaults. `nanochat-cli alerts init` writes one to change."] : []),
    ...files.flatMap(({ path, mistakes }) => [
      `${mistakes.length === 0 ? "○" : "✕"} ${path}${mistakes.length === 0 ? "" : ": left out until this is mended"}`,
      ...mistakes.map((mistake) => `  ${mistakeText(mistake)}`),
    ]),
  ].join("\n");
  return answer({ watches, thresholds, ...told, files }, text);
}

/** What a mistake means meanwhile. */
const STAYS = "Until that is mended, a run that has read the file before keeps what it said then. A run that starts now does without it.";

async function check(context: Context, run: string | undefined): Promise<Result<Answer | number>> {
  const { config, files } = (await reading()).readAlerts(folders(context));
  const mistakes = files.flatMap((file) => file.mistakes);
  const unknown = config.watches.thresholds.filter(({ metric }) => findMetric(metric) === undefined && !metric.includes("*"));
  const missing = missingProgram(config.command);
  const said = run === undefined ? ok(null) : await wouldSay(context, run, config);
  if (!said.ok) return said;
  const text = [
    ...mistakes.map(mistakeText),
    ...(mistakes.length === 0 ? [] : [STAYS]),
    ...(missing === null ? [] : [missing]),
    ...(said.value === null ? unknown : []).map(
      ({ name, metric }) => `${name}: ${metric} is no metric that is known by name; it is looked for as it is written.${nearText(metric)}`,
    ),
    ...(mistakes.length > 0 || missing !== null ? [] : [wellText(files, said.value?.absent ?? unknown)]),
    ...(said.value === null ? [] : trialText(said.value)),
  ].join("\n");
  const { logged: _, ...trial } = said.value ?? {};
  context.face.answer({ json: { mistakes, unknown, missing, ...trial }, text });
  return ok(mistakes.length > 0 || missing !== null ? 1 : 0);
}

/** That the command of alerts.yaml cannot be run, a sentence; null where it is there, or none is named. */
export function missingProgram(command: AlertConfig["command"]): string | null {
  const [program] = command ?? [];
  const fault = program === undefined ? null : programFault(program);
  return fault === null
    ? null
    : `\`command\` tells nobody: ${program} ${fault}. Write the whole path of a program, and allow it to be run (chmod +x).`;
}

/** Of files without a mistake. `idle`: limits of which nothing can be said, as far as is known. */
export function wellText(files: ReadonlyArray<{ path: string }>, idle: readonly Threshold[]): string {
  if (files.length === 0) return "There is no alerts.yaml, so nothing in it can be wrong.";
  const well = idle.length === 0 ? "all well" : `no mistake, but nothing can be said of ${idle.map(({ name }) => name).join(", ")}`;
  return `${files.map(({ path }) => path).join(", ")}: ${well}.`;
}

export interface Trial {
  /** What the run is called. */
  run: string;
  said: Alert[];
  /** Limits on what the run has not logged. */
  absent: Threshold[];
  /** All that it has logged. */
  logged: string[];
}

export const trialText = ({ run, said, absent, logged }: Trial): string[] => [
  ...absent.map(({ name, metric }) => `${name}: ${run} has not logged ${metric}, so nothing can be said of it.${nearText(metric, logged)}`),
  ...(said.length === 0
    ? [`With these settings nothing would have been said of ${run}.`]
    : said.map(
        ({ severity, stage, step, key, cause }) => `${SEVERITY_SIGNS[severity]} stage ${stage}, step ${step ?? "–"} · ${key}: ${cause}`,
      )),
];

/** What these settings would have made of a run that is there, by its journal. */
async function wouldSay(context: Context, wanted: string, config: AlertConfig): Promise<Result<Trial>> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const view = open(context, run.value.id);
  if (!view.ok) return view;
  const { heardOf } = await import("../../services/alert-replay.ts");
  const { alertsWith } = await import("../../watches/replay.ts");
  const { alertsOf } = await import("../../core/alert.ts");
  const { meantBy } = await import("../../watches/thresholds.ts");
  const { stages, workspace } = view.value.plan;
  const pocket = workspace.kind === "pocket";
  const { reader } = view.value;
  // How an imported run ended is taken from its files, and nothing is said of that.
  const end = view.value.state().imported === undefined;
  const events = stages.flatMap(({ script, bridged }, i) =>
    alertsWith(config.watches, { stage: i + 1, script, bridged, pocket }, heardOf(reader, i + 1, { end })),
  );
  const logged = [...new Set(reader.stages().flatMap((stage) => reader.metrics(stage)))].filter((name) => name !== CLOCK_METRIC);
  view.value.close();
  const absent = config.watches.thresholds.filter(({ metric }) => !logged.some(meantBy(metric)));
  return ok({ run: runName(run.value), said: alertsOf(events), absent, logged });
}

async function test(context: Context): Promise<Result<Answer | number>> {
  const { config } = (await reading()).readAlerts(folders(context));
  const { command, webhook, timeoutMs } = config;
  if (command === null && webhook === null) {
    return fail("refused", "There is nobody to tell", {
      why: "alerts.yaml names neither a command nor a webhook, or is left out because of a mistake",
      remedy: "`nanochat-cli alerts` shows how it is read; the bell and the desktop are tried in the terminal interface",
    });
  }
  const { alertDocument, callWebhook, runCommand } = await import("../../supervisor/delivery.ts");
  const document = alertDocument(
    { id: "trial", name: "trial", dir: "" },
    {
      key: "trial",
      watch: "threshold",
      severity: "warn",
      stage: 0,
      step: null,
      at: Date.now(),
      cause: "This is a trial: nothing is wrong.",
      evidence: [],
      actions: [],
    },
  );
  const tried = [
    ...(command === null ? [] : [{ way: "command", why: await runCommand(command, document, timeoutMs) }]),
    ...(webhook === null ? [] : [{ way: "webhook", why: await callWebhook(webhook, document, timeoutMs) }]),
  ];
  context.face.answer({
    json: tried,
    text: tried.map(({ way, why }) => `${why === null ? "○" : "✕"} ${way}: ${why ?? "told"}`).join("\n"),
  });
  return ok(tried.some(({ why }) => why !== null) ? 1 : 0);
}

function init(context: Context): Result<Answer> {
  const home = context.home();
  if (!home.ok) return home;
  const path = join(home.value, "alerts.yaml");
  if (existsSync(path)) return fail("refused", `${path} is there already`, { remedy: "Edit it, or move it away first" });
  const prepared = prepareHome(home.value);
  if (!prepared.ok) return prepared;
  const written = writeAtomic(path, EXAMPLE);
  return written.ok ? answer({ path }, `${path} is yours to edit; running runs take it as it changes.`) : written;
}

export const ALERT_COMMANDS: readonly Command[] = [
  {
    name: "alerts list",
    summary: "Show what is watched for with its options, who is told, and whether alerts.yaml is well",
    isDefault: true,
    run: list,
  },
  {
    name: "alerts check",
    summary: "Tell every mistake of alerts.yaml with file and line; the exit code is 1 when there is one",
    options: [{ flags: "--run <run>", what: "and what these settings would have said of that run" }],
    run: (context, _args, options) => check(context, options["run"] as string | undefined),
  },
  { name: "alerts test", summary: "Tell a trial alert to the command and the webhook", run: test },
  {
    name: "alerts init",
    summary: "Write an alerts.yaml to edit, with everything in it as comments",
    run: async (context) => init(context),
  },
];
