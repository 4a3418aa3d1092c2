/** Draws panels into canvases of their own and keeps them until they have to change. */
import type { Scene } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { innerSize, paint } from "../panels/paint.ts";
import type { Symbols } from "../panels/plot-dots.ts";
import type { Rect } from "../screens/arrange.ts";
import type { Pane } from "./pane.ts";

export interface Placed {
  pane: Pane;
  rect: Rect;
  focused: boolean;
  /** All panels of its slot. */
  slot: readonly string[];
  /** What those are called that are not seen: they are named in the lower border. */
  behind: readonly string[];
}

interface Drawn {
  canvas: Canvas;
  scene: Scene;
  /** All that makes it look as it does, except data. */
  look: string;
  beat: string;
  at: number;
}

export class Painter {
  #drawn = new Map<string, Drawn>();
  /** Some panel has new data and was drawn too short a time ago to show it: the next tick must not be far. */
  waiting = false;

  constructor(private readonly symbols: () => Symbols) {}

  /**
   * Brings panels up to date until the budget is used up. `urgent` draws only what looks different by the user's doing;
   * new data waits for the tick. Returns whether nothing is left to do and whether anything was drawn.
   */
  update(placed: readonly Placed[], budgetMs: number, urgent: boolean, now: number): { done: boolean; drew: boolean } {
    const start = performance.now();
    let drew = false;
    if (!urgent) this.waiting = false;
    // The one that keys go to first: when the time is up, it is the others that come a moment later.
    const ordered = [...placed].sort((a, b) => Number(b.focused) - Number(a.focused));
    for (const one of ordered) {
      if (!this.#needed(one, urgent, now)) continue;
      // At least one each time, so that a slow panel is late but never left out.
      if (drew && performance.now() - start > budgetMs) return { done: false, drew };
      this.#draw(one, now);
      drew = true;
    }
    return { done: true, drew };
  }

  /** The panel as it was drawn last, or an empty one. */
  canvas(id: string): Canvas | null {
    return this.#drawn.get(id)?.canvas ?? null;
  }

  /** What the panel wanted drawn last, or null. */
  scene(id: string): Scene | null {
    return this.#drawn.get(id)?.scene ?? null;
  }

  forget(): void {
    this.#drawn.clear();
  }

  #needed(one: Placed, urgent: boolean, now: number): boolean {
    const drawn = this.#drawn.get(one.pane.id);
    if (drawn === undefined || drawn.look !== this.#look(one)) return true;
    if (urgent || drawn.beat === one.pane.beat) return false;
    const due = now - drawn.at >= one.pane.everyMs;
    if (!due) this.waiting = true;
    return due;
  }

  #look({ pane, rect, focused, slot }: Placed): string {
    return `${rect.width}x${rect.height} ${focused} ${slot.length} ${this.symbols()} ${pane.look}`;
  }

  #draw(one: Placed, now: number): void {
    const { pane, rect, focused, behind } = one;
    const before = this.#drawn.get(pane.id)?.canvas;
    const canvas = before?.width === rect.width && before.height === rect.height ? before : new Canvas(rect.width, rect.height);
    canvas.clear();
    const scene = pane.scene(innerSize(rect.width, rect.height));
    const note = [scene.note, behind.length > 0 ? `tab ${behind.join(" · ")}` : undefined].filter((part) => part !== undefined).join(" · ");
    paint({ ...scene, note }, canvas.region(), { symbols: this.symbols(), focused });
    this.#drawn.set(pane.id, { canvas, scene, look: this.#look(one), beat: pane.beat, at: now });
  }
}
