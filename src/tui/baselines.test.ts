/** Other runs beside the attached one: laid there, told, kept for the next run and taken away. */
import { afterEach, expect, test } from "bun:test";
import { fakePlan } from "../panels/fake-data.ts";
import { settle, start, stopAll, straightRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("another run is laid beside, told by its distance, and taken away again", async () => {
  const started = await start(straightRun());
  const other = straightRun("20260101-110000-base", "base");
  for (const [key, points] of other.reader.series)
    if (key === "1 train/loss") for (const [i, [step]] of points.entries()) points[i] = [step, 6 - step / 1000];
  started.services.add(other);
  started.terminal.press("b");
  await settle(() => started.shell.overlays.current !== null);
  started.terminal.type("base");
  started.terminal.press("enter");
  await settle(() => started.shell.baselines.count === 1);
  started.shell.draw();
  expect(started.terminal.shown).toContain("base 5.0000 Δ−1.0000 −20%");
  started.terminal.press("b");
  await settle(() => started.shell.overlays.current !== null);
  started.shell.draw();
  expect(started.terminal.shown).toContain("⚑ 20260101-110000-base");
  started.terminal.press("enter");
  expect(started.shell.baselines.count).toBe(0);
  expect(other.closed).toBe(true);
  expect(started.terminal.shown).not.toContain("Δ");
});

test("two runs of one name are told apart by when they began: in legends, and in what they differ in", async () => {
  const started = await start(straightRun(), {}, [160, 40]);
  const { shell, services, terminal } = started;
  const other = straightRun("20260101-110000-pocket");
  other.plan = fakePlan({ depth: 6 });
  services.add(other);
  await shell.baselines.add(other.id);
  shell.draw();
  expect(terminal.shown).toContain("⚑b pocket 20260101-110000");
  shell.screens.create("two", "Two", { panel: "diff" });
  shell.draw();
  expect(terminal.shown).toMatch(/ pocket 20260101-120000 +⚑ pocket 20260101-1100/);
});

test("a baseline that goes on is read again while it is shown, and is none of itself once it is attached", async () => {
  const started = await start(straightRun());
  const other = straightRun("20260101-110000-base", "base");
  started.services.add(other);
  expect(await started.shell.baselines.add(other.id)).toBeNull();
  const before = started.shell.baselines.version;
  other.changed = true;
  started.tick(1000);
  expect(started.shell.baselines.version).toBeGreaterThan(before);
  expect(await started.shell.baselines.add("gone")).toContain("There is no run gone");
  await started.shell.attach(other.id);
  expect(started.shell.baselines.count).toBe(0);
});

test("a baseline stays when another run is attached, and that is said once, with the key that takes it away", async () => {
  const { shell, services, terminal } = await start(straightRun());
  const [base, next] = [straightRun("20260101-110000-base", "base"), straightRun("20260101-130000-next", "next")];
  for (const run of [base, next]) services.add(run);
  await shell.baselines.add(base.id);
  const told = (): string[] => shell.notices.all.map(({ text }) => text).filter((text) => text.includes("⚑"));
  // It was chosen for this run, also where that is attached anew.
  await shell.attach(shell.run?.id ?? "");
  expect(told()).toEqual([]);
  await shell.attach(next.id);
  expect(shell.baselines.ids).toEqual([base.id]);
  expect(told()).toEqual(["⚑ base stays laid beside this run; b takes a baseline away"]);
  shell.draw();
  expect(terminal.shown).toContain("⚑ base stays laid beside this run");
  // The baseline itself has none left.
  await shell.attach(base.id);
  expect(told()).toHaveLength(1);
});

test("a baseline that was attached itself lies beside the next run again, which is said", async () => {
  const { shell, services } = await start(straightRun());
  const first = shell.run?.id ?? "";
  const base = straightRun("20260101-110000-base", "base");
  services.add(straightRun(first)).add(base);
  await shell.baselines.add(base.id);
  await shell.attach(base.id);
  expect(shell.baselines.ids).toEqual([]);
  await shell.attach(first);
  await settle(() => shell.baselines.count === 1);
  expect(shell.baselines.ids).toEqual([base.id]);
  await settle(() => shell.notices.all.some(({ text }) => text.startsWith("⚑ base stays laid beside this run")));
  // Taken away, it stays away.
  await shell.attach(base.id);
  shell.baselines.remove(base.id);
  await shell.attach(first);
  expect(shell.baselines.bringBack()).toBeNull();
  expect(shell.baselines.ids).toEqual([]);
});

test("a run is never its own baseline, also where it is attached while it is opened for one", async () => {
  const { shell, services } = await start(straightRun());
  const other = straightRun("20260101-110000-base", "base");
  services.add(other);
  await Promise.all([shell.baselines.add(other.id), shell.attach(other.id)]);
  expect(shell.run?.id).toBe(other.id);
  await shell.baselines.add(other.id);
  expect(shell.baselines.count).toBe(0);
});
