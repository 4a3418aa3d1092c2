/** The checkpoints that a run has written: when, why, how large, and how good the model was. */
import { hasFiniteModel } from "../core/checkpoint.ts";
import type { StoredEvent } from "../core/journal.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Empty, Line, Scene, Span, TableColumn } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { ago, bytes, count, duration } from "../lib/format.ts";
import { fitColumns, type Ranked, tableOf } from "./columns.ts";
import { bestPoint, numberField, planned, type RunFacts, stageState, stageTitle, textField } from "./data.ts";
import { bpbNote, bpbText } from "./evaluation-text.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { momentOf } from "./moment.ts";
import { scrolled, scrollTo } from "./scrolling.ts";
import { spoiltLosses } from "./way-on.ts";

const OPTIONS = {
  stages: {
    type: "choice",
    choices: ["this", "all"],
    default: "this",
    title: "Stages",
    help: "Of the stage that is looked at, or of the whole run",
  },
  order: {
    type: "choice",
    choices: ["newest", "best"],
    default: "newest",
    title: "Order",
    help: "The newest first, or the best validation first",
  },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const WHY: ReadonlyMap<string, string> = new Map([
  ["schedule", "schedule"],
  ["request", "asked for"],
  ["final", "end"],
]);
const MOST = 500;
const VALIDATION = "val/bpb";

interface Row {
  event: StoredEvent;
  facts: RunFacts;
  judged: Judged;
  /** It was evaluated at its own step, and that is the best of its stage. */
  best: boolean;
  /** Its loss is NaN or infinite. */
  isSpoilt: boolean;
}

interface Judged {
  /** Bits a byte of the evaluation at its step, else of the last one before it; null without any. */
  bpb: number | null;
  /** It was evaluated at its own step. */
  isOwn: boolean;
}

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (row: Row) => Line;
}

/** As the list of all checkpoints has it: a model that is not finite is no good one. */
function signOf({ best, isSpoilt, judged: { bpb } }: Row): Span {
  if (isSpoilt || !hasFiniteModel({ valBpb: bpb })) return { text: "▲ ", tone: "warn" };
  return best ? { text: "★ ", tone: "good" } : { text: "◆ ", tone: "accent" };
}

const COLUMNS: readonly Column[] = [
  {
    title: "step",
    width: 11,
    rank: 0,
    cell: (row) => [signOf(row), { text: count(row.event.step) }],
  },
  {
    title: "why",
    width: 9,
    rank: 2,
    cell: ({ event }) => [{ text: WHY.get(textField(event.body, "trigger") ?? "") ?? "–", tone: "muted" }],
  },
  {
    title: "bpb",
    width: 8,
    rank: 3,
    align: "right",
    cell: ({ judged: { bpb, isOwn } }) => [{ text: bpbText(bpb, isOwn), tone: isOwn ? undefined : "muted" }],
  },
  { title: "size", width: 9, rank: 1, align: "right", cell: ({ event }) => [{ text: bytes(numberField(event.body, "bytes")) }] },
  { title: "took", width: 7, rank: 5, align: "right", cell: ({ event }) => [{ text: duration(numberField(event.body, "seconds")) }] },
  { title: "age", width: 11, rank: 4, align: "right", cell: ({ event, facts }) => [{ text: ago(event.at, facts.now), tone: "muted" }] },
];

function written({ facts, options }: Input, judge: (event: StoredEvent) => Judged): StoredEvent[] {
  const { data, stage } = facts;
  const events = [...data.events({ kinds: ["checkpoint"], ...(options.stages === "this" ? { stage } : {}), limit: MOST })].reverse();
  if (options.order === "newest") return events;
  const judged = events.map((event) => ({ event, ...judge(event) }));
  const place = ({ bpb }: Judged): number => (bpb === null ? Number.MAX_VALUE : Number.isFinite(bpb) ? bpb : Number.POSITIVE_INFINITY);
  // Of one figure, first what it is the figure of.
  return judged.sort((a, b) => place(a) - place(b) || Number(b.isOwn) - Number(a.isOwn)).map(({ event }) => event);
}

/** Reads the evaluations of a stage once: there are thousands at most. */
function judging({ data }: RunFacts): (event: StoredEvent) => Judged {
  const known = new Map<number, ReturnType<RunFacts["data"]["points"]>>();
  return ({ stage, step }) => {
    if (step === null) return { bpb: null, isOwn: false };
    const { keys, values } = known.get(stage) ?? data.points(stage, VALIDATION, 0, Number.POSITIVE_INFINITY);
    known.set(stage, { keys, values });
    const at = keys.findLastIndex((key) => key <= step);
    return { bpb: values[at] ?? null, isOwn: keys[at] === step };
  };
}

function checkpointsPanel(input: Input): Scene {
  const { facts, size, options, view } = input;
  const [judge, spoilt] = [judging(facts), spoiltLosses(facts.data)];
  const all = written(input, judge);
  const settings = [whose(input), options.order === "best" ? "best first" : ""].filter(Boolean).join(" · ") || undefined;
  if (all.length === 0) return { title: "checkpoints", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(facts) } }] };
  const best = (stage: number): number | undefined => bestPoint(facts.data, stage, VALIDATION, "lower")?.value;
  const columns = fitColumns(COLUMNS, size.width, -2);
  const part = scrolled(all, view.scroll, size.height - 1);
  const rows = part.rows.map((event) => {
    const judged = judge(event);
    return columns.map(({ cell }) =>
      cell({ event, facts, judged, best: judged.isOwn && judged.bpb === best(event.stage), isSpoilt: spoilt(event) !== null }),
    );
  });
  const told = columns.some(({ title }) => title === "bpb") ? part.rows.map(judge) : [];
  const note = bpbNote(told.map(({ bpb, isOwn }) => ({ valBpb: bpb, evaluated: isOwn })));
  const where = textField(all[0]?.body ?? {}, "dir");
  return {
    title: `checkpoints ${count(all.length)}`,
    settings,
    note: part.note ?? ([note, where === null ? "" : plain(where)].filter(Boolean).join(" · ") || undefined),
    blocks: [{ block: tableOf(columns, rows, atCursor(input, part.rows)) }],
  };
}

/** Of a run of several stages whose checkpoints these are: the others have theirs as well. */
function whose({ facts, options }: Input): string {
  if (options.stages === "all") return "all stages";
  const stage = stageState(facts);
  return facts.state.stages.length < 2 || stage === undefined ? "" : stageTitle(stage.name);
}

/** The newest one that was there at the step where the charts are read. */
function atCursor({ facts, view }: Input, rows: readonly StoredEvent[]): number | undefined {
  const moment = momentOf(facts, view.chart);
  if (moment === null) return undefined;
  const steps = rows.map(({ stage, step }) => (stage === facts.stage && step !== null && step <= moment.step ? step : -1));
  const newest = Math.max(...steps);
  return newest < 0 ? undefined : steps.indexOf(newest);
}

function whyEmpty(facts: RunFacts): Omit<Empty, "kind"> {
  if (facts.state.imported !== undefined) return { why: "No checkpoint here: this run was imported, and what it saves is elsewhere" };
  const every = planned(facts, "save_every");
  if (stageState(facts)?.status !== "running") return { why: "No checkpoint: this stage has written none" };
  const next = typeof every === "number" && every > 0 ? `every ${count(every)} steps and at the end` : "at the end of the stage";
  return { why: `No checkpoint yet: they are written ${next}`, ...(!facts.isReadOnly && { remedy: "s saves one now" }) };
}

export const checkpointsKind = definePanel({
  kind: "checkpoints",
  title: "checkpoints",
  about: "The checkpoints that the run has written: when, why, how large and how good; ~ is of the last evaluation before it",
  options: OPTIONS,
  from: ["events", "points"],
  everyMs: 200,
  timed: "ages",
  least: { width: 26, height: 5 },
  keys: ["list"],
  looks: ["chart", "scroll"],
  scene: checkpointsPanel,
  scroll: (input, by) => ({ scroll: scrollTo(written(input, judging(input.facts)).length, input.view.scroll, by, input.size.height - 1) }),
});
