import { afterEach, expect, spyOn, test } from "bun:test";
import { fakeRow } from "./fake-terminal.ts";
import { farewell } from "./leaving.ts";
import { selectedRow } from "./run-care-actions.ts";
import { ids, list, OLD, OTHER } from "./run-list-fixture.ts";
import { settle, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

test("runs are found by their settings, which are read when somebody asks for them, and all that match are marked at once", async () => {
  const { terminal, services, shell } = await list();
  services.settings.set(OLD, new Map([["depth", [4]]])).set(OTHER, new Map([["depth", [12]]]));
  terminal.press("/");
  terminal.type("depth<=12 20");
  terminal.press("enter");
  await settle(() => shell.runs.unread("depth=1") === 0);
  shell.draw();
  expect(shell.runs.shown("depth=12").map(({ id }) => id)).toEqual([OTHER]);
  expect(ids(terminal.shown)).toEqual(["20260102", "20260103"]);
  terminal.press("M");
  expect([...shell.runs.marked].sort()).toEqual([OLD, OTHER]);
  expect(terminal.shown).toContain("2 marked");
  terminal.press("M");
  expect(shell.runs.marked.size).toBe(0);
});

test("marked runs are compared: the first is attached, the others are laid beside it", async () => {
  const { terminal, shell } = await list();
  terminal.press("c");
  expect(terminal.shown).toContain("space marks the runs");
  await shell.baselines.add(OTHER);
  terminal.press("j", "space", "c");
  await settle(() => shell.run?.id === OLD && shell.baselines.count === 1);
  expect(shell.run?.id).toBe(OLD);
  expect(shell.baselines.has(OTHER)).toBe(true);
  expect(shell.state.tab).toBe("train");
  expect(shell.runs.marked.size).toBe(0);
  // What lay beside before is not kept.
  expect(shell.notices.all.filter(({ text }) => text.includes("laid beside"))).toEqual([]);
});

test("the order goes from key to key and the selection stays on its run", async () => {
  const { terminal, shell } = await list();
  terminal.press("end", "o");
  expect(terminal.shown).toContain("by begun");
  expect(shell.runs.shown("")[shell.state.selected.runs]?.id).toBe(OTHER);
  terminal.press("o");
  expect(terminal.shown).toContain("by name");
});

test("a run that begins meanwhile comes into the list, and what is selected, and about to be deleted, is the same run still", async () => {
  const { terminal, services, shell, tick } = await list();
  terminal.press("end");
  expect(selectedRow(shell)?.id).toBe(OTHER);
  services.rows.unshift(fakeRow("20260104-110000-new", { status: "running", liveness: "owned" }));
  await settle(() => {
    tick(1000);
    return shell.runs.rows.length === 4;
  });
  expect(selectedRow(shell)?.id).toBe(OTHER);
  terminal.press("D");
  await settle(() => shell.overlays.current !== null);
  shell.draw();
  expect(terminal.shown).toContain(OTHER);
  terminal.press("esc");
});

test("/ finds names, tags, prefab, state, note and reason", async () => {
  const { shell } = await list();
  for (const [text, found] of [
    ["#baseline", OLD],
    ["old data", OLD],
    ["runcpu", OTHER],
    ["Out Of Memory", OLD],
  ] as const)
    expect(shell.runs.shown(text).map(({ id }) => id)).toEqual([found]);
});

test("of two thousand runs only those that there is room for are drawn", async () => {
  const { terminal, services, tick } = await list();
  services.rows = Array.from({ length: 2000 }, (_, i) => fakeRow(`run-${String(i).padStart(4, "0")}`, { createdAt: String(9999 - i) }));
  tick(1000);
  await settle(() => terminal.shown.includes("runs 2,000"));
  terminal.press("end");
  expect(terminal.shown).toContain("runs 2,000");
  expect(terminal.shown).toContain("run-1999");
  const started = performance.now();
  for (let i = 0; i < 50; i++) terminal.press("k");
  expect((performance.now() - started) / 50).toBeLessThan(100);
  expect(terminal.shown).toContain("run-1949");
  terminal.press("home");
  expect(terminal.shown).toContain("run-0000");
});

test("a second click at a row is what enter is; not after a while, at another row, at the head of the list or below its end", async () => {
  const { terminal, shell, tick } = await list();
  terminal.press("down", "up");
  const y = terminal.shown.split("\n").findIndex((row) => row.includes(OLD));
  const [attached, selected] = [shell.run?.id, (): number => shell.state.selected.runs];
  terminal.clickAt(5, y);
  expect([shell.run?.id, selected()]).toEqual([attached, 1]);
  tick(600);
  terminal.clickAt(5, y);
  terminal.clickAt(5, y + 1);
  for (const at of [y - 2, y + 6]) {
    terminal.clickAt(5, at);
    terminal.clickAt(5, at);
  }
  await settle(() => true);
  expect([shell.state.tab, shell.run?.id]).toEqual(["runs", attached]);
  terminal.clickAt(5, y);
  terminal.clickAt(5, y);
  await settle(() => shell.run?.id === OLD);
  expect(shell.state.tab).toBe("train");
});

test("in a list that is longer than its place a second click is for the row that the first one chose, which has moved", async () => {
  const { terminal, services, shell, tick } = await list();
  services.rows = Array.from({ length: 200 }, (_, i) => fakeRow(`run-${String(i).padStart(4, "0")}`, { createdAt: String(9999 - i) }));
  tick(1000);
  await settle(() => terminal.shown.includes("runs 200"));
  terminal.press("end", "pageup", "pageup");
  const y = terminal.shown.split("\n").findIndex((row) => row.includes("run-"));
  const name = /run-\d+/.exec(terminal.row(y))?.[0] ?? "";
  const attached = spyOn(shell, "attach");
  terminal.clickAt(5, y);
  expect(terminal.row(y)).not.toContain(name);
  terminal.clickAt(5, y);
  expect(attached.mock.calls.map(([id]) => id)).toEqual([name]);
});

test("a second click where a row was before the list became shorter takes nothing", async () => {
  const { terminal, services, shell } = await list();
  terminal.press("down", "up");
  const taken = spyOn(shell, "runAction");
  const y = terminal.shown.split("\n").findIndex((row) => row.includes(OTHER));
  terminal.clickAt(5, y);
  services.rows = services.rows.slice(0, 2);
  await shell.runs.poll(shell.now, true);
  shell.draw();
  await settle(() => !terminal.shown.includes(OTHER));
  terminal.clickAt(5, y);
  expect(taken).not.toHaveBeenCalled();
  terminal.clickAt(5, y - 1);
  terminal.clickAt(5, y - 1);
  expect(taken).toHaveBeenCalledTimes(1);
});

test("after leaving it is told how many others go on, where the list was read a short while ago", async () => {
  const { shell, services, terminal, tick } = await list();
  const told = () => farewell(shell, (id) => id).slice(1);
  expect(told()).toEqual([]);
  services.rows.push(fakeRow("20260104-110000-third", { liveness: "owned", status: "running" }));
  await shell.runs.poll(shell.now, true);
  expect(told()).toEqual(["1 other run goes on."]);
  terminal.press("4");
  tick(61_000);
  expect(told()).toEqual([]);
});
