/** What the watches have said of the run: what is open first, with what it rests on. */
import { type AlertStatus, isOpen, isPressing } from "../core/alert.ts";
import type { OptionValues } from "../core/panel.ts";
import { isAlone } from "../core/run.ts";
import type { Empty, Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { ago, count } from "../lib/format.ts";
import { againText, alertsIn, evidenceText, inOrderOfNeed, nowText, overText, statusLook } from "./alerts.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { wrapLine } from "./paint.ts";
import { scrolled, scrollTo } from "./scrolling.ts";

const OPTIONS = {
  over: { type: "flag", default: true, title: "Over", help: "Also alerts that are over" },
  evidence: { type: "flag", default: true, title: "Evidence", help: "The figures that each open alert rests on" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const MOST = 100;
const MOST_CHARACTERS = 1000;

const text = (value: unknown): string => (typeof value === "string" ? plain(value.slice(0, MOST_CHARACTERS)).replaceAll("\n", " ⏎ ") : "");

/** The cause with its sign, then what it rests on and who knows of it, indented. */
function alertLines(alert: AlertStatus, { facts, options }: Input): Line[] {
  const [glyph, tone] = statusLook(alert);
  const open = isOpen(alert);
  const when = `${alert.step === null ? "" : `step ${count(alert.step)}, `}${ago(alert.at, facts.now)}`;
  const head: Line = [
    { text: `${glyph} `, tone },
    { text: `${againText(alert)}${text(alert.cause)}`, tone: open ? "text" : "muted", bold: isPressing(alert) },
    { text: `  ${when}`, tone: "muted" },
  ];
  if (!open) return [head, detail(text(overText(alert)))];
  const evidence =
    options.evidence && Array.isArray(alert.evidence)
      ? alert.evidence.filter((one) => one !== null && typeof one?.metric === "string")
      : [];
  return [
    head,
    ...evidence.map((one) => detail(text(`${evidenceText(one)}${nowText(facts.data, alert, one)}`))),
    ...(alert.acknowledgedBy === null ? [] : [detail("acknowledged")]),
  ];
}

const detail = (words: string): Line => [{ text: `  ${words}`, tone: "muted" }];

const shownOf = ({ facts, options }: Input): AlertStatus[] =>
  inOrderOfNeed(alertsIn(facts.data))
    .filter((alert) => options.over || isOpen(alert))
    .slice(0, MOST);

const rowsOf = (input: Input): Line[] =>
  shownOf(input).flatMap((alert) => alertLines(alert, input).flatMap((line) => wrapLine(line, Math.max(1, input.size.width))));

function alertsPanel(input: Input): Scene {
  const open = shownOf(input).filter(isPressing);
  const tone = open.length === 0 ? undefined : open.some(({ severity }) => severity === "bad") ? ("bad" as const) : ("warn" as const);
  const rows = rowsOf(input);
  if (rows.length === 0) return { title: "alerts", blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const part = scrolled(rows, input.view.scroll, input.size.height);
  return { title: `alerts ${count(open.length)}`, tone, note: part.note, blocks: [{ block: { kind: "text", lines: part.rows } }] };
}

function whyEmpty({ facts, options }: Input): Omit<Empty, "kind"> {
  if (!options.over && alertsIn(facts.data).length > 0) return { why: "No alert is open" };
  if (facts.liveness === "ended") return { why: "Nothing was said of this run" };
  if (isAlone(facts.liveness))
    return { why: "Nobody watches this run: it has no supervisor", ...(!facts.isReadOnly && { remedy: "A adopts it" }) };
  return { why: "Nothing to tell: the run is watched, and all is well so far", remedy: "`nanochat-cli alerts` says what is watched for" };
}

export const alertsKind = definePanel({
  kind: "alerts",
  title: "alerts",
  about: "What the watches have said of the run: what is open first, with what it rests on",
  options: OPTIONS,
  from: ["events", "points"],
  everyMs: 250,
  timed: "ages",
  least: { width: 30, height: 5 },
  keys: ["list"],
  looks: ["scroll"],
  scene: alertsPanel,
  scroll: (input, by) => ({ scroll: scrollTo(rowsOf(input).length, input.view.scroll, by, input.size.height) }),
});
