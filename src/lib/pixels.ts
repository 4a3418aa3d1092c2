/** Pictures as plain memory: made smaller or larger, in fewer colours, and as dots where there are no colours at all. */

/** Red, green and blue of each point, row by row, 0 to 255. */
export interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** Brightness row by row, 0 black to 255 white. */
interface Grey {
  width: number;
  height: number;
  light: Uint8Array;
}

/** The picture at another size: each new point is the mean of what it covers, at least of one. */
export function scaled({ width, height, rgb }: Pixels, across: number, down: number): Pixels {
  const to: Pixels = { width: across, height: down, rgb: new Uint8Array(across * down * 3) };
  for (let y = 0; y < down; y++) {
    const [top, bottom] = covered(y, down, height);
    for (let x = 0; x < across; x++) {
      const [left, right] = covered(x, across, width);
      let [red, green, blue] = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let i = (row * width + left) * 3; i < (row * width + right) * 3; i += 3) {
          red += rgb[i]!;
          green += rgb[i + 1]!;
          blue += rgb[i + 2]!;
        }
      }
      const points = (bottom - top) * (right - left);
      const at = (y * across + x) * 3;
      to.rgb[at] = Math.round(red / points);
      to.rgb[at + 1] = Math.round(green / points);
      to.rgb[at + 2] = Math.round(blue / points);
    }
  }
  return to;
}

function covered(i: number, of: number, points: number): [from: number, to: number] {
  const from = Math.min(points - 1, Math.floor((i * points) / of));
  return [from, Math.max(from + 1, Math.floor(((i + 1) * points) / of))];
}

/** The largest size of the same shape inside of so many points; at least one each way. */
export function fitted(
  { width, height }: Pick<Pixels, "width" | "height">,
  across: number,
  down: number,
): { across: number; down: number } {
  const by = Math.min(across / width, down / height);
  return { across: Math.max(1, Math.min(across, Math.round(width * by))), down: Math.max(1, Math.min(down, Math.round(height * by))) };
}

/** Brightness as eyes see it (ITU-R BT.601); of the negative with `negative`. */
export function greyOf({ width, height, rgb }: Pixels, negative = false): Grey {
  const light = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < light.length; i++, at += 3) {
    const luma = Math.round(rgb[at]! * 0.299 + rgb[at + 1]! * 0.587 + rgb[at + 2]! * 0.114);
    light[i] = negative ? 255 - luma : luma;
  }
  return { width, height, light };
}

/** 1 for a dot, 0 for none, as many dots as the picture is bright: what a point is rounded by goes on to its neighbours. */
export function dithered({ width, height, light }: Grey): Uint8Array {
  const dots = new Uint8Array(width * height);
  diffuse(width, height, 1, Float32Array.from(light), (left, at, rest) => {
    const value = left[at]!;
    dots[at] = value >= 128 ? 1 : 0;
    rest[0] = value - (dots[at] === 1 ? 255 : 0);
  });
  return dots;
}

/** The picture in some colours alone, mixed of points of them: of each point the number of its colour. */
export function inColours({ width, height, rgb }: Pixels, colours: ReadonlyArray<readonly [number, number, number]>): Uint8Array {
  const chosen = new Uint8Array(width * height);
  diffuse(width, height, 3, Float32Array.from(rgb), (left, at, rest) => {
    const point = [left[at * 3]!, left[at * 3 + 1]!, left[at * 3 + 2]!] as const;
    const nearest = nearestOf(point, colours);
    chosen[at] = nearest;
    for (const i of [0, 1, 2] as const) rest[i] = Math.max(-255, Math.min(255, point[i] - colours[nearest]![i]));
  });
  return chosen;
}

type Rgb = readonly [number, number, number];

function nearestOf([red, green, blue]: Rgb, colours: readonly Rgb[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (const [i, [r, g, b]] of colours.entries()) {
    // Eyes tell greens apart best and blues worst: weights of the brightness.
    const distance = 0.299 * (red - r) ** 2 + 0.587 * (green - g) ** 2 + 0.114 * (blue - b) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** Rounds each point in turn; what it is rounded by goes on by Floyd and Steinberg's shares: right 7, below left 3, below 5, below right 1, of 16. */
function diffuse(
  width: number,
  height: number,
  channels: number,
  left: Float32Array,
  round: (left: Float32Array, at: number, rest: Float32Array) => void,
): void {
  const rest = new Float32Array(channels);
  const give = (at: number, share: number): void => {
    for (let i = 0; i < channels; i++) left[at * channels + i]! += (rest[i]! * share) / 16;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      round(left, at, rest);
      if (x + 1 < width) give(at + 1, 7);
      if (y + 1 >= height) continue;
      if (x > 0) give(at + width - 1, 3);
      give(at + width, 5);
      if (x + 1 < width) give(at + width + 1, 1);
    }
  }
}
