import { expect, test } from "bun:test";
import { sentence } from "./result.ts";

test("a reason of several lines is a list, and what to do stands below it", () => {
  const failure = {
    code: "usage",
    what: "The file is no screen",
    why: "a: no panel los. Did you mean loss?\na: no title.",
    remedy: "Mend it",
  } as const;
  expect(sentence(failure)).toBe("The file is no screen:\na: no panel los. Did you mean loss?\na: no title.\nMend it.");
  expect(sentence({ ...failure, why: "a: no title" })).toBe("The file is no screen: a: no title. Mend it.");
});
