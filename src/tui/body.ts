/** How the rows of a terminal are divided between what stands around a screen and the screen. */
import type { Rect } from "../screens/arrange.ts";
import type { AppContext } from "./context.ts";

/** Below this a row of screens would cost too much of the body. */
const LOWEST_WITH_SCREENS = 30;

/** Whether the names of the screens have a row of their own. */
export const hasScreenRow = (app: AppContext, height: number): boolean =>
  app.state.tab === "train" && app.run !== null && height >= LOWEST_WITH_SCREENS;

/** Rows of the body: all but tabs, screens, footer and status; in a very low terminal the body has everything. */
export function bodyRect(app: AppContext, { width, height }: Pick<Rect, "width" | "height">): Rect {
  const above = height < 10 ? 0 : hasScreenRow(app, height) ? 2 : 1;
  return { x: 0, y: above, width, height: height - above - (height < 10 ? 0 : 2) };
}
