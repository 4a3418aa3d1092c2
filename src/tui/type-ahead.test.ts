import { afterEach, expect, test } from "bun:test";
import { fakeRow } from "./fake-terminal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("what is typed before a box is there is for the box, and never for what is behind it", async () => {
  const { terminal, services, shell } = await start(trainedRun(), {}, [160, 36], ({ rows }) => rows.push(fakeRow("20260102-110000-old")));
  const listed = Promise.withResolvers<void>();
  const { listRuns } = services;
  services.listRuns = async () => {
    await listed.promise;
    return listRuns.call(services);
  };
  shell.setTab("train");
  shell.focus("loss");
  terminal.press("b");
  terminal.type("xs");
  listed.resolve();
  await settle(() => terminal.shown.includes("› xs"));
  expect(terminal.shown).toContain("╭ Baseline");
  expect(shell.state.chart.axis).toBe("step");
});

test("what is typed for a box that does not open is for nothing", async () => {
  const { terminal, services, shell } = await start(trainedRun());
  shell.focus("loss");
  terminal.press("b");
  terminal.type("x");
  await settle(() => shell.notices.all.length > 0);
  await new Promise((done) => setImmediate(done));
  expect(shell.notices.all.at(-1)?.text).toContain("There is no other run");
  expect([shell.state.chart.axis, services.changes]).toEqual(["step", []]);
  terminal.press("x");
  expect(shell.state.chart.axis).not.toBe("step");
});
