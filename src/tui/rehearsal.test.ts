import { afterEach, expect, test } from "bun:test";
import { rehearsal } from "./rehearsal.ts";
import { start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("what is rehearsed reads the run as keys would, and nobody sees anything of it", async () => {
  const { shell, terminal, run } = await start();
  terminal.press("x", "x"); // somebody is there: the program's own rehearsal is over
  const [{ chart }, { shown, presented }] = [shell.state, terminal];
  const asked = new Set<string>();
  const query = run.reader.query.bind(run.reader);
  run.reader.query = (wanted) => {
    asked.add(`${wanted.metric} ${wanted.from === undefined}`);
    return query(wanted);
  };
  for (const _ of rehearsal(shell, new Map())) expect(shell.state.chart).toBe(chart);
  expect(asked).toContain("train/loss false");
  expect(terminal).toMatchObject({ shown, presented });
  shell.draw();
  expect(terminal.shown).toBe(shown);
});

test("nothing is rehearsed where there are no charts, and before there is a step", async () => {
  const elsewhere = await start(trainedRun(), { initialTab: "runs" });
  elsewhere.shell.setTab("runs");
  expect([...rehearsal(elsewhere.shell, new Map())]).toEqual([]);
  const none = await start(null);
  expect([...rehearsal(none.shell, new Map())]).toEqual([]);
});
