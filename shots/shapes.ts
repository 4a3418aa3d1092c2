/** Collects what is drawn as shapes, and writes one path for all that has one colour. */
import { type Arms, block, boxArms, brailleDots, CELL_HEIGHT, CELL_WIDTH, shapesOf } from "./glyphs.ts";

const THIN = 1.3;
const THICK = 3;
const DOT = 3;
const RADIUS = 5;
const DASH = 3;

const number = (value: number): string => String(Math.round(value * 100) / 100);

interface Line {
  fixed: number;
  from: number;
  to: number;
}

/** Lines in one direction; one that begins where another ends makes it longer. */
class Lines {
  readonly all: Line[] = [];
  readonly #ends = new Map<string, Line>();

  add(fixed: number, from: number, to: number): void {
    const before = this.#ends.get(`${fixed} ${from}`);
    if (before !== undefined) before.to = to;
    const line = before ?? { fixed, from, to };
    if (before === undefined) this.all.push(line);
    this.#ends.delete(`${fixed} ${from}`);
    this.#ends.set(`${fixed} ${to}`, line);
  }
}

/** All that is drawn in one colour. */
class Layer {
  readonly across = { 1: new Lines(), 2: new Lines() };
  readonly down = { 1: new Lines(), 2: new Lines() };
  /** By opacity and height: side by side they are one. */
  readonly blocks = new Map<string, { opacity: number; height: number; lines: Lines }>();
  dots = "";
  strokes = "";
  fills = "";
  #dot = { x: 0, y: 0 };

  /** A line without length has round ends. Steps are shorter to write than places. */
  dot(x: number, y: number): void {
    this.dots += `${this.dots === "" ? "M" : "m"}${number(x - this.#dot.x)} ${number(y - this.#dot.y)}h0`;
    this.#dot = { x, y };
  }
}

export class Shapes {
  readonly #layers = new Map<string, Layer>();
  readonly #backgrounds = new Map<string, Lines>();

  background(x: number, y: number, cells: number, colour: string): void {
    const rows = this.#backgrounds.get(colour) ?? new Lines();
    this.#backgrounds.set(colour, rows);
    rows.add(y * CELL_HEIGHT, x * CELL_WIDTH, (x + cells) * CELL_WIDTH);
  }

  /** Draws a character into a cell; false when it is none of those that are drawn. */
  add(char: string, x: number, y: number, colour: string): boolean {
    const layer = this.#layers.get(colour) ?? new Layer();
    const drawn = draw(layer, char, x * CELL_WIDTH, y * CELL_HEIGHT);
    if (drawn) this.#layers.set(colour, layer);
    return drawn;
  }

  backgrounds(): string {
    const written = ([colour, { all }]: [string, Lines]): string =>
      path(all.map((one) => rectangle(one, CELL_HEIGHT)).join(""), fill(colour, 1));
    return [...this.#backgrounds].map(written).join("");
  }

  paths(): string {
    return [...this.#layers].map(([colour, layer]) => written(colour, layer)).join("");
  }
}

const rectangle = ({ fixed, from, to }: Line, height: number): string =>
  `M${number(from)} ${number(fixed)}H${number(to)}v${number(height)}H${number(from)}z`;

function draw(layer: Layer, char: string, left: number, top: number): boolean {
  const box = boxArms(char);
  if (box !== null) return drawBox(layer, box, left, top);
  const dots = brailleDots(char);
  if (dots !== null) {
    for (const [x, y] of dots) layer.dot(left + x, top + y);
    return true;
  }
  const part = block(char);
  if (part !== null) {
    const { x, y, width, height, opacity } = part;
    const key = `${opacity} ${height}`;
    const blocks = layer.blocks.get(key) ?? { opacity, height, lines: new Lines() };
    layer.blocks.set(key, blocks);
    blocks.lines.add(top + y, left + x, left + x + width);
    return true;
  }
  const shapes = shapesOf(char);
  for (const { at, path: steps, filled } of shapes ?? []) {
    const one = `M${number(left + at[0])} ${number(top + at[1])}${steps}`;
    if (filled) layer.fills += one;
    else layer.strokes += one;
  }
  return shapes !== null;
}

function drawBox(layer: Layer, box: Arms, left: number, top: number): boolean {
  const [x, y, right, bottom] = [left + CELL_WIDTH / 2, top + CELL_HEIGHT / 2, left + CELL_WIDTH, top + CELL_HEIGHT];
  if (box.round) {
    const [edgeX, edgeY] = [box.right > 0 ? right : left, box.down > 0 ? bottom : top];
    layer.strokes += `M${x} ${edgeY}V${y + (box.down > 0 ? RADIUS : -RADIUS)}Q${x} ${y} ${edgeX} ${y}`;
    return true;
  }
  if (box.dashed) {
    layer.strokes +=
      box.left > 0 ? `M${left + 1} ${y}h${DASH}m2 0h${DASH}` : [2, 7, 12, 17].map((at) => `M${x} ${top + at - 1}v${DASH}`).join("");
    return true;
  }
  if (box.left > 0) layer.across[box.left as 1 | 2].add(y, left, x);
  if (box.right > 0) layer.across[box.right as 1 | 2].add(y, x, right);
  if (box.up > 0) layer.down[box.up as 1 | 2].add(x, top, y);
  if (box.down > 0) layer.down[box.down as 1 | 2].add(x, y, bottom);
  return true;
}

const fill = (colour: string, opacity: number): string =>
  `fill="${colour}"${opacity === 1 ? "" : ` fill-opacity="${opacity}"`} shape-rendering="crispEdges"`;
const stroke = (colour: string, width: number, more = ""): string => `fill="none" stroke="${colour}" stroke-width="${width}"${more}`;
const path = (steps: string, look: string): string => (steps === "" ? "" : `<path ${look} d="${steps}"/>\n`);
const lines = (across: Lines, down: Lines): string =>
  across.all.map(({ fixed, from, to }) => `M${from} ${fixed}H${to}`).join("") +
  down.all.map(({ fixed, from, to }) => `M${fixed} ${from}V${to}`).join("");

function written(colour: string, { across, down, blocks, dots, strokes, fills }: Layer): string {
  return [
    ...[...blocks.values()].map(({ opacity, height, lines: { all } }) =>
      path(all.map((one) => rectangle(one, height)).join(""), fill(colour, opacity)),
    ),
    path(lines(across[1], down[1]) + strokes, stroke(colour, THIN)),
    path(lines(across[2], down[2]), stroke(colour, THICK)),
    path(dots, stroke(colour, DOT, ' stroke-linecap="round"')),
    path(fills, `fill="${colour}"`),
  ].join("");
}
