import { afterEach, expect, test } from "bun:test";
import type { RunBefore } from "../core/run.ts";
import type { Plot } from "../core/scene.ts";
import { fakePlan, fakeState, START } from "../panels/fake-data.ts";
import type { TuiOptions } from "./app.ts";
import { picture } from "./chart-view.ts";
import { FakeRun } from "./fake-terminal.ts";
import { type Started, settle, start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

const [OLDEST, FIRST, RESUMED] = ["20260101-100000-oldest", "20260101-110000-first", "20260101-120000-pocket"];

/** Where a run was resumed. */
const at = (id: string, step: number): RunBefore => ({ id, step, script: "scripts.base_train" });

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
    services.before.set(after.id, at(before.id, 400));
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
  services.before.set(after.id, at(before.id, 400));
  await shell.attach(after.id, { beside: [] });
  expect(shell.baselines.count).toBe(0);
});

test("zooming out goes no further than what the runs have", async () => {
  const { shell, terminal } = await start(ran(FIRST, 0, 400));
  terminal.press("-");
  shell.draw();
  expect(terminal.shown).toContain("all of it is already shown");
});

/** Resumed at step 400 of one that was itself resumed at step 200, and what they were resumed from. */
async function resumedTwice(options: TuiOptions = {}): Promise<Started> {
  const [oldest, middle, run] = [ran(OLDEST, 0, 449), ran(FIRST, 200, 449), ran(RESUMED, 400, 599)];
  middle.plan = fakePlan({ resume_from_step: 200 });
  run.plan = fakePlan({ resume_from_step: 400 });
  const started = await start(run, options, [120, 36], (services) => {
    services.add(oldest);
    services.add(middle);
    services.before.set(run.id, at(middle.id, 400));
    services.before.set(middle.id, at(oldest.id, 200));
    // Nothing that is written down keeps files from naming each other.
    services.before.set(oldest.id, at(middle.id, 400));
  });
  await settle(() => started.shell.baselines.count === 2);
  started.shell.draw();
  return started;
}

/** Where the lines of other runs are, and where charts tell of a resume. */
function chain({ shell }: Started): { ends: number[]; marks: number[] } {
  const { series, marks } = picture(shell.scene("loss")) as Plot;
  const { from, to, edges } = (picture(shell.scene("loss")) as Plot).x;
  const end = (last: Float64Array): number => edges?.[last.findLastIndex((value) => !Number.isNaN(value))] ?? from - to;
  return {
    ends: series.filter(({ baseline }) => baseline).map(({ max }) => Math.round(end(max) / 20) * 20),
    marks: marks.filter(({ glyph }) => glyph === "rewind").map(({ x }) => x),
  };
}

test("a run resumed from a resumed one is shown with all of them, each up to where the next one went on, which is marked", async () => {
  const started = await resumedTwice();
  const { shell } = started;
  await settle(() => shell.notices.all.length > 0);
  expect(shell.baselines.ids).toEqual([FIRST, OLDEST]);
  expect(shownSteps(started)).toEqual([0, 599]);
  expect(chain(started)).toEqual({ ends: [400, 200], marks: [200, 400] });
  expect(shell.notices.all[0]?.text).toContain(`It was resumed at step 400 of ${FIRST}, and so was that: 2 runs before are shown`);
});

test("after a restart those before are still shown up to where the next one went on, and go with the run", async () => {
  const first = await resumedTwice();
  first.tick(2000);
  const value = first.services.ui as Record<string, unknown>;
  const again = await resumedTwice({ initialRun: undefined, kept: { value, problem: null } });
  expect(chain(again)).toEqual({ ends: [400, 200], marks: [200, 400] });
  await again.shell.attach(OLDEST);
  await settle(() => again.shell.baselines.ids.join() === FIRST);
});
