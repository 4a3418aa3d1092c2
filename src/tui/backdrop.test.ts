import { expect, test } from "bun:test";
import { Canvas } from "../lib/canvas.ts";
import { Backdrop } from "./backdrop.ts";
import type { Painter, Placed } from "./painter.ts";

/** A painter whose panels are filled with a letter each. */
class Letters {
  readonly drawn = new Map<string, { canvas: Canvas; drawing: number }>();
  #count = 0;

  draw(id: string, width: number, height: number): void {
    const canvas = new Canvas(width, height);
    for (let y = 0; y < height; y++) canvas.region().put(0, y, id.repeat(width));
    this.drawn.set(id, { canvas, drawing: ++this.#count });
  }

  canvas = (id: string) => this.drawn.get(id)?.canvas ?? null;
  drawing = (id: string) => this.drawn.get(id)?.drawing ?? 0;
}

const at = (id: string, x: number, y: number, width: number, height: number) =>
  ({ pane: { id }, rect: { x, y, width, height } }) as unknown as Placed;

function setUp(): { painter: Letters; show: (...placed: Placed[]) => string[] } {
  const painter = new Letters();
  const backdrop = new Backdrop();
  return {
    painter,
    show: (...placed) => {
      const canvas = new Canvas(6, 3);
      backdrop.draw(canvas, placed, painter as unknown as Painter);
      return canvas.toText().split("\n");
    },
  };
}

test("panels stand where they belong, and one that is drawn anew is shown anew", () => {
  const { painter, show } = setUp();
  painter.draw("a", 3, 2);
  painter.draw("b", 3, 2);
  expect(show(at("a", 0, 0, 3, 2), at("b", 3, 0, 3, 2))).toEqual(["aaabbb", "aaabbb", ""]);
  painter.draw("b", 3, 1);
  painter.draw("b", 3, 2);
  painter.canvas("b")?.region().put(0, 1, "new");
  expect(show(at("a", 0, 0, 3, 2), at("b", 3, 0, 3, 2))).toEqual(["aaabbb", "aaanew", ""]);
});

test("one that was drawn for a larger place leaves nothing outside of the one that it has now, before and after it is drawn for it", () => {
  const { painter, show } = setUp();
  painter.draw("a", 6, 3);
  expect(show(at("a", 0, 0, 6, 3))).toEqual(["aaaaaa", "aaaaaa", "aaaaaa"]);
  expect(show(at("a", 1, 0, 3, 2))).toEqual([" aaa", " aaa", ""]);
  painter.draw("a", 3, 2);
  expect(show(at("a", 1, 0, 3, 2))).toEqual([" aaa", " aaa", ""]);
});

test("a panel that is not there any more, and one that was never drawn, leave nothing", () => {
  const { painter, show } = setUp();
  painter.draw("a", 6, 3);
  show(at("a", 0, 0, 6, 3));
  expect(show(at("b", 0, 0, 6, 3))).toEqual(["", "", ""]);
});
