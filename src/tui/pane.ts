/** A panel on a screen: what it draws, when it must be drawn again, and which keys it takes. */
import type { Action } from "../core/action.ts";
import type { Scene } from "../core/scene.ts";
import type { Size } from "../panels/data.ts";
import type { Rect, Slot } from "../screens/arrange.ts";
import type { AppContext } from "./context.ts";
import type { LineEditor } from "./editor.ts";

export type Group = Action<AppContext>["group"];

export interface Pane {
  id: string;
  /** Action groups besides those of its tab. */
  groups: readonly Group[];
  /** Changes with what the user has set: drawn again at once. */
  look: string;
  /** Changes with data: drawn again at the next tick, but not more often than every so many milliseconds. */
  beat: string;
  everyMs: number;
  scene: (size: Size) => Scene;
  /** The kind of panel that it is, with the options that are its own; absent = none of a screen's. */
  shows?: { kind: string; options?: Readonly<Record<string, unknown>> };
  /** Moves by rows: a list's selection or a text's window. `rows` is what fits. */
  move?: (by: number, rows: number) => void;
  /** What of it is shown: it has a filter of its own. */
  filter?: { text: string; set: (text: string) => void };
  /** A click into row `row` of its content, or a second one there; whether it is one of a list's. */
  pick?: (row: number, again: boolean) => boolean;
  /** There is nothing to do in it now: tab passes it by. */
  isPassedBy?: boolean;
  /** Text is typed into it: keys that write something are not actions. */
  editor?: LineEditor;
}

export interface Screen {
  /** Which panels, and where in the body of a terminal of this size. */
  slots: (app: AppContext, size: Size, body: Rect) => Slot[];
  /** Where what is pasted goes from a panel that takes no text; absent = nowhere. */
  pasteInto?: string;
  /** What a panel is called where it is not seen; absent = its id says it. */
  nameOf?: (app: AppContext, id: string) => string;
  /** The panel of that name, made anew for each frame: cheap, its scene is not asked for unless it must be drawn. */
  pane: (app: AppContext, id: string) => Pane;
}
