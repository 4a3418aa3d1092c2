/** What stands on the x axis of a plot for things that happened, and where: of several in one column none that matters is lost. */
import type { PlotMark, Tone } from "../core/scene.ts";

type Kind = PlotMark["glyph"];

/** What stands on the axis for something that happened, and what the help says of it. */
export interface MarkSign {
  glyph: string;
  tone: Tone;
  means: string;
  /** There are many of them: one that lies under another is not missed. */
  often?: true;
}

/** The later ones lie on top: what a person has done explains an alert, and is rarer. */
export const MARKS: Readonly<Record<Kind, MarkSign>> = {
  stage: { glyph: "▸", tone: "text", means: "next stage of the run" },
  evaluation: { glyph: "▾", tone: "muted", means: "evaluation", often: true },
  checkpoint: { glyph: "◆", tone: "accent", means: "checkpoint", often: true },
  alert: { glyph: "▲", tone: "warn", means: "alert, a warning" },
  alarm: { glyph: "✕", tone: "bad", means: "alert, a bad one" },
  patch: { glyph: "✎", tone: "info", means: "patch" },
  rewind: { glyph: "⟳", tone: "warn", means: "resume, from an earlier step" },
  best: { glyph: "★", tone: "good", means: "best value of the stage" },
  nonfinite: { glyph: "✕", tone: "bad", means: "value that is no number (at the top)" },
};
const RANKS: ReadonlyMap<Kind, number> = new Map((Object.keys(MARKS) as Kind[]).map((kind, rank) => [kind, rank]));
const rankOf = (kind: Kind): number => RANKS.get(kind) ?? 0;

export interface PlacedMark {
  mark: PlotMark;
  column: number;
  /** Columns that it stands beside its own, where another one stands that lies on top. */
  beside: number;
}

/** The nearest to its own first. */
const BESIDE = [1, -1];

/** The marks in the order in which they are to be drawn; `columnOf`: null of what is not in view. */
export function placedMarks(marks: readonly PlotMark[], columns: number, columnOf: (x: number) => number | null): PlacedMark[] {
  const placed = marks.flatMap((mark): PlacedMark[] => {
    const column = columnOf(mark.x);
    return column === null ? [] : [{ mark, column, beside: 0 }];
  });
  placed.sort((a, b) => rankOf(a.mark.glyph) - rankOf(b.mark.glyph));
  const [atTop, onAxis] = [placed.filter(isAtTop), placed.filter((one) => !isAtTop(one))];
  moveAside(onAxis, columns);
  return [...onAxis, ...atTop];
}

const isAtTop = ({ mark }: PlacedMark): boolean => mark.glyph === "nonfinite";

/** Those that others lie on go to a free column beside them, if there is one; the ones on top stay. */
function moveAside(ordered: readonly PlacedMark[], columns: number): void {
  const taken = new Map<number, string>();
  for (const { mark, column } of ordered) taken.set(column, MARKS[mark.glyph].glyph);
  const moved = new Map<string, number>();
  for (const one of ordered.toReversed()) {
    const { glyph, often } = MARKS[one.mark.glyph];
    if (often || taken.get(one.column) === glyph) continue;
    const key = `${one.column} ${glyph}`;
    const free = BESIDE.find((by) => one.column + by >= 0 && one.column + by < columns && !taken.has(one.column + by));
    one.beside = moved.get(key) ?? free ?? 0;
    moved.set(key, one.beside);
    if (one.beside !== 0) taken.set(one.column + one.beside, glyph);
  }
}
