import { expect, test } from "bun:test";
import { FakeData, fakeFacts, fakeState } from "./fake-data.ts";
import { namedBaselines, stampedName } from "./run-names.ts";

test("a run is not laid beside itself, as in a panel of its own between those of the others", () => {
  const facts = (id: string, name: string) => fakeFacts(new FakeData(), { state: fakeState({ id, name }) });
  const [own, other] = [facts("20260101-120000-own", "own"), facts("20260101-110000-other", "other")];
  expect(namedBaselines(own, [other, own]).map(({ name }) => name)).toEqual(["other"]);
  expect(namedBaselines(own, [own])).toEqual([]);
});

test("a run by itself is called by its name, as it is now, and when it began", () => {
  const run = { id: "20260101-120000-first", name: "first" };
  expect(stampedName(run)).toBe("first 20260101-120000");
  expect(stampedName({ ...run, about: { name: "best" } })).toBe("best 20260101-120000");
  expect(stampedName({ id: "odd", name: "first" })).toBe("first odd");
});
