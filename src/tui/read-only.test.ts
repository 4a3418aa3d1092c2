import { afterEach, expect, test } from "bun:test";
import { fakeState, START } from "../panels/fake-data.ts";
import { ACTIONS } from "./actions.ts";
import { FakeServices } from "./fake-services.ts";
import { FakeRun } from "./fake-terminal.ts";
import { readOnlyServices, withoutWriting } from "./read-only.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("what would write says why it does not, and the status bar that nothing is written", async () => {
  const { terminal, services, shell } = await start(trainedRun(), { readOnly: true });
  expect(terminal.shown).toContain("READ-ONLY");
  expect(terminal.shown).not.toContain("save now");
  for (const key of ["s", "S", "p", "v", "g", "P"]) {
    terminal.press(key);
    expect(terminal.shown).toContain("this is read-only");
    expect(shell.overlays.current).toBeNull();
  }
  terminal.press("6");
  await settle(() => shell.runs.loaded);
  for (const key of ["R", "#", "m", "a", "D", "A"]) {
    terminal.press(key);
    expect(shell.overlays.current).toBeNull();
  }
  expect([services.asked, services.changes, services.deleted, services.adopted]).toEqual([[], [], [], []]);
  terminal.press("enter");
  await settle(() => shell.state.tab === "train");
});

test("a run that is only looked at offers no key to adopt it or to let it go on", async () => {
  const run = trainedRun();
  run.reader.event("phase", { name: "pause", state: "begin" }, { at: START });
  run.record = { ...run.record, status: "paused" };
  const { terminal, shell, tick } = await start(run, { readOnly: true });
  expect(terminal.shown).toContain("paused for");
  expect(terminal.shown).not.toMatch(/P lets it go on|s saves one now/);
  run.alive = "unattended";
  await settle(() => {
    tick(1000);
    return terminal.shown.includes("· the trainer waits, paused");
  });
  expect(terminal.shown).not.toContain("A adopts it");
  expect(shell.notices.all.map(({ text }) => text).join("\n")).not.toContain("adopts it");
});

test("who edits a screen is told at once that it cannot be saved, and not at the end where to", async () => {
  const { terminal, shell } = await start(trainedRun(), { readOnly: true });
  terminal.press("e");
  expect(terminal.shown).toContain("cannot be saved");
  shell.notices.dismiss();
  terminal.press("delete", "esc");
  expect(shell.screens.editing).toBe(false);
  expect(shell.screens.isChanged()).toBe(true);
  expect(terminal.shown).not.toContain("unsaved changes: ");
});

test("every action that is taken away is one that there is", () => {
  const plain = new Set(ACTIONS);
  const changed = withoutWriting(ACTIONS).filter((action) => !plain.has(action));
  expect(changed.length).toBe(31);
});

test("services that write refuse with the reason, those that look answer", async () => {
  const fake = new FakeServices();
  // As in the program, the services are one object of functions.
  const bound = Object.fromEntries(
    [...Object.getOwnPropertyNames(FakeServices.prototype), ...Object.keys(fake)].map((name) => {
      const value: unknown = Reflect.get(fake, name);
      return [name, typeof value === "function" ? value.bind(fake) : value];
    }),
  ) as unknown as FakeServices;
  const services = readOnlyServices(bound);
  for (const refused of [
    services.request("r", "save"),
    services.acknowledge("r", "k"),
    services.adopt("r"),
    services.changeAbout("r", { note: "x" }),
    services.deleteRun("r"),
    services.removeCheckpoints([]),
    services.setSecret("wandb", "x"),
    services.runStages("missing", async () => true),
  ])
    expect(await refused).toMatchObject({ ok: false, failure: { code: "refused" } });
  expect((await services.listRuns()).ok).toBe(true);
  const draft = await services.openDraft({ prefab: "cpu" });
  if (!draft.ok) throw new Error(draft.failure.what);
  expect(draft.value.plan.stages.length).toBeGreaterThan(0);
  expect(await draft.value.start(true)).toMatchObject({ ok: false });
  expect(await draft.value.save("x", true)).toMatchObject({ ok: false });
  expect(fake.asked).toEqual([]);
  expect(services.saveUi).toBeNull();
});

test("nobody is asked on leaving about what cannot be kept", async () => {
  const { terminal, shell } = await start(trainedRun(), { readOnly: true });
  terminal.press("N", "esc", "q");
  expect(await shell.ended.promise).toEqual({ code: 0 });
});

test("going to another run ends the editing of a screen", async () => {
  const { terminal, shell, services } = await start(trainedRun());
  services.add(new FakeRun(fakeState({ id: "second", name: "second" }), "owned"));
  terminal.press("N");
  expect(shell.screens.editing).toBe(true);
  await shell.attach("second");
  expect([shell.run?.id, shell.screens.editing]).toEqual(["second", false]);
});
