/** What stands between a person and a trained model: stages on disk, checks, and what was seen of each. */
import type { KeyOf } from "../core/keys.ts";
import type { Line, Scene, Tone } from "../core/scene.ts";
import type { Check, LedgerStage } from "../core/setup.ts";
import { wrap } from "../lib/graphemes.ts";
import type { Size } from "./data.ts";

type Look = readonly [glyph: string, tone: Tone];

const STAGE_LOOKS: Readonly<Record<LedgerStage["status"], Look>> = {
  done: ["○", "good"],
  stale: ["▲", "warn"],
  missing: ["·", "muted"],
  broken: ["✕", "bad"],
  running: ["◐", "info"],
};

const CHECK_LOOKS: Readonly<Record<Check["status"], Look>> = {
  good: ["○", "good"],
  warn: ["▲", "warn"],
  bad: ["✕", "bad"],
  unknown: ["?", "warn"],
  skipped: ["–", "muted"],
};

/** What `a` would do, in the words of its refusal where it would do nothing: another stage is still being made. */
function noteOf(next: Pick<LedgerStage, "title" | "blocked"> | null, keyOf: KeyOf): string {
  if (next === null) return "everything to a chat is there";
  return next.blocked === null
    ? `${keyOf("setup.all")} runs what is missing, ${next.title} first`
    : `next is ${next.title}: ${next.blocked}`;
}

export function ledgerPanel(
  stages: readonly LedgerStage[] | null,
  options: { selected: number; problem: string | null; next: Pick<LedgerStage, "title" | "blocked"> | null; keyOf: KeyOf },
): Scene {
  const title = "stages";
  if (options.problem !== null) return { title, blocks: [{ block: { kind: "empty", why: options.problem } }] };
  if (stages === null) return { title, blocks: [{ block: { kind: "empty", why: "Looking at what is there" } }] };
  const rows = stages.map(({ status, title: name, verdict, optional, blocked, elsewhere }): Line[] => {
    const [glyph, tone] = STAGE_LOOKS[status];
    return [
      [{ text: glyph, tone }],
      [{ text: name, bold: !optional, tone: optional ? "muted" : "text" }],
      status === "missing" && elsewhere !== undefined
        ? [{ text: blocked ?? verdict, tone: "muted" }]
        : [{ text: `${status === "done" ? "" : `${status}: `}${verdict}`, tone: status === "done" ? "muted" : tone }],
    ];
  });
  const columns = [{ title: "", width: 1 }, { title: "stage", width: 13 }, { title: "" }];
  const note = noteOf(options.next, options.keyOf);
  return { title, note, blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }] };
}

export function checksPanel(
  checks: readonly Check[] | null,
  options: { selected: number; filter: string; looking: number; keyOf: KeyOf },
): Scene {
  const bad = checks?.filter(({ status }) => status === "bad").length ?? 0;
  const title = bad > 0 ? `checks · ${bad} bad` : "checks";
  const note = options.looking > 0 ? `◐ ${options.looking} still looked at` : undefined;
  if (checks === null || checks.length === 0) {
    const why = options.filter === "" ? "Looking at this machine and the checkout" : `No check is called “${options.filter}”`;
    return { title, blocks: [{ block: { kind: "empty", why } }] };
  }
  const rows = checks.map(({ status, title: name, verdict, fix }): Line[] => {
    const [glyph, tone] = CHECK_LOOKS[status];
    return [
      [{ text: glyph, tone }],
      [{ text: name, tone: status === "skipped" ? "muted" : "text" }],
      [{ text: verdict, tone: status === "bad" || status === "warn" ? tone : "muted" }],
      [{ text: fix === null ? "" : options.keyOf("setup.fix"), tone: "accent" }],
    ];
  });
  const columns = [{ title: "", width: 1 }, { title: "check", width: 17 }, { title: "" }, { title: "", width: 1 }];
  const settings = options.filter === "" ? undefined : `/${options.filter}`;
  return { title, settings, note, blocks: [{ block: { kind: "table", columns, rows, selected: options.selected } }] };
}

const paragraph = (text: string, width: number, tone: Tone = "text", bold = false): Line[] =>
  wrap(text, Math.max(8, width)).map((row): Line => [{ text: row, tone, bold }]);

/** What was seen, what to do, and the command that would do it. */
export function evidencePanel(one: Check | LedgerStage | null, size: Size, output: readonly string[], keyOf: KeyOf): Scene {
  if (one === null) return { title: "evidence", blocks: [{ block: { kind: "empty", why: "Nothing is selected" } }] };
  const { width } = size;
  const way = "remedy" in one ? one.remedy : one.blocked;
  const lines: Line[] = [
    ...paragraph(one.verdict, width, "text", true),
    [],
    ...one.evidence.flatMap((row) => paragraph(row, width, "muted")),
  ];
  if (way !== null) lines.push([], ...paragraph(way, width));
  if ("elsewhere" in one && one.elsewhere !== undefined) lines.push([], ...paragraph(one.elsewhere, width));
  if ("fix" in one && one.fix !== null) {
    lines.push([], [{ text: `${keyOf("setup.fix")} `, tone: "accent", bold: true }, { text: one.fix.title }]);
    if (one.fix.argv.length > 0) lines.push(...paragraph(`$ ${one.fix.argv.join(" ")}`, width, "accent"));
  }
  if (output.length > 0) lines.push([], ...output.flatMap((row) => paragraph(row, width, "muted")));
  return { title: one.title, blocks: [{ block: { kind: "text", lines, anchor: output.length > 0 ? "bottom" : "top" } }] };
}
