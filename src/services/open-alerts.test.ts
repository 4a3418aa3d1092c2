import { expect, test } from "bun:test";
import { ownHome } from "../../test/fixtures/own-home.ts";
import { makeRun, trainStage, unwrap } from "../../test/fixtures/runs.ts";
import { alertsInTurn } from "./open-alerts.ts";
import { listRuns } from "./runs.ts";

const folder = ownHome();

test("of runs that go on one journal is read a reading, in turn; what is as it was is the very same object", () => {
  for (let i = 0; i < 2; i++) makeRun(folder.home, trainStage(1));
  const runs = unwrap(listRuns(folder.home));
  const ended = { ...runs[0]!, id: "ended", liveness: "ended" } as const;
  const read: string[] = [];
  const listed = alertsInTurn(({ dir }) => {
    read.push(dir);
    return { open: 1, acknowledged: 0, bad: 0 };
  });
  const [first, second, third] = [1, 2, 3].map(() => listed([...runs, ended]));
  expect(first?.map(({ alerts }) => alerts?.open)).toEqual([1, undefined, undefined]);
  expect(second?.map(({ alerts }) => alerts?.open)).toEqual([1, 1, undefined]);
  expect(third?.every((row, i) => row === second?.[i])).toBe(true);
  expect(read).toEqual([runs[0]!.dir, runs[1]!.dir, runs[0]!.dir]);
});
