/** The list of alerts: what it tells, what its keys do, and where it leads. */
import { afterEach, expect, test } from "bun:test";
import { fakeState, START } from "../panels/fake-data.ts";
import { lineAt } from "./alert-actions.ts";
import { raise, tell, withAlert } from "./alert-fixture.ts";
import { FakeRun } from "./fake-terminal.ts";
import { start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("a list of alerts that has no room for all says how many more there are", async () => {
  const run = trainedRun();
  for (let i = 0; i < 8; i++) raise(run, { key: `gpu-idle/${i}` });
  const { terminal } = await start(run, {}, [50, 16]);
  terminal.press("a");
  const [, seen = ""] = /(\d+) more below/.exec(terminal.shown) ?? [];
  expect(terminal.shown.match(/gpu-idle\/\d/g)?.length).toBe(8 - Number(seen));
  terminal.press("end");
  expect(terminal.shown).toContain(`${seen} more above`);
  expect(terminal.shown).not.toContain("more below");
});

test("the selected alert stays selected where it moves; why one cannot be acknowledged is said in the list", async () => {
  const { terminal, run, tick } = await withAlert();
  raise(run, { key: "other", cause: "Another one." });
  tick();
  terminal.press("a");
  const [before] = /The loss jumped|Another one/.exec(terminal.shown.split("alerts ·")[1] ?? "") ?? [];
  const key = before === "Another one" ? "other" : "spike";
  terminal.press("x");
  tell(run, { phase: "acknowledged", key, from: "tui" }, START + 60_000);
  tick();
  expect(terminal.shown).toContain("open, acknowledged at");
  terminal.press("x");
  expect(terminal.shown).toContain("Acknowledge: it is acknowledged already");
  terminal.press("down");
  expect(terminal.shown).not.toContain("acknowledged already");
});

test("where nothing is written nothing offers to acknowledge or to act on an alert, and x says why it does not", async () => {
  const run = trainedRun();
  raise(run);
  const { terminal, services } = await start(run, { readOnly: true });
  terminal.press("a");
  expect(terminal.shown).toContain("o open at that moment");
  for (const offered of ["x acknowledge", "s save now", "p patch…", "S stop…"]) expect(terminal.shown).not.toContain(offered);
  terminal.press("x");
  expect(terminal.shown).toContain("Acknowledge: this is read-only");
  expect(services.acknowledged).toEqual([]);
});

test("the list tells cause, evidence and what became of it, and its keys do what the alert offers", async () => {
  const { terminal, services, shell } = await withAlert();
  terminal.press("a");
  expect(terminal.shown).toContain("alerts · 1 open");
  expect(terminal.shown).toContain("train/loss_raw 4.1000 · median of the 64 steps before: 2.6000");
  expect(terminal.shown).toContain("x acknowledge");
  services.runs.get(shell.run!.id)!.reader.put(1, "train/loss_raw", [9999, 2.5]);
  terminal.press("esc", "a");
  expect(terminal.shown).toContain("median of the 64 steps before: 2.6000 · now 2.5000");
  terminal.press("x");
  expect(services.acknowledged).toEqual(["spike"]);
  expect(terminal.shown).toContain("x acknowledge  o open at that moment  s save now  S stop…  ");
  terminal.press("s");
  expect(services.asked.map(([, kind]) => kind)).toEqual(["save"]);
  expect(terminal.shown).not.toContain("alerts · 1 open");
  terminal.press("a", "S");
  expect(terminal.shown).toContain("Stop and save");
});

test("opened at its moment, the cursor of all panels is at its step", async () => {
  const { terminal, shell } = await withAlert();
  terminal.press("a", "o");
  expect(shell.state.chart.cursor).toBe(250);
  expect(terminal.shown).toContain("all panels are at that moment");
  terminal.press("c");
  expect(shell.state.chart.cursor).toBeNull();
});

test("one that is acknowledged stays in the list and is counted no more", async () => {
  const { terminal, run, tick } = await withAlert();
  tell(run, { phase: "acknowledged", key: "spike", from: "tui" }, START + 60_000);
  tick();
  expect(terminal.row(-1)).not.toMatch(/[▲✕]/);
  terminal.press("a");
  expect(terminal.shown).toContain("open, acknowledged at ");
  expect(terminal.shown).not.toContain("x acknowledge");
  expect(terminal.shown).toContain("alerts · 0 open · 1 acknowledged");
  raise(run, { severity: "bad" });
  tick();
  expect(terminal.shown).toContain("alerts · 1 open ");
  terminal.press("esc");
  expect(terminal.shown).toContain("✕ Worse than when it was acknowledged: The loss jumped");
});

test("of a run that has ended the list offers what can be done, and the footer nothing that is asked of a run", async () => {
  const run = new FakeRun(fakeState({ status: "done", endedAt: new Date(START + 60_000).toISOString() }), "ended");
  raise(run);
  const { terminal, services } = await start(run);
  for (const hint of ["s save now", "S stop…", "p patch…"]) expect(terminal.row(-2)).not.toContain(hint);
  terminal.press("a");
  expect(terminal.shown).toContain("x acknowledge  o open at that moment  ");
  expect(terminal.shown).not.toContain("s save now");
  terminal.press("s");
  expect(services.asked).toEqual([]);
});

test("a run of which nothing was said says so", async () => {
  const { terminal } = await start();
  terminal.press("a");
  expect(terminal.shown).toContain("Nothing was said of this run so far");
  terminal.press("esc");
  expect(terminal.shown).not.toContain("Nothing was said of this run so far");
});

test("the log is opened at the last line that had been written by then", () => {
  const lines = Array.from({ length: 2500 }, (_, i) => ({
    seq: i + 1,
    at: 1000 + i,
    stage: 1,
    stream: "stdout" as const,
    rank: null,
    level: "info" as const,
    text: "",
  }));
  const data = {
    log: ({ limit, beforeSeq = Number.POSITIVE_INFINITY }: { limit: number; beforeSeq?: number }) =>
      lines.filter(({ seq }) => seq < beforeSeq).slice(-limit),
  };
  expect(lineAt(data, 1500)).toBe(501);
  expect(lineAt(data, 3499)).toBeNull();
  expect(lineAt(data, 5)).toBe(1);
});

test("in the list what has no room ends in …, and a long name leaves what was said its place", async () => {
  const run = trainedRun();
  raise(run, { key: "a limit on train/grad_norm above 3.5", cause: `It is ${"far ".repeat(30)}above.` });
  const { terminal } = await start(run, {}, [80, 24]);
  terminal.press("a");
  const row = terminal.shown.split("\n").find((one) => one.includes("a limit on"))!;
  expect(row).toContain("a limit on train/grad_norm a…  It is far far");
  expect(row).toMatch(/… │+$/);
});
