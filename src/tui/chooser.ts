/** A list to choose one thing from: type to narrow it, enter takes the selected one. */
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { PickList } from "./pick-list.ts";

export interface ChooserRow {
  title: string;
  /** What it is called in files: found by that as well. */
  alias?: string;
  /** At the right, dim. */
  detail?: string;
  /** Why it cannot be chosen now. */
  disabled?: string;
  choose: () => void;
}

/** Details longer than this are sentences: they begin below each other instead of ending so. */
const PROSE = 40;
/** And longer than this they are cut where it is narrow: the selected one is told in full. */
const CUT = 56;

export function chooser(title: string, rows: readonly ChooserRow[], close: () => void): PickList<ChooserRow> {
  const longest = Math.max(0, ...rows.map(({ detail = "" }) => textWidth(detail)));
  const isProse = longest > PROSE;
  const titles = Math.max(0, ...rows.map((row) => textWidth(row.title)));
  return new PickList(
    {
      title,
      note: () => "type to narrow · enter chooses · esc leaves",
      nothing: "Nothing is called that",
      height: () => rows.length,
      matches: (query) => narrowed(rows, query.toLowerCase()),
      drawRow: (one, row) => drawRow(one, row, isProse ? titles : null),
      ...(longest > CUT ? { about: ({ detail = "", disabled }: ChooserRow) => disabled ?? detail } : {}),
      take: ({ disabled, choose }) => {
        if (disabled !== undefined) return;
        close();
        choose();
      },
    },
    close,
  );
}

/** In this order: what is called so, what a name begins with, what one holds, and what is only described by it. */
const FITS: ReadonlyArray<(query: string, names: readonly string[], all: string) => boolean> = [
  (query, names) => names.includes(query),
  (query, names) => names.some((name) => name.startsWith(query)),
  (query, names) => names.some((name) => name.includes(query)),
  (query, _, all) => all.includes(query),
];

function narrowed(rows: readonly ChooserRow[], query: string): readonly ChooserRow[] {
  if (query === "") return rows;
  const rank = ({ title, alias = title, detail = "" }: ChooserRow): number =>
    FITS.findIndex((fits) => fits(query, [title.toLowerCase(), alias.toLowerCase()], `${title} ${detail}`.toLowerCase()));
  return FITS.flatMap((_, wanted) => rows.filter((row) => rank(row) === wanted));
}

/** `column`: where details begin, when they do not end at the right. */
function drawRow({ title, detail = "", disabled }: ChooserRow, row: Region, column: number | null): void {
  const end = row.line(1, 0, [{ text: title, tone: disabled === undefined ? "text" : "muted", bold: disabled === undefined }]);
  const aside = disabled ?? detail;
  const at = column === null ? Math.max(end + 2, row.width - textWidth(aside) - 1) : Math.max(end + 2, column + 3);
  row.sub(at, 0, Math.max(0, row.width - at - 1), 1).line(0, 0, [{ text: aside, tone: "muted" }]);
}
