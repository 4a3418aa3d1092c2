/**
 * A picture in cells: two points of colour in each, where there are colours; else in one colour, in braille dots, as many as
 * it is bright, or in ASCII by how dark the letters are.
 */
import type { Picture } from "../core/scene.ts";
import { colourCell, type Region, toneIndex } from "../lib/canvas.ts";
import { SIXTEEN } from "../lib/colour.ts";
import { dithered, fitted, greyOf, inColours, scaled } from "../lib/pixels.ts";
import { GRIDS, type Symbols } from "./plot-dots.ts";

/** `all`: any colour; `few`: the 16 of a terminal; `none`: one tone. */
export type Colours = "all" | "few" | "none";

export interface PictureInk {
  symbols: Symbols;
  /** Dots are darker than what they stand on, so that they are for the dark parts. */
  onLight: boolean;
  colours: Colours;
}

/** From nothing to all: each covers more of its cell than the one before. */
const RAMP = " .:-=+*#%@";
/** Upper half of a cell; the lower one is its background. */
const UPPER_HALF = 0x2580;

export function paintPicture({ pixels }: Picture, region: Region, { symbols, onLight, colours }: PictureInk): void {
  if (pixels.width < 1 || pixels.height < 1 || region.width < 1 || region.height < 1) return;
  if (colours !== "none" && symbols === "braille") paintColours(pixels, region, colours);
  else paintDots(pixels, region, symbols, onLight);
}

function paintColours(pixels: Picture["pixels"], { canvas, x: left, y: top, width, height }: Region, colours: Colours): void {
  const room = fitted(pixels, width, height * 2);
  const small = scaled(pixels, room.across, room.down);
  const inFew = colours === "few" ? inColours(small, SIXTEEN) : null;
  const colourAt = (point: number): number => {
    const [red, green, blue] = inFew === null ? small.rgb.subarray(point * 3, point * 3 + 3) : SIXTEEN[inFew[point]!]!;
    return colourCell(red!, green!, blue!);
  };
  const start = left + Math.floor((width - room.across) / 2);
  for (let y = 0; y < Math.ceil(room.down / 2); y++) {
    for (let x = 0; x < room.across; x++) {
      canvas.set(start + x, top + y, UPPER_HALF, colourAt(2 * y * room.across + x), 0, false);
      if (2 * y + 1 < room.down) canvas.bg[(top + y) * canvas.width + start + x] = colourAt((2 * y + 1) * room.across + x);
    }
  }
}

function paintDots(pixels: Picture["pixels"], region: Region, symbols: Symbols, onLight: boolean): void {
  const { across: wide, down: high, glyphs } = GRIDS[symbols];
  // A cell is twice as high as it is wide; a dot of braille and half a block are as high as wide, a letter is not.
  const tall = (wide * 2) / high;
  const room = fitted({ width: pixels.width * tall, height: pixels.height }, region.width * wide, region.height * high);
  const ink = greyOf(scaled(pixels, room.across, room.down), onLight);
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

function bitsOf(
  dots: Uint8Array,
  { width, height }: Pick<Picture["pixels"], "width" | "height">,
  left: number,
  top: number,
  wide: number,
  high: number,
): number {
  let bits = 0;
  for (let y = 0; y < high && top + y < height; y++) {
    for (let x = 0; x < wide && left + x < width; x++) if (dots[(top + y) * width + left + x] === 1) bits |= 1 << (y * wide + x);
  }
  return bits;
}
