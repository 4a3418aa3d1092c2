/** Draws panels into canvases of their own and keeps them until they have to change. */
import { type KeyOf, usualKey } from "../core/keys.ts";
import type { Scene } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { innerSize, paint } from "../panels/paint.ts";
import type { PictureInk } from "../panels/paint-picture.ts";
import type { Rect } from "../screens/arrange.ts";
import type { Pane } from "./pane.ts";

export interface Placed {
  pane: Pane;
  rect: Rect;
  focused: boolean;
  /** The focus was put there by the person, and is not where it usually is. */
  chosen: boolean;
  /** All panels of its slot. */
  slot: readonly string[];
  /** What those are called that are not seen, the nearest first: they are named in the lower border. */
  behind: readonly string[];
}

interface Drawn {
  canvas: Canvas;
  scene: Scene;
  /** All that makes it look as it does, except data. */
  look: string;
  beat: string;
  at: number;
  /** How long that took. */
  tookMs: number;
  /** Another number each time that it is drawn. */
  drawing: number;
}

/** Panels that are not called on the screen as they are in the program. */
const CALLED: Readonly<Record<string, string>> = { ledger: "stages", models: "checkpoints", transcript: "chat", prompt: "say" };

/** Corners, lines and air beside a note. */
const AROUND_NOTE = 6;

/** A note, and the names of the panels that a key brings to the front; those that have no room are counted. */
export function withBehind(note: string | undefined, behind: readonly string[], cells: number, key = "tab"): string | undefined {
  if (behind.length === 0) return note;
  const names = behind.map((id) => CALLED[id] ?? id);
  const told = (shown: number): string => {
    const rest = names.length - shown;
    const list = [...names.slice(0, shown), ...(rest > 0 ? [`${rest} ${shown > 0 ? "more" : "panels"}`] : [])];
    return [...(note === undefined ? [] : [note]), `${key} ${list.join(" · ")}`].join(" · ");
  };
  let shown = names.length;
  while (shown > 0 && textWidth(told(shown)) > cells) shown--;
  return told(shown);
}

export class Painter {
  #drawn = new Map<string, Drawn>();
  /** How many times a panel was drawn since the start. */
  drawings = 0;
  /** Some panel has new data and was drawn too short a time ago to show it: the next tick must not be far. */
  waiting = false;

  constructor(
    private readonly ink: () => PictureInk,
    private readonly keyOf: KeyOf = usualKey,
  ) {}

  /**
   * Brings panels up to date until the budget is used up. `urgent` draws only what looks different by the user's doing;
   * new data waits for the tick. Returns whether nothing is left to do and whether anything was drawn.
   */
  update(placed: readonly Placed[], budgetMs: number, urgent: boolean, now: number): { done: boolean; drew: boolean } {
    const start = performance.now();
    let drew = false;
    if (!urgent) this.waiting = false;
    for (const one of this.#ordered(placed)) {
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

  /** The same until the panel is drawn again; 0 = never drawn. */
  drawing(id: string): number {
    return this.#drawn.get(id)?.drawing ?? 0;
  }

  /** What the panel wanted drawn last, or null. */
  scene(id: string): Scene | null {
    return this.#drawn.get(id)?.scene ?? null;
  }

  forget(): void {
    this.#drawn.clear();
  }

  /**
   * When the time is up the others come a moment later: so the panel that keys were sent to is first, else a chart, which is what most
   * keys are for, and of the charts the one that is drawn the soonest.
   */
  #ordered(placed: readonly Placed[]): Placed[] {
    const rank = ({ pane, chosen }: Placed): number => (chosen ? 0 : pane.groups.includes("chart") ? 1 : 2);
    const took = ({ pane }: Placed): number => this.#drawn.get(pane.id)?.tookMs ?? 0;
    return [...placed].sort((a, b) => rank(a) - rank(b) || took(a) - took(b));
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
    return `${rect.width}x${rect.height} ${focused} ${slot.length} ${Object.values(this.ink()).join(" ")} ${pane.look}`;
  }

  #draw(one: Placed, now: number): void {
    const began = performance.now();
    const { pane, rect, focused, behind, slot } = one;
    const before = this.#drawn.get(pane.id)?.canvas;
    const canvas = before?.width === rect.width && before.height === rect.height ? before : new Canvas(rect.width, rect.height);
    canvas.clear();
    const scene = pane.scene(innerSize(rect.width, rect.height));
    // From the last of them the next panel is another slot's.
    const key = this.keyOf(slot.at(-1) === pane.id ? "focus.previous" : "focus.next");
    const note = withBehind(scene.note, behind, rect.width - AROUND_NOTE, key);
    paint({ ...scene, note }, canvas.region(), { ...this.ink(), focused });
    this.#drawn.set(pane.id, {
      canvas,
      scene,
      look: this.#look(one),
      beat: pane.beat,
      at: now,
      tookMs: performance.now() - began,
      drawing: ++this.drawings,
    });
  }
}
