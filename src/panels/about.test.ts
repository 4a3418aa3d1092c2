import { expect, test } from "bun:test";
import { FakeData, fakePlan } from "./fake-data.ts";
import { type Given, lineText, panelLines, panelScene } from "./panel-fixture.ts";

const TALL: Given = { width: 80, height: 60 };
const ENVIRONMENT = { host: "gpu-1", memoryBytes: 8 * 1024 ** 3, torchVersion: null };

const data = (): FakeData => new FakeData().put(1, "train/loss", [0, 5], [10, 4.25]).put(1, "time/wall", [0, 0]);

const rows = (given: Given = {}): string[] =>
  panelLines("about", data(), {
    ...TALL,
    facts: {
      plan: fakePlan({ depth: 20, sample_every: 7 }),
      about: { tags: ["baseline"], note: "as\nbefore" },
      environment: ENVIRONMENT,
    },
    ...given,
  }).map((line) => lineText(line).replace(/ +/g, " ").trim());

test("the record, the machine, the settings and the newest figures stand below each other", () => {
  const all = rows();
  for (const row of ["tags #baseline", "note as before", "host gpu-1", "memory 8.00 GiB", "depth 20", "sample_every 7"])
    expect(all).toContain(row);
  expect(all).toContain("train/loss 4.2500 @ 10");
  expect(all.filter((row) => row.startsWith("torch"))).toEqual([]);
});

test("a filter keeps what has it in its part, name or value, under the heads of its parts", () => {
  expect(rows({ view: { filter: "DEPTH" } })).toEqual(["settings 1", "depth 20"]);
  expect(rows({ view: { filter: "figures" } })).toEqual(["figures 1", "train/loss 4.2500 @ 10"]);
  expect(panelScene("about", data(), { ...TALL, view: { filter: "no such" } }).blocks[0]?.block).toMatchObject({ kind: "empty" });
});

test("what W&B's summary holds besides metrics, and the packages, are found as well", () => {
  const imported = data()
    .event("note", { tag: "wandb-summary", fields: { best: "old", verdict: "good" } })
    .event("note", { tag: "wandb-summary", fields: { best: { a: 1 } } });
  const shown = (filter: string): string[] =>
    panelLines("about", imported, {
      ...TALL,
      facts: { environment: { packages: "numpy==2.4.6\ntorch==2.9.1\n-e ." } },
      view: { filter },
    }).map((line) => lineText(line).replace(/ +/g, " ").trim());
  expect(shown("figures -train")).toEqual(["figures 2", 'best {"a":1}', "verdict good"]);
  expect(shown("packages")).toEqual(["packages 3", "numpy 2.4.6", "torch 2.9.1", "-e ."]);
});

test("only the parts that are chosen are there", () => {
  expect(rows({ options: { parts: ["figures"] } })).toEqual(["figures 1", "train/loss 4.2500 @ 10"]);
});

test("a setting that is an empty text is told as one, not left blank", () => {
  const shown = rows({ facts: { plan: fakePlan({ device_type: "" }) } });
  expect(shown).toContain('device_type ""');
});
