import { afterEach, expect, test } from "bun:test";
import { rehearsal, rehearse } from "./rehearsal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("what is rehearsed reads the run as keys would, and nobody sees anything of it", async () => {
  const { shell, terminal, run } = await start();
  const [{ chart }, { shown, presented }] = [shell.state, terminal];
  const asked = new Set<string>();
  const query = run.reader.query.bind(run.reader);
  run.reader.query = (wanted) => {
    asked.add(`${wanted.metric} ${wanted.from === undefined}`).add(shell.screens.name);
    return query(wanted);
  };
  const { name } = shell.screens;
  for (const _ of rehearsal(shell)) expect([shell.state.chart, shell.screens.name]).toEqual([chart, name]);
  expect(asked).toContain("train/loss false");
  // Other screens as well.
  for (const screen of ["overview", "loss", "timers", "metrics"]) expect(asked).toContain(screen);
  expect(terminal).toMatchObject({ shown, presented });
  // The palette was typed into, and is not there.
  expect([shell.overlays.current, shell.state.recent]).toEqual([null, []]);
  shell.draw();
  expect(terminal.shown).toBe(shown);
});

test("what fails in it ends nothing but the rehearsal", async () => {
  const { shell, run } = await start();
  const asked = Promise.withResolvers<void>();
  const query = run.reader.query.bind(run.reader);
  run.reader.query = (wanted) => {
    if (wanted.from === undefined) return query(wanted);
    asked.resolve();
    throw new Error("a fault of a panel");
  };
  shell.rehearse();
  await asked.promise;
  run.reader.query = query;
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(await Promise.race([shell.ended.promise, Promise.resolve("goes on")])).toBe("goes on");
});

test("nothing is rehearsed where there are no charts, and before there is a step", async () => {
  const elsewhere = await start(trainedRun(), { initialTab: "runs" });
  elsewhere.shell.setTab("runs");
  expect([...rehearsal(elsewhere.shell)]).toEqual([]);
  const none = await start(null);
  expect([...rehearsal(none.shell)]).toEqual([]);
});

test("the first key ends it, and so does the end of the program", async () => {
  const { shell, terminal, run } = await start();
  let asked = 0;
  const query = run.reader.query.bind(run.reader);
  run.reader.query = (wanted) => {
    asked++;
    return query(wanted);
  };
  shell.rehearse();
  await settle(() => asked > 0);
  terminal.press("m");
  shell.stop();
  await new Promise((resolve) => setImmediate(resolve));
  const before = asked;
  shell.rehearse();
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBe(before);
});

test("what it has left is taken away at its end, unless a key ended it", async () => {
  const { shell, terminal } = await start();
  const collections = async (isOver: () => boolean): Promise<number> => {
    let collected = 0;
    await rehearse(shell, terminal, isOver, () => collected++);
    return collected;
  };
  expect(await collections(() => false)).toBe(1);
  let looks = 0;
  expect(await collections(() => ++looks > 3)).toBe(0);
});
