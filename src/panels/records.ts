/** The raw records of a run, the newest first, and one of them whole: what the journal holds, as it is. */
import type { StageIndex } from "../core/journal.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Block, Empty, Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { clock, count } from "../lib/format.ts";
import { spellNonFinite } from "../lib/non-finite.ts";
import { fitsWords } from "../lib/wanted.ts";
import { furthest, RUN_STAGE } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText } from "./metric-list.ts";
import { momentOf } from "./moment.ts";
import { scrollTo } from "./scrolling.ts";
import { stageEmpty } from "./stage-empty.ts";

const OPTIONS = {
  filter: { type: "text", default: "", title: "Filter", help: "Only records whose kind or body holds these words: points, log, sample" },
  whole: {
    type: "flag",
    default: true,
    title: "Whole",
    help: "Shows the chosen record whole where there is room, beside the list or below it",
  },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

interface Row {
  kind: string;
  stage: StageIndex;
  step: number | null;
  /** Epoch milliseconds; null when it was not kept. */
  at: number | null;
  body: Record<string, unknown>;
}

/** Of each sort of record so many are looked at: the newest, or those before the cursor. `runs records` has them all. */
const MOST = 300;
const MOST_CHARACTERS = 20_000;
/** Cells from which the record has room beside the list, and rows from which it has room below. */
const WIDE = 96;
const HIGH = 14;

/** Of a text in a list. */
const MOST_OF_TEXT = 500;

/** JSON of a body, without what a terminal could take for a command: also the escapes of such characters. */
const json = (body: Record<string, unknown>, mostOfText: number, indent = 0): string =>
  plain(
    JSON.stringify(
      body,
      (key, value: unknown) => (typeof value === "string" ? value.slice(0, mostOfText) : spellNonFinite(key, value)),
      indent,
    ),
  )
    .replace(/\\u[0-9a-f]{4}/g, "\ufffd")
    .slice(0, MOST_CHARACTERS);

const row = (kind: string, stage: StageIndex, step: number | null, at: number | null, body: Record<string, unknown>): Row => ({
  kind: plain(kind),
  stage,
  step,
  at,
  body,
});

/** Newest first, as far as they are looked at. */
function rowsOf(input: Input): Row[] {
  const { facts, options, view } = input;
  const { data } = facts;
  const moment = momentOf(facts, view.chart);
  const until = moment?.at ?? Number.POSITIVE_INFINITY;
  const events = data.events(moment === null ? { limit: MOST } : {}).filter(({ at }) => at <= until);
  const line = moment?.at == null ? null : data.lineAt(moment.at);
  const lines = moment !== null && line === null ? [] : data.log({ limit: MOST, ...(line !== null && { beforeSeq: line + 1 }) });
  const all = [
    ...stepRows(input, facts.stage, moment?.step ?? furthest(facts)?.key ?? -1),
    ...stepRows(input, RUN_STAGE, Math.floor(Math.min(until, facts.now) / 1000)),
    ...events.slice(-MOST).map(({ kind, stage, step, at, body }) => row(kind, stage, step, at, body)),
    ...lines.map(({ stage, at, stream, rank, level, text }) => row("log", stage, null, at, { stream, rank, level, text })),
  ];
  const fits = ({ kind, body }: Row): boolean => {
    if (options.filter === "" && view.filter === "") return true;
    const texts = [kind, json(body, MOST_OF_TEXT)];
    return fitsWords(options.filter, texts) && fitsWords(view.filter, texts);
  };
  return all.filter(fits).sort((a, b) => (b.at ?? 0) - (a.at ?? 0) || (b.step ?? 0) - (a.step ?? 0));
}

/** All values of each of the last steps up to one; of the run itself the keys are seconds. */
function stepRows({ facts: { data } }: Input, stage: StageIndex, to: number): Row[] {
  const steps = new Map<number, Record<string, number>>();
  for (const metric of data.metrics(stage)) {
    const { keys, values } = data.points(stage, metric, Math.max(0, to - MOST + 1), to);
    for (const [i, key] of keys.entries()) {
      const body = steps.get(key) ?? {};
      body[metric] = values[i]!;
      steps.set(key, body);
    }
  }
  return [...steps].map(([key, { "time/wall": wall, ...body }]) =>
    stage === RUN_STAGE ? row("points", stage, null, key * 1000, body) : row("points", stage, key, wall ?? null, body),
  );
}

/** The chosen one is so far down the list as it is scrolled. */
const chosenOf = (rows: readonly Row[], scroll: number): number => scrollTo(rows.length, scroll, 0, 1);

function recordsPanel(input: Input): Scene {
  const { size, options, view, facts } = input;
  const rows = rowsOf(input);
  const moment = momentOf(facts, view.chart);
  const settings = [filterText(options.filter, view.filter), moment === null ? "newest first" : `until step ${count(moment.step)}`].filter(
    Boolean,
  );
  const scene = { title: `records ${count(rows.length)}`, name: "records", settings: settings.join(" · ") };
  if (rows.length === 0) return { ...scene, title: "records", blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const chosen = chosenOf(rows, view.scroll);
  const beside = options.whole && size.width >= WIDE;
  const below = options.whole && !beside && size.height >= HIGH;
  const height = Math.max(1, below ? Math.floor(size.height / 2) : size.height);
  const list: Block["block"] = { kind: "text", lines: listLines(rows, chosen, height) };
  const whole: Block["block"] = { kind: "text", overflow: "wrap", lines: wholeLines(rows[chosen]!, !beside) };
  return {
    ...scene,
    note: `${count(chosen + 1)} of ${count(rows.length)}`,
    blocks: beside
      ? [
          { block: list, rows: height, across: [0, 2] },
          { block: whole, rows: height, across: [1, 2] },
        ]
      : [{ block: list, rows: height }, ...(below ? [{ block: whole, rows: size.height - height }] : [])],
  };
}

/** Rows of the list around the chosen one. */
function listLines(rows: readonly Row[], chosen: number, height: number): Line[] {
  const from = Math.max(0, Math.min(chosen - Math.floor(height / 2), rows.length - height));
  return rows.slice(from, from + height).map(({ kind, step, at, body }, i): Line => {
    const isChosen = from + i === chosen;
    return [
      { text: isChosen ? "▸ " : "  ", tone: "accent", bold: true },
      { text: `${at === null ? "–".padStart(8) : clock(at, true)} `, tone: "muted" },
      { text: kind.padEnd(10), tone: isChosen ? "accent" : "text", bold: isChosen },
      { text: `${step === null ? "" : count(step)}`.padStart(9), tone: "muted" },
      { text: `  ${json(body, MOST_OF_TEXT)}` },
    ];
  });
}

/** Stage, step and time, then the body as JSON, a line for each value. */
function wholeLines({ kind, stage, step, at, body }: Row, divided: boolean): Line[] {
  const time = at === null || !Number.isFinite(at) || Math.abs(at) > 8.64e15 ? "" : ` · ${new Date(at).toISOString()}`;
  const head = `${kind} · ${stage === RUN_STAGE ? "the run itself" : `stage ${stage}`}${step === null ? "" : ` · step ${count(step)}`}${time}`;
  const lines = json(body, MOST_CHARACTERS, 2).split("\n");
  return [...(divided ? [[]] : []), [{ text: head, tone: "accent" }], ...lines.map((text): Line => [{ text }])];
}

function whyEmpty({ facts, options, view }: Input): Omit<Empty, "kind"> {
  if (view.filter !== "") return { why: `No record holds “${plain(view.filter)}”`, remedy: `${view.keyOf("back")} clears the filter` };
  if (options.filter !== "") return { why: `No record holds “${plain(options.filter)}”`, remedy: "filter is an option of this panel" };
  return { why: stageEmpty(facts) };
}

export const recordsKind = definePanel({
  kind: "records",
  title: "records",
  about: "What the run's journal holds, record by record: points of a step, events, log lines, and one of them whole",
  options: OPTIONS,
  from: ["points", "events", "log"],
  everyMs: 1000,
  least: { width: 40, height: 6 },
  keys: ["list"],
  looks: ["chart", "filter", "scroll"],
  scene: recordsPanel,
  scroll: (input, by) => ({ scroll: scrollTo(rowsOf(input).length, input.view.scroll, by, 1) }),
});
