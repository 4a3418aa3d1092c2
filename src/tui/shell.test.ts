import { afterEach, expect, test } from "bun:test";
import { ok } from "../core/result.ts";
import { START } from "../panels/fake-data.ts";
import { ACTIONS } from "./actions.ts";
import { FakeServices } from "./fake-services.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { Shell } from "./shell.ts";
import { keep, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";
import { TABS } from "./tabs.ts";
import { BUILT_IN, builtIn } from "./themes.ts";

afterEach(stopAll);

test("the first frame is there before any run has been read", () => {
  const terminal = new FakeTerminal();
  const shell = new Shell(new FakeServices(), terminal, { initialRun: "x", theme: builtIn("dark"), ascii: false });
  keep(shell);
  void shell.start();
  expect(terminal.shown).toContain("nanochat-cli  1 Setup");
});

test("an attached run is shown with its step, loss and log", async () => {
  const { terminal } = await start();
  await settle(() => terminal.shown.includes("step 300 / 600"));
  await settle(() => terminal.shown.includes("loss 2.5000"));
  await settle(() => terminal.shown.includes("step 00299 | loss: 2.5"));
  expect(terminal.row(-1)).toContain("TRAIN │ ● running pocket 300/600 50%");
});

test("new data comes to the screen with the tick", async () => {
  const { terminal, run, tick } = await start();
  run.reader.put(1, "train/loss", [399, 2.25]);
  run.changed = true;
  tick(1000);
  await settle(() => terminal.shown.includes("step 400 / 600"));
});

test("save now asks the run, and its end is told", async () => {
  const { terminal, services, shell, run, tick } = await start();
  run.changed = true;
  tick();
  terminal.press("s");
  await settle(() => terminal.shown.includes("Asked for a checkpoint"));
  expect(services.asked).toEqual([["20260101-120000-pocket", "save"]]);
  run.reader.asked.push({
    id: "1",
    kind: "save",
    phase: "done",
    step: 302,
    path: "/x",
    bytes: 2048,
    reason: null,
    at: new Date(START).toISOString(),
  });
  run.changed = true;
  tick(100);
  expect(terminal.shown).toContain("save now · done at step 302 · 2.00 KiB");
  // Of one request the newest word counts: two would cover the panel below for nothing. Both stay in the history.
  expect(terminal.shown).not.toContain("Asked for a checkpoint");
  expect(shell.notices.all.map(({ text }) => text).join()).toContain("Asked for a checkpoint");
});

test("what cannot be done says why, and asks nobody", async () => {
  const run = trainedRun({ status: "done", endedAt: new Date(START).toISOString() });
  const { terminal, services } = await start(run);
  terminal.press("s");
  expect(terminal.shown).toContain("Save now: the run has ended");
  expect(services.asked).toEqual([]);
});

test("a script without the capability refuses with its own reason", async () => {
  const run = trainedRun();
  run.reader.allEvents.length = 0;
  run.reader.event("hello", { capabilities: { save: { available: false, reason: "its save branch was not found" } } });
  const { terminal } = await start(run);
  terminal.press("s");
  expect(terminal.shown).toContain("its save branch was not found");
});

test("evaluate, sample and pause ask the run; P lets a paused one go on", async () => {
  const { terminal, services, run, shell, tick } = await start();
  terminal.press("v", "g", "P");
  run.record = { ...run.record, status: "paused" };
  run.changed = true;
  tick();
  terminal.press("v", "P");
  await settle(() => services.asked.length === 5);
  expect(services.asked.map(([, kind]) => kind)).toEqual(["evaluate", "sample", "pause", "evaluate", "resume"]);
  expect(shell.notices.all.map(({ text }) => text)).toContain("Asked for an evaluation: it comes once the run goes on (P)");
});

const EVAL_EVERY = {
  name: "eval_every",
  type: "int",
  value: 250,
  min: 1,
  max: null,
  effect: "Evaluates every so many steps.",
  frozen: null,
};

test("a patch is typed, looked at and applied; p and T open it", async () => {
  const run = trainedRun();
  run.reader.event("config", { derived: {}, fields: [EVAL_EVERY] });
  const { terminal, services } = await start(run, {}, [80, 24]);
  terminal.press("T");
  expect(terminal.shown).toContain("Evaluates every so many steps.");
  terminal.press("esc", "p");
  terminal.type("50");
  terminal.press("enter", "tab", "enter");
  await settle(() => services.patches.length === 1);
  expect(services.patches).toEqual([{ eval_every: 50 }]);
});

test("a patch before the trainer has told its fields says why not", async () => {
  const { terminal } = await start();
  terminal.press("p");
  expect(terminal.shown).toContain("Patch…: the trainer has not said yet");
});

test("the stop dialog names what is lost without a checkpoint", async () => {
  const run = trainedRun();
  run.reader.event("checkpoint", { bytes: 1 }, { step: 290 });
  const { terminal } = await start(run);
  terminal.press("S");
  expect(terminal.shown).toContain("10 steps are lost");
});

test("enter in the stop dialog keeps training; only its own key stops", async () => {
  const { terminal, services } = await start();
  terminal.press("S");
  expect(terminal.shown).toContain("ends for good");
  terminal.press("enter");
  expect(terminal.shown).not.toContain("ends for good");
  expect(services.asked).toEqual([]);
  terminal.press("S", "y");
  await settle(() => services.asked.length === 1);
  expect(services.asked[0]?.[1]).toBe("stop");
  terminal.press("S", "K");
  await settle(() => services.asked.length === 2);
  expect(services.asked[1]?.[1]).toBe("stop-now");
});

test("chart keys change what the chart says of itself, at once", async () => {
  const { terminal } = await start();
  expect(terminal.shown).toContain("step · linear · ema 0.9");
  terminal.press("L");
  expect(terminal.shown).toContain("step · log · ema 0.9");
  terminal.press("o", "o");
  expect(terminal.shown).toContain("step · log · raw");
  terminal.press("x");
  expect(terminal.shown).toContain("tokens · log · raw");
  terminal.press("+");
  expect(terminal.shown).toContain("last 1/2");
  terminal.press("0");
  expect(terminal.shown).not.toContain("last 1/2");
});

test("a filter narrows the log while it is typed, and esc takes it back", async () => {
  const { terminal } = await start();
  terminal.press("/");
  terminal.type("00298");
  expect(terminal.shown).toContain("step 00298");
  expect(terminal.shown).not.toContain("step 00299 |");
  expect(terminal.cursor).toEqual({ x: 7, y: 34 });
  terminal.press("esc");
  expect(terminal.shown).toContain("step 00299 |");
});

test("letters typed into a field never trigger actions", async () => {
  const { terminal, services } = await start();
  terminal.press("/");
  terminal.type("sSq");
  expect(services.asked).toEqual([]);
  expect(terminal.shown).not.toContain("ends for good");
  expect(terminal.row(-2)).toContain("/sSq");
});

test("maximise gives the focused panel the whole body, and gives it back", async () => {
  const { terminal, shell } = await start();
  shell.focus("loss");
  terminal.press("z");
  expect(terminal.row(2)).toMatch(/^╭ loss .*╮$/);
  expect(terminal.shown).not.toContain("samples");
  terminal.press("esc");
  expect(terminal.shown).toContain("samples");
});

test("tab walks through all panels, also those that share a place", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 24]);
  const seen = new Set<string>();
  for (let i = 0; i < 8; i++) {
    terminal.press("tab");
    seen.add(shell.state.focus.train);
  }
  expect([...seen].sort()).toEqual(["checkpoints", "events", "host", "log", "loss", "progress", "samples", "validation"]);
  terminal.press("shift+tab");
  expect(terminal.shown).toContain("step 300 / 600");
});

test("the palette finds an action by a few letters and runs it", async () => {
  const { terminal } = await start();
  terminal.press(":");
  terminal.type("lgscl");
  await settle(() => terminal.shown.includes("Log scale"));
  terminal.press("enter");
  expect(terminal.shown).toContain("step · log · ema 0.9");
});

test("the palette says why an action cannot be done", async () => {
  const { terminal } = await start(trainedRun({ status: "done", endedAt: new Date(START).toISOString() }));
  terminal.press("ctrl+p");
  expect(terminal.shown).toMatch(/Save now +the run has ended/);
});

test("help lists the keys of where one is, on a second ? all of them, and any other key closes it", async () => {
  const { terminal } = await start();
  terminal.press("?");
  expect(terminal.shown).toContain("Everywhere");
  expect(terminal.shown).not.toContain("Stages on disk");
  terminal.press("?");
  expect(terminal.shown).toContain("more below");
  terminal.press("pagedown");
  expect(terminal.shown).toMatch(/Stages on disk {2}elsewhere/);
  terminal.press("a");
  expect(terminal.shown).not.toContain("Stages on disk");
});

test("help begins with the focused panel, then its tab, then everywhere; each key stands once, at what it does there", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 60]);
  shell.focus("log");
  shell.draw();
  terminal.press("?");
  expect(terminal.shown).toMatch(/╭ help · log/);
  const heads = (): number[] =>
    ["Log", "Lists and long text", "Train", "Charts", "Screens"].map((head) => terminal.shown.search(new RegExp(`│ +${head} +│`)));
  expect(heads()).toEqual([...heads()].sort((a, b) => a - b));
  expect(heads()[0]).toBeGreaterThan(0);
  terminal.press("/");
  terminal.type("alt+1");
  expect(terminal.shown).toMatch(/alt\+1 {2}Screen 1/);
  expect(terminal.shown).not.toContain("Go to Setup");
});

test("help is narrowed by words, says how many are left, and esc takes the filter away before it closes", async () => {
  const { terminal } = await start();
  terminal.press("?", "/");
  terminal.type("panel export|copy");
  expect(terminal.shown).toMatch(/1 of \d{3}/);
  expect(terminal.shown).toMatch(/y {2}Copy this panel/);
  expect(terminal.shown).toContain("enter keeps · esc clears");
  terminal.press("enter", "esc");
  expect(terminal.shown).toContain("Save now");
  terminal.press("/");
  terminal.type("nothing like it");
  expect(terminal.shown).toContain("Nothing is called that");
  terminal.press("esc", "esc");
  expect(terminal.shown).not.toContain("╭ help");
});

test("what is gone to in the help is done by enter; enter alone only closes it", async () => {
  const { terminal, shell, services } = await start();
  terminal.press("?", "enter");
  expect(terminal.shown).not.toContain("╭ help");
  expect(services.asked).toEqual([]);
  terminal.press("?", "/");
  terminal.type("log scale");
  terminal.press("enter", "down", "enter");
  expect(terminal.shown).not.toContain("╭ help");
  expect(shell.state.chart.scale).toBe("log");
});

test("help is scrolled by pages, by the wheel, and with what is selected", async () => {
  const { terminal } = await start(trainedRun(), {}, [80, 24]);
  terminal.press("?");
  const first = terminal.shown;
  terminal.press("pagedown");
  expect(terminal.shown).not.toBe(first);
  terminal.press("pageup");
  expect(terminal.shown).toBe(first);
  terminal.events?.mouse({ kind: "wheel", x: 40, y: 12, rows: 500 });
  expect(terminal.shown).toContain("Suspend");
  terminal.events?.mouse({ kind: "wheel", x: 40, y: 12, rows: -500 });
  terminal.press(...Array.from({ length: 40 }, () => "down"));
  expect(terminal.shown).not.toBe(first);
  expect(terminal.shown).toContain("enter does it");
});

test("help has room for every title", () => {
  for (const { title } of ACTIONS) expect([title, title.length <= 36]).toEqual([title, true]);
});

test("help says of an action without a key where it is found", async () => {
  const { terminal } = await start(trainedRun(), {}, [200, 60]);
  terminal.press("?");
  expect(terminal.shown).toMatch(/palette {2}Choose a theme/);
  expect(terminal.shown).toMatch(/palette {2}Show the tour/);
});

test("the mouse changes tabs, focuses panels and presses footer hints", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [200, 60]);
  terminal.click("2 Config");
  expect(shell.state.tab).toBe("config");
  terminal.click("4 Train");
  terminal.click("samples");
  expect(shell.state.focus.train).toBe("samples");
  terminal.click("x axis");
  expect(terminal.shown).toContain("tokens · linear");
});

test("the wheel scrolls the log, and f follows again", async () => {
  const run = trainedRun();
  run.reader.say(...Array.from({ length: 200 }, (_, i) => `line ${i}`));
  const { terminal } = await start(run);
  const y = terminal.shown.split("\n").findIndex((row) => row.includes("following"));
  const x = terminal.row(y).indexOf("╭ log") + 3;
  terminal.events?.mouse({ kind: "wheel", x, y: y + 2, rows: -30 });
  expect(terminal.shown).toContain("scrolled · f follows");
  expect(terminal.shown).not.toContain("line 199");
  terminal.press("f");
  expect(terminal.shown).toContain("line 199");
});

test("W wraps the focused log, its footer says so, and elsewhere it says what to do", async () => {
  const run = trainedRun();
  run.reader.say(`${"word ".repeat(60)}end`);
  const { terminal, shell } = await start(run);
  terminal.press("W");
  expect(terminal.shown).toContain("the log has not the focus");
  expect(terminal.shown).not.toContain("W wrap long lines");
  shell.focus("log");
  shell.draw();
  expect(terminal.shown).not.toMatch(/word end/);
  expect(terminal.shown).toContain("W wrap long lines");
  terminal.press("W");
  expect(terminal.shown).toMatch(/word end/);
  expect(terminal.shown).toContain("wrapped · following");
});

test("the Runs tab tells in full why the selected run failed, and how it goes on", async () => {
  const reason =
    "A checkpoint could not be written: the disk is full, and the sentence that says so is longer than any row of this list is wide";
  const run = trainedRun({ status: "failed", reason, endedAt: new Date(START + 1000).toISOString() });
  run.reader.event("checkpoint", { path: "/b/base_checkpoints/d4" }, { step: 200 });
  const { terminal, shell, tick } = await start(run, { initialTab: "runs" });
  shell.setTab("runs");
  await settle(() => {
    tick(50);
    return terminal.shown.includes("checkpoints resume base/d4@200");
  });
  expect(terminal.shown.replaceAll(/[│╭╮╰╯─\s]+/g, " ")).toContain(reason);
});

test("ctrl+c asks to be pressed again, q leaves at once", async () => {
  const { terminal, shell } = await start();
  terminal.press("ctrl+c");
  expect(terminal.shown).toContain("ctrl+c again leaves; the run goes on");
  terminal.press("ctrl+c");
  expect((await shell.ended.promise).code).toBe(130);
  const other = await start();
  other.terminal.press("q");
  expect((await other.shell.ended.promise).code).toBe(0);
});

test("an error in a handler ends the program with it, and nowhere else", async () => {
  const terminal = new FakeTerminal();
  const run = trainedRun();
  const services = new FakeServices().add(run);
  const shell = new Shell(services, terminal, { initialRun: run.id, theme: builtIn("dark"), ascii: false });
  keep(shell);
  void shell.start();
  await settle(() => shell.run !== null);
  services.request = () => Promise.reject(new Error("boom"));
  terminal.press("s");
  const { code, error } = await shell.ended.promise;
  expect(code).toBe(1);
  expect(String(error)).toContain("boom");
});

test("with no run the Train tab says so, and what to do", async () => {
  const { terminal } = await start(null, { initialTab: "train" });
  expect(terminal.shown).toContain("No run is attached");
  expect(terminal.shown).toContain("nanochat-cli train pocket");
});

test("errors stay on the screen until they are seen, other messages for five seconds", async () => {
  const { terminal, shell, tick } = await start();
  shell.notify("info", "just so");
  shell.notify("bad", "the disk of the base dir is full");
  tick(10_000);
  expect(terminal.shown).not.toContain("just so");
  expect(terminal.shown).toContain("the disk of the base dir is full");
  expect(terminal.shown).toContain("esc closes");
  // What the program has to say is no alert of the run.
  expect(terminal.row(-1)).toContain("1 notice n");
  expect(terminal.row(-1)).not.toContain("▲");
  terminal.press("n");
  expect(terminal.shown).toContain("just so");
  terminal.press("esc");
  expect(terminal.shown).not.toContain("the disk of the base dir is full");
});

test("in every size there is a frame, without an error", async () => {
  const { terminal, shell } = await start();
  for (const tab of TABS.map(({ id }) => id)) {
    shell.setTab(tab);
    for (let width = 1; width <= 250; width += width < 30 ? 1 : 37) {
      for (let height = 1; height <= 75; height += height < 26 ? 1 : 11) {
        terminal.width = width;
        terminal.height = height;
        shell.draw();
        expect(terminal.canvas?.width).toBe(width);
      }
    }
  }
  terminal.width = 19;
  shell.draw();
  expect(terminal.shown).toStartWith("terminal too small");
});

test("under 60 by 16 the progress panel has the screen to itself", async () => {
  const { terminal } = await start(trainedRun(), {}, [50, 14]);
  expect(terminal.shown).toContain("step 300 / 600");
  expect(terminal.shown).not.toContain("╭ loss");
});

test("overlays stay inside the smallest screens", async () => {
  const { terminal, shell } = await start();
  for (const what of ["palette", "help", "notices"] as const) {
    shell.overlays[what]();
    for (const [width, height] of [
      [20, 5],
      [40, 10],
      [80, 24],
    ] as const) {
      terminal.width = width;
      terminal.height = height;
      shell.draw();
      expect(terminal.canvas?.height).toBe(height);
    }
    terminal.press("esc");
  }
});

test("nothing is drawn while nothing happens", async () => {
  const { terminal, shell } = await start();
  shell.refresh();
  shell.draw();
  const before = terminal.presented;
  shell.refresh();
  await new Promise((resolve) => setImmediate(resolve));
  expect(terminal.presented).toBe(before);
});

test("copy takes the focused panel's text", async () => {
  const { terminal, shell } = await start();
  shell.focus("progress");
  terminal.press("y");
  expect(terminal.copied[0]).toContain("step 300 / 600");
});

test("in ASCII no character beyond it reaches the terminal", () => {
  const terminal = new FakeTerminal();
  const shell = new Shell(new FakeServices(), terminal, { initialRun: "x", theme: builtIn("none"), ascii: true });
  keep(shell);
  void shell.start();
  expect(/^[\n\x20-\x7e]*$/.test(terminal.shown)).toBe(true);
});

test("t goes through all themes, those of the user too, and says what is hard to read in one", async () => {
  const text = 'title: Mine\ntones: {muted: "#303540"}\n';
  const { terminal, services, shell } = await start();
  services.ownThemes = [{ name: "mine", file: "/t/mine.yaml", text: ok(text) }];
  const names: string[] = [];
  for (let i = 0; i < 9; i++) {
    terminal.press("t");
    names.push(terminal.theme?.name ?? "");
  }
  expect(names).toEqual([...BUILT_IN.slice(1).map(({ name }) => name), "mine", "dark"]);
  expect(shell.notices.all.map((notice) => notice.text)).toContain(
    "Theme mine is hard to read: line 2: muted stands 1.5:1 on bg, less than 4.5:1",
  );
});

test("a theme that was asked for stays when the terminal tells of its background, a guess gives way", async () => {
  const guessed = await start();
  guessed.terminal.events?.background("light");
  expect(guessed.terminal.theme?.name).toBe("light");
  const asked = await start(undefined, { theme: "dark" });
  asked.terminal.events?.background("light");
  expect(asked.terminal.theme).toBeNull();
});
