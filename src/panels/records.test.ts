import { expect, test } from "bun:test";
import { FakeData, START } from "./fake-data.ts";
import { panelInput, panelScene, panelShown } from "./panel-fixture.ts";
import { findPanel } from "./registry.ts";

/** Ten steps, a second each, with a sample at step 3, and a line that the script printed. */
function run(): FakeData {
  const data = new FakeData()
    .event("sample", { prompt: "Gold is", text: "Au" }, { step: 3, at: START + 3500 })
    .event("checkpoint", { dir: "d" }, { step: 7, at: START + 7500 });
  for (let step = 0; step < 10; step++) {
    data.put(1, "time/wall", [step, START + step * 1000]).put(1, "train/loss", [step, step === 9 ? Number.NaN : 5 - step / 10]);
  }
  data.put(0, "host/cpu", [START / 1000 + 5, 71]);
  return data.say("hello");
}

/** Kind and step of each row of the list. */
const listed = (text: string): string[] =>
  [...text.matchAll(/\d\d:\d\d:\d\d (\w+) +(\d*) /g)].map(([, kind, step]) => `${kind} ${step}`.trim());

test("records stand newest first, the chosen one whole beside them where it is wide", () => {
  const text = panelShown("records", run(), { width: 120, height: 18 });
  expect(listed(text).slice(0, 3)).toEqual(["points 9", "points 8", "checkpoint 7"]);
  expect(listed(text)).toContain("sample 3");
  expect(text).toContain("▸");
  expect(text).toContain('"train/loss": "NaN"');
  expect(text).toContain("points · stage 1 · step 9 ·");
  expect(text).toContain("1 of 14");
});

test("where it is narrow the record stands below, and nowhere where there is no room or nobody wants it", () => {
  expect(panelShown("records", run(), { width: 70, height: 20 })).toContain('"train/loss": "NaN"');
  expect(panelShown("records", run(), { width: 70, height: 9 })).not.toContain('"train/loss": "NaN"');
  expect(panelShown("records", run(), { width: 120, height: 18, options: { whole: false } })).not.toContain("stage 1 ·");
});

test("a step down the list is the next record, to the last one", () => {
  const at = (scroll: number): string => panelShown("records", run(), { width: 120, height: 18, view: { scroll } });
  expect(at(1)).toContain("points · stage 1 · step 8");
  expect(at(99)).toContain("14 of 14");
  const input = panelInput("records", run(), { width: 120, height: 18 });
  expect(findPanel("records")?.scroll?.(input, 1)).toEqual({ scroll: 1 });
  expect(findPanel("records")?.scroll?.(input, 1e6)).toEqual({ scroll: 13 });
});

test("they are found by kind and by what is in them, and end at the cursor", () => {
  expect(panelScene("records", run(), { view: { filter: "sample" } }).title).toBe("records 1");
  expect(panelScene("records", run(), { view: { filter: "gold" } }).title).toBe("records 1");
  expect(panelScene("records", run(), { options: { filter: "points -host" } }).title).toBe("records 10");
  expect(panelShown("records", run(), { view: { filter: "nothing" } })).toContain("No record holds “nothing”");
  const cut = panelShown("records", run(), { width: 120, height: 18, at: 4 });
  expect(listed(cut).slice(0, 2)).toEqual(["points 4", "sample 3"]);
  expect(cut).toContain("until step 4");
});
