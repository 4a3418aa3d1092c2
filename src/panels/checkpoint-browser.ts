/** Checkpoints of a base directory: a list, and everything that is known of one. */

import { type Checkpoint, type Fit, hasFiniteModel, isGood, isOnlyOver, type Purpose } from "../core/checkpoint.ts";
import type { KeyOf } from "../core/keys.ts";
import type { Line, Scene, Span, TableColumn } from "../core/scene.ts";
import { ago, bytes, count } from "../lib/format.ts";
import { wrap } from "../lib/graphemes.ts";
import type { Size } from "./data.ts";
import { bpbNote, bpbText, isEvaluated } from "./evaluation-text.ts";

export const PURPOSE_TITLES: Readonly<Record<Purpose, string>> = {
  resume: "resume it",
  sft: "chat training from it",
  rl: "reinforcement learning from it",
  eval: "evaluate it or talk to it",
};

/** What has been found out of a checkpoint beyond its listing. */
export interface Examined {
  /** Null while it is looked at. */
  fits: readonly Fit[] | null;
  /** Why it could not be judged, a sentence. */
  problem: string | null;
  /** Of a full verification: a sentence when something is wrong, null when all is well, undefined when it was not asked for. */
  verified: string | null | undefined;
}

export interface BrowserOptions {
  selected: number;
  filter: string;
  now: number;
  /** Why there is no list, a sentence. */
  problem: string | null;
  /** Best val_bpb of each stage and tag that has several, evaluated at its own step. */
  best: ReadonlySet<Checkpoint>;
  /** Where they are looked for; told when there are none. */
  baseDir: string | null;
  keyOf: KeyOf;
}

/** Of each stage and tag that has several, the whole checkpoint with the lowest bpb of an evaluation at its own step. */
export function bestOf(list: readonly Checkpoint[]): ReadonlySet<Checkpoint> {
  const best = new Map<string, Checkpoint>();
  const model = ({ stage, tag }: Checkpoint): string => `${stage}/${tag}`;
  const several = Map.groupBy(list, model);
  for (const one of list) {
    const key = model(one);
    if (several.get(key)?.length === 1) continue;
    const before = best.get(key)?.valBpb ?? Number.POSITIVE_INFINITY;
    if (isGood(one) && isEvaluated(one) && (one.valBpb ?? before) < before) best.set(key, one);
  }
  return new Set(best.values());
}

export function checkpointBrowserPanel(list: readonly Checkpoint[] | null, size: Size, options: BrowserOptions): Scene {
  const title = list === null ? "checkpoints" : `checkpoints ${list.length}`;
  const empty = (why: string, remedy?: string): Scene => ({ title, blocks: [{ block: { kind: "empty", why, remedy } }] });
  if (options.problem !== null) return empty(options.problem);
  if (list === null) return empty("Looking for checkpoints");
  if (list.length === 0)
    return options.filter === ""
      ? empty(
          `No checkpoint${options.baseDir === null ? "" : ` in ${options.baseDir}`} yet`,
          `a run writes them; ${options.keyOf("tab.config")} plans one`,
        )
      : empty(`None is called “${options.filter}”`, `${options.keyOf("back")} clears the filter`);
  const columns: TableColumn[] = [
    { title: "", width: 1 },
    { title: "stage", width: 5 },
    { title: "model", middle: true },
    { title: "step", width: 7, align: "right" },
  ];
  const judged = size.width >= 36;
  if (judged) columns.push({ title: "bpb", width: 9, align: "right" });
  const sized = size.width >= 66;
  if (sized) columns.push({ title: "size", width: 9, align: "right" });
  if (size.width >= 54) columns.push({ title: "age", width: 11, align: "right" });
  const rows = list.map((one): Line[] => [
    [checkpointMark(one)],
    [{ text: one.stage }],
    [{ text: one.tag }],
    [{ text: count(one.step) }],
    ...(judged ? [[{ text: options.best.has(one) ? "★ " : "", tone: "accent" as const }, bpbOf(one)]] : []),
    ...(sized ? [[{ text: bytes(one.bytes) }]] : []),
    [{ text: ago(one.writtenAt, options.now), tone: "muted" }],
  ]);
  const settings = options.filter === "" ? undefined : `/${options.filter}`;
  return {
    title,
    settings,
    note: judged ? bpbNote(list, options.best.size > 0) : undefined,
    blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }],
  };
}

/** `~` where it was evaluated before, not at its step. */
const bpbOf = ({ valBpb, evaluated }: Checkpoint): Span => {
  const text = bpbText(valBpb, evaluated);
  return { text, ...(text.startsWith("~") && { tone: "muted" }) };
};

/** What stands before a checkpoint in a list of them. */
export function checkpointMark(one: Checkpoint): Span {
  if (one.broken !== null) return { text: "✕", tone: "bad" };
  return hasFiniteModel(one) ? { text: "◆", tone: "accent" } : { text: "▲", tone: "warn" };
}

export function checkpointDetailPanel(one: Checkpoint | undefined, { fits, problem, verified }: Examined, size: Size): Scene {
  if (one === undefined) return { title: "checkpoint", blocks: [{ block: { kind: "empty", why: "No checkpoint is selected" } }] };
  const lines: Line[] = [];
  if (one.broken !== null) lines.push(...sentence("✕ ", one.broken, "bad", size.width), []);
  if (verified === null) lines.push([{ text: "○ ", tone: "good" }, { text: "every entry of every file read, all checksums right" }], []);
  else if (verified !== undefined) lines.push(...sentence("✕ ", verified, "bad", size.width), []);
  if (problem !== null) lines.push(...sentence("▲ ", problem, "warn", size.width), []);
  if (fits === null && problem === null) lines.push([{ text: "◐ looking at what it fits", tone: "muted" }], []);
  for (const fit of fits ?? []) lines.push(...fitLines(fit, size.width));
  if (fits !== null) lines.push([]);
  lines.push(...facts(one, size.width));
  return { title: `${one.stage} ${one.tag} @ ${count(one.step)}`, blocks: [{ block: { kind: "text", lines } }] };
}

function fitLines({ purpose, fits, reasons }: Fit, width: number): Line[] {
  const [glyph, tone, said] = fits
    ? (["○", "good", reasons.length > 0 ? "with care" : "fits"] as const)
    : isOnlyOver(reasons)
      ? (["▲", "warn", "as a copy alone"] as const)
      : (["✕", "bad", "no"] as const);
  const head: Line = [
    { text: glyph, tone },
    { text: " " },
    { text: PURPOSE_TITLES[purpose], bold: true },
    { text: `  ${said}`, tone: "muted" },
  ];
  const why = reasons.flatMap(({ severity, message, remedy }) => [
    ...sentence(severity === "error" ? "  ✕ " : "  ▲ ", message, severity === "error" ? "bad" : "warn", width),
    ...sentence("    → ", remedy, "muted", width),
  ]);
  return [head, ...why];
}

function sentence(glyph: string, text: string, tone: Span["tone"], width: number): Line[] {
  const indent = " ".repeat(glyph.length);
  return wrap(text, Math.max(8, width - glyph.length)).map(
    (row, i): Line => [
      ...(i === 0
        ? [{ text: " ".repeat(glyph.length - glyph.trimStart().length) }, { text: glyph.trim(), tone }, { text: " " }]
        : [{ text: indent }]),
      { text: row, tone: tone === "muted" ? "muted" : "text" },
    ],
  );
}

function facts(one: Checkpoint, width: number): Line[] {
  const line = (name: string, text: string): Line => [{ text: name.padEnd(9), tone: "muted" }, { text }];
  const folder = wrap(one.dir, Math.max(8, width - 9)).map((row, i) => line(i === 0 ? "folder" : "", row));
  const files = one.files.map(({ name, bytes: size }, i) => line(i === 0 ? "files" : "", `${name}  ${bytes(size)}`));
  const settings = (name: string, values: Record<string, unknown> | null): Line[] =>
    values === null
      ? []
      : wrap(
          Object.entries(values)
            .map(([key, value]) => `${key} ${typeof value === "object" || value === "" ? JSON.stringify(value) : value}`)
            .join(" · "),
          Math.max(8, width - 9),
        ).map((row, i) => line(i === 0 ? name : "", row));
  return [...folder, ...files, ...settings("model", one.modelConfig), ...settings("settings", one.userConfig)];
}
