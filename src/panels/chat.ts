/** A conversation with a checkpoint: what was said, and under each reply how fast it came. */
import type { Checkpoint } from "../core/checkpoint.ts";
import type { Line, Scene, Span, TableColumn } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { ago, bytes, count, duration, loss } from "../lib/format.ts";
import type { Size } from "./data.ts";
import { wrapLine } from "./paint.ts";

export interface ReplyFigures {
  firstTokenSeconds: number | null;
  seconds: number;
  tokensOut: number;
  reason: "stop" | "length" | "cancelled";
}

export interface ChatTurn {
  role: "user" | "assistant";
  text: string;
  /** Null while it is being written, and for a user's turn. */
  figures: ReplyFigures | null;
  /** Why there is no (whole) reply, in a sentence. */
  problem: string | null;
}

export interface ChatOptions {
  /** `chatsft d4 @ 400`; null when no model is loaded. */
  model: string | null;
  pocket: boolean;
  temperature: number;
  /** What is going on, with a spinner; null when it waits for the user. */
  busy: string | null;
  /** Rows scrolled up from the end. */
  scroll: number;
  /** A base model goes on writing, it does not answer. */
  mode: "chat" | "continue";
}

export function transcriptPanel(turns: readonly ChatTurn[], size: Size, options: ChatOptions): Scene {
  const title = options.model === null ? "chat" : `${options.mode} · ${options.model}`;
  const settings = [options.pocket ? "pocket model" : "", `temperature ${options.temperature}`].filter((part) => part !== "").join(" · ");
  const lines = turns.flatMap((turn) => turnLines(turn, size.width));
  if (options.busy !== null)
    lines.push([
      { text: "◐ ", tone: "info" },
      { text: options.busy, tone: "muted" },
    ]);
  if (lines.length === 0) {
    const why =
      options.model === null
        ? "No model is loaded: choose a checkpoint"
        : options.mode === "chat"
          ? "Say something"
          : "Write the beginning of a text: this base model goes on from there";
    return { title, settings, blocks: [{ block: { kind: "empty", why } }] };
  }
  const end = Math.max(Math.min(size.height, lines.length), lines.length - options.scroll);
  const note = end < lines.length ? `${lines.length - end} more rows below` : undefined;
  return { title, settings, note, blocks: [{ block: { kind: "text", lines: lines.slice(0, end), anchor: "bottom" } }] };
}

/** Rows that a conversation takes at a width. */
export const transcriptRows = (turns: readonly ChatTurn[], width: number): number =>
  turns.reduce((rows, turn) => rows + turnLines(turn, width).length, 0);

function turnLines({ role, text, figures, problem }: ChatTurn, width: number): Line[] {
  const clean = plain(text);
  const lines: Line[] =
    role === "user"
      ? wrapLine(
          [
            { text: "› ", tone: "accent" },
            { text: clean, bold: true },
          ],
          width,
        )
      : clean === ""
        ? []
        : wrapLine([{ text: clean }], width);
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
  if (figures !== null) lines.push([{ text: figuresText(figures), tone: "muted" }]);
  if (role === "assistant" && (figures !== null || problem !== null)) lines.push([]);
  return lines;
}

const ENDINGS: Readonly<Record<ReplyFigures["reason"], string>> = {
  stop: "",
  length: " · cut at the length limit",
  cancelled: " · cancelled",
};

/** `first token 27 ms · 41 tokens in 1.2s · 34.2 tok/s` */
export function figuresText({ firstTokenSeconds, seconds, tokensOut, reason }: ReplyFigures): string {
  const rate = seconds > 0 ? (tokensOut / seconds).toFixed(tokensOut / seconds >= 100 ? 0 : 1) : "–";
  return `first token ${duration(firstTokenSeconds)} · ${count(tokensOut)} tokens in ${duration(seconds)} · ${rate} tok/s${ENDINGS[reason]}`;
}

/** `sft d4 @ 400` */
export const checkpointName = ({ stage, tag, step }: Checkpoint): string => `${stage} ${tag} @ ${count(step)}`;

/** Checkpoints to talk to, newest first. */
export function checkpointListPanel(
  list: readonly Checkpoint[] | null,
  size: Size,
  options: { selected: number; loaded: Checkpoint | null; now: number; problem: string | null },
): Scene {
  const title = list === null ? "checkpoints" : `checkpoints ${list.length}`;
  if (options.problem !== null) return { title, blocks: [{ block: { kind: "empty", why: options.problem } }] };
  if (list === null) return { title, blocks: [{ block: { kind: "empty", why: "Looking for checkpoints" } }] };
  if (list.length === 0)
    return { title, blocks: [{ block: { kind: "empty", why: "No checkpoint yet", remedy: "s on the Train tab saves one" } }] };
  const columns: TableColumn[] = [
    { title: "", width: 1 },
    { title: "model", middle: true },
    { title: "step", width: 7, align: "right" },
    { title: "bpb", width: 6, align: "right" },
  ];
  if (size.width >= 56) columns.push({ title: "size", width: 9, align: "right" }, { title: "age", width: 10, align: "right" });
  const rows = list.map((checkpoint): Line[] => [
    [markOf(checkpoint, checkpoint === options.loaded)],
    [{ text: `${checkpoint.stage} ${checkpoint.tag}` }],
    [{ text: count(checkpoint.step) }],
    [{ text: loss(checkpoint.valBpb) }],
    [{ text: bytes(checkpoint.bytes) }],
    [{ text: ago(checkpoint.writtenAt, options.now), tone: "muted" }],
  ]);
  return {
    title,
    note: list[options.selected]?.broken ?? undefined,
    blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }],
  };
}

function markOf({ broken }: Checkpoint, loaded: boolean): Span {
  if (broken !== null) return { text: "✕", tone: "bad" };
  return loaded ? { text: "●", tone: "good" } : { text: "◆", tone: "accent" };
}
