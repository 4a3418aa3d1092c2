import { afterEach, expect, test } from "bun:test";
import { fakeRow } from "./fake-terminal.ts";
import { list, OLD, OTHER } from "./run-list-fixture.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("a deletion says what goes; enter keeps, y deletes; a run that goes on is refused", async () => {
  const { terminal, services, shell } = await list();
  terminal.press("D");
  await settle(() => shell.notices.unseenProblems > 0);
  shell.draw();
  expect(shell.notices.all.at(-1)?.text).toEndWith("is not deleted: it is still going. 4 and then S stops it.");
  // What is typed before it is said that no box opens is for nothing.
  await new Promise((done) => setImmediate(done));
  terminal.press("j", "D");
  await settle(() => shell.overlays.current !== null);
  shell.draw();
  expect(terminal.shown).toContain("600 steps are");
  terminal.press("enter");
  expect(services.deleted).toEqual([]);
  terminal.press("space", "space", "D");
  await settle(() => shell.overlays.current !== null);
  terminal.press("y");
  await settle(() => shell.runs.rows.length === 1);
  expect(services.deleted).toEqual([OLD, OTHER]);
  expect(shell.runs.marked.size).toBe(0);
});

test("a run that has not ended is refused with the keys of this place", async () => {
  const { terminal, shell, services } = await list();
  services.rows = services.rows.map((row) =>
    row.id === OLD ? fakeRow(OLD, { liveness: "owned" }) : row.id === OTHER ? fakeRow(OTHER, { liveness: "unattended" }) : row,
  );
  await shell.runs.poll(shell.now, true);
  const said = async (id: string, text: string): Promise<void> => {
    shell.state.selected.runs = shell.runs.shown("").findIndex((row) => row.id === id);
    terminal.press("D");
    await settle(() => shell.notices.all.at(-1)?.text.endsWith(text) === true);
  };
  await said(OLD, `${OLD} is not deleted: it is still going. enter on it and then S stops it.`);
  await said(OTHER, "A on it finds out what has become of it.");
});

test("the run that is looked at may be deleted: the screens say so and stay alive", async () => {
  const run = trainedRun({ status: "done" });
  run.alive = "ended";
  const { terminal, shell } = await start(run, {}, [160, 36]);
  terminal.press("6");
  await settle(() => shell.runs.loaded);
  terminal.press("D");
  await settle(() => shell.overlays.current !== null);
  terminal.press("y");
  await settle(() => shell.run === null);
  terminal.press("4");
  expect(terminal.shown).toContain(`${run.id} was deleted`);
});

test("a run that somebody else deletes leaves the screen, and that is said", async () => {
  const run = trainedRun();
  const { terminal, shell, tick } = await start(run, {}, [160, 36]);
  run.gone = true;
  tick();
  expect(shell.run).toBeNull();
  expect(run.closed).toBe(true);
  expect(terminal.shown).toContain(`${run.id} was deleted by somebody else`);
  expect(terminal.row(-1)).toContain("no run");
});

test("of an imported run that is deleted no trainer is told, and how to attach it again is", async () => {
  const imported = { kind: "log" as const, files: ["/r.log"], wandb: null, head: null, at: "", readAt: "", complete: true };
  const run = trainedRun();
  run.record = { ...run.record, imported };
  const { terminal, services, shell, tick } = await start(run, {}, [100, 36]);
  services.rows = [fakeRow("20260104-110000-going", { liveness: "owned" })];
  run.gone = true;
  tick();
  expect(shell.runProblem).not.toContain("its trainer");
  expect(shell.runProblem).toEndWith("Where it is put back, 6 Runs and enter on it show it again");
  expect(terminal.shown).toContain("6 lists the runs");
  // Nothing can be done with a run that is not there, and another one may be going.
  for (const hint of ["cursor", "axis", "save now", "follow"]) expect(terminal.row(-2)).not.toContain(` ${hint}`);
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("6 lists the runs: 20260104-110000-going goes on");
  });
  services.rows = [fakeRow(run.id)];
  run.gone = false;
  terminal.press("6");
  await settle(() => shell.runs.rows.length === 1);
  terminal.press("enter");
  await settle(() => shell.run?.id === run.id);
  expect(shell.runProblem).toBeNull();
});

test("of a run that is deleted while it goes on it is said what becomes of its trainer", async () => {
  const run = trainedRun();
  const { terminal, shell, tick } = await start(run, {}, [160, 36]);
  run.left = { trainer: 4711, isOwned: true };
  run.gone = true;
  tick();
  expect(shell.runProblem).toContain("its supervisor ends its trainer (process 4711)");
  run.left = { trainer: 4711, isOwned: false };
  await settle(() => shell.runProblem?.includes("kill 4711") === true);
  shell.draw();
  expect(terminal.shown).toContain("kill 4711");
});
