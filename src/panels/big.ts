/** A few figures as large as there is room for: a run that one looks at from across the room, at night. */
import type { OptionValues } from "../core/panel.ts";
import type { Block, Line, Scene, Span } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count } from "../lib/format.ts";
import { fit, textWidth } from "../lib/graphemes.ts";
import { FIGURE_NAMES, type Figure, type FigureName, figureOf } from "./big-figures.ts";
import { bigHeight, bigRows, bigWidth, type DotSize } from "./big-font.ts";
import { stageState, stageTitle } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { readingOf } from "./reading.ts";
import { nameOf } from "./run-names.ts";

const OPTIONS = {
  figures: {
    type: "choices",
    choices: FIGURE_NAMES,
    default: ["loss", "percent", "eta", "state", "alerts", "bpb"],
    title: "Figures",
    help: "Which, in this order; the fewer, the larger",
  },
  largest: { type: "number", default: 4, min: 1, max: 12, title: "Largest", help: "Rows of a dot of the letters: they grow no larger" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const GAP = 3;
const LABEL_ROWS = 1;
const BETWEEN_ROWS = 1;

interface Layout {
  dot: DotSize;
  columns: number;
  /** Cells of each column. */
  widths: number[];
}

/** Rows of figures with so many in each. */
const inRows = <T>(figures: readonly T[], columns: number): T[][] =>
  Array.from({ length: Math.ceil(figures.length / columns) }, (_, row) => figures.slice(row * columns, (row + 1) * columns));

/** Dots from the largest to the smallest: square ones, each before one that is a cell narrower. */
const dotsFrom = (largest: number): DotSize[] =>
  Array.from({ length: Math.floor(largest) }, (_, i) => Math.floor(largest) - i).flatMap((height) => [
    { width: 2 * height, height },
    { width: 2 * height - 1, height },
  ]);

/** The largest letters in which all figures fit, in as few columns as they do; null when they fit in none. */
function layoutOf(figures: readonly Figure[], { width, height }: Input["size"], largest: number): Layout | null {
  for (const dot of dotsFrom(largest)) {
    for (let columns = 1; columns <= figures.length; columns++) {
      const rows = inRows(figures, columns);
      const high = rows.length * (LABEL_ROWS + bigHeight(dot)) + (rows.length - 1) * BETWEEN_ROWS;
      if (high > height) continue;
      const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => needed(row[i], dot))));
      if (widths.reduce((sum, one) => sum + one, (columns - 1) * GAP) <= width) return { dot, columns, widths };
    }
  }
  return null;
}

/** Room is kept for a figure as long as it may become. */
const needed = (figure: Figure | undefined, dot: DotSize): number =>
  figure === undefined ? 0 : Math.max(bigWidth(figure.text, dot), bigWidth("0".repeat(figure.room), dot));

/** The columns with what is left over: to those whose labels need it first, and not by what these say now, or letters would move. */
function withAir(rows: ReadonlyArray<readonly Figure[]>, widths: readonly number[], spare: number): number[] {
  let left = spare;
  const cells = widths.map((one, i) => {
    const lacking = Math.max(0, ...rows.map((row) => (row[i]?.labelRoom ?? 0) - one));
    const given = Math.min(lacking, left);
    left -= given;
    return one + given;
  });
  const air = Math.floor(left / cells.length);
  return cells.map((one) => one + air);
}

function bigLines(figures: readonly Figure[], { dot, columns, widths }: Layout, width: number): Line[] {
  const cells = withAir(inRows(figures, columns), widths, width - widths.reduce((sum, one) => sum + one, (columns - 1) * GAP));
  return inRows(figures, columns).flatMap((row, i): Line[] => {
    const drawn = row.map(({ text }) => bigRows(text, dot));
    const gap = (n: number): string => (n < row.length - 1 ? " ".repeat(GAP) : "");
    const labels = row.map(
      (figure, n): Span => ({
        text: fit(plain(figure.label), cells[n] ?? 0) + gap(n),
        tone: figure.tone === "text" ? "muted" : figure.tone,
      }),
    );
    const letters = Array.from({ length: bigHeight(dot) }, (_, y) =>
      row.map((figure, n): Span => ({ text: fit(drawn[n]?.[y] ?? "", cells[n] ?? 0) + gap(n), tone: figure.tone })),
    );
    return [...(i > 0 ? [[]] : []), labels, ...letters];
  });
}

/** Where nothing large fits: a row for each, or one after another in as many rows as there are. */
function smallLines(figures: readonly Figure[], names: readonly FigureName[], { width, height }: Input["size"]): Line[] {
  if (figures.length <= height) {
    return figures.map(
      ({ label, text, tone }): Line => [
        { text: `${text} `, tone, bold: true },
        { text: plain(label), tone: "muted" },
      ],
    );
  }
  const lines: Span[][] = [[]];
  let used = 0;
  for (const [i, { name = names[i], text, tone }] of figures.entries()) {
    const piece = `${name === "state" ? "" : `${name} `}${text}`;
    if (used > 0 && used + 2 + textWidth(piece) > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push({ text: `${used > 0 ? "  " : ""}${piece}`, tone });
    used += textWidth(piece) + (used > 0 ? 2 : 0);
  }
  return lines;
}

/** All of them large; else as many of the first as there is room for, and the others small below; else all of them small. */
function linesOf(
  all: readonly Figure[],
  { figures: names, largest }: Input["options"],
  size: Input["size"],
): { lines: Line[]; large: boolean } {
  for (let count = all.length; count > 0; count--) {
    const rest = smallLines(all.slice(count), names.slice(count), { ...size, height: 1 });
    const below = count === all.length ? [] : [[], ...rest];
    const layout = layoutOf(all.slice(0, count), { ...size, height: size.height - below.length }, largest);
    if (layout !== null) return { lines: [...bigLines(all.slice(0, count), layout, size.width), ...below], large: true };
  }
  return { lines: smallLines(all, names, size), large: false };
}

function bigPanel(input: Input): Scene {
  const { facts, size, options, view, thresholds } = input;
  const stage = stageState(facts);
  const name = plain(nameOf(facts));
  const title = stage === undefined ? name : `${name} · ${plain(stageTitle(stage.name))}`;
  if (options.figures.length === 0)
    return { title, blocks: [{ block: { kind: "empty", why: "No figure is chosen", remedy: "figures in this panel's options" } }] };
  const reading = readingOf(facts, view);
  const figures = options.figures.map((name) => figureOf(name, { facts, reading, thresholds }));
  const { lines, large } = linesOf(figures, options, size);
  const top = large ? Math.max(0, Math.floor((size.height - lines.length) / 2)) : 0;
  const block: Block = { block: { kind: "text", lines: [...Array.from({ length: top }, (): Line => []), ...lines] } };
  return { title, settings: reading.moment === null ? undefined : `at step ${count(reading.moment.step)}`, blocks: [block] };
}

export const bigKind = definePanel({
  kind: "big",
  title: "big figures",
  about: "A few figures as large as there is room for, to be read from across a room",
  options: OPTIONS,
  from: ["points", "events", "state"],
  everyMs: 500,
  timed: "left",
  least: { width: 24, height: 5 },
  looks: ["chart"],
  scene: bigPanel,
});
