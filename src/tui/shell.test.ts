import { afterEach, expect, test } from "bun:test";
import { ok } from "../core/result.ts";
import { START } from "../panels/fake-data.ts";
import { FakeServices } from "./fake-services.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { Shell } from "./shell.ts";
import { keep, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";
import { TABS } from "./tabs.ts";
import { BUILT_IN, builtIn } from "./themes.ts";

afterEach(stopAll);

test("the first frame is there before any run has been read", () => {
  const terminal = new FakeTerminal();
  const shell = new Shell(new FakeServices(), terminal, {
    initialRun: "x",
    theme: builtIn("dark"),
    ascii: false,
    inputBudgetMs: Number.POSITIVE_INFINITY,
  });
  keep(shell);
  void shell.start();
  expect(terminal.shown).toContain("nanochat-cli  1 Setup");
});

test("an attached run is shown with its step, loss and log", async () => {
  const { terminal } = await start();
  await settle(() => terminal.shown.includes("300 / 600 steps"));
  await settle(() => terminal.shown.includes("loss 2.5000"));
  await settle(() => terminal.shown.includes("step 00299 | loss: 2.5"));
  expect(terminal.row(-1)).toContain("TRAIN │ ● running pocket 300/600 50%");
});

test("new data comes to the screen with the tick", async () => {
  const { terminal, run, tick } = await start();
  run.reader.put(1, "train/loss", [399, 2.25]);
  run.changed = true;
  tick(1000);
  await settle(() => terminal.shown.includes("400 / 600 steps"));
});

test("chart keys change what the chart says of itself, at once", async () => {
  const { terminal } = await start();
  expect(terminal.shown).toContain("step · linear · ema 0.9");
  terminal.press("L");
  expect(terminal.shown).toContain("step · log · ema 0.9");
  terminal.press("o", "o");
  expect(terminal.shown).toMatch(/\(raw\).*step · log /);
  terminal.press("x");
  expect(terminal.shown).toMatch(/\(raw\).*tokens · log /);
  terminal.press("+");
  expect(terminal.shown).toContain("last 1/2");
  terminal.press("0");
  expect(terminal.shown).not.toContain("last 1/2");
});

const burst = (sequence: string) => ({ name: "", ctrl: false, shift: false, meta: false, sequence });

test("esc and alt with a digit, read together, are both done: what lay on top is closed and the screen is shown", async () => {
  const { terminal, shell } = await start();
  terminal.press(":");
  terminal.events?.key(burst("\x1b\x1b9"));
  expect([shell.overlays.current, shell.screens.name]).toEqual([null, shell.screens.list[8]!.name]);
  // With alt it is no action: so it was pressed after another esc.
  terminal.press(":");
  terminal.events?.key(burst("\x1b\x1bv"));
  await settle(() => shell.notices.all.some(({ text }) => text.includes("Asked for an evaluation")));
});

test("a log that stands at the cursor says why it does not follow, scrolled or not", async () => {
  const { terminal, shell } = await start();
  shell.focus("log");
  terminal.press("f");
  expect(shell.notices.all.at(-1)?.text).toBe("Follow: the log is followed already");
  terminal.press("c", "f");
  expect(shell.notices.all.at(-1)?.text).toBe("Follow: the log stands at the cursor: esc takes that away");
  shell.notices.dismiss();
  shell.state.logBottom = 2;
  terminal.press("f");
  expect(shell.notices.all).toHaveLength(3);
  expect(shell.state.logBottom).toBeNull();
  expect(shell.notices.all.at(-1)?.text).toBe("Follow: the log stands at the cursor: esc takes that away");
});

test("a key of a replay says outside of one that there is none", async () => {
  const { terminal, shell } = await start();
  terminal.press("G");
  expect(shell.notices.all.at(-1)?.text).toBe("To a step…: no run is being replayed");
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
  expect(terminal.shown).not.toContain("Stop and save");
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
  expect(terminal.shown).toContain("300 / 600 steps");
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

test("ctrl+c speaks of a run that goes on only where there is one", async () => {
  const said = async (...args: Parameters<typeof start>): Promise<string | undefined> => {
    const { terminal, shell } = await start(...args);
    terminal.press("ctrl+c");
    return shell.notices.all.at(-1)?.text;
  };
  expect(await said(null)).toBe("ctrl+c again leaves");
  const ended = { status: "done", endedAt: "2026-01-01T13:00:00.000Z" } as const;
  expect(await said(trainedRun(ended))).toBe("ctrl+c again leaves");
  expect(await said(trainedRun(ended), { replay: {} })).toBe("ctrl+c again leaves");
  expect(await said(trainedRun(), { replay: {} })).toBe("ctrl+c again leaves; the run goes on");
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
  const shell = new Shell(services, terminal, {
    initialRun: run.id,
    theme: builtIn("dark"),
    ascii: false,
    inputBudgetMs: Number.POSITIVE_INFINITY,
  });
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
  expect(terminal.shown).toContain("300 / 600 steps");
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
  expect(terminal.copied[0]).toContain("300 / 600 steps");
});

test("in ASCII no character beyond it reaches the terminal", () => {
  const terminal = new FakeTerminal();
  const shell = new Shell(new FakeServices(), terminal, {
    initialRun: "x",
    theme: builtIn("none"),
    ascii: true,
    inputBudgetMs: Number.POSITIVE_INFINITY,
  });
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

test("under NO_COLOR t leaves everything without colours and says why; a theme chosen by its name is taken", () => {
  const terminal = new FakeTerminal();
  const shell = new Shell(new FakeServices(), terminal, {
    initialRun: "x",
    theme: builtIn("none"),
    ascii: false,
    inputBudgetMs: Number.POSITIVE_INFINITY,
  });
  keep(shell);
  void shell.start();
  terminal.press("t", "t");
  expect(terminal.theme).toBeNull();
  expect(shell.notices.all.map((notice) => notice.text)).toContainEqual(expect.stringContaining(" is set: themes have no colours here"));
  expect(shell.theme.kept).toBeNull();
  shell.theme.use("light");
  expect(terminal.theme?.name).toBe("light");
  terminal.press("t");
  expect(terminal.theme?.name).not.toBe("light");
});

test("a theme that was asked for stays when the terminal tells of its background, a guess gives way", async () => {
  const guessed = await start();
  guessed.terminal.events?.background("light");
  expect(guessed.terminal.theme?.name).toBe("light");
  const asked = await start(undefined, { theme: "dark" });
  asked.terminal.events?.background("light");
  expect(asked.terminal.theme).toBeNull();
});
