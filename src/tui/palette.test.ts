import { afterEach, expect, test } from "bun:test";
import { toneIndex, UNDERLINE } from "../lib/canvas.ts";
import type { FakeServices } from "./fake-services.ts";
import { type FakeTerminal, fakeCheckpoint, fakeRow } from "./fake-terminal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

/** The palette, with all that it looks for, and a query. */
async function opened(query: string, size?: [number, number]) {
  const started = await start(undefined, {}, size, (services) => {
    services.rows.push(fakeRow("20260101-d12-broken", { problem: "its state cannot be read" }));
    services.list.push(fakeCheckpoint({ stage: "rl", tag: "d4", step: 77, dir: "/b/rl/d4" }));
  });
  const { terminal, shell } = started;
  await shell.openConfig({ prefab: "cpu" });
  shell.setTab("train");
  terminal.press(":");
  terminal.type("rl 77");
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("rl/d4 @ 77");
  });
  terminal.press("ctrl+u");
  terminal.type(query);
  return started;
}

const rows = (shown: string): string[] =>
  shown.split("\n").filter((row) => /│ +(recent|action|screen|panel|parameter|run|checkpoint|help) /.test(row));

/** The rows of the list without a query: what stands in the column of headings, and the name. */
function listed(shown: string): string[] {
  const all = shown.split("\n");
  const top = all.findIndex((row) => row.includes("╭ palette"));
  const left = all[top]!.indexOf("╭ palette") + 3;
  const end = all.findIndex((row, y) => y > top && row.startsWith("╰", left - 3));
  return all.slice(top + 3, end).map((row) => `${row.slice(left, left + 19)}${row.slice(left + 19).match(/^\S+( \S+)*/)?.[0] ?? ""}`);
}

test("it opens at once, what the focused thing can do first with its keys, before anything has answered", async () => {
  const { terminal, services } = await start();
  const never = new Promise<never>(() => undefined);
  services.listRuns = () => never;
  terminal.press(":");
  expect(listed(terminal.shown).slice(0, 2)).toEqual([expect.stringMatching(/^Charts +Cursor$/), expect.stringMatching(/^ +Baseline…$/)]);
  expect(terminal.shown).toMatch(/Charts +Cursor .* c +│/);
});

test("what is typed before anything has been loaded narrows it all the same", async () => {
  const { terminal } = await start();
  terminal.press(":");
  terminal.type("smoothing");
  expect(rows(terminal.shown)).toEqual([expect.stringContaining("Smoothing")]);
});

test("what is typed and is the key of an action here finds that first, whatever else is called so", async () => {
  const { terminal } = await opened("q");
  for (const [key, title] of [
    ["q", "Leave"],
    ["w", "Choose a screen"],
    ["S", "Stop…"],
  ] as const) {
    terminal.press("ctrl+u");
    terminal.type(key);
    expect(rows(terminal.shown)[0]).toContain(` ${title} `);
  }
});

test("a verb alone says of what it is", async () => {
  const { terminal } = await opened("delete action");
  const found = rows(terminal.shown).filter((row) => row.includes("Delete…"));
  expect(found.map((row) => /Delete… +(Checkpoints|Presets|Runs)/.exec(row)?.[1]).sort()).toEqual(["Checkpoints", "Presets", "Runs"]);
  terminal.press("ctrl+u");
  terminal.type("attach");
  expect(terminal.shown).toMatch(/Attach +Runs/);
});

test("of two actions of one title each says of what", async () => {
  const { terminal } = await opened("undo action");
  const found = rows(terminal.shown).filter((row) => row.includes("Undo"));
  expect(found).toEqual([expect.stringMatching(/Undo +(Config|Editing)/), expect.stringMatching(/Undo +(Config|Editing)/)]);
});

test("a screen is shown", async () => {
  const { terminal, shell } = await opened("overview screen");
  expect(rows(terminal.shown)[0]).toContain("screen     Overview");
  shell.setTab("runs");
  terminal.press("enter");
  expect([shell.state.tab, shell.screens.name]).toEqual(["train", "overview"]);
});

test("a panel of the screen gets the focus", async () => {
  const { terminal, shell } = await opened("log panel");
  terminal.press("enter");
  expect(shell.pane().id).toBe("log");
});

test("a parameter of the open plan is gone to in the form", async () => {
  const { terminal, shell } = await opened("eval_every");
  expect(rows(terminal.shown)[0]).toMatch(/parameter +eval_every +01-base_train 50/);
  terminal.press("enter");
  expect(shell.state.tab).toBe("config");
  expect(shell.pane().id).toBe("config");
  terminal.press("enter");
  expect(terminal.shown).toContain("eval_every");
  expect(terminal.shown).toContain("sets it");
});

test("a run is attached; one that cannot be says why", async () => {
  const { terminal, shell, run } = await opened("broken");
  expect(rows(terminal.shown)[0]).toMatch(/run +20260101-d12-broken +its state cannot be read/);
  terminal.press("enter");
  expect(shell.notices.all.at(-1)?.text).toContain("its state cannot be read");
  shell.setTab("runs");
  terminal.press(":");
  terminal.type(run.id);
  await settle(() => {
    shell.draw();
    return rows(terminal.shown).some((row) => row.includes(`run        ${run.id}`));
  });
  terminal.press("enter");
  await settle(() => shell.state.tab === "train");
});

test("an action that is named so refuses, rather than that a run is attached which is in a state of that name", async () => {
  const ended = trainedRun({ status: "done", endedAt: "2026-01-01T13:00:00.000Z" });
  const { terminal, shell } = await start(ended, {}, undefined, (services) => {
    services.rows.push(fakeRow("20260101-d12-other", { status: "stopped" }));
  });
  terminal.press(":");
  terminal.type("stop");
  await settle(() => {
    shell.draw();
    return rows(terminal.shown).some((row) => row.includes("d12-other"));
  });
  terminal.press("backspace");
  terminal.type("p");
  expect(rows(terminal.shown)[0]).toMatch(/action +Stop…/);
  terminal.press("enter");
  expect([shell.notices.all.at(-1)?.text, shell.run?.id]).toEqual([expect.stringMatching(/^Stop.*ended/), ended.id]);
});

test("a checkpoint is gone to", async () => {
  const { terminal, shell } = await opened("rl 77");
  terminal.press("enter");
  await settle(() => shell.state.selected.checkpoints === 2);
  expect(shell.state.tab).toBe("checkpoints");
});

test("the keys of a group are a topic of the help", async () => {
  const { terminal } = await opened("keys charts");
  terminal.press("enter");
  expect(terminal.shown).toContain("Charts");
  expect(terminal.shown).toContain("Smoothing");
  expect(terminal.shown).not.toContain("Go to Setup");
});

test("what was taken last comes first, the newest on top", async () => {
  const { terminal } = await opened("help action");
  terminal.press("enter", "esc", ":");
  terminal.type("log panel");
  terminal.press("enter", ":");
  expect(listed(terminal.shown).slice(0, 3)).toEqual([
    expect.stringMatching(/^Used last +log/),
    expect.stringMatching(/^ +Help/),
    expect.stringMatching(/^Log +Wrap long lines/),
  ]);
});

test("enter takes what was on the screen, not what has come in behind it meanwhile", async () => {
  const { terminal, services, shell } = await start();
  const gate = Promise.withResolvers<void>();
  services.listRuns = async () => {
    await gate.promise;
    return { ok: true, value: [fakeRow("notices")] };
  };
  terminal.press(":");
  terminal.type("notices");
  const [first] = rows(terminal.shown);
  gate.resolve();
  await gate.promise;
  await Promise.resolve();
  terminal.press("enter");
  expect(first).toContain("action     Notices");
  expect(shell.state.recent[0]).toBe("action:notices");
});

/** A list of runs that comes when it is let through. */
function late(services: FakeServices, ...ids: string[]): () => void {
  const gate = Promise.withResolvers<void>();
  services.listRuns = async () => {
    await gate.promise;
    return { ok: true, value: ids.map((id) => fakeRow(id)) };
  };
  return gate.resolve;
}

const below = (shown: string): number => Number(/(\d+) more below/.exec(shown)?.[1]);

test("a run that was used last and comes in late moves no row; the next time it stands at the top at once", async () => {
  const { terminal, services, shell } = await start(undefined, {}, [100, 24]);
  shell.state.recent = ["run:20260101-d12", "action:help"];
  const letThrough = late(services, "20260101-d12");
  terminal.press(":", "down");
  const before = listed(terminal.shown);
  const more = below(terminal.shown);
  letThrough();
  await settle(() => {
    shell.draw();
    return below(terminal.shown) > more;
  });
  expect(listed(terminal.shown)).toEqual(before);
  terminal.press("esc");
  late(services);
  terminal.press(":");
  expect(listed(terminal.shown).slice(0, 2)).toEqual([expect.stringMatching(/^Used last +20260101-d12/), expect.stringMatching(/^ +Help/)]);
});

test("what comes in late for what is typed stands behind what was there", async () => {
  const { terminal, services, shell } = await start();
  const letThrough = late(services, "moothing");
  terminal.press(":");
  terminal.type("moothing");
  const before = rows(terminal.shown);
  letThrough();
  await settle(() => {
    shell.draw();
    return rows(terminal.shown).some((row) => row.includes("run        moothing"));
  });
  expect(rows(terminal.shown).slice(0, before.length)).toEqual(before);
});

test("thousands of runs do not make typing slow to the eye", async () => {
  const { terminal, services, shell } = await start();
  services.rows = Array.from({ length: 2000 }, (_, i) => fakeRow(`20260101-d12-run-${i}`));
  terminal.press(":");
  terminal.type("run-1999");
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("20260101-d12-run-1999");
  });
  const before = performance.now();
  terminal.press("backspace");
  expect(performance.now() - before).toBeLessThan(200);
});

/** The letters of each row that are marked as typed. */
function marks({ canvas, shown }: FakeTerminal): string[] {
  const { attributes, width } = canvas!;
  const isMarked = (x: number, y: number): boolean => (attributes[y * width + x]! & UNDERLINE) !== 0;
  const ofRow = (row: string, y: number): string => [...row].filter((_, x) => isMarked(x, y)).join("");
  return shown.split("\n").flatMap((row, y) => (rows(row).length === 0 ? [] : ofRow(row, y)));
}

test("why a row is listed can be seen: the letters that were typed are marked wherever they are, in what it is, is called or says", async () => {
  const { terminal } = await opened("rl/d4 checkpoint", [200, 60]);
  expect(marks(terminal)).toEqual(["checkpointrl/d4"]);
  terminal.press("ctrl+u");
  terminal.type("loss");
  const found = marks(terminal).map((letters) => [...letters.toLowerCase()].sort().join(""));
  expect(new Set(found)).toEqual(new Set(["loss"]));
  expect(found.length).toBeGreaterThan(1);
});

test("what a word names stands alone; only where nothing does are its letters looked for anywhere", async () => {
  const { terminal } = await opened("alert", [200, 60]);
  expect(rows(terminal.shown).length).toBeGreaterThan(0);
  expect(rows(terminal.shown).every((row) => row.toLowerCase().includes("alert"))).toBe(true);
  const find = (query: string): string[] => {
    terminal.press("ctrl+u");
    terminal.type(query);
    return rows(terminal.shown);
  };
  expect(find("moothing")[0]).toContain("Smoothing");
  expect(find("sn")[0]).toContain("Save now");
  expect(find("smthng")[0]).toContain("Smoothing");
});

test("esc twice at once closes it", async () => {
  const { terminal, shell } = await start(trainedRun());
  terminal.press(":");
  shell.key({ name: "escape", ctrl: false, shift: false, meta: true, sequence: "\x1b\x1b" });
  expect(shell.overlays.current).toBeNull();
});

test("while a screen is edited its own actions come first", async () => {
  const { terminal } = await start(trainedRun());
  terminal.press("e", ":");
  expect(listed(terminal.shown)[0]).toMatch(/^Editing a screen +Add/);
});

/** The selected row of the list. */
function selected({ canvas, shown }: FakeTerminal): string {
  const { bg, width } = canvas!;
  return shown.split("\n").find((_, y) => y > 0 && bg[y * width + 6] === toneIndex("surface")) ?? "";
}

test("tab goes from heading to heading, and the one of what is to be seen stands at the top", async () => {
  const { terminal } = await start(trainedRun(), {}, [80, 24]);
  terminal.press(":");
  expect(selected(terminal)).toMatch(/ Charts +Cursor /);
  terminal.press("tab");
  expect(selected(terminal)).toMatch(/ Train +Save now /);
  terminal.press("tab");
  expect(selected(terminal)).toMatch(/ Screens +/);
  expect(listed(terminal.shown)[0]).toMatch(/^(Charts|Train) /);
  terminal.press("shift+tab");
  expect(selected(terminal)).toMatch(/ Train +Save now /);
  expect(terminal.shown).toContain("tab next heading");
  terminal.type("s");
  expect(terminal.shown).not.toContain("tab next heading");
  expect(terminal.row(-2)).toContain("q leave");
});

test("without a query what cannot be done stands last of its own", async () => {
  const { terminal } = await start(trainedRun({ status: "done", endedAt: "2026-01-01T13:00:00.000Z" }), {}, [120, 50]);
  terminal.press(":", "tab");
  const names = listed(terminal.shown).map((row) => row.trim());
  expect(names.findIndex((name) => name.includes("Save now"))).toBeGreaterThan(names.findIndex((name) => name.includes("Alerts")));
});

test("a parameter that the run's loop re-reads is found, and leads to its place in the patch dialog", async () => {
  const field = (name: string, effect: string) => ({ name, type: "float", value: 0.02, min: 0, max: null, effect, frozen: null });
  const run = trainedRun();
  run.reader.event("config", { derived: {}, fields: [field("scalar_lr", "Of scalars."), field("matrix_lr", "Of matrices.")] });
  const { terminal, shell } = await start(run);
  terminal.press(":");
  for (const letter of "matrix_lr") terminal.press(letter);
  await settle(() => {
    shell.draw();
    return /parameter +matrix_lr +of the run/.test(rows(terminal.shown)[0] ?? "");
  });
  terminal.press("enter");
  expect(terminal.shown).toContain("Of matrices.");
});

test("the keys that begin a filter or the palette elsewhere change nothing in an empty one; within a name they are letters", async () => {
  const { terminal } = await start();
  terminal.press(":");
  const before = terminal.shown;
  terminal.press("/", ":");
  expect(terminal.shown).toBe(before);
  terminal.type("rl/");
  expect(terminal.shown).toContain("› rl/");
});

test("letters that come one by one find what the same letters find at once, in the same order, and so does what is left of them", async () => {
  for (const query of [
    "save now",
    "sc ov",
    "eval ev",
    "loss",
    "chart lo",
    "zz",
    "rl 77",
    "th dark",
    "!save ev",
    "ev !save",
    "run | ov",
    "^th",
  ]) {
    const { terminal, shell } = await opened("");
    const atOnce = (text: string): string => {
      // What nothing is called leaves nothing of what was typed before.
      for (const pasted of ["§§", text]) {
        terminal.press("ctrl+u");
        shell.paste(pasted);
      }
      return terminal.shown;
    };
    terminal.press("ctrl+u");
    for (const [at, letter] of [...query].entries()) {
      terminal.type(letter);
      const shown = terminal.shown;
      const typed = query.slice(0, at + 1);
      expect(shown).toBe(atOnce(typed));
      // Back to where it would be by letters alone.
      terminal.press("ctrl+u");
      for (const before of typed) terminal.type(before);
    }
    terminal.press("backspace");
    terminal.press("backspace");
    expect(terminal.shown).toBe(atOnce(query.slice(0, -2)));
    await stopAll();
  }
});
