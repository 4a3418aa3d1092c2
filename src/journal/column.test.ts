import { expect, test } from "bun:test";
import { encodeBatch, release } from "./batch.ts";
import { Column } from "./column.ts";

const counted = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i);

test("a column that grows keeps its points and gives the memory of its smaller arrays back", () => {
  const column = new Column();
  column.setAll(counted(10), counted(10));
  const { keys, values } = column;
  column.setAll(
    counted(1000).map((key) => key + 10),
    counted(1000),
  );
  expect([column.length, column.lastKey, column.values[9], column.values[1009]]).toEqual([1010, 1009, 9, 999]);
  expect([keys.length, values.length]).toEqual([0, 0]);
});

test("an emptied column keeps room for what is usual, and not for what once was very much", () => {
  const column = new Column();
  column.setAll(counted(5000), counted(5000));
  column.clear();
  expect([column.length, column.lastKey, column.keys.length >= 5000]).toEqual([0, -1, true]);
  column.setAll(counted(100_000), counted(100_000));
  column.clear();
  expect([column.length, column.keys.length, column.values.length]).toEqual([0, 16, 16]);
  column.setAll(counted(20), counted(20));
  expect([column.length, column.values[19]]).toEqual([20, 19]);
});

test("a batch that was read leaves no memory behind", () => {
  const body = encodeBatch([{ metric: 1, keys: counted(100), values: counted(100) }]);
  release(body);
  expect([body.length, body.buffer.byteLength]).toEqual([0, 0]);
});
