import { expect, test } from "bun:test";
import { Canvas } from "../lib/canvas.ts";
import { LineEditor } from "./editor.ts";
import { drawFilter } from "./filter-line.ts";

function drawn(text: string, { width = 100, home = false, help = undefined as string | undefined } = {}): { row: string; cursor: number } {
  const canvas = new Canvas(width, 1);
  const filter = new LineEditor(text);
  if (home) filter.home();
  const cursor = drawFilter(filter, canvas.region(), help);
  return { row: canvas.toText().trimEnd(), cursor };
}

test("a filter that is longer than its place ends before what the keys do, wherever the cursor is in it", () => {
  const long = "abcdefghi ".repeat(12);
  const { row, cursor } = drawn(`${long}END`);
  expect(row).toMatch(/^ \/.*abcdefghi END {3}enter keeps · esc clears$/);
  expect(row[cursor - 1]).toBe("D");
  const first = drawn(long, { home: true });
  expect(first.row).toMatch(/^ \/abcdefghi .*[a-i ] {2}enter keeps · esc clears$/);
  expect(first.cursor).toBe(2);
  // One that is kept is seen from its beginning.
  const canvas = new Canvas(100, 1);
  drawFilter(long, canvas.region());
  expect(canvas.toText().trimEnd()).toBe(first.row);
  // Where nothing is told beside it, the row is its own.
  expect(drawn(long, { home: true, width: 60 }).row).toHaveLength(59);
  expect(drawn(long, { home: true, help: "" }).row.trimEnd()).toHaveLength(99);
});

test("an expression that is none yet is told of all that is typed, and leaves that its half of the row", () => {
  const long = "word ".repeat(30);
  expect(drawn(`/(/ ${long}END`).row).toMatch(/word END {3}no expression yet: \/\(\/: missing \)$/);
  const { row, cursor } = drawn(`/(${"x".repeat(120)}/`);
  expect(row).toMatch(/xxx\/ {3}no expression yet: .*…$/);
  expect(cursor).toBeGreaterThan(40);
  expect(row.length).toBeLessThan(100);
});
