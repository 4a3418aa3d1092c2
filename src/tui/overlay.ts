/** What lies over a screen: it takes all keys while it is there. And where the mouse finds what. */
import { Canvas, type Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { Key } from "./keys.ts";
import type { Cursor, MouseInput } from "./terminal.ts";

export interface Overlay {
  key(key: Key): void;
  paste?(text: string): void;
  /** Whether it is typed into just now: esc would throw that away. Left out, it is so where a paste is taken. */
  isTyped?: boolean;
  /** Draws itself over the screen; returns where the text cursor is. */
  draw(region: Region, zones: Zones): Cursor;
}

/** All places are counted from the zone's corner. */
export interface ZoneActions {
  press?: (x: number, y: number) => void;
  /** The mouse went on with its button down, from a press in this zone: perhaps to outside of it. */
  drag?: (x: number, y: number) => void;
  /** The button that was pressed in this zone was let go; `moved` when the mouse had left the cell in between. */
  release?: (x: number, y: number, moved: boolean) => void;
  wheel?: (rows: number, x: number, y: number) => void;
  /** What jump mode does with it; its letter stands at this column. */
  jump?: { at: number; to: () => void };
}

/** A place that jump mode leads to, and the cell of its letter. */
export interface Jump {
  x: number;
  y: number;
  to: () => void;
}

interface Zone {
  x: number;
  y: number;
  width: number;
  height: number;
  actions: ZoneActions;
}

/** Rectangles that do something under the mouse, made anew with what is drawn there; what was added last lies on top. */
export class Zones {
  #zones: Zone[] = [];
  /** Where the button went down: what follows belongs to it, through all frames until it is let go. */
  #held: { zone: Zone; x: number; y: number; moved: boolean } | null = null;

  add({ x, y, width, height }: Pick<Region, "x" | "y" | "width" | "height">, actions: ZoneActions): void {
    this.#zones.push({ x, y, width, height, actions });
  }

  /** In the order in which they were added: panels, then tabs, screens and keys. */
  jumps(): Jump[] {
    return this.#zones.flatMap(({ x, y, actions: { jump } }) =>
      jump === undefined ? [] : [{ x: Math.max(0, x + jump.at), y, to: jump.to }],
    );
  }

  get count(): number {
    return this.#zones.length;
  }

  /** Only the first ones stay. */
  cut(count: number): void {
    this.#zones.length = count;
  }

  /** Runs what lies under the mouse, or holds it. Returns whether there was anything. */
  mouse({ kind, x, y, rows }: MouseInput): boolean {
    if (kind === "drag" || kind === "release") return this.#hold(kind, x, y);
    const zone = this.#zones.findLast((z) => x >= z.x && x < z.x + z.width && y >= z.y && y < z.y + z.height);
    if (kind === "press") this.#held = zone === undefined ? null : { zone, x, y, moved: false };
    if (zone === undefined) return false;
    if (kind === "press") zone.actions.press?.(x - zone.x, y - zone.y);
    else zone.actions.wheel?.(rows, x - zone.x, y - zone.y);
    return true;
  }

  #hold(kind: "drag" | "release", x: number, y: number): boolean {
    const held = this.#held;
    if (held === null) return false;
    const { zone } = held;
    held.moved ||= x !== held.x || y !== held.y;
    if (kind === "drag") {
      if (!held.moved) return false;
      zone.actions.drag?.(x - zone.x, y - zone.y);
      return zone.actions.drag !== undefined;
    }
    this.#held = null;
    zone.actions.release?.(x - zone.x, y - zone.y, held.moved);
    return zone.actions.release !== undefined;
  }
}

/** Cells that are read aloud and not shown: boxes take as much as their texts need, as no eye has to follow a row. */
export class HeardCanvas extends Canvas {}

export const isHeard = ({ canvas }: Region): boolean => canvas instanceof HeardCanvas;

/** Below this each cell of text counts for more than what tells a box from the panel behind it. */
const NARROW = 60;

/** Cells that a box may take of a region, its border included: on one column with a panel's border it would be taken for it. */
export const overlayWidth = (region: Region, most: number): number =>
  isHeard(region) ? region.width : Math.min(most, region.width < NARROW ? region.width : region.width - 2);

/** A cleared, bordered box of at most this size in the middle (or at the top) of a region; returns its inside with a margin. */
export function overlayBox(
  region: Region,
  { width, height, title, note, top }: { width: number; height: number; title: string; note?: string; top?: number },
): Region {
  const w = overlayWidth(region, width);
  const h = Math.min(height, region.height);
  const y = top === undefined ? Math.floor((region.height - h) / 2) : Math.min(top, region.height - h);
  const box = region.sub(Math.floor((region.width - w) / 2), y, w, h);
  box.fill("bg");
  const inside = box.box({ title, note, tone: "focus", titleTone: "accent", bold: true });
  return inside.sub(1, 0, inside.width - 2, inside.height);
}

/** What divides the keys that a lower border names: `enter saves · esc leaves`. */
const BETWEEN = " · ";
const NAMED: ReadonlySet<string> = new Set(["enter", "esc", "tab", "?", "/"]);

/**
 * The keys that the lower border around `inside` names do on a click what they do when they are pressed. To be called after the zones
 * that lie under it.
 */
export function pressable(inside: Region, note: string, zones: Zones, press: (key: Key) => void): void {
  // Behind the corner, a line and a space.
  let x = inside.x + 1;
  for (const part of note.split(BETWEEN)) {
    const [name = ""] = part.split(" ");
    const width = Math.min(textWidth(part), inside.x + inside.width - x);
    const key: Key = { name, text: name.length === 1 ? name : null };
    if (NAMED.has(name) && width > 0) zones.add({ x, y: inside.y + inside.height, width, height: 1 }, { press: () => press(key) });
    x += textWidth(part + BETWEEN);
  }
}
