/** A list to choose one thing from: type to narrow it, enter takes the selected one. */
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { PickList } from "./pick-list.ts";

export interface ChooserRow {
  title: string;
  /** At the right, dim. */
  detail?: string;
  /** Why it cannot be chosen now. */
  disabled?: string;
  choose: () => void;
}

export const chooser = (title: string, rows: readonly ChooserRow[], close: () => void): PickList<ChooserRow> =>
  new PickList(
    {
      title,
      note: "type to narrow · enter chooses · esc leaves",
      nothing: "Nothing is called that",
      height: () => rows.length,
      matches: (query) => rows.filter((row) => `${row.title} ${row.detail ?? ""}`.toLowerCase().includes(query.toLowerCase())),
      drawRow,
      take: ({ disabled, choose }) => {
        if (disabled !== undefined) return;
        close();
        choose();
      },
    },
    close,
  );

function drawRow({ title, detail = "", disabled }: ChooserRow, row: Region): void {
  const end = row.line(1, 0, [{ text: title, tone: disabled === undefined ? "text" : "muted", bold: disabled === undefined }]);
  const aside = disabled ?? detail;
  const at = Math.max(end + 2, row.width - textWidth(aside) - 1);
  row.sub(at, 0, Math.max(0, row.width - at), 1).put(0, 0, aside, { tone: "muted" });
}
