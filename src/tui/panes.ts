/** The two kinds of panels that most screens are made of: a list with a selection, and a text that is longer than its place. */
import type { Scene } from "../core/scene.ts";
import type { Size } from "../panels/data.ts";
import { firstVisible } from "../panels/paint.ts";
import type { AppContext } from "./context.ts";
import type { Pane } from "./pane.ts";
import type { ListId } from "./state.ts";

interface ListPane extends Pick<Pane, "beat" | "scene"> {
  id: ListId;
  /** Besides those of every list. */
  groups?: Pane["groups"];
  rows: number;
  /** What it shows besides its selection and filter. */
  look?: string;
}

/** A list under a row of column titles: its selection stays inside, follows the keys, and goes to where one clicks. */
export function listPane(app: AppContext, { id, groups = [], rows, look = "", beat, scene }: ListPane): Pane {
  const { selected, filter } = app.state;
  const clamp = (row: number): number => Math.max(0, Math.min(rows - 1, row));
  // An empty list may still be on its way: what was selected of it stays.
  if (rows > 0) selected[id] = clamp(selected[id]);
  return {
    id,
    groups: [...groups, "list"],
    look: `${selected[id]} ${filter[id]} ${look}`,
    beat,
    everyMs: 0,
    scene: (size) => withMore(scene(size), rows, size.height - 1, selected[id]),
    move: (by) => {
      selected[id] = clamp(selected[id] + by);
    },
    pick: (row, again) => {
      // The head of the table is the first row of the content.
      const picked = firstVisible(rows, app.paneRows() - 1, selected[id]) + row - 1;
      // The first one has moved a list that is longer than its place: the second one there is meant for what it chose.
      if (!again) selected[id] = clamp(picked);
      return row > 0 && picked < rows;
    },
  };
}

/** Says in the lower border how many rows of a list stand below those that fit. */
function withMore(scene: Scene, rows: number, room: number, selected: number): Scene {
  const below = rows - firstVisible(rows, room, selected) - room;
  if (rows === 0 || below <= 0) return scene;
  return { ...scene, note: [`${below} more below`, scene.note].filter((part) => part !== undefined).join(" · ") };
}

interface TextPane extends Pick<Pane, "id" | "look" | "beat"> {
  everyMs?: number;
  /** All of its text; what fits is cut out here. */
  scene: (size: Size) => Scene;
}

/** A text that is scrolled from its beginning. A scene that is no text, or follows its end, is left as it is. */
export function textPane(app: AppContext, { id, look, beat, everyMs = 0, scene }: TextPane): Pane {
  const { scroll } = app.state;
  const at = scroll[id] ?? 0;
  return {
    id,
    groups: ["list"],
    look: `${look} ${at}`,
    beat,
    everyMs,
    scene: (size) => scrolled(scene(size), size, at, (to) => (scroll[id] = to)),
    move: (by) => {
      scroll[id] = Math.max(0, at + by);
    },
  };
}

/** Scrolled further than there is: `keep` takes how far there is, so that the next step back is seen. */
function scrolled(scene: Scene, { height }: Size, at: number, keep: (to: number) => void): Scene {
  const [text] = scene.blocks;
  if (text?.block.kind !== "text" || text.block.anchor === "bottom") return scene;
  const most = Math.max(0, text.block.lines.length - height);
  const from = Math.min(at, most);
  keep(from);
  const note = most > from ? `${most - from} more below` : scene.note;
  return { ...scene, note, blocks: [{ block: { ...text.block, lines: text.block.lines.slice(from) } }] };
}
