/** Panels of a run by command: as text, as lines without a frame, and as a document. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { JournalWriter } from "../../src/journal/writer.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import type { SceneDocument } from "../../src/panels/scene-json.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { makeRun, trainStage, unwrap } from "../fixtures/runs.ts";

const STEPS = 400;
const BEGAN = 1_700_000_000_000;

let box: Sandbox;
let id: string;
beforeEach(() => {
  box = new Sandbox();
  const run = makeRun(box.home, trainStage(1));
  id = run.id;
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (let step = 0; step < STEPS; step++) {
    const at = BEGAN + step * 1000;
    const loss = step === 7 ? Number.NaN : 5 - step / STEPS;
    journal.points(1, step, at, { "train/loss": loss, "timer/forward": 0.1, "timer/backward": 0.2, "train/dt": 0.4 });
    journal.log({ stage: 1, at, stream: "stdout", rank: null, level: "info", text: `step ${step}` });
  }
  journal.close();
});
afterEach(() => box.close());

test("a panel is printed as it stands on screen, in so many cells, also in ASCII and without a frame", async () => {
  const rows = (text: string): string[] => text.trimEnd().split("\n");
  const framed = rows((await box.cli(["runs", "panel", id, "timers", "--size", "60x9"])).stdout);
  expect(framed[0]).toStartWith("╭ timers · step 400 ms ─");
  expect(framed).toHaveLength(9);
  expect(framed.every((row) => row.length === 60)).toBe(true);
  expect(framed.join()).toContain("b backward   ━━━━━━──────    50%   200 ms");
  const ascii = (await box.cli(["runs", "panel", id, "loss", "--size", "60x12", "--ascii"])).stdout;
  expect(ascii).toMatch(/^[\x20-\x7e\n]+$/);
  const bare = rows((await box.cli(["runs", "panel", id, "log", "--no-border", "--at", "200"])).stdout);
  expect(bare[0]).toBe("log · at step 200");
  expect(bare).toContain("▸ 22:16:40 step 200".replace(/\d\d:\d\d:\d\d/, new Date(BEGAN + 200_000).toTimeString().slice(0, 8)));
});

test("the document of a panel has numbers where a chart has points, and null where there is none", async () => {
  const document = await box.json<SceneDocument & { run: string; panel: string }>([
    "runs",
    "panel",
    id,
    "chart",
    "--set",
    "metrics=train/loss",
  ]);
  expect(document).toMatchObject({ run: id, panel: "chart" });
  const [plot] = document.blocks;
  if (plot?.kind !== "plot") throw new Error("no plot");
  expect(plot.x).toMatchObject({ axis: "step", from: 0, to: STEPS - 1 });
  expect(plot.series[0]?.last.at(-1)).toBeCloseTo(5 - (STEPS - 1) / STEPS, 6);
  expect(plot.marks.filter(({ what }) => what === "nonfinite")).toHaveLength(1);
});

test("what is not understood is told in a sentence", async () => {
  const ask = async (...args: string[]) => refused(await box.cli(["runs", "panel", ...args, "--json"]));
  expect(await ask(id, "los")).toMatchObject({ code: "not-found", remedy: expect.stringMatching(/^Did you mean .*loss/) });
  expect(await ask(id, "loss", "--set", "raw=perhaps")).toMatchObject({ what: "raw of the panel loss must be true or false" });
  expect(await ask(id, "loss", "--set", "colour=red")).toMatchObject({ what: "The panel loss has no option colour" });
  expect(await ask(id, "loss", "--set", "raw")).toMatchObject({ what: "raw sets no option" });
  expect(await ask(id, "loss", "--size", "wide")).toMatchObject({ what: "--size wide is no size" });
  expect(await ask(id, "loss", "--stage", "9")).toMatchObject({ what: "--stage 9: this run has 1 stage" });
  expect(await ask(id, "loss", "--at", "noon")).toMatchObject({ what: "--at noon is no step" });
  expect(await ask(id, "loss", "--at", "99999")).toMatchObject({
    what: "--at 99999: there is no such step",
    why: `the stage has been through steps 0 to ${STEPS - 1}`,
  });
  expect(await ask(id, "loss", "--baseline", "none-such")).toMatchObject({ code: "not-found" });
  expect(await ask(id, "loss", "--baseline", id)).toMatchObject({ code: "usage", what: `--baseline ${id} is the run itself` });
});

test("every kind can be listed and printed", async () => {
  const kinds = await box.json<Array<{ kind: string; options: Record<string, unknown> }>>(["panels"]);
  expect(kinds.length).toBeGreaterThan(15);
  const printed = await Promise.all(kinds.slice(0, 6).map(({ kind }) => box.cli(["runs", "panel", id, kind, "--size", "80x20"])));
  expect(printed.map(({ code }) => code)).toEqual(printed.map(() => 0));
  expect((await box.cli(["panels"])).stdout).toContain("sort=live  Live ones first");
  // Beside the eta of the log one can know why they differ.
  expect((await box.cli(["panels"])).stdout).toContain("Neither counts evaluations, samples and saves");
});
