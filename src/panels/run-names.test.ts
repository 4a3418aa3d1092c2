import { expect, test } from "bun:test";
import { FakeData, fakeFacts, fakeState } from "./fake-data.ts";
import { namedBaselines } from "./run-names.ts";

test("a run is not laid beside itself, as in a panel of its own between those of the others", () => {
  const facts = (id: string, name: string) => fakeFacts(new FakeData(), { state: fakeState({ id, name }) });
  const [own, other] = [facts("20260101-120000-own", "own"), facts("20260101-110000-other", "other")];
  expect(namedBaselines(own, [other, own]).map(({ name }) => name)).toEqual(["other"]);
  expect(namedBaselines(own, [own])).toEqual([]);
});
