import { expect, test } from "bun:test";
import { FakeData, fakeStage, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelInput, panelLines, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";
import { LONG_LINE } from "./run-fixture.ts";

/** 100 lines, one a second. */
function chatty(): FakeData {
  const data = new FakeData().say(...Array.from({ length: 100 }, (_, i) => `line ${i}`));
  for (const [i, line] of data.lines.entries()) line.at = START + i * 1000;
  return data.put(1, "time/wall", ...Array.from({ length: 50 }, (_, i) => [i, START + i * 2000] as const));
}

const NARROW: Given = { width: 44, height: 7 };
const bottomAfter = (data: FakeData, bottom: number | null, by: number, rest: Given = {}): number | null | undefined => {
  const input = panelInput("log", data, { ...NARROW, ...rest, view: { log: { filter: "", bottom, turned: false }, ...rest.view } });
  return findPanel("log")?.scroll?.(input, by).log?.bottom;
};
const looking = (filter: string, bottom: number | null = null): Given => ({ ...NARROW, view: { log: { filter, bottom, turned: false } } });

test("the log shows its end, or the place that it was scrolled to", () => {
  const data = chatty();
  expect(panelShown("log", data, NARROW)).toContain("line 99");
  expect(panelScene("log", data, NARROW).settings).toBe("following ⏷");
  expect(bottomAfter(data, null, -10)).toBe(90);
  expect(panelShown("log", data, looking("", 90))).toContain("line 89");
  expect(panelScene("log", data, looking("", 90)).settings).toBe("scrolled · f follows");
  expect(bottomAfter(data, 90, 3)).toBe(93);
  expect(bottomAfter(data, 90, 50)).toBeNull();
  expect(bottomAfter(data, 90, -1000)).toBe(5);
});

test("with a cursor it shows the lines around that step, and marks the one that was the newest then", () => {
  const data = chatty();
  const shown = panelLines("log", data, { ...NARROW, at: 20 }).map(lineText);
  expect(shown).toEqual(["  line 38", "  line 39", "▸ line 40", "  line 41", "  line 42"]);
  expect(panelScene("log", data, { ...NARROW, at: 20 }).settings).toBe("at step 20");
  expect(panelLines("log", data, { ...NARROW, at: 0 }).map(lineText)[0]).toBe("▸ line 0");
  expect(
    panelLines("log", data, { ...NARROW, at: 20, options: { jump: false } })
      .map(lineText)
      .at(-1),
  ).toBe("line 99");
  const chart = { ...panelInput("log", data, { at: 20 }).view.chart };
  expect(bottomAfter(data, null, 1, { view: { chart } })).toBe(44);
});

test("the line that a step has printed is the one that is marked, whatever came in before its figures", () => {
  const data = new FakeData().say(...Array.from({ length: 50 }, (_, i) => `step 000${i}/00050 | loss: 2`));
  for (const [i, line] of data.lines.entries()) line.at = START + i * 1000;
  data.put(1, "time/wall", ...Array.from({ length: 49 }, (_, i) => [i, START + i * 1000 + 1005] as const));
  const marked = panelLines("log", data, { ...NARROW, at: 20 })
    .map(lineText)
    .filter((line) => line.startsWith("▸"));
  expect(marked).toEqual(["▸ step 00020/00050 | loss: 2"]);
});

test("in what was read long after it was printed, and has that time, the line of a step is found all the same", () => {
  const data = new FakeData().say(...Array.from({ length: 400 }, (_, i) => `step 00${String(i).padStart(3, "0")}/00400 | loss: 2`));
  // Nobody read steps 100 to 299: their lines came at once, when somebody did.
  for (const [i, line] of data.lines.entries()) line.at = START + (i < 100 || i >= 300 ? i : 300) * 1000;
  data.put(1, "time/wall", ...Array.from({ length: 400 }, (_, i) => [i, START + i * 1000] as const));
  for (const at of [99, 100, 250, 299, 320])
    expect(panelLines("log", data, { ...NARROW, at }).map(lineText)).toContain(`▸ step 00${String(at).padStart(3, "0")}/00400 | loss: 2`);
});

test("a filter leaves the lines that have its text, marked there, and says so when there is none", () => {
  const data = new FakeData().say("step 1", "WARNING: slow", "step 2");
  const [only] = panelLines("log", data, looking("warn"));
  expect(only).toEqual([
    { text: "WARN", bold: true, underline: true, tone: "text" },
    { text: "ING: slow", tone: "text" },
  ]);
  expect(panelShown("log", data, { ...looking("nothing"), width: 80 })).toContain("No line holds “nothing” · esc clears the filter");
});

test("the filter of the log takes words, what must not be, what is enough, and regular expressions, as all others do", () => {
  const data = new FakeData().say("step 1 | loss: 2.5", "evaluation", "bpb: 2.2 of step 1", "WARNING");
  const found = (filter: string): string[] => panelLines("log", data, looking(filter)).map(lineText);
  expect(found("evaluation|bpb")).toEqual(["evaluation", "bpb: 2.2 of step 1"]);
  expect(found("STEP BPB")).toEqual(["bpb: 2.2 of step 1"]);
  expect(found("step -bpb")).toEqual(["step 1 | loss: 2.5"]);
  expect(found("/bpb: 2.2/")).toEqual(["bpb: 2.2 of step 1"]);
  const [only = []] = panelLines("log", data, looking("STEP /b: [\\d.]+/ -loss"));
  expect(only.filter(({ underline }) => underline).map(({ text }) => text)).toEqual(["b: 2.2", "step"]);
  expect(panelShown("log", data, { ...looking("/a+b/ -c"), width: 80 })).toContain("No line holds “/a+b/ -c” · esc clears the filter");
});

test("a text that is found far to the right is brought into view", () => {
  const data = new FakeData().say(`${"x".repeat(5000)}needle${"y".repeat(5000)}`);
  expect(panelShown("log", data, looking("needle"))).toMatch(/…x+needley*…/);
});

test("levels and streams can be left out; levels have a sign", () => {
  const data = new FakeData().say("plain", "bad", "told");
  Object.assign(data.lines[1]!, { level: "error", stream: "stderr" });
  Object.assign(data.lines[2]!, { stream: "supervisor" });
  const lines = (options: Given["options"]): string[] => panelLines("log", data, { ...NARROW, options }).map(lineText);
  expect(lines({ level: "warn" })).toEqual(["✕ bad"]);
  expect(lines({ streams: ["stdout", "supervisor"] })).toEqual(["plain", "told"]);
  expect(panelScene("log", data, { options: { level: "warn", streams: ["stderr"] } }).settings).toBe(
    "warn and worse · stderr · following ⏷",
  );
  expect(panelShown("log", data, { options: { level: "warn", streams: ["stdout"] } })).toContain(
    "No line of level warn or worse of stdout",
  );
  expect(panelShown("log", data, { options: { streams: [] } })).toContain("No stream is chosen");
});

test("terminal codes in a log line are not obeyed, and one of a megabyte is cut", () => {
  const data = new FakeData().say("\x1b[31mred\x1b[0m \x07bell", LONG_LINE);
  const shown = panelShown("log", data, NARROW);
  expect(shown).toContain("red bell");
  expect(shown).toMatch(/very long line 漢 .*… │/);
});

test("a stage that was chosen shows its own lines only", () => {
  const data = new FakeData().sayIn(1, "first").sayIn(2, "second");
  const state = fakeState({ stages: [fakeStage(1, "base_train", { status: "done" }), fakeStage(2, "chat_sft")] });
  expect(panelLines("log", data, { facts: { state, stage: 1 } }).map((line) => lineText(line).slice(-5))).toEqual(["first"]);
});

test("a step's line keeps loss and speed where it is narrow; wrapped it is whole", () => {
  const line = "step 00163/00240 (67.92%) | loss: 1.781648 | lrm: 0.52 | dt: 120.82ms | tok/sec: 2,118 | bf16_mfu: 0.00 | epoch: 1";
  const sft = "step 00051 (86.67%) | loss: 0.285499 | lrm: 0.27 | dt: 56.58ms | tok/sec: 4,524 | mfu: 0.00 | epoch: 1";
  const data = new FakeData().say(line, sft, "step one | two");
  const lines = (width: number, options: Given["options"] = {}): string[] => panelLines("log", data, { width, options }).map(lineText);
  expect(lines(60)).toEqual([
    "step 00163/00240 | loss: 1.781648 | … | tok/sec: 2,118 …",
    "step 00051 | loss: 0.285499 | … | tok/sec: 4,524 …",
    "step one | two",
  ]);
  // What gives way in one gives way in all: a field that comes and goes would look like one that was not printed.
  expect(lines(100).map((shown) => shown.replace(/^\d\d:\d\d:\d\d /, ""))).toEqual([
    "step 00163/00240 (67.92%) | loss: 1.781648 | … | dt: 120.82ms | tok/sec: 2,118 …",
    "step 00051 (86.67%) | loss: 0.285499 | … | dt: 56.58ms | tok/sec: 4,524 …",
    "step one | two",
  ]);
  // A mark gives way before a digit does.
  expect(lines(58)[0]).toBe("step 00163/00240 | loss: 1.781648 | tok/sec: 2,118 …");
  expect(lines(60, { wrap: true })[0]).toBe(line);
});

test("long lines are cut, or broken as the option says; a key turns it round, and the border says so", () => {
  const data = new FakeData().say(`${"word ".repeat(20)}end`);
  const of = (wrap: boolean, turned: boolean): { ends: boolean; settings: string | undefined } => {
    const given: Given = { ...NARROW, options: { wrap }, view: { log: { filter: "", bottom: null, turned } } };
    return { ends: panelShown("log", data, given).includes("end"), settings: panelScene("log", data, given).settings };
  };
  const whole = { ends: true, settings: "wrapped · following ⏷" };
  const cut = { ends: false, settings: "following ⏷" };
  expect([of(false, false), of(false, true), of(true, false), of(true, true)]).toEqual([cut, whole, whole, cut]);
});
