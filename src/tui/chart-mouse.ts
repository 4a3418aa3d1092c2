/** The mouse on a chart: the wheel zooms around it, a drag chooses a part, a click on the focused chart sets the cursor. */

import type { Rect } from "../screens/arrange.ts";
import { chartFacts, putCursor, setChart, zoomBy } from "./chart-range.ts";
import { placeAt } from "./chart-view.ts";
import type { AppContext } from "./context.ts";
import type { ZoneActions } from "./overlay.ts";

/** What three rows of the wheel, one notch, do to the span that is shown. */
const ROWS_A_NOTCH = 3;
const NOTCH = 1.25;

export function chartZone(app: AppContext, id: string, { width }: Pick<Rect, "width">): ZoneActions {
  let wasFocused = false;
  let start: number | null = null;
  /** The place under the mouse, on the axis of the charts. */
  const place = (x: number): number | null => {
    const facts = chartFacts(app);
    return facts === null ? null : placeAt(app.scene(id), width, x, facts, app.state.chart.axis);
  };
  return {
    press: (x) => {
      wasFocused = app.state.focus[app.state.tab] === id;
      app.focus(id);
      start = place(x);
    },
    drag: (x) => {
      const end = place(x);
      if (start !== null && end !== null) setChart(app, { selection: [Math.min(start, end), Math.max(start, end)] });
    },
    release: (x, _y, moved) => {
      const end = place(x);
      setChart(app, { selection: null });
      if (start === null || end === null) return;
      const [from, to] = [Math.min(start, end), Math.max(start, end)];
      if (moved && to > from) setChart(app, { window: { kind: "range", from, to } });
      else if (!moved && wasFocused) putCursor(app, end);
    },
    wheel: (rows, x) => {
      app.focus(id);
      const around = place(x);
      if (around !== null) zoomBy(app, NOTCH ** (rows / ROWS_A_NOTCH), around);
    },
  };
}
