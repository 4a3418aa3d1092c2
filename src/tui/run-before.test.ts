import { afterEach, expect, test } from "bun:test";
import type { Plot } from "../core/scene.ts";
import { fakeState, START } from "../panels/fake-data.ts";
import { picture } from "./chart-view.ts";
import { FakeRun } from "./fake-terminal.ts";
import { type Started, settle, start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

const [FIRST, RESUMED] = ["20260101-110000-first", "20260101-120000-pocket"];

/** A run that went from a step to another. */
function ran(id: string, from: number, to: number): FakeRun {
  const run = new FakeRun(fakeState({ id }));
  for (let step = from; step <= to; step++)
    run.reader.put(1, "train/loss", [step, 5 - step / 1000]).put(1, "time/wall", [step, START + step * 1000]);
  return run;
}

/** The steps that its charts show. */
function shownSteps({ shell }: Started): number[] {
  const { x } = picture(shell.scene("loss")) as Plot;
  return [x.from, x.to].map(Math.round);
}

test("a run that was resumed is shown with the one that it goes on from, until somebody has it alone", async () => {
  const [before, after] = [ran(FIRST, 0, 449), ran(RESUMED, 400, 599)];
  const started = await start(after, {}, [120, 36], (services) => {
    services.add(before);
    services.before.set(after.id, { id: before.id, step: 400 });
  });
  const { shell, terminal } = started;
  await settle(() => shell.notices.all.length > 0);
  shell.draw();
  expect(shownSteps(started)).toEqual([0, 599]);
  expect(terminal.shown).toContain(`It was resumed at step 400 of ${before.id}`);
  terminal.press("0");
  shell.draw();
  expect(shownSteps(started)).toEqual([400, 599]);
  terminal.press("-");
  shell.draw();
  expect(shownSteps(started)).toEqual([0, 599]);
  // The cursor goes where any of them has something, and is put away with what it stood at.
  terminal.press("c", "home");
  expect(shell.state.chart.cursor).toBe(0);
  terminal.press("0");
  expect(shell.state.chart).toMatchObject({ cursor: null, window: { kind: "all" } });
  await shell.attach(before.id);
  expect(shell.baselines.count).toBe(0);
  expect(shell.state.chart.window).toEqual({ kind: "all" });
});

test("a run that was attached to with others beside it gets none by itself", async () => {
  const [before, after] = [ran(FIRST, 0, 449), ran(RESUMED, 400, 599)];
  const { shell, services } = await start(before);
  services.add(after);
  services.before.set(after.id, { id: before.id, step: 400 });
  await shell.attach(after.id, { beside: [] });
  expect(shell.baselines.count).toBe(0);
});

test("zooming out goes no further than what the runs have", async () => {
  const { shell, terminal } = await start(ran(FIRST, 0, 400));
  terminal.press("-");
  shell.draw();
  expect(terminal.shown).toContain("all of it is already shown");
});
