import { expect, test } from "bun:test";
import { COMMITS, captured } from "./captures/capture.ts";
import { CATEGORIES, categoryOf } from "./categories.ts";

const names = [
  ...new Set(COMMITS.flatMap((commit) => captured(commit).scripts.flatMap(({ parameters }) => parameters.map(({ name }) => name)))),
];

test("every parameter of all eight versions has a category, and no category names one that never was", () => {
  expect(names.filter((name) => categoryOf(name) === null)).toEqual([]);
  expect(CATEGORIES.flatMap(({ parameters }) => parameters).filter((name) => !names.includes(name))).toEqual([]);
});

test("a parameter is in one category, and one that nobody knows in none", () => {
  const all = CATEGORIES.flatMap(({ parameters }) => parameters);
  expect(new Set(all).size).toBe(all.length);
  expect(categoryOf("made_up")).toBeNull();
  expect(categoryOf("made_up", [...CATEGORIES, { id: "mine", title: "Mine", parameters: ["made_up"] }])?.id).toBe("mine");
});
