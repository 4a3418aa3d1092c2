import { afterEach, expect, test } from "bun:test";
import { ids, list, OLD, OTHER } from "./run-list-fixture.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

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

test("lines that are pasted into a note stay lines", async () => {
  const { terminal, services } = await list();
  terminal.press("end", "m");
  terminal.events?.paste("one\r\ntwo\nthree");
  expect(terminal.shown).toContain("one⏎two⏎three");
  terminal.press("enter");
  await settle(() => services.changes.length === 1);
  expect(services.changes[0]).toEqual([OTHER, { note: "one\ntwo\nthree" }]);
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
  await settle(() => services.changes.length === 1);
  expect(shell.notices.all.at(-1)?.text).toContain("is put away, and goes on, listed until its end: H shows it");
  expect([shell.runs.hidden(), shell.runs.shown("").some(({ id }) => id === going.id)]).toEqual([0, true]);
  terminal.press("end", "R", "ctrl+u");
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
  run.record = { ...run.record, status: "paused" };
  tick();
  expect(told().at(-1)?.text).toEndWith("its trainer waits, paused, and nobody keeps its record. esc, then A adopts it");
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
