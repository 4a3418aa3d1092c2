/** What can be said of a colour by its numbers. */

/** `#rrggbb`. */
export type HexColour = `#${string}`;

/** The 16 colours of a terminal as xterm has them; others are near to these. */
export const SIXTEEN: ReadonlyArray<readonly [red: number, green: number, blue: number]> = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

/** Red, green and blue as light adds up, 0 to 1: sRGB with its curve taken out (IEC 61966-2-1). */
export function linear(colour: HexColour): [red: number, green: number, blue: number] {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function luminance(colour: HexColour): number {
  const [red, green, blue] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast as WCAG 2 defines it: 1 (none) to 21 (black on white). */
export function contrast(a: HexColour, b: HexColour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
