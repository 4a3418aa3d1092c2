/** Pictures as brightness: made smaller or larger, and dithered into dots, where there are no colours to draw them with. */

/** Brightness row by row, 0 black to 255 white. */
export interface Grey {
  width: number;
  height: number;
  light: Uint8Array;
}

/** The picture at another size: each new point is the mean of what it covers, at least of one. */
export function scaled({ width, height, light }: Grey, across: number, down: number): Grey {
  const to: Grey = { width: across, height: down, light: new Uint8Array(across * down) };
  for (let y = 0; y < down; y++) {
    const [top, bottom] = covered(y, down, height);
    for (let x = 0; x < across; x++) {
      const [left, right] = covered(x, across, width);
      let sum = 0;
      for (let row = top; row < bottom; row++) for (let i = row * width + left; i < row * width + right; i++) sum += light[i]!;
      to.light[y * across + x] = Math.round(sum / ((bottom - top) * (right - left)));
    }
  }
  return to;
}

function covered(i: number, of: number, points: number): [from: number, to: number] {
  const from = Math.min(points - 1, Math.floor((i * points) / of));
  return [from, Math.max(from + 1, Math.floor(((i + 1) * points) / of))];
}

/** The largest size of the same shape inside of so many points; at least one each way. */
export function fitted({ width, height }: Pick<Grey, "width" | "height">, across: number, down: number): { across: number; down: number } {
  const by = Math.min(across / width, down / height);
  return { across: Math.max(1, Math.min(across, Math.round(width * by))), down: Math.max(1, Math.min(down, Math.round(height * by))) };
}

/** 1 for a dot, 0 for none, as many dots as the picture is bright: what a point is rounded by goes on to its neighbours. */
export function dithered({ width, height, light }: Grey): Uint8Array {
  const dots = new Uint8Array(width * height);
  const left = Float32Array.from(light);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const value = left[at]!;
      if (value >= 128) dots[at] = 1;
      const rest = value - (dots[at] === 1 ? 255 : 0);
      // Floyd and Steinberg's shares: right 7, then below left 3, below 5, below right 1, of 16.
      if (x + 1 < width) left[at + 1]! += (rest * 7) / 16;
      if (y + 1 >= height) continue;
      if (x > 0) left[at + width - 1]! += (rest * 3) / 16;
      left[at + width]! += (rest * 5) / 16;
      if (x + 1 < width) left[at + width + 1]! += rest / 16;
    }
  }
  return dots;
}
