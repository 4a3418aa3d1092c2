/** A conversation with a checkpoint: what was said, and under each reply how fast it came. */
import { ENDINGS, leftOut, noAnswer, type Preset, type ReplyPart } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { type KeyOf, usualKey } from "../core/keys.ts";
import type { Line, Scene, Span, TableColumn } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { age, bytes, count, dayless, duration } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import { checkpointMark } from "./checkpoint-browser.ts";
import type { Size } from "./data.ts";
import { bpbNote, bpbText } from "./evaluation-text.ts";
import { wrapLine } from "./paint.ts";

export interface ReplyFigures {
  firstTokenSeconds: number | null;
  seconds: number;
  tokensOut: number;
  dropped: number;
  reason: "stop" | "length" | "context" | "cancelled";
}

/** What one model answered; with two models there are two of them beside each other. */
export interface Reply {
  /** Name of the model, shown when there are two. */
  model: string;
  parts: Array<{ part: ReplyPart; text: string }>;
  /** Null while it is being written. */
  figures: ReplyFigures | null;
  /** Why there is no (whole) reply, in a sentence. */
  problem: string | null;
}

export type ChatTurn = { role: "user"; text: string } | { role: "assistant"; replies: Reply[] };

export const replyText = ({ parts }: Reply): string => parts.map(({ text }) => text).join("");

export interface ChatOptions {
  /** `chatsft d4 @ 400`; null when no model is loaded. */
  model: string | null;
  /** The second one, while two are compared. */
  against: string | null;
  pocket: boolean;
  /** `temp 0.6 · top-k 50` */
  sampling: string;
  /** What is going on, with a spinner; null when it waits for the user. */
  busy: string | null;
  /** Rows scrolled up from the end. */
  scroll: number;
  /** A base model goes on writing, it does not answer. */
  mode: "chat" | "continue";
  keyOf: KeyOf;
}

/** Of what is talked to, as much as has room: without the days of runs where it is long, and with one tag where both have it. */
function titleOf({ mode, model, against }: ChatOptions, cells: number): string {
  if (model === null) return "chat";
  const forms = [`${mode} · ${model}${versus(model, against)}`];
  if (against !== null && tagOf(against) === tagOf(model)) forms.push(`${mode} · ${model} vs ${against.replace(` ${tagOf(model)}`, "")}`);
  const all = forms.flatMap((form) => [form, form.split(" vs ").map(dayless).join(" vs ")]);
  return all.find((form) => textWidth(form) <= cells) ?? all.at(-1)!;
}

/** `d4` of `sft d4 @ 400` */
const tagOf = (name: string): string => name.slice(name.indexOf(" ") + 1, name.lastIndexOf(" @"));

/** Of two steps of one training only the steps are told apart: a title has not the room for its name twice. */
function versus(model: string, against: string | null): string {
  if (against === null) return "";
  const trainingOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("@")));
  const training = trainingOf(against);
  return ` vs ${training !== "" && trainingOf(model) === training ? against.slice(training.length) : against}`;
}

/** Of a border, what its title may not take. */
const TITLE_ENDS = 3;

export function transcriptPanel(turns: readonly ChatTurn[], size: Size, options: ChatOptions): Scene {
  const title = titleOf(options, size.width - TITLE_ENDS);
  const settings = [options.pocket ? "pocket model" : "", options.sampling].filter((part) => part !== "").join(" · ");
  const lines = turns.flatMap((turn) => turnLines(turn, size.width));
  if (options.busy !== null)
    lines.push([
      { text: "◐ ", tone: "info" },
      { text: options.busy, tone: "muted" },
    ]);
  if (lines.length === 0) {
    return { title, settings, blocks: [{ block: { kind: "empty", ...nothingSaid(options) } }] };
  }
  const end = Math.max(Math.min(size.height, lines.length), lines.length - options.scroll);
  const note = end < lines.length ? `${lines.length - end} more below` : undefined;
  return { title, settings, note, blocks: [{ block: { kind: "text", lines: lines.slice(0, end), anchor: "bottom" } }] };
}

function nothingSaid({ model, mode, keyOf }: ChatOptions): { why: string; remedy?: string } {
  if (model === null) {
    return { why: "No model is loaded", remedy: `${keyOf("eval.load")} in the list of checkpoints loads one` };
  }
  return { why: mode === "chat" ? "Say something" : "Write the beginning of a text: this base model goes on from there" };
}

/** Rows that a conversation takes at a width. */
export const transcriptRows = (turns: readonly ChatTurn[], width: number): number =>
  turns.reduce((rows, turn) => rows + turnLines(turn, width).length, 0);

function turnLines(turn: ChatTurn, width: number): Line[] {
  if (turn.role === "user") {
    const said: Line = [
      { text: "› ", tone: "accent" },
      { text: plain(turn.text), bold: true },
    ];
    return wrapLine(said, width);
  }
  const [left, right] = turn.replies;
  if (left === undefined) return [];
  const lines = right === undefined ? replyLines(left, width) : pairLines([left, right], width);
  return turn.replies.every(({ figures, problem }) => figures !== null || problem !== null) ? [...lines, []] : lines;
}

/** What a tool's call and answer stand between, so that nobody takes them for the model's words. */
const MARKS: Readonly<Record<"python" | "output", readonly [open: string, close: string]>> = {
  python: ["⟨calculator: ", "⟩"],
  output: ["⟨= ", "⟩"],
};

function replyLines({ parts, figures, problem }: Reply, width: number): Line[] {
  const spans = parts.map(({ part, text }): Span => {
    if (part === null) return { text: plain(text) };
    const [open, close] = MARKS[part];
    return { text: `${open}${plain(text)}${close}`, tone: "info" };
  });
  const none = figures === null ? null : noAnswer(figures);
  if (none !== null) spans.push({ text: none, tone: "muted" });
  const lines: Line[] = spans.length === 0 ? [] : wrapLine(spans, width);
  if (problem !== null)
    lines.push(
      ...wrapLine(
        [
          { text: "✕ ", tone: "bad" },
          { text: problem, tone: "bad" },
        ],
        width,
      ),
    );
  if (figures !== null) lines.push(...wrapLine([{ text: figuresText(figures), tone: "muted" }], width));
  return lines;
}

/** Two columns need so many cells, else one stands below the other. */
const PAIR_WIDTH = 72;

function pairLines(pair: readonly [Reply, Reply], width: number): Line[] {
  const narrow = width < PAIR_WIDTH;
  const column = narrow ? width : Math.floor((width - 3) / 2);
  const [left, right] = pair.map((reply): Line[] => [[{ text: reply.model, tone: "accent" }], ...replyLines(reply, column)]) as [
    Line[],
    Line[],
  ];
  if (narrow) return [...left, [], ...right];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const line = left[i] ?? [];
    const used = line.reduce((sum, { text }) => sum + textWidth(text), 0);
    return [...line, { text: `${" ".repeat(Math.max(0, column - used))} │ `, tone: "faint" as const }, ...(right[i] ?? [])];
  });
}

const tokensASecond = (rate: number): string => (rate < 99.95 ? rate.toFixed(1) : count(rate));

/** `first token 27 ms · 41 tokens in 1.2s · 34.2 tok/s` */
export function figuresText({ firstTokenSeconds, seconds, tokensOut, dropped, reason }: ReplyFigures): string {
  if (tokensOut === 0) return `after ${duration(seconds)}${leftOut({ dropped })}`;
  const rate = seconds > 0 ? tokensASecond(tokensOut / seconds) : "–";
  return `first token ${duration(firstTokenSeconds)} · ${count(tokensOut)} tokens in ${duration(seconds)} · ${rate} tok/s${ENDINGS[reason]}${leftOut({ dropped })}`;
}

/** `sft d4 @ 400` */
export const checkpointName = ({ stage, tag, step }: Checkpoint): string => `${stage} ${tag} @ ${count(step)}`;

interface ListOptions {
  selected: number;
  loaded: Checkpoint | null;
  against: Checkpoint | null;
  now: number;
  problem: string | null;
  filter: string;
  /** Whether there is a run that can be asked to save one. */
  canSave: boolean;
  keyOf?: KeyOf;
}

/** What brings a checkpoint where there is none. */
const wayToOne = (canSave: boolean, keyOf: KeyOf): string =>
  canSave
    ? `${keyOf("run.save")} on the Train tab saves one`
    : `a run writes them: ${keyOf("tab.setup")} shows what is missing and runs it · ${keyOf("tab.config")} plans one`;

/** Checkpoints to talk to, newest first. */
export function checkpointListPanel(list: readonly Checkpoint[] | null, size: Size, options: ListOptions): Scene {
  const title = list === null ? "checkpoints" : `checkpoints ${list.length}`;
  const { keyOf = usualKey } = options;
  if (options.problem !== null) return { title, blocks: [{ block: { kind: "empty", why: options.problem } }] };
  if (list === null) return { title, blocks: [{ block: { kind: "empty", why: "Looking for checkpoints" } }] };
  if (list.length === 0) {
    const [why, remedy] =
      options.filter === ""
        ? ["No checkpoint yet", wayToOne(options.canSave, keyOf)]
        : [`None is called “${options.filter}”`, `${keyOf("back")} clears the filter`];
    return { title, blocks: [{ block: { kind: "empty", why, remedy } }] };
  }
  const columns: TableColumn[] = [
    { title: "", width: 1 },
    { title: "model", middle: true },
    { title: "step", width: 7, align: "right" },
    { title: "bpb", width: bpbNote(list) === undefined ? 6 : 7, align: "right" },
  ];
  // Names are what one chooses by: size and age are there where all of those have room beside them.
  const longest = Math.max(...list.map(({ stage, tag }) => textWidth(`${stage} ${tag}`)));
  if (size.width >= ROOM_WITH_SIZE + Math.min(longest, LONGEST_NAME))
    columns.push({ title: "size", width: 9, align: "right" }, { title: "age", width: 8, align: "right" });
  const rows = list.map((checkpoint): Line[] => [
    [markOf(checkpoint, options)],
    [{ text: `${checkpoint.stage} ${checkpoint.tag}` }],
    [{ text: count(checkpoint.step) }],
    [{ text: bpbText(checkpoint.valBpb, checkpoint.evaluated) }],
    [{ text: bytes(checkpoint.bytes) }],
    [{ text: age(checkpoint.writtenAt, options.now), tone: "muted" }],
  ]);
  return {
    title,
    note: list[options.selected]?.broken ?? bpbNote(list),
    blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }],
  };
}

/** Cells of all other columns, with the air between them. */
const ROOM_WITH_SIZE = 44;
/** A name that is longer is cut anyway. */
const LONGEST_NAME = 40;

function markOf(checkpoint: Checkpoint, { loaded, against }: { loaded: Checkpoint | null; against: Checkpoint | null }): Span {
  if (checkpoint.broken !== null) return checkpointMark(checkpoint);
  const is = (other: Checkpoint | null): boolean => other?.dir === checkpoint.dir && other.step === checkpoint.step;
  if (is(against)) return { text: "B", tone: "info", bold: true };
  if (is(loaded)) return against === null ? { text: "●", tone: "good" } : { text: "A", tone: "good", bold: true };
  return checkpointMark(checkpoint);
}

/** Prompts that are kept, by name. */
export function presetListPanel(presets: readonly Preset[], size: Size, options: { selected: number; keyOf: KeyOf }): Scene {
  const title = `presets ${presets.length}`;
  if (presets.length === 0)
    return {
      title,
      blocks: [{ block: { kind: "empty", why: "No preset", remedy: `${options.keyOf("eval.preset-save")} in the prompt keeps one` } }],
    };
  const longest = Math.max("name".length, ...presets.map(({ name }) => textWidth(name)));
  const columns: TableColumn[] = [{ title: "name", width: Math.min(longest, 16, Math.floor(size.width / 2)) }, { title: "" }];
  const rows = presets.map((preset): Line[] => [[{ text: preset.name }], [{ text: preset.title, tone: "muted" }]]);
  return { title, blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }] };
}
