/** `runs alerts` and `runs acknowledge`: what was said of a run, and that somebody knows. */
import {
  type AlertStatus,
  alertBodyOf,
  alertsOf,
  type DeliveryNote,
  deliveriesOf,
  type Evidence,
  idleLimitIn,
  isOpen,
  isPressing,
} from "../../core/alert.ts";
import { ok, type Result } from "../../core/result.ts";
import { clock, count } from "../../lib/format.ts";
import { ALERT_LOOK, againText, alertLine, evidenceText, overText } from "../../panels/alerts.ts";
import type { RunView } from "../../services/run-view.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { prose } from "../table.ts";
import { find, open, RUN } from "./run-choice.ts";
import { askRun, NO_WAIT, notAwaited } from "./run-requests.ts";

const LOOK_EVERY_MS = 200;

/** An alert with what became of telling it. */
type Told = AlertStatus & { deliveries: DeliveryNote[] };

function read(view: RunView): Told[] {
  const { reader } = view;
  const alerts = alertsOf(reader.events({ kinds: ["alert"] }));
  const { isOwned } = view.remains();
  return [...deliveriesOf(alerts, reader.events({ kinds: ["note"], stage: 0 }))].map(([alert, deliveries]) => ({
    ...alert,
    deliveries: stillHeld(alert, deliveries, isOwned),
  }));
}

/** What is held back is told later only of what is open then and not acknowledged, and where somebody is left to tell it. */
export function stillHeld(alert: AlertStatus, notes: readonly DeliveryNote[], isOwned: boolean): DeliveryNote[] {
  const last = notes.at(-1);
  if (last?.outcome !== "held" || (isOwned && isPressing(alert))) return [...notes];
  const why = isPressing(alert)
    ? "the supervisor that held it back is gone, so nobody was told."
    : `it is ${isOpen(alert) ? "acknowledged" : "over"}, so nobody is told.`;
  const outcome = isPressing(alert) ? "failed" : "held";
  return [...notes.slice(0, -1), { ...last, outcome, why: `${last.why ?? "quiet hours"}; ${why}` }];
}

const state = (alert: AlertStatus): string => {
  if (!isOpen(alert)) return overText(alert);
  return alert.acknowledgedAt === null ? "open" : `open, acknowledged at ${clock(alert.acknowledgedAt, true)}`;
};

/** What was held and then told was told; that it was is no news. */
const isNews = ({ outcome }: DeliveryNote, i: number, all: readonly DeliveryNote[]): boolean =>
  outcome === "failed" || (outcome === "held" && i === all.length - 1);

export function alertText(alert: Told): string {
  const where = alert.step === null ? "" : ` · step ${count(alert.step)}`;
  return [
    `${ALERT_LOOK[alert.severity][0]} ${clock(alert.at, true)}  ${alert.key}${where} · ${state(alert)}`,
    `  ${againText(alert)}${alert.cause}`,
    ...alert.evidence.map((one: Evidence) => `  ${evidenceText(one)}`),
    ...alert.deliveries.filter(isNews).map(({ way, outcome, why }) => `  ${way ?? "telling it"}: ${outcome}${why ? `: ${why}` : ""}`),
  ].join("\n");
}

/** As JSON has it: times are UTC ISO there. */
export function alertJson({ at, clearedAt, acknowledgedAt, deliveries, ...rest }: Told): Record<string, unknown> {
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  const told = deliveries.map(({ raisedAt, ...note }) => ({ ...note, ...(raisedAt !== undefined && { raisedAt: iso(raisedAt) }) }));
  return { ...rest, at: iso(at), clearedAt: iso(clearedAt), acknowledgedAt: iso(acknowledgedAt), deliveries: told };
}

function list(context: Context, wanted: string): Result<Answer> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const alerts = read(view.value);
  const notices = view.value.reader.events({ kinds: ["note"] }).flatMap((event) => idleLimitIn(event) ?? []);
  view.value.close();
  const said = alerts.length === 0 ? [`Nothing was said of ${view.value.id} so far.`] : alerts.map(alertText).join("\n").split("\n");
  return answer(alerts.map(alertJson), prose([...said, ...notices.map((text) => `· ${text}`)]).join("\n"));
}

/** One line, or one object, for each thing that happens to an alert, until the run ends. */
async function follow(context: Context, wanted: string): Promise<Result<null>> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const { reader } = view.value;
  let last = 0;
  for (;;) {
    const alive = view.value.liveness() === "owned";
    view.value.refresh();
    for (const event of reader.events({ kinds: ["alert"], afterSeq: last })) {
      last = event.seq;
      const { at, stage, step, body } = event;
      const line = `${clock(at, true)} ${alertLine(alertBodyOf({ body }))}`;
      context.face.line({ at: new Date(at).toISOString(), stage, step, ...body }, line);
    }
    if (!alive) break;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  view.value.close();
  return ok(null);
}

async function acknowledge(context: Context, wanted: string, meant: string, wait: boolean): Promise<Result<Answer>> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const { acknowledgeEnded, openAlert } = await import("../../services/run-acknowledge.ts");
  const found = openAlert(run.value.dir, meant);
  if (!found.ok) return found;
  const key = found.value;
  if (run.value.liveness === "ended") {
    const noted = acknowledgeEnded(run.value.dir, key, "cli");
    return noted.ok ? answer({ key, phase: "acknowledged" }, `${key} is acknowledged.`) : noted;
  }
  const asked = await askRun(context, run.value, { kind: "acknowledge", details: { key } }, wait);
  if (!asked.ok) return asked;
  const { id, status } = asked.value;
  return status === null ? notAwaited("acknowledge", id) : answer(status, `${key} is acknowledged; it stays open until it is over.`);
}

export const RUN_ALERT_COMMANDS: readonly Command[] = [
  {
    name: "runs alerts",
    summary: "List the alerts of a run: cause, evidence, and what became of them",
    args: RUN,
    options: [{ flags: "--follow", what: "tell what comes, one line each, until the run ends" }],
    run: async (context, [wanted = ""], options) => (options["follow"] ? follow(context, wanted) : list(context, wanted)),
  },
  {
    name: "runs acknowledge",
    summary: "Say that an open alert is known: it is counted no more",
    args: [...RUN, ["<alert>", "its key, as `runs alerts` has it (`spike`, `gpu-idle/3`), its beginning, or a limit's name"]],
    options: [NO_WAIT],
    run: (context, [wanted = "", key = ""], options) => acknowledge(context, wanted, key, options["wait"] !== false),
  },
];
