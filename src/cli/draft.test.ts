import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkpoint as fixtureCheckpoint, planInput } from "../config/rules/fixtures.ts";
import { fail } from "../core/result.ts";
import { PlanDraft } from "./draft.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function opened(copy?: Parameters<typeof PlanDraft.make>[4]): PlanDraft {
  const input = planInput();
  const made = PlanDraft.make("prefab mine", { home, folders: [] }, input, async () => ({ ok: true, value: input }), copy);
  if (!made.ok) throw new Error(made.failure.what);
  return made.value;
}

const stage = (draft: PlanDraft): string => draft.plan.stages[0]!.name;
const depth = (draft: PlanDraft): unknown => draft.plan.stages[0]!.values.find(({ parameter }) => parameter.name === "depth")?.value;

test("undo goes on behind a save, and what it takes back there is unsaved", async () => {
  const draft = opened();
  draft.set(stage(draft), "depth", "8");
  draft.set(stage(draft), "depth", "12");
  expect(draft.edits).toBe(2);
  expect((await draft.save("other", false)).ok).toBe(true);
  expect(draft.edits).toBe(0);
  expect(draft.undo()).toBe("Taken back: depth 12");
  expect([depth(draft), draft.edits]).toEqual([8, 1]);
  draft.redo();
  expect([depth(draft), draft.edits]).toEqual([12, 0]);
  draft.undo();
  draft.set(stage(draft), "depth", "16");
  expect(draft.edits).toBe(2);
});

test("a draft that another one was saved as has its past", () => {
  const [before, after] = [opened(), opened()];
  before.set(stage(before), "depth", "8");
  after.set(stage(after), "depth", "8");
  after.goOnFrom(before);
  expect(after.edits).toBe(0);
  expect(after.undo()).toBe("Taken back: depth 8");
  expect([depth(after), after.edits, after.undo()]).toEqual([20, 1, null]);
});

test("a copy that it begins with is made when it is started, and no run is left where that fails", async () => {
  const checkpoint = { ...fixtureCheckpoint("base", "d4", 20), tag: "d4-2" };
  const draft = opened({ checkpoint, make: async () => fail("io", "the disk is full") });
  expect(await draft.start(true)).toMatchObject({ ok: false, failure: { what: "the disk is full" } });
  expect(existsSync(join(home, "runs")) ? readdirSync(join(home, "runs")) : []).toEqual([]);
});
