/** Charts of a run, by the command and by a real mouse in a real terminal. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { JournalWriter } from "../../src/journal/writer.ts";
import { writeJson } from "../../src/lib/files.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { readState } from "../../src/lib/run-files.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { makeRun, trainStage, unwrap } from "../fixtures/runs.ts";

const STEPS = 5000;

let box: Sandbox;
let id: string;
beforeEach(() => {
  box = new Sandbox();
  const run = makeRun(box.home, trainStage(1));
  id = run.id;
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (let step = 0; step < STEPS; step++) {
    journal.points(1, step, 1_700_000_000_000 + step * 1000, { "train/loss": 5 - step / STEPS, "train/grad_norm": (step * 37) % 10 });
  }
  journal.points(1, 0, 1_700_000_000_000, { "layer/10": 1, "layer/9": 1 });
  journal.close();
  const ended = new Date().toISOString();
  const state = unwrap(readState(run.dir));
  const stages = state.stages.map((stage) => ({ ...stage, status: "done" as const, startedAt: ended, endedAt: ended, exitCode: 0 }));
  writeJson(runPaths(run.dir).state, { ...state, status: "done", startedAt: ended, endedAt: ended, stages });
});
afterEach(() => box.close());

test("a chart goes into a file by its ending, and is not written over unasked", async () => {
  const file = join(box.dir, "loss.svg");
  const drawn = await box.json<{ file: string }>(["runs", "chart", id, "loss", "grad_norm", "--out", file]);
  expect(drawn.file).toBe(file);
  const svg = readFileSync(file, "utf8");
  expect(svg).toStartWith("<svg xmlns=");
  expect(svg).toContain("train/loss");
  expect(refused(await box.cli(["runs", "chart", id, "loss", "--out", file, "--json"]))).toMatchObject({ code: "refused" });
  expect(readFileSync(file, "utf8")).toBe(svg);
  expect((await box.cli(["runs", "chart", id, "loss", "--out", file, "--replace"])).code).toBe(0);
  expect(readFileSync(file, "utf8")).not.toBe(svg);
});

test("without a file the table goes to stdout, in the window that was asked for", async () => {
  const ran = await box.cli(["runs", "chart", id, "loss", "--from", "1000", "--to", "1999", "--width", "200"]);
  const lines = ran.stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("step from,step to,loss min,loss max,loss last");
  expect(lines[1]).toMatch(/^1000,10\d\d,/);
  expect(Number(lines.at(-1)!.split(",")[1])).toBe(1999);
  expect(Number(lines.at(-1)!.split(",")[4])).toBeCloseTo(5 - 1999 / STEPS, 6);
  const few = await box.cli(["runs", "chart", id, "loss", "--from", "1000", "--to", "1010"]);
  const rows = few.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(",")[0]);
  expect(rows).toEqual(["step", ...Array.from({ length: 11 }, (_, i) => `${1000 + i}`)]);
});

test("with --json the table is a document, and an export an object a line", async () => {
  const { tables } = await box.json<{ tables: unknown[] }>(["runs", "chart", id, "grad_norm", "--from", "3", "--to", "4"]);
  expect(tables).toMatchObject([
    {
      columns: ["step", expect.any(String)],
      rows: [
        [3, 1],
        [4, 8],
      ],
    },
  ]);
  expect(Object.keys(await box.json<object>(["runs", "chart", id, "loss", "--format", "svg"]))).toEqual(["svg"]);
  const lines = (await box.cli(["runs", "export", id, "--json"])).stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(STEPS);
  expect(JSON.parse(lines[3]!)).toMatchObject({ stage: 1, step: 3, "train/grad_norm": 1 });
  expect(refused(await box.cli(["runs", "export", id, "--format", "csv", "--json"]))).toMatchObject({ code: "usage" });
});

test("metrics are listed by name, with numbers in their order", async () => {
  const listed = (await box.json<Array<{ metric: string }>>(["runs", "query", id])).map(({ metric }) => metric);
  expect(listed).toEqual(["layer/9", "layer/10", "train/grad_norm", "train/loss"]);
});

test("what is queried tells the step of its last finite value, and null where there is none", async () => {
  const last = async (...more: string[]) =>
    (await box.json<{ total: { lastKey: unknown } }>(["runs", "query", id, "loss", ...more])).total.lastKey;
  expect([await last("--to", "1999"), await last("--from", "9000000")]).toEqual([1999, null]);
});

test("one step can be asked for", async () => {
  const { points } = await box.json<{ points: unknown }>(["runs", "query", id, "grad_norm", "--from", "500", "--to", "500"]);
  expect(points).toEqual([{ key: 500, at: 500, value: 0 }]);
  expect(refused(await box.cli(["runs", "chart", id, "loss", "--from", "500", "--to", "500", "--json"]))).toMatchObject({ code: "usage" });
});

test("what cannot be drawn by the axis that was asked for is not drawn by another one: the axes that there are are named", async () => {
  const file = join(box.dir, "tokens.svg");
  for (const out of [["--out", file], []])
    expect(refused(await box.cli(["runs", "chart", id, "loss", "--axis", "tokens", ...out, "--json"]))).toMatchObject({
      exit: 4,
      what: "Stage 1 cannot be drawn by tokens",
      why: "The run has no train/tokens to draw it by.",
      remedy: "Its axes are step, wall",
    });
  expect(existsSync(file)).toBe(false);
});

test("another run of the same name is told from it by when it began, in the table, the picture and the panel", async () => {
  const other = makeRun(box.home, trainStage(1));
  const journal = unwrap(JournalWriter.open(runPaths(other.dir).journal));
  for (let step = 0; step < 100; step++) journal.points(1, step, 1_700_000_000_000 + step * 1000, { "train/loss": 6 });
  journal.close();
  // All of its id when both began in one second.
  const stamped = expect.stringMatching(new RegExp(`${other.id}|test ${other.id.slice(0, "20260101-120000".length)}`));
  const chart = ["runs", "chart", id, "loss", "--baseline", other.id];
  expect((await box.cli(chart)).stdout.split("\n")[0]).toEqual(stamped);
  expect((await box.cli([...chart, "--format", "svg"])).stdout).toEqual(stamped);
  expect((await box.cli(["runs", "panel", id, "loss", "--baseline", other.id, "--size", "120x30"])).stdout).toEqual(stamped);
});

test("a metric, a file or a number that will not do is told in a sentence", async () => {
  const ask = async (...args: string[]) => refused(await box.cli(["runs", "chart", id, ...args, "--json"]));
  expect(await ask("los")).toMatchObject({ code: "not-found", remedy: expect.stringContaining("loss") });
  expect(await ask("loss", "--out", join(box.dir, "nowhere", "loss.svg"))).toMatchObject({ code: "not-found" });
  expect(await ask("loss", "--out", join(box.dir, "loss.png"))).toMatchObject({ code: "usage" });
  expect(await ask("loss", "--width", "many")).toMatchObject({ code: "usage", what: "--width many is no number from 100 to 20,000" });
  expect(await ask("loss", "--smoothing", "2")).toMatchObject({ code: "usage", what: "--smoothing 2 is no number from 0 to below 1" });
  expect(await ask("loss", "--from", "9", "--to", "3")).toMatchObject({ code: "usage", what: "--from 9 is not before --to 3" });
  expect(existsSync(join(box.dir, "loss.png"))).toBe(false);
});

test("the mouse of a real terminal chooses a part of a chart, zooms by the wheel and sets the cursor", async () => {
  const pty = box.tui(["runs", "attach", id], { cols: 120, rows: 36 });
  await pty.until(/loss 4\.0002/);
  await pty.ready();
  // The toolkit knows where the mouse is from its first frame of ours on: a key is answered by one.
  pty.type("?");
  await pty.until("╭ help");
  pty.type("\x1b");
  await pty.until((screen) => !screen.includes("╭ help"));
  const rows = pty.screen().split("\n");
  const title = rows.findIndex((row) => row.includes("╭ loss"));
  const left = rows[title]?.indexOf("╭ loss") ?? 0;
  const y = title + 4;
  const mouse = (button: number, x: number, end: "M" | "m" = "M") => pty.type(`\x1b[<${button};${left + x};${y}${end}`);
  mouse(0, 25);
  mouse(32, 30);
  mouse(32, 40);
  mouse(0, 40, "m");
  await pty.until(/linear · (?:raw|ema 0\.9) · [\d,]+…[\d,]+/);
  mouse(65, 30);
  await pty.until(/ema 0\.9 · (?!1,5)[\d,]+…[\d,]+/);
  mouse(0, 35);
  mouse(0, 35, "m");
  await pty.until(/loss 4\.\d{6} @ [\d,]+/);
  pty.type("0");
  await pty.until((screen) => !/…\d/.test(screen) && /loss 4\.\d{6}/.test(screen));
  pty.type("q");
  await pty.close();
}, 60_000);
