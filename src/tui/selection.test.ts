import { expect, test } from "bun:test";
import { select, selectedOf } from "./selection.ts";
import { initialState } from "./state.ts";

const state = initialState("runs");
const chosen = (...rows: string[]): string | undefined => selectedOf(state, "runs", rows, (row) => row);

test("what was selected stays so where rows come and go, and what is gone gives way to what stands in its place", () => {
  select(state, "runs", 1);
  expect(chosen("a", "b", "c")).toBe("b");
  expect(chosen("new", "a", "b", "c")).toBe("b");
  expect(state.selected.runs).toBe(2);
  expect(chosen()).toBeUndefined();
  expect(chosen("b", "c")).toBe("b");
  expect(chosen("c", "d")).toBe("c");
  select(state, "runs", 0);
  expect(chosen("e", "c")).toBe("e");
  state.selected.runs = 9;
  expect(chosen("e", "c")).toBe("c");
});

test("a list that is narrowed anew begins at its first row", () => {
  select(state, "runs", 0);
  expect(chosen("a", "b")).toBe("a");
  state.filter.runs = "x";
  expect(chosen("b", "a")).toBe("b");
});
