/** A prefab for another version: those that come with the program on all versions, each planned, or refused in a sentence. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Finding, Plan } from "../core/plan.ts";
import { sentence } from "../core/result.ts";
import { COMMITS, type Commit, captured } from "./captures/capture.ts";
import { makePlan } from "./plan.ts";
import { loadPrefab } from "./prefab.ts";
import { findPrefabs } from "./prefab-files.ts";
import { planInput } from "./rules/fixtures.ts";

const OURS = [{ dir: join(import.meta.dir, "..", "..", "prefabs"), layer: "prefab" as const }];
const NAMES = [...findPrefabs(OURS).keys()].filter((name) => !name.startsWith("pocket"));

/** Findings of what a version has otherwise, or not. */
const TRANSLATED: ReadonlySet<string> = new Set(["renamed", "dropped", "not-translated", "stage-left-out", "stage-renamed"]);

function planned(name: string, commit: Commit): { plan: Plan; translated: Finding[] } {
  const prefab = loadPrefab(name, OURS);
  if (!prefab.ok) throw new Error(sentence(prefab.failure));
  const plan = makePlan(planInput({ prefab: prefab.value, workspace: captured(commit) }));
  if (!plan.ok) throw new Error(`${name} on ${commit}: ${sentence(plan.failure)}`);
  return { plan: plan.value, translated: plan.value.findings.filter(({ id }) => TRANSLATED.has(id)) };
}

test.each(NAMES)("a prefab for another version: %s is planned in each version's own names, and what that costs is said", (name) => {
  for (const commit of COMMITS) {
    const { plan, translated } = planned(name, commit);
    for (const { script, args } of plan.stages) {
      const flags =
        captured(commit)
          .scripts.find(({ module }) => module === script)
          ?.parameters.map(({ flag }) => flag) ?? [];
      expect(args.map((arg) => arg.split("=")[0] ?? "").filter((flag) => !flags.includes(flag))).toEqual([]);
    }
    for (const { severity, message, fix, remedy } of translated) {
      expect(message).toMatch(/[0-9a-f]{7}\)/); // the commit that changed it
      if (severity === "error") expect(fix ?? remedy).toBeDefined();
    }
  }
});

test("a prefab for another version is refused where a value that is gone would change what comes out, and only there", () => {
  const told = planned("runcpu", "3a5e0bc").translated.map(({ severity, message }) => `${severity}: ${message}`);
  expect(told.slice(0, 2)).toEqual([
    "error: scripts.base_train has no head_dim in this version: heads are about 128 wide (ccf4b7f), and head_dim=64 would change what comes out",
    "info: scripts.base_train has no window_pattern in this version: every layer sees the whole context (fbc1484)",
  ]);
  expect(told.at(-1)).toBe("info: num_iterations is called max_iterations in this version (renamed, 33e8a27)");
});
