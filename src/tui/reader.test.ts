import { afterEach, expect, test } from "bun:test";
import { alertEvent } from "../core/alert.ts";
import { fakeStage, START } from "../panels/fake-data.ts";
import { plotOf, sceneOf, seriesOf } from "../panels/plot-fixture.ts";
import { called } from "../panels/run-names.ts";
import { FakeServices } from "./fake-services.ts";
import { fakeRow } from "./fake-terminal.ts";
import { LineTerminal } from "./line-terminal.ts";
import { SPOKEN } from "./pace.ts";
import { Reader } from "./reader.ts";
import { Shell } from "./shell.ts";
import { keep, settle, stopAll, trainedRun } from "./shell-fixture.ts";
import { spokenScene, spokenText } from "./spoken.ts";
import { builtIn } from "./themes.ts";

afterEach(stopAll);

/** However slow the machine is: an answer is asked for right behind a line. */
async function listening(inputBudgetMs = Number.POSITIVE_INFINITY) {
  const said: string[] = [];
  const terminal = new LineTerminal((text) => said.push(text.trimEnd()));
  const services = new FakeServices();
  const run = trainedRun();
  services.add(run);
  let now = START + 60_000;
  const shell = keep(
    new Shell(services, terminal, {
      initialRun: run.id,
      theme: builtIn("none"),
      ascii: false,
      pace: SPOKEN,
      screenReader: true,
      now: () => now,
      inputBudgetMs,
    }),
  );
  void shell.start();
  await shell.settled.promise;
  const reader = new Reader(shell, terminal);
  reader.poll();
  terminal.onFrame = () => reader.poll();
  const later = (ms: number): void => {
    now += ms;
    run.changed = true;
    shell.refresh();
    shell.draw();
  };
  /** Says a line, and returns what was answered. */
  const type = (line: string): string[] => {
    const from = said.length;
    reader.line(line);
    return said.slice(from);
  };
  return { said, type, later, shell, services, run };
}

test("while the run is paused no time that is left is said", async () => {
  const { said, later, run } = await listening();
  expect(said.some((line) => line.endsWith(", about 15s left"))).toBe(true);
  const progress = { stage: 1, step: 319, totalSteps: 600, etaSeconds: 15, loss: null, valBpb: null, tokensPerSecond: null };
  run.record = { ...run.record, status: "paused", progress };
  run.reader.put(1, "train/loss", [319, 2.5]);
  later(16_000);
  expect(said).toContain("320 of 600 steps, 53%, loss 2.5000");
});

test("with stages to come it says before which one the time is that is left", async () => {
  const { said, later, run } = await listening();
  run.record = { ...run.record, stages: [...run.record.stages, fakeStage(2, "chat_sft", { status: "pending" })] };
  run.reader.put(1, "train/loss", [319, 2.5]);
  later(16_000);
  expect(said.at(-1)).toMatch(/^320 of 600 steps.*, about [\d.]+s left before chat_sft$/);
});

test("it begins with the run, how far it is, and where one is", async () => {
  const { said, run } = await listening();
  expect(said).toEqual([
    `Run ${run.id} is running.`,
    expect.stringMatching(/^300 of 600 steps, 50%, loss 2\.5000/),
    expect.stringMatching(/^Train tab, screen Overview, panel \w+\.$/),
  ]);
});

test("progress is said again when so much time has gone by and there is some", async () => {
  const { said, run, later, type } = await listening();
  const steps = (): number => said.filter((line) => /^[\d,]+ of [\d,]+ steps/.test(line)).length;
  later(60_000);
  expect(steps()).toBe(1);
  run.reader.put(1, "train/loss", [310, 2.4]);
  later(1000);
  expect(steps()).toBe(2);
  run.reader.put(1, "train/loss", [320, 2.3]);
  later(5000);
  expect(steps()).toBe(2);
  type("every 5");
  later(1000);
  expect(said.at(-1)).toStartWith("321 of 600 steps");
});

test("words do what keys do: an action by its title or id, a key by its name", async () => {
  const { type, services } = await listening();
  type("save now");
  type("run.evaluate");
  type("g");
  expect(services.asked.map(([, kind]) => kind)).toEqual(["save", "evaluate", "sample"]);
  expect(type("save nwo")[0]).toBe("save nwo is nothing that can be done. Did you mean save now?");
  expect(type("help").join("\n")).toContain("Save now, key s");
});

test("a key that there is not, or that does nothing here, is answered; a large letter is another key", async () => {
  const { type, shell } = await listening();
  expect(type("key zz")).toEqual(["key zz: there is no key zz."]);
  expect(type("key f9")).toEqual(["The key f9 does nothing here."]);
  expect(type("key S").join("\n")).toContain("Stop and save");
  expect(type("key esc")).toEqual([]);
  expect(shell.overlays.current).toBeNull();
});

test("an evaluation is said once, with what came of it", async () => {
  const { said, later, run } = await listening();
  const from = said.length;
  const evaluations = (): string[] => said.slice(from).filter((line) => line.includes("evaluation"));
  run.reader.event("phase", { name: "eval", state: "end", seconds: 3 }, { stage: 1, step: 250 });
  later(500);
  expect(evaluations()).toEqual([]);
  run.reader.put(1, "val/bpb", [250, 1.5]);
  later(500);
  later(5000);
  expect(evaluations()).toEqual([expect.stringMatching(/evaluation 250, bpb 1\.5000 in 3\.0s$/)]);
  run.reader.event("phase", { name: "core", state: "end", seconds: 4 }, { stage: 1, step: 260 });
  later(500);
  later(3000);
  expect(evaluations().at(-1)).toEndWith("CORE evaluation 260 in 4.0s");
});

test("where one is says which alerts are open", async () => {
  const { type, later, run } = await listening();
  expect(type("where").join()).not.toContain("alert");
  const alert = { key: "spike", watch: "spike" as const, severity: "warn" as const, evidence: [], actions: [] };
  const event = alertEvent({ phase: "raised", ...alert, cause: "The loss jumped." }, { stage: 1, at: START, step: 250 });
  run.reader.event("alert", event.body, { at: START, step: 250 });
  later(500);
  expect(type("where").slice(-2)).toEqual(["1 alert open, a lists them:", "The loss jumped."]);
});

test("on leaving nothing is said that is told behind the last line as well", async () => {
  const { type, shell } = await listening();
  expect(type("leave").join()).not.toContain("goes on");
  await shell.ended.promise;
});

test("a word that stands for a glyph announces nothing where it stands alone, and has no space before a bracket", () => {
  expect(spokenText("step · linear · ★ best 2.1983 @ 400")).toBe("step, linear, best 2.1983 @ 400");
  expect(spokenText("shown with it (⚑): 0 shows it")).toBe("shown with it (baseline): 0 shows it");
  const rows = [[[{ text: "■ stopped" }], [{ text: "step 3" }]]];
  const block = { kind: "table" as const, columns: [{ title: "state" }, { title: "" }], rows };
  expect(spokenScene({ title: "runs", blocks: [{ block }] }).at(-1)).toBe("state stopped, step 3");
});

test("the sign behind a run's name is of its note, the one before words of a patch", () => {
  const rows = [
    [called(fakeRow("first", { about: { tags: ["best"], note: "look" } }), { id: "first", name: undefined }), [{ text: "■ stopped" }]],
  ];
  const block = { kind: "table" as const, columns: [{ title: "run" }, { title: "state" }], rows };
  expect(spokenScene({ title: "runs", blocks: [{ block }] }).at(-1)).toBe("run first #best, note, state stopped");
  expect(spokenText("✎ eval_every 100 → 50 @ 120")).toBe("patch: eval_every 100 to 50 @ 120");
});

test("a dialog is said as it opens, answered by its key, and enter is the safe choice", async () => {
  const { type, services, shell } = await listening();
  const asked = type("stop");
  expect(asked.join("\n")).toMatch(/Keep training[\s\S]*Stop and save/);
  expect(asked.join("\n")).not.toMatch(/[│╭─]/);
  type("");
  expect(shell.overlays.current).toBeNull();
  type("S");
  type("y");
  expect(services.asked.map(([, kind]) => kind)).toEqual(["stop"]);
});

const WARMUP = {
  min: 0,
  max: null,
  type: "int",
  value: 40,
  effect: "Steps of warm-up.",
  frozen: `it began at 0, ${"so there is nothing to change, ".repeat(4)}really`,
};
const BATCH = { min: 256, max: null, type: "int", value: 4096, effect: "Tokens of a step.", frozen: null };
const EVERY = { ...BATCH, min: 1, value: 100, effect: "Evaluates every so many steps." };

async function patching(inputBudgetMs?: number) {
  const heard = await listening(inputBudgetMs);
  const fields = [
    { ...EVERY, name: "eval_every" },
    { ...BATCH, name: "total_batch_size" },
    { ...EVERY, name: "matrix_lr", type: "float", value: 0.02, min: 0, effect: "A rate." },
    { ...WARMUP, name: "warmup_steps" },
  ];
  heard.run.reader.event("config", { derived: {}, fields });
  heard.later(500);
  return { ...heard, opened: heard.type("p") };
}

test("in the patch dialog what is selected, the value that is taken and the preview are said", async () => {
  const { type, services } = await patching();
  expect(type("down")).toEqual([
    expect.stringMatching(/^Selected: total_batch_size 4096 .*a whole number, 256 or more$/),
    "Tokens of a step.",
  ]);
  expect(type("100").join("\n")).toMatch(/Selected: total_batch_size 4096 100 [\s\S]*256/);
  for (const _ of "100") type("backspace");
  const preview = type("2048").join("\n");
  expect(preview).toContain("patch: total_batch_size 4096 to 2048");
  expect(preview).toContain("All ranks take this");
  expect(preview).toContain("Selected: Back");
  expect(type("tab")).toEqual(["Selected: y Apply"]);
  type("enter");
  await settle(() => services.patches.length === 1);
  expect(services.patches).toEqual([{ total_batch_size: 2048 }]);
});

test("a preview says every change, and the warning of the last one", async () => {
  const { type } = await patching();
  // An enter on the preview goes back to the values.
  for (const line of ["7000", "enter", "down", "9000000", "enter", "down"]) type(line);
  const preview = type("0.9").join("\n");
  for (const change of ["eval_every 100 to 7000", "total_batch_size 4096 to 9000000", "matrix_lr 0.02 to 0.9"])
    expect(preview).toContain(`patch: ${change}`);
  expect(preview).toMatch(/matrix_lr 0\.02 to 0\.9\nA rate\.\nwarning: /);
});

test("keys that are taken later than they come are answered as well", async () => {
  const { type, said } = await patching(0);
  await settle(() => said.some((line) => line.startsWith("Selected: eval_every")));
  expect(type("down")).toEqual([]);
  await settle(() => said.includes("Tokens of a step."));
});

test("a dialog is not said again as a run goes on behind it", async () => {
  const { type, said, run, later } = await patching();
  type("50");
  const from = said.length;
  run.reader.put(1, "train/loss", [310, 2.4]);
  later(1000);
  expect(said.slice(from).join("\n")).not.toContain("All ranks");
});

test("texts of a dialog are said in full", async () => {
  const { opened } = await patching();
  expect(opened.find((line) => line.startsWith("warmup_steps"))).toEndWith(`frozen: ${WARMUP.frozen}`);
  expect(opened.join("\n")).not.toContain("…");
});

test("screens are listed, and gone to by name or title; one that there is not is guessed", async () => {
  const { type, shell } = await listening();
  expect(type("help").join("\n")).toContain("screen NAME");
  expect(type("screen")[0]).toStartWith("Screens: overview, which is shown; loss; ");
  type("tab.runs");
  expect(type("screen Loss").join("\n")).toMatch(/Train tab, screen Loss, panel /);
  expect(shell.screens.name).toBe("loss");
  expect(type("screen loss").join("\n")).toContain("screen Loss");
  expect(type("screen lss")[0]).toBe("There is no screen lss. Did you mean loss?");
  expect(type("screen zzzz")[0]).toBe("There is no screen zzzz. screen alone lists them.");
  expect(type("screen 1").join("\n")).toContain("screen Overview");
});

test("of a broken screen is said why it cannot be shown", async () => {
  const { type, services, later } = await listening();
  services.brokenScreens = [{ name: "mine", file: "/h/screens/mine.yaml", why: "line 3: There is no panel lgo" }];
  services.screenStamp++;
  later(1500);
  expect(type("screen")[0]).toEndWith("; mine, which is broken");
  expect(type("screen mine")[0]).toBe("/h/screens/mine.yaml cannot be used: line 3: There is no panel lgo");
});

test("what people call an action leads to its name", async () => {
  const { type } = await listening();
  expect(type("quit")[0]).toBe("quit is nothing that can be done. Did you mean leave?");
  expect(type("scren")[0]).toStartWith("scren is nothing that can be done. Did you mean screen");
});

test("a chart is said by its lines, a list by its rows", async () => {
  const { type, shell } = await listening();
  const chart = type("read loss").join("\n");
  expect(chart).toContain("Panel loss");
  expect(chart).toMatch(/2\.5000.*between/);
  type("go log");
  expect(shell.pane().id).toBe("log");
  expect(type("read").join("\n")).toContain("step 00299 | loss: 2.5");
  expect(type("go nowhere")[0]).toStartWith("There is no panel nowhere here. Panels: ");
});

test("between what all points of a line lie is not said of one that is drawn by a value a column", () => {
  const each = seriesOf([1, 2], { name: "each step", max: Float64Array.of(4, 8), value: "5" });
  const average = seriesOf([3, 4], { name: "ema 0.9", value: "4" });
  const [, ...lines] = spokenScene(sceneOf(plotOf({ series: [each, average] })));
  expect(lines).toEqual(["each step 5, between 1 and 8", "ema 0.9 4, drawn between 3 and 4"]);
});

test("where a text is typed a line is that text, and a slash makes a word of it", async () => {
  const { type, services, shell } = await listening();
  type("tab.eval");
  await settle(() => shell.chat.checkpoints !== null);
  type("/go models");
  type("enter");
  await settle(() => shell.chat.loaded !== null);
  type("/go prompt");
  type("What is the capital of France?");
  await settle(() => services.sent.length > 0);
  await settle(() => !shell.chat.generating);
  expect(type("/where").join("\n")).toContain("Eval tab");
  expect(shell.chat.turns.length).toBeGreaterThan(0);
});

test("nothing that is said draws, moves the cursor or colours", async () => {
  const { said, type, later, run } = await listening();
  run.reader.say("\x1b[31mred\x1b[0m \x1b]0;title\x07");
  later(2000);
  for (const word of ["read log", "read progress", "palette", "esc", "?", "esc", "panels", "notices", "esc"]) type(word);
  expect(said.join("\n")).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u2500-\u259f\u2800-\u28ff]/);
  expect(spokenText("● running → ◆ 1,000 ━━━╸── · \x1b[1mx")).toBe("live: running to checkpoint: 1,000, x");
});
