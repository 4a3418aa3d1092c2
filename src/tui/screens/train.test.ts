/** When the panels of a run are drawn anew by themselves. */
import { afterEach, expect, test } from "bun:test";
import { START } from "../../panels/fake-data.ts";
import { leaves } from "../../screens/tree.ts";
import { start, stopAll, trainedRun } from "../shell-fixture.ts";
import { trainScreen } from "./train.ts";

afterEach(stopAll);

const SECOND = 1000;
const MINUTE = 60_000;

/** Looks at a run that ended so long ago; what of the panels of its screen is drawn anew after a while. */
async function afterItsEnd(ago: number) {
  const endedAt = new Date(START + MINUTE - ago).toISOString();
  const { shell, tick } = await start(trainedRun({ status: "done", endedAt }));
  const all = leaves(shell.screens.spec.layout);
  const beats = () => all.map(({ id }) => trainScreen.pane(shell, id).beat);
  return (ms: number): string[] => {
    const before = beats();
    tick(ms);
    const now = beats();
    return all.filter((_, i) => now[i] !== before[i]).map(({ spec }) => spec.panel);
  };
}

test("ages go on by tens of seconds after the run has ended, and nothing else does", async () => {
  const drawnAfter = await afterItsEnd(10 * SECOND);
  expect(drawnAfter(10 * SECOND)).toEqual(["checkpoints"]);
  expect(drawnAfter(SECOND)).toEqual([]);
  expect(drawnAfter(10 * SECOND)).toEqual(["checkpoints"]);
});

test("ages of hours, which have no seconds, are not drawn in each", async () => {
  const drawnAfter = await afterItsEnd(60 * MINUTE);
  expect(drawnAfter(SECOND)).toEqual([]);
  expect(drawnAfter(MINUTE)).toContain("checkpoints");
});
