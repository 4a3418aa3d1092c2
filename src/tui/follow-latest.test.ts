import { afterEach, expect, test } from "bun:test";
import { IMPORTED } from "../core/run.ts";
import { fakeState } from "../panels/fake-data.ts";
import { FakeRun } from "./fake-terminal.ts";
import { type Started, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

/** A run of that name begins, so many minutes after the first. */
function begin({ services }: Started, id: string, minute: number): void {
  services.add(new FakeRun(fakeState({ id, name: id }), "owned"));
  services.rows = services.rows.map((row) => (row.id === id ? { ...row, createdAt: `2026-01-01T12:${minute}:00.000Z` } : row));
}

/** The list has been read after this. */
async function listed({ shell, tick }: Started): Promise<void> {
  const before = shell.runs.version;
  tick(1000);
  await settle(() => shell.runs.version > before);
  tick();
}

/** A viewer that follows, at the first run, and knows what runs there are. */
async function following(): Promise<Started & { first: string }> {
  const all = await start(trainedRun(), { followLatest: true });
  all.tick(1000);
  await settle(() => all.shell.runs.loaded);
  return { ...all, first: all.shell.run?.id ?? "" };
}

test("a newer run is gone to when it begins, and that is said; an older one that is chosen by hand stays until another begins", async () => {
  const all = await following();
  const { shell, tick, first } = all;
  begin(all, "second", 10);
  await listed(all);
  await settle(() => shell.run?.id === "second");
  await settle(() => shell.notices.all.some(({ text }) => text.startsWith("second has begun")));
  await shell.attach(first);
  tick(1000);
  expect(shell.run?.id).toBe(first);
  begin(all, "third", 20);
  await listed(all);
  await settle(() => shell.run?.id === "third");
});

test("nobody is taken away from another tab, a dialog, a screen that is being edited, or in the middle of keys: it is gone to afterwards", async () => {
  const all = await following();
  const { shell, terminal, tick, first } = all;
  terminal.press("?");
  begin(all, "second", 10);
  await listed(all);
  expect(shell.run?.id).toBe(first);
  terminal.press("esc", "2");
  tick(1000);
  expect(shell.run?.id).toBe(first);
  terminal.press("4");
  tick(1000);
  expect(shell.run?.id).toBe(first);
  tick(5000);
  await settle(() => shell.run?.id === "second");
});

test("without being asked to it stays at its run", async () => {
  const all = await start();
  const { shell, tick } = all;
  begin(all, "second", 10);
  await shell.runs.poll(shell.now, true);
  tick(1000);
  expect(shell.run?.id).not.toBe("second");
});

test("what is imported after it has ended has not begun", async () => {
  const all = await following();
  const { shell, services, first } = all;
  begin(all, "imported", 10);
  services.rows = services.rows.map((row) => (row.id === "imported" ? { ...row, prefab: IMPORTED, liveness: "ended" } : row));
  await listed(all);
  expect(shell.run?.id).toBe(first);
  begin(all, "second", 20);
  await listed(all);
  await settle(() => shell.run?.id === "second");
});
