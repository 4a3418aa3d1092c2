/** What lies over a screen: it takes all keys while it is there. And where the mouse finds what. */
import type { Region } from "../lib/canvas.ts";
import type { Key } from "./keys.ts";
import type { Cursor } from "./terminal.ts";

export interface Overlay {
  key(key: Key): void;
  paste?(text: string): void;
  /** Draws itself over the screen; returns where the text cursor is. */
  draw(region: Region, zones: Zones): Cursor;
}

export interface ZoneActions {
  press?: (x: number, y: number) => void;
  wheel?: (rows: number) => void;
}

/** Rectangles that do something under the mouse, made anew with each frame; what was added last lies on top. */
export class Zones {
  #zones: Array<{ x: number; y: number; width: number; height: number; actions: ZoneActions }> = [];

  add({ x, y, width, height }: Pick<Region, "x" | "y" | "width" | "height">, actions: ZoneActions): void {
    this.#zones.push({ x, y, width, height, actions });
  }

  clear(): void {
    this.#zones = [];
  }

  /** Runs what lies under the mouse; press gets the place inside the zone. Returns whether there was anything. */
  mouse(kind: "press" | "wheel", x: number, y: number, rows: number): boolean {
    const zone = this.#zones.findLast((z) => x >= z.x && x < z.x + z.width && y >= z.y && y < z.y + z.height);
    if (zone === undefined) return false;
    if (kind === "press") zone.actions.press?.(x - zone.x, y - zone.y);
    else zone.actions.wheel?.(rows);
    return true;
  }
}

/** A cleared, bordered box of at most this size in the middle (or at the top) of a region; returns its inside with a margin. */
export function overlayBox(
  region: Region,
  { width, height, title, note, top }: { width: number; height: number; title: string; note?: string; top?: number },
): Region {
  const w = Math.min(width, region.width);
  const h = Math.min(height, region.height);
  const y = top === undefined ? Math.floor((region.height - h) / 2) : Math.min(top, region.height - h);
  const box = region.sub(Math.floor((region.width - w) / 2), y, w, h);
  box.fill("bg");
  const inside = box.box({ title, note, tone: "focus", titleTone: "accent", bold: true });
  return inside.sub(1, 0, inside.width - 2, inside.height);
}
