/** A picture in one colour: in braille dots, as many as it is bright, or in ASCII by how dark the letters are. */
import type { Picture } from "../core/scene.ts";
import { type Region, toneIndex } from "../lib/canvas.ts";
import { dithered, fitted, scaled } from "../lib/grey.ts";
import { GRIDS, type Symbols } from "./plot-dots.ts";

/** From nothing to all: each covers more of its cell than the one before. */
const RAMP = " .:-=+*#%@";

/** `onLight`: dots are darker than what they stand on, so that they are for the dark parts. */
export function paintPicture({ grey }: Picture, region: Region, symbols: Symbols, onLight: boolean): void {
  if (grey.width < 1 || grey.height < 1 || region.width < 1 || region.height < 1) return;
  const { across: wide, down: high, glyphs } = GRIDS[symbols];
  // A cell is twice as high as it is wide; a dot of braille and half a block are as high as wide, a letter is not.
  const tall = (wide * 2) / high;
  const room = fitted({ width: grey.width * tall, height: grey.height }, region.width * wide, region.height * high);
  const small = scaled(grey, room.across, room.down);
  const ink = onLight ? { ...small, light: small.light.map((value) => 255 - value) } : small;
  const tone = toneIndex("text");
  const [columns, rows] = [Math.ceil(room.across / wide), Math.ceil(room.down / high)];
  const left = region.x + Math.floor((region.width - columns) / 2);
  const dots = glyphs === null ? null : dithered(ink);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const cell =
        dots === null || glyphs === null
          ? letter(ink.light[y * ink.width + x]!)
          : glyphs[bitsOf(dots, ink, x * wide, y * high, wide, high)]!;
      region.canvas.set(left + x, region.y + y, cell, tone, 0, false);
    }
  }
}

const letter = (value: number): number => RAMP.charCodeAt(Math.min(RAMP.length - 1, Math.floor((value / 256) * RAMP.length)));

function bitsOf(dots: Uint8Array, { width, height }: Picture["grey"], left: number, top: number, wide: number, high: number): number {
  let bits = 0;
  for (let y = 0; y < high && top + y < height; y++) {
    for (let x = 0; x < wide && left + x < width; x++) if (dots[(top + y) * width + left + x] === 1) bits |= 1 << (y * wide + x);
  }
  return bits;
}
