import { afterEach, expect, spyOn, test } from "bun:test";
import { fakeState } from "../panels/fake-data.ts";
import { FakeRun, fakeRow } from "./fake-terminal.ts";
import { type Started, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

const OLD = "20260102-110000-old";
const OTHER = "20260103-110000-other";

/** The Runs tab with one run that goes on, attached, and two that have ended. */
async function list(size: [number, number] = [160, 36]): Promise<Started> {
  const started = await start(trainedRun(), {}, size);
  const { services, terminal, shell } = started;
  for (const id of [OLD, OTHER]) services.runs.set(id, new FakeRun(fakeState({ id, name: id, status: "done" }), "ended"));
  services.rows.push(
    fakeRow(OLD, { reason: "It ran out of memory.", about: { tags: ["baseline"], note: "with the old data" } }),
    fakeRow(OTHER, { name: "other", prefab: "runcpu", createdAt: "2026-01-01T11:00:00.000Z" }),
  );
  terminal.press("6");
  await settle(() => shell.runs.rows.length === 3);
  shell.draw();
  return started;
}

const ids = (shown: string): string[] =>
  shown.split("\n").flatMap((row) => /^│ (?:✓ | {2})(?:put away )?(2026010\d)-/.exec(row)?.[1] ?? []);

test("the selected run's reason, tags and note stand beside its loss", async () => {
  const { terminal } = await list();
  terminal.press("j");
  expect(terminal.shown).toContain("It ran out of memory.");
  expect(terminal.shown).toContain("#baseline");
  expect(terminal.shown).toContain("with the old data");
  terminal.press("j");
  expect(terminal.shown).not.toContain("with the old data");
});

test("C goes to a chat with the newest checkpoint of the selected run, or says why it has none", async () => {
  const { terminal, services, shell } = await list();
  terminal.press("C");
  expect(terminal.shown).toContain("Chat: this run has no checkpoint yet");
  expect(shell.state.tab).toBe("runs");
  services.runs.get(OTHER)!.reader.event("checkpoint", { path: "/b/chatsft_checkpoints/d4", bytes: 1 }, { step: 400 });
  terminal.press("end", "C");
  await settle(() => shell.state.tab === "eval" && shell.chat.loaded !== null);
  expect(shell.run?.id).toBe(OTHER);
  terminal.press("6");
  await settle(() => shell.state.tab === "runs");
  // Nothing was known of it: it is attached, and told.
  terminal.press("home", "j", "C");
  await settle(() => shell.notices.all.at(-1)?.text.includes("no checkpoint yet") === true);
  expect(shell.run?.id).toBe(OLD);
});

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

test("R gives a run a name, and nothing at all gives back its own", async () => {
  const { terminal, services } = await list();
  terminal.press("end", "R");
  expect(terminal.shown).toContain("Its id, folder and model tag");
  terminal.press("ctrl+u");
  terminal.type("my best");
  terminal.press("enter");
  await settle(() => terminal.shown.includes("my best 20260103-110000-other"));
  terminal.press("R", "ctrl+u", "enter");
  await settle(() => services.changes.length === 2);
  expect(services.changes).toEqual([
    [OTHER, { name: "my best" }],
    [OTHER, { name: "" }],
  ]);
});

test("the tags of one run are a field to be edited; of several, what is added and taken away", async () => {
  const { terminal, services } = await list();
  terminal.press("j", "#");
  expect(terminal.shown).toContain("› baseline");
  terminal.press("ctrl+u");
  terminal.type("good ,");
  terminal.press("enter");
  await settle(() => services.changes.length === 1);
  expect(services.changes[0]).toEqual([OLD, { addTags: ["good"], removeTags: ["baseline"] }]);
  terminal.press("space", "space", "#");
  terminal.type("x -good");
  terminal.press("enter");
  await settle(() => services.changes.length === 3);
  expect(services.changes.slice(1)).toEqual([
    [OLD, { addTags: ["x"], removeTags: ["good"] }],
    [OTHER, { addTags: ["x"], removeTags: ["good"] }],
  ]);
});

test("a tag that will not do is told while it is typed, and is not kept", async () => {
  const { terminal, services } = await list();
  terminal.press("end", "#");
  terminal.type("a!b");
  expect(terminal.shown).toContain("a!b is no tag");
  terminal.press("enter");
  expect(services.changes).toEqual([]);
});

test("a note of several lines is edited in one", async () => {
  const { terminal, services } = await list();
  terminal.press("end", "m");
  terminal.type("one\\ntwo");
  terminal.press("enter");
  await settle(() => services.changes.length === 1);
  expect(services.changes[0]).toEqual([OTHER, { note: "one\ntwo" }]);
});

test("a run that is put away leaves the list, H shows it, and a lists it again", async () => {
  const { terminal, services, shell } = await list();
  terminal.press("j", "a");
  await settle(() => ids(terminal.shown).length === 2);
  expect(ids(terminal.shown)).toEqual(["20260101", "20260103"]);
  expect(terminal.shown).toContain("1 put away");
  expect(shell.notices.all.at(-1)?.text).toContain("put away: H shows it, a then brings it back");
  terminal.press("H");
  expect(ids(terminal.shown)).toEqual(["20260101", "20260102", "20260103"]);
  terminal.press("a");
  await settle(() => services.changes.length === 2);
  expect(services.changes[1]).toEqual([OLD, { archived: false }]);
});

test("putting away a run that goes on says so, and a name that another run has is said to be shared", async () => {
  const { terminal, services, shell } = await list();
  const going = services.rows.find(({ liveness }) => liveness !== "ended")!;
  shell.state.selected.runs = shell.runs.shown("").findIndex(({ id }) => id === going.id);
  terminal.press("a");
  await settle(() => shell.runs.hidden() === 1);
  expect(shell.notices.all.at(-1)?.text).toContain("is put away, and goes on: H shows it");
  terminal.press("home", "R", "ctrl+u");
  terminal.type(going.name);
  terminal.press("enter");
  await settle(() => services.changes.length === 2);
  const other = services.changes[1]![0];
  const namesakes = services.rows.filter(({ id, name }) => id !== other && name === going.name).map(({ id }) => id);
  await settle(() => shell.notices.all.at(-1)?.text.includes("Called") === true);
  expect(shell.notices.all.at(-1)?.text).toBe(
    `Called ${going.name}. ${namesakes.join(", ")} ${namesakes.length === 1 ? "is" : "are"} called so too: by their ids they are told apart.`,
  );
});

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

test("a run that was renamed is told by its name, with its id, wherever no list stands beside it", async () => {
  const { terminal, services, shell, tick } = await list();
  const about = { name: "spiky" };
  services.rows = services.rows.map((row) => (row.id === OLD ? { ...row, about } : row));
  await shell.runs.poll(shell.now, true);
  const toldOf = (text: string): boolean => shell.notices.all.some((notice) => notice.text === text);
  shell.setTab("train");
  shell.focus("loss");
  terminal.press("b");
  await settle(() => terminal.shown.includes("╭ Baseline"));
  expect(terminal.shown).toContain(`spiky (${OLD})`);
  terminal.type(OLD);
  terminal.press("enter");
  await settle(() => shell.baselines.has(OLD));
  terminal.press("6", "home", "down", "D");
  await settle(() => shell.overlays.current !== null);
  terminal.press("y");
  await settle(() => toldOf(`spiky (${OLD}) is deleted`));
  Object.assign(services.runs.get(OTHER)!, { named: about, gone: true });
  await shell.attach(OTHER);
  tick();
  expect(shell.runProblem).toStartWith(`spiky (${OTHER}) was deleted by somebody else`);
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

test("a run that loses its supervisor is told of once, and adopting it stands in the footer", async () => {
  const run = trainedRun();
  const { terminal, shell, tick } = await start(run, {}, [100, 36]);
  tick();
  expect(terminal.shown).not.toContain("A adopt this run");
  run.alive = "unattended";
  tick();
  tick();
  expect(terminal.shown).toContain("A adopt this run");
  const told = () => shell.notices.all.filter(({ text }) => text.includes("The supervisor of"));
  expect(told().map(({ level, text }) => [level, text.endsWith("A adopts it")])).toEqual([["warn", true]]);
  run.alive = "owned";
  tick();
  expect(terminal.shown).not.toContain("A adopt this run");
  expect(told().length).toBe(1);
  terminal.press("e");
  run.alive = "unattended";
  tick();
  expect(told().at(-1)?.text).toEndWith("esc, then A adopts it");
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

test("of several that were put away in one go, all are marked when H shows them: a brings them back", async () => {
  const { terminal, services, shell } = await list();
  terminal.press("end", "space", "up", "space", "a");
  await settle(() => shell.runs.hidden() === 2);
  terminal.press("H");
  expect([...shell.runs.marked].sort()).toEqual([OLD, OTHER]);
  expect(terminal.shown).toMatch(/✓ put away 20260102/);
  terminal.press("a");
  await settle(() => services.changes.length === 4);
  expect(shell.runs.rows.some(({ about }) => about?.archived)).toBe(false);
});
