/** Jump mode: a letter stands at everything that one can go to, and typing it goes there. */
import { ownColour, type Region, toneIndex } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { Key } from "./keys.ts";
import type { Jump, Overlay, Zones } from "./overlay.ts";

/** Panels come first and get the letters under the fingers; what is beyond the last one has its own key or the mouse. */
const LETTERS = [..."asdfghjklqwertyuiopzxcvbnm", ..."ASDFGHJKLQWERTYUIOPZXCVBNM"];

const NOTE = " a letter goes there · esc leaves ";

export class JumpOverlay implements Overlay {
  #places = new Map<string, Jump>();

  constructor(private readonly close: () => void) {}

  key({ text }: Key): void {
    const place = this.#places.get(text ?? "");
    this.close();
    place?.to();
  }

  draw(region: Region, zones: Zones): null {
    const { canvas } = region;
    canvas.fg.fill(toneIndex("muted"));
    for (let i = 0; i < canvas.bg.length; i++) if (ownColour(canvas.bg[i]!) !== null) canvas.bg[i] = toneIndex("bg");
    canvas.attributes.fill(0);
    this.#places = new Map(zones.jumps().flatMap((jump, i) => (LETTERS[i] === undefined ? [] : [[LETTERS[i], jump]])));
    for (const [letter, { x, y }] of this.#places) region.put(x, y, letter, { tone: "accent", bold: true, reverse: true });
    region.put(Math.max(0, region.width - textWidth(NOTE)), region.height - 1, NOTE, { tone: "accent", bold: true });
    zones.add(region, { press: () => this.close() });
    return null;
  }
}
