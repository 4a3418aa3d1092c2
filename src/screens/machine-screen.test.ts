/** Where the panels of the screen of the machine stand, by what the run that is looked at has for them. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { RunFacts } from "../panels/data.ts";
import { FakeData, fakeFacts, START } from "../panels/fake-data.ts";
import { arrange } from "./arrange.ts";
import { readScreen } from "./document.ts";
import { idlePanels, measurePanel } from "./measure.ts";

const FILE = join(import.meta.dir, "../../screens/machine.yaml");

/** The panels of each place, and the rows that it has. */
function places(facts: Partial<RunFacts>, data: FakeData, width: number, height: number): Array<readonly [string, number]> {
  const { layout } = readScreen("machine", parse(readFileSync(FILE, "utf8"))).screen!;
  const idle = idlePanels(layout, fakeFacts(data, facts));
  const { slots } = arrange(layout, { x: 0, y: 0, width, height }, measurePanel, idle);
  return slots.map(({ rect, panes }) => [panes.join(" "), rect.height] as const);
}

const host = (): FakeData => new FakeData().put(0, "host/cpu", [START / 1000, 42]);
const LOOKED_AT = { processes: () => null };

test("at 80×24 processes have a place of their own also where a GPU has one", () => {
  const data = host().put(0, "gpu/0/util", [START / 1000, 98]);
  expect(places(LOOKED_AT, data, 80, 21).map(([panes]) => panes)).toEqual(["host", "gpus", "processes grid"]);
});

test("of a run that does not go on here, what has nothing to show shares a place that is no larger than its reason", () => {
  for (const [width, height] of [
    [80, 21],
    [120, 32],
    [200, 60],
  ] as const) {
    const found = places({ now: START + 60_000 }, host(), width, height);
    expect(found.find(([panes]) => panes.startsWith("gpus"))).toEqual(["gpus processes", 6]);
    expect(found.map(([panes]) => panes)).toContain("grid");
  }
});
