/** How often data are looked at. */
import { afterEach, expect, test } from "bun:test";
import { Frames } from "./frames.ts";
import { start, stopAll, straightRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("a run that has ended is looked at seldom, but not while one beside it goes on or somebody has just asked for something", async () => {
  const run = straightRun();
  const started = await start(run);
  const { shell, services, terminal } = started;
  const frames = new Frames(shell, terminal, false, () => shell.now);
  const live = frames.interval();
  run.alive = "ended";
  started.tick(10_000);
  const alone = frames.interval();
  const other = straightRun("20260101-110000-base", "base");
  services.add(other);
  await shell.baselines.add(other.id);
  const beside = frames.interval();
  expect(live).toBeLessThan(beside);
  expect(beside).toBeLessThan(alone);
  other.alive = "ended";
  expect(frames.interval()).toBe(alone);
  terminal.press("s");
  started.tick(2000);
  expect(frames.interval()).toBe(beside);
  started.tick(10_000);
  expect(frames.interval()).toBe(alone);
});
