import { afterEach, expect, test } from "bun:test";
import { fail } from "../core/result.ts";
import { fakeState } from "../panels/fake-data.ts";
import type { FakeServices } from "./fake-services.ts";
import { FakeRun, fakeRow } from "./fake-terminal.ts";
import { type Started, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";
import { UiKeeper } from "./ui-restore.ts";
import { NOTHING_KEPT, readUiState } from "./ui-state.ts";

afterEach(stopAll);

/** What was written of a program that was killed: the last thing that its tick has kept. */
async function afterTick({ tick, services }: Started): Promise<Record<string, unknown>> {
  tick(2000);
  return services.ui as Record<string, unknown>;
}

const again = (value: Record<string, unknown>, rest: { initialRun?: string; initialTab?: "runs" } = {}) =>
  start(trainedRun(), { initialRun: undefined, kept: { value, problem: null }, ...rest });

test("tab, run, screen, focus, charts, filters, selections and theme are back", async () => {
  const first = await start();
  const { terminal, shell } = first;
  terminal.press("t", "x", "L", "+");
  shell.focus("log");
  shell.state.filter.log = "step";
  shell.draw();
  terminal.press("W");
  shell.setTab("checkpoints");
  await settle(() => shell.checkpoints.all !== null);
  shell.draw();
  terminal.press("down");
  const value = await afterTick(first);
  expect(value["theme"]).toBe("light");
  const { shell: back } = await again(value);
  expect(back.run?.id).toBe(shell.run?.id);
  expect(back.state.tab).toBe("checkpoints");
  expect(back.state.focus.train).toBe("log");
  expect(back.state.logTurned).toBe(true);
  expect(back.state.chart).toEqual(shell.state.chart);
  expect(back.state.chart.window.kind).not.toBe("all");
  expect(back.state.filter).toEqual(shell.state.filter);
  expect(back.state.selected.checkpoints).toBe(1);
});

test("of a run that has ended since it is told that another one goes on", async () => {
  const first = await start();
  const value = await afterTick(first);
  const ended = trainedRun({ status: "done", endedAt: "2026-01-01T13:00:00.000Z" });
  const { shell } = await start(ended, { initialRun: undefined, kept: { value, problem: null } }, [120, 36], (services) =>
    services.rows.push(fakeRow("20260104-110000-costly", { name: "costly", status: "running", liveness: "owned" })),
  );
  await settle(() => shell.notices.all.length > 0);
  expect(shell.notices.all.at(-1)?.text).toBe("costly goes on; what is shown has ended. 6 lists all");
});

test("a plan with its unsaved edits is open again when its tab is come to, and not lost while it is not", async () => {
  const first = await start();
  await first.shell.openConfig({ prefab: "cpu" });
  await settle(() => first.shell.config.draft !== null);
  first.shell.config.draft?.set("01-base_train", "depth", "6");
  first.shell.setTab("runs");
  const value = await afterTick(first);

  const second = await again(value);
  const later = await afterTick(second);
  expect(later["draft"]).toEqual(value["draft"]);

  second.shell.setTab("config");
  await settle(() => second.shell.config.draft !== null);
  expect(second.services.opened).toEqual([{ prefab: "cpu" }]);
  expect(second.shell.config.draft?.edits).toBe(1);
  const depth = second.shell.config.draft?.plan.stages[0]?.values.find(({ parameter }) => parameter.name === "depth");
  expect(depth?.value).toBe(6);
});

test.each([{ prefab: "cpu" }, { run: "20260101-120000-pocket" }])(
  "a plan that was saved under another name is that one from then on, also after a restart: %p",
  async (source) => {
    const first = await start();
    await first.shell.openConfig(source);
    await settle(() => first.shell.config.draft !== null);
    first.shell.config.draft?.set("01-base_train", "depth", "6");
    first.terminal.press("ctrl+s");
    first.terminal.type("mine");
    first.terminal.press("enter");
    await settle(() => JSON.stringify(first.shell.config.source) === '{"prefab":"mine"}');
    const value = await afterTick(first);
    expect(value["draft"]).toEqual({ source: { prefab: "mine" }, work: { edits: [], inserted: [], count: 0 } });
  },
);

test("changes of a screen that are in no file are back, and can be given up", async () => {
  const first = await start();
  first.shell.screens.retitle("Mine");
  const value = await afterTick(first);
  const { shell } = await again(value);
  expect(shell.screens.spec.title).toBe("Mine");
  expect(shell.screens.isChanged()).toBe(true);
  shell.screens.undo();
  expect(shell.screens.spec.title).toBe("Overview");
});

/** Written by a version whose form took such a range. */
const UPSIDE_DOWN = {
  name: "screen-1",
  spec: { title: "Range", layout: { panel: "chart", options: { from: 5, to: 2 } } },
  kept: { title: "Screen 1", layout: { flow: [] } },
};

test("changes of a screen that cannot be shown are put into a file, which is told, and are not carried any further", async () => {
  const { shell, services, tick } = await again({ version: 1, tab: "train", run: trainedRun().id, screens: [UPSIDE_DOWN] });
  await settle(() => shell.notices.all.length > 0);
  expect(shell.notices.all.map(({ text }) => text)).toContain(
    "Unsaved changes of the screen Range cannot be shown: from (5) must be below to (2). They are in /home/screens/screen-1-unsaved.yaml: mend that file, and it is a screen",
  );
  expect(services.aside?.get("screen-1")).toEqual(UPSIDE_DOWN.spec);
  tick(2000);
  expect((services.ui as Record<string, unknown>)["screens"]).toEqual([]);
});

test("changes of a screen that cannot be shown and have no room in a file stay where they are", async () => {
  const kept = { value: { version: 1, tab: "train", run: trainedRun().id, screens: [UPSIDE_DOWN] }, problem: null };
  const { shell, services, tick } = await start(trainedRun(), { initialRun: undefined, kept }, [120, 36], (given) => {
    given.aside = null;
  });
  await settle(() => shell.notices.all.length > 0);
  expect(shell.notices.all.map(({ text }) => text)).toContainEqual(expect.stringContaining("They stay in ui-state.json: "));
  tick(2000);
  expect((services.ui as Record<string, unknown>)["screens"]).toEqual([UPSIDE_DOWN]);
});

test("changes of a screen are back also where what its file said cannot be read", () => {
  const { screens, lost } = readUiState({ version: 1, screens: [{ ...UPSIDE_DOWN, spec: UPSIDE_DOWN.kept, kept: UPSIDE_DOWN.spec }] });
  expect(lost).toEqual([]);
  expect(screens[0]?.spec).toMatchObject({ name: "screen-1", title: "Screen 1" });
  expect(screens[0]?.kept).not.toBe(screens[0]?.spec);
});

test("what is asked for on the command line wins", async () => {
  const first = await start();
  first.terminal.press("+");
  first.shell.state.panelFilter["about"] = "depth";
  const value = await afterTick(first);
  const other = new FakeRun(fakeState({ id: "other" }));
  const { shell } = await start(other, { kept: { value, problem: null } });
  expect([shell.run?.id, shell.state.tab]).toEqual(["other", "train"]);
  // How the other run was zoomed and filtered is nothing to this one.
  expect(shell.state.chart.window).toEqual({ kind: "all" });
  expect(shell.state.panelFilter).toEqual({});
  const listed = await again(value, { initialTab: "runs" });
  expect(listed.shell.state.panelFilter).toEqual({ about: "depth" });
  expect(listed.shell.state.tab).toBe("runs");
});

test("a run that is gone is said, and the rest is back", async () => {
  const first = await start();
  first.shell.setTab("checkpoints");
  const value = await afterTick(first);
  const { shell } = await start(null, { kept: { value: { ...value, run: "gone" }, problem: null } });
  expect(shell.notices.all.map(({ text }) => text)).toContain("There is no run gone.");
  expect(shell.state.tab).toBe("checkpoints");
});

test("a file that could not be used is told", async () => {
  const { shell } = await start(undefined, { kept: { value: null, problem: "ui-state.json is not readable as JSON: kept aside" } });
  expect(shell.notices.all.map(({ text }) => text)).toContain("ui-state.json is not readable as JSON: kept aside");
});

test("nothing is written while nothing changes, at most once a second, and a disk that takes nothing is told once", () => {
  let value = 0;
  const saved: unknown[] = [];
  const told: string[] = [];
  const save = (one: unknown) => {
    saved.push(one);
    return fail("io", "It could not be written", { why: "no room" });
  };
  const keeper = new UiKeeper(
    () => ({ value }),
    save,
    (problem) => told.push(problem),
  );
  for (const now of [0, 500, 5000]) keeper.poll(now);
  expect(saved).toEqual([{ value: 0 }]);
  value = 1;
  for (const now of [5500, 6500]) keeper.poll(now);
  expect(saved).toEqual([{ value: 0 }, { value: 1 }]);
  expect(told).toEqual(["What is on the screen is not kept: It could not be written: no room."]);
});

test("while keys come it is written every five seconds, and as soon as they pause", () => {
  let value = 0;
  const saved: number[] = [];
  const keeper = new UiKeeper(
    () => ({ value: value++ }),
    () => {
      saved.push(value);
      return { ok: true, value: undefined };
    },
    () => undefined,
  );
  for (const now of [0, 1000, 2000, 4999, 5000, 6000]) keeper.poll(now, true);
  expect(saved).toEqual([1, 2]);
  keeper.poll(6500, false);
  expect(saved).toEqual([1, 2, 3]);
});

test("where nothing is to be written, nothing is", async () => {
  const { tick, services, terminal } = await start(undefined, {}, undefined, (fake) => {
    fake.saveUi = null;
  });
  terminal.press("x");
  tick(2000);
  expect(services.ui).toBeNull();
});

test("whatever stands in the file, what can be used of it is, and the rest is as at the first time", async () => {
  expect(readUiState(null)).toEqual(NOTHING_KEPT);
  expect(readUiState({ version: 99, tab: "eval" })).toEqual(NOTHING_KEPT);
  const bad = {
    version: 1,
    tab: "nowhere",
    run: 7,
    theme: {},
    state: { focus: [1], selected: { runs: "x" }, filter: 3, recent: [3], stage: "one", maximised: 1 },
    chart: { axis: "moon", window: { kind: "range", from: 5, to: 1 }, cursor: "x", smoothing: "off" },
    screens: [1, { name: "x", spec: "no screen", kept: 3 }],
    draft: { source: { prefab: 3 }, work: {} },
  };
  expect(readUiState(bad)).toEqual({ ...NOTHING_KEPT, chart: { smoothing: "off" } });
  const value = { version: 1, tab: "train", state: { selected: { runs: -5, log: 1e300 }, focus: { train: "nothing" } } };
  const { terminal } = await start(undefined, { kept: { value, problem: null } });
  expect(terminal.shown).toContain("progress");
});

test("runs that stood beside the one that was looked at are back, those that are gone are told of", async () => {
  const other = new FakeRun(fakeState({ id: "20260101-110000-other", name: "other" }), "ended");
  const withOther = (services: FakeServices): void => void services.add(other);
  const first = await start(trainedRun(), {}, [120, 36], withOther);
  await first.shell.baselines.add(other.id);
  const value = { ...(await afterTick(first)), baselines: [other.id, "20250101-000000-gone"] };
  expect((await afterTick(first))["baselines"]).toEqual([other.id]);
  const second = await start(trainedRun(), { initialRun: undefined, kept: { value, problem: null } }, [120, 36], withOther);
  await settle(() => second.shell.notices.all.length > 0);
  expect(second.shell.baselines.ids).toEqual([other.id]);
  expect(second.shell.notices.all[0]?.text).toContain("20250101-000000-gone");
  // Of another run they are none.
  const elsewhere = await start(
    trainedRun(),
    { kept: { value: { ...value, run: "20240101-000000-another" }, problem: null } },
    [120, 36],
    withOther,
  );
  expect(elsewhere.shell.baselines.ids).toEqual([]);
});

test("what one was asked about when one left is not asked about again after a restart", async () => {
  const first = await start();
  first.shell.screens.retitle("Mine");
  first.terminal.press("q", "y");
  first.shell.stop();
  const { terminal, shell } = await again(first.services.ui as Record<string, unknown>);
  expect(shell.screens.isChanged()).toBe(true);
  terminal.press("q");
  expect(await shell.ended.promise).toEqual({ code: 0 });
});

test("what is unsaved of a screen whose file is broken now is put back as the last good one of that file, and can be saved there", async () => {
  const entry = { name: "mine", spec: { title: "Mine", layout: { panel: "log" } }, kept: { title: "Mine", layout: { panel: "loss" } } };
  const value = { version: 1, tab: "train", screen: "mine", screens: [entry] };
  const { shell, terminal } = await start(undefined, { kept: { value, problem: null } }, [160, 36], (services) => {
    services.brokenScreens = [{ name: "mine", file: "/home/screens/mine.yaml", why: "line 1: it ends too soon" }];
  });
  const told = shell.notices.all.map(({ text }) => text).filter((text) => text.includes("mine.yaml"));
  expect(told).toEqual([
    "/home/screens/mine.yaml cannot be used, what was read before stays, ctrl+s writes it again and keeps a copy of this one: line 1: it ends too soon",
  ]);
  expect(shell.screens.spec.layout).toEqual({ panel: "log" });
  terminal.press("ctrl+s");
  await settle(() => !shell.screens.isChanged());
  expect(shell.overlays.current).toBeNull();
  expect(shell.screens.file?.file).toBe("/home/screens/mine.yaml");
});

test("the last good screen of a broken file is kept through any number of starts, though nothing of it was changed", async () => {
  const screen = { title: "Mine", layout: { panel: "log" } };
  const value = { version: 1, tab: "train", screen: "mine", screens: [{ name: "mine", spec: screen, kept: { ...screen } }] };
  const { shell } = await start(undefined, { kept: { value, problem: null } }, [160, 36], (services) => {
    services.brokenScreens = [{ name: "mine", file: "/home/screens/mine.yaml", why: "line 1: it ends too soon" }];
  });
  expect(shell.screens.name).toBe("mine");
  expect(shell.screens.unsaved.map(({ spec }) => spec.layout)).toEqual([{ panel: "log" }]);
});

test("of a screen that two windows have changed the second one's changes are a screen of their own, which is told", async () => {
  const entry = (title: string) => ({
    name: "overview",
    spec: { title, layout: { panel: "log" } },
    kept: { title: "Overview", layout: { panel: "loss" } },
  });
  const value = { version: 1, tab: "train", screens: [entry("Mine"), entry("Theirs")] };
  const { shell } = await start(undefined, { kept: { value, problem: null } });
  expect(shell.screens.unsaved.map(({ spec }) => `${spec.name}: ${spec.title}`)).toEqual(["overview: Mine", "overview-2: Theirs (2)"]);
  expect(shell.notices.all.map(({ text }) => text)).toContain(
    "Two windows had changed Theirs: what the other one made of it is the screen Theirs (2), in no file yet",
  );
});

test("a screen that another window has saved meanwhile, under its own name or a new one, is no unsaved one any more", async () => {
  const layout = { panel: "log" };
  const entry = (name: string, title: string, kept: string) => ({
    name,
    spec: { title, layout },
    kept: { title: kept, layout: { panel: "loss" } },
  });
  const file = (name: string, title: string) => ({
    screen: { name, title, layout },
    file: `/home/screens/${name}.yaml`,
    ours: false,
    overOurs: false,
  });
  const screens = [
    entry("screen-1", "Screen 1", "Screen 1"),
    entry("screen-2", "Titled", "Screen 2"),
    entry("screen-3", "Another", "Screen 3"),
  ];
  const kept = { value: { version: 1, tab: "train", screens }, problem: null };
  const { shell } = await start(undefined, { kept }, undefined, (services) => {
    services.files = [file("mine", "Mine"), file("titled", "Titled")];
  });
  expect(shell.screens.unsaved.map(({ spec }) => spec.name)).toEqual(["screen-3"]);
});

test("a plan of another window waits until this one has no edits, and is told of", async () => {
  const plan = (prefab: string, count: number) => ({ source: { prefab }, work: { edits: [], inserted: [], count } });
  expect(readUiState({ version: 1, draft: plan("cpu", 1), drafts: [plan("gpu", 2)] })).toMatchObject({
    draft: plan("cpu", 1),
    drafts: [plan("gpu", 2)],
  });
  expect(readUiState({ version: 1, draft: plan("cpu", 0), drafts: [plan("gpu", 2)] })).toMatchObject({ draft: plan("gpu", 2), drafts: [] });
});
