/** The way to a chat by command: what a prefab does not have is said, with what has it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { LedgerStage } from "../../src/core/setup.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.close());

const stages = async (...more: string[]): Promise<Map<string, LedgerStage>> => {
  const { stages: all } = await box.json<{ stages: LedgerStage[] }>(["setup", ...more]);
  return new Map(all.map((stage) => [stage.id, stage]));
};

test("a stage that the prefab in use does not have is not offered, and what evaluates in its place is told", async () => {
  const shown = await stages();
  expect(shown.get("base_eval")).toMatchObject({
    blocked: "prefab pocket has no stage base_eval",
    elsewhere: expect.stringContaining("as it goes"),
  });
  expect(shown.get("dataset")?.elsewhere).toBe("Nothing has to run: comes with the program");
  expect(shown.get("tokenizer")).toMatchObject({ blocked: null });
  expect(refused(await box.cli(["setup", "base_eval", "--json"]))).toMatchObject({
    code: "refused",
    why: "prefab pocket has no stage base_eval",
    remedy: expect.stringContaining("nanochat-cli setup base_eval --prefab NAME"),
  });
});

test("where another prefab has it, that one is named, and with it the stage waits for its model alone", async () => {
  box.prefab("judge", "name: judge\ntitle: Judging\nextends: pocket\nstages:\n  - script: scripts.base_eval\n");
  const { elsewhere } = (await stages()).get("base_eval") ?? {};
  expect(elsewhere).toMatch(/^Prefab judge .*has it: nanochat-cli setup base_eval --prefab judge$/);
  const own = (await stages("--prefab", "judge")).get("base_eval");
  expect([own?.blocked, own?.elsewhere]).toEqual(["the base model comes first", undefined]);
});
