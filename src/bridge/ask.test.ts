import { expect, test } from "bun:test";
import type { Parameter, ScriptInfo } from "../core/params.ts";
import { leavesOpen, withAnswer } from "./ask.ts";

const parameter = (name: string, more: Partial<Parameter> = {}): Parameter => ({
  name,
  flag: `--${name}`,
  aliases: [],
  type: "int",
  default: 1,
  defaultKnown: true,
  defaultExpr: "1",
  nullable: false,
  required: false,
  isFlag: false,
  nargs: null,
  choices: null,
  help: null,
  section: null,
  line: 1,
  ...more,
});
const script = (parameters: Parameter[], more: Partial<ScriptInfo> = {}): ScriptInfo => ({
  module: "scripts.base_train",
  file: "scripts/base_train.py",
  style: "argparse",
  parameters,
  trainable: true,
  issues: [],
  ...more,
});

test("only a script of which the source leaves something open is asked", () => {
  const unknown = parameter("a", { defaultKnown: false, default: null, defaultExpr: "cores()" });
  expect(leavesOpen(script([parameter("a")]))).toBe(false);
  expect(leavesOpen(script([unknown]))).toBe(true);
  expect(leavesOpen(script([], { issues: ["a loop"] }))).toBe(true);
  expect(leavesOpen(script([], { style: "argv", issues: ["it reads sys.argv itself"] }))).toBe(false);
});

test("what the script tells fills what the source left open, and what only the source has stays", () => {
  const read = parameter("a", { type: "unknown", default: null, defaultKnown: false, defaultExpr: "cores()", help: "how many", line: 7 });
  const told = { parameters: [parameter("a", { default: 8, line: 0 }), parameter("new", { line: 0 })] };
  const asked = withAnswer(script([read, parameter("never_added")], { issues: ["a loop"] }), told);
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
  const tag = parameter("model_tag", { nullable: true, default: null });
  const asked = withAnswer(script([tag, parameter("gone")], { style: "configurator" }), { parameters: [] });
  expect(asked.parameters).toEqual([tag]);
});

test("a script that could not tell keeps what was read, and says why", () => {
  const before = script([parameter("a")], { issues: ["a loop"] });
  expect(withAnswer(before, { error: "it died." })).toEqual({ ...before, issues: ["a loop", "it died."] });
});
