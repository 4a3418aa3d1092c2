import { expect, test } from "bun:test";
import { parameter, script } from "../../test/fixtures/parameters.ts";
import type { Parameter, ScriptInfo } from "../core/params.ts";
import { leavesOpen, withAnswer } from "./ask.ts";

const int = (name: string, more: Partial<Parameter> = {}): Parameter => parameter(name, "int", 1, more);
const base = (parameters: Parameter[], more: Partial<ScriptInfo> = {}): ScriptInfo =>
  script("scripts.base_train", parameters, { trainable: true, ...more });

test("only a script of which the source leaves something open is asked", () => {
  const unknown = int("a", { defaultKnown: false, default: null, defaultExpr: "cores()" });
  expect(leavesOpen(base([int("a")]))).toBe(false);
  expect(leavesOpen(base([unknown]))).toBe(true);
  expect(leavesOpen(base([], { issues: ["a loop"] }))).toBe(true);
  expect(leavesOpen(base([], { style: "argv", issues: ["it reads sys.argv itself"] }))).toBe(false);
});

test("what the script tells fills what the source left open, and what only the source has stays", () => {
  const read = int("a", { type: "unknown", default: null, defaultKnown: false, defaultExpr: "cores()", help: "how many", line: 7 });
  const told = { parameters: [int("a", { default: 8, line: 0 }), int("new", { line: 0 })] };
  const asked = withAnswer(base([read, int("never_added")], { issues: ["a loop"] }), told);
  expect(asked).toMatchObject({ issues: [], asked: true });
  expect(asked.parameters.map(({ name }) => name)).toEqual(["a", "new"]);
  expect(asked.parameters[0]).toMatchObject({
    type: "int",
    default: 8,
    defaultKnown: true,
    defaultExpr: "cores()",
    help: "how many",
    line: 7,
  });
});

test("a setting without a value stays, where a configurator cannot tell of it", () => {
  const tag = int("model_tag", { nullable: true, default: null });
  const asked = withAnswer(base([tag, int("gone")], { style: "configurator" }), { parameters: [] });
  expect(asked.parameters).toEqual([tag]);
});

test("a script that could not tell keeps what was read, and says why", () => {
  const before = base([int("a")], { issues: ["a loop"] });
  expect(withAnswer(before, { error: "it died." })).toEqual({ ...before, issues: ["a loop", "it died."] });
});
