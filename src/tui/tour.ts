/** Five lines for whoever is here for the first time: a card that takes no key away. */
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { position } from "../panels/data.ts";
import type { AppContext } from "./context.ts";
import type { Zones } from "./overlay.ts";
import { isWriting } from "./read-only.ts";

/** Each line: actions by id, whose keys stand before what they are for. */
const LINES: ReadonlyArray<readonly [ids: readonly string[], what: string, between?: string]> = [
  [["palette", "help"], "find everything by its name; the keys of where you are"],
  [["tab.setup", "tab.runs"], "or a click: the six tabs", "–"],
  [["focus.next", "jump", "maximise"], "next panel; to anything by one letter; one panel large"],
  [["run.save", "run.patch", "run.stop"], "save, patch, stop the run, which goes on without this window"],
  [["screen.next", "screen.edit", "theme"], "other screens of a run; make your own; other colours"],
];

/** Below this it would hide what one came for. */
const LEAST = { width: 60, height: 14 };

/** Once, never where it could not be kept that it was seen, and not before there is something to be seen of the run that one came for. */
export function offerTour(app: AppContext): void {
  const { state } = app;
  if (state.toured || state.tour || app.readOnly) return;
  const facts = app.facts();
  if (facts !== null && position(facts) === null) return;
  state.tour = true;
  app.touch();
}

/** Draws it into the lower right corner, as long as it is there. */
export function drawTour(app: AppContext, region: Region, zones: Zones): void {
  if (!app.state.tour || region.width < LEAST.width || region.height < LEAST.height) return;
  const keyOf = (id: string): string => app.actions.find((action) => action.id === id)?.keys[0] ?? ":";
  const lines = LINES.filter(([ids]) => !app.readOnly || !ids.every(isWriting)).map(([ids, what, between = " "]) => ({
    keys: ids.map(keyOf).join(between),
    what,
  }));
  const column = Math.max(...lines.map(({ keys }) => textWidth(keys))) + 2;
  const width = Math.min(region.width - 2, column + Math.max(...lines.map(({ what }) => textWidth(what))) + 4);
  const box = region.sub(region.width - width - 1, region.height - lines.length - 2, width, lines.length + 2);
  box.fill("bg");
  const inside = box.box({ title: "welcome", note: "any key closes it, and works", tone: "focus", titleTone: "accent", bold: true });
  lines.forEach(({ keys, what }, y) => {
    inside.put(1, y, keys, { tone: "accent", bold: true });
    inside.sub(column + 1, y, inside.width - column - 1, 1).line(0, 0, [{ text: what }]);
  });
  zones.add(box, { press: () => closeTour(app) });
}

/** It has been seen; a key that closes it does what it always does. */
export function closeTour(app: AppContext): void {
  if (!app.state.tour) return;
  app.state.tour = false;
  app.state.toured = true;
  app.touch();
}
