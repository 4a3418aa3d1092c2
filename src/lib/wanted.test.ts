import { expect, test } from "bun:test";
import { brokenPattern, fitsWords, placesOf } from "./wanted.ts";

test.each([
  ["", "anything", true],
  ["a b", "B and A", true],
  ["a -b", "B and A", false],
  ["-x", "B and A", true],
  ["x | b", "B and A", true],
  ["/^b .*a$/", "B and A", true],
  ["-/^b/", "B and A", false],
  ["/(/", "B and (A)", false],
  ["-", "B-A", true],
])("%p of %p: %p", (filter, text, fits) => {
  expect(fitsWords(filter, [text])).toBe(fits);
});

test("a word between slashes that is no regular expression is told with what is wrong, and no other word", () => {
  expect(brokenPattern("loss -/(/ | x")).toBe("/(/: missing )");
  expect(brokenPattern("/[/")).toStartWith("/[/: ");
  for (const fine of ["", "(", "/(", "/a(b)/ -/c/", "/home/x/", "//"]) expect(brokenPattern(fine)).toBeNull();
});

test("places are those of what must hold, none over another", () => {
  const told = (filter: string, text: string, most = 9): string[] => placesOf(filter, text, most).map(([from, to]) => text.slice(from, to));
  expect(told("step loss -x", "Step 1: loss of step 1")).toEqual(["Step", "loss", "step"]);
  expect(told("step /st.p 1/", "step 1")).toEqual(["step"]);
  expect(told("/\\d+|x*/", "a 12 b 3")).toEqual(["12", "3"]);
  expect(told("a", "aaaa", 2)).toEqual(["a", "a"]);
  expect(told("", "a")).toEqual([]);
});
