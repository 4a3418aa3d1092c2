import { afterEach, expect, test } from "bun:test";
import { type Started, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

const LONG = "is to be known of, and it takes more than one row of eighty cells to say all that there is to say of it, and then some more";

/** Rows of toasts: those above the keys in which no panel is to be seen. */
function covered({ terminal }: Started): string[] {
  const rows = terminal.shown.split("\n").slice(0, -2);
  return rows.slice(rows.findLastIndex((row) => /[│─╭╮╰╯]/.test(row)) + 1);
}

test("in 24 rows they cover no more than four: what has no room is counted, with the key that lists it", async () => {
  const started = await start(trainedRun(), {}, [80, 24]);
  const { terminal, shell } = started;
  for (let i = 1; i <= 5; i++) shell.notify("bad", `Number ${i} ${LONG}`);
  shell.draw();
  const rows = covered(started);
  expect(rows).toHaveLength(4);
  expect(rows[0]).toBe(" · 3 more: n lists them");
  expect(rows[1]).toStartWith(" ✕ Number 4 is to be known of");
  expect(rows[2]).toStartWith(" ✕ Number 5 is to be known of");
  terminal.press("n");
  for (const i of [1, 2, 3, 4, 5]) expect(terminal.shown).toContain(`Number ${i}`);
});

test("what is bad of the run itself has room before what came of it later, and an answer to a key before both", async () => {
  const started = await start(trainedRun(), {}, [80, 24]);
  const { shell } = started;
  const first = (): string | undefined => covered(started).findLast((row) => /^ [✕▲·]/.test(row));
  shell.notices.add("bad", "The stage failed", shell.now, { isAlert: true });
  for (let i = 1; i <= 3; i++) shell.notify("bad", `An alert was not told ${i} ${LONG}`);
  shell.draw();
  expect(first()).toStartWith(" ✕ The stage failed");
  shell.notify("refused", "Save now: the run has ended");
  shell.draw();
  expect(first()).toStartWith(" ▲ Save now");
  expect(covered(started).join()).toContain("✕ The stage failed");
  expect(covered(started)).toHaveLength(4);
});

test("one that stays until it has been seen is one row after some seconds, and still says how it goes", async () => {
  const started = await start(trainedRun(), {}, [80, 24]);
  const { shell, tick } = started;
  shell.notify("bad", `The first ${LONG}`);
  shell.draw();
  expect(covered(started).length).toBeGreaterThan(1);
  tick(6000);
  expect(covered(started)).toEqual([expect.stringMatching(/^ ✕ The first is to be known of, .*… · esc closes$/)]);
});

test("several that have been there for a while have a row each", async () => {
  const started = await start(trainedRun(), {}, [80, 24]);
  const { shell, tick } = started;
  for (const name of ["One", "Another"]) shell.notify("bad", `${name} ${LONG}`);
  tick(6000);
  expect(covered(started)).toEqual([expect.stringContaining("✕ One"), expect.stringContaining("✕ Another")]);
});

test.each([
  [5, 1],
  [9, 3],
  [10, 2],
  [14, 4],
])("of %i rows they cover no more than %i, and what is below stays", async (height, most) => {
  const { terminal, shell } = await start(trainedRun(), {}, [40, height]);
  shell.draw();
  const before = terminal.shown.split("\n");
  for (let i = 1; i <= 3; i++) shell.notify("bad", `Number ${i} ${LONG}`);
  shell.draw();
  const rows = terminal.shown.split("\n");
  const taken = rows.filter((row, y) => row !== before[y]);
  expect(taken.length).toBeLessThanOrEqual(most);
  expect(taken.join()).toContain("Number 3");
});
