import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "yaml";
import type { Plan } from "../core/plan.ts";
import type { StageState } from "../core/run.ts";
import { startTicks } from "./process.ts";
import { runPaths } from "./run-dir.ts";
import { firstState, liveness, readExit, readPlan, readState } from "./run-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PLAN: Plan = {
  version: 1,
  name: "x",
  prefab: "p",
  workspace: { dir: "/w", kind: "pocket", commit: null, dirty: null, package: "nanochat" },
  python: ["python3"],
  pythonReason: "python3",
  baseDir: "/b",
  env: {},
  stages: [{ name: "01-base_train", script: "scripts.base_train", values: [], args: [], ranks: 1, launcher: "python", bridged: true }],
  findings: [],
};
const state = (change: object = {}) => ({ ...firstState("/home/runs/r", PLAN, "2026-11-23T12:00:00Z"), ...change });
const write = (content: string) => writeFileSync(runPaths(folder).state, content);
const codeOf = () => {
  const read = readState(folder);
  return read.ok ? "ok" : read.failure.code;
};

test("a state is read back as it was written; fields of a later minor version do no harm", () => {
  write(JSON.stringify(state({ later: 1 })));
  expect(readState(folder)).toMatchObject({ ok: true, value: state() });
});

test.each([
  ["nothing", null, "not-found"],
  ["torn", '{"version": 1, "id"', "corrupt"],
  ["empty", "", "corrupt"],
  ["no object", "[1]", "corrupt"],
  ["no version", "{}", "corrupt"],
  ["newer", '{"version": 2}', "newer-version"],
  ["a wrong status", JSON.stringify({ ...state(), status: "dancing" }), "corrupt"],
  ["a stage without name", JSON.stringify({ ...state(), stages: [{ index: 1 }] }), "corrupt"],
])("a state.json with %s", (_what, content, code) => {
  if (content !== null) write(content);
  expect(codeOf()).toBe(code);
});

test("a damaged file is named with the field", () => {
  write(JSON.stringify(state({ createdAt: 5 })));
  const read = readState(folder);
  expect(read).toMatchObject({
    ok: false,
    failure: { what: expect.stringContaining("state.json"), why: expect.stringContaining("createdAt") },
  });
});

test("any state.json is an answer, never an exception", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (content) => {
      write(content);
      expect(["corrupt", "newer-version"]).toContain(codeOf());
    }),
  );
});

test("a plan survives being written by one YAML library and read by another", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "no",
      "yes",
      "on",
      "~",
      "null",
      "true",
      "0123",
      "0x1F",
      "1e3",
      "1_000",
      ".inf",
      "- x",
      "a: b",
      "#c",
      "2026-01-01",
      "",
      " x",
      "x\n",
    ),
  );
  fc.assert(
    fc.property(fc.array(text), fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), text), (args, env) => {
      const plan = { ...PLAN, env: { ...env }, stages: [{ ...PLAN.stages[0], args }] };
      writeFileSync(runPaths(folder).plan, stringify(plan, { aliasDuplicateObjects: false, lineWidth: 0 }));
      expect(readPlan(folder)).toEqual({ ok: true, value: plan as Plan });
    }),
  );
});

test("liveness: a pid that is another process now is nobody, and a run without any process does not go on", () => {
  const me = { pid: process.pid, startTicks: startTicks(process.pid) };
  const another = { pid: process.pid, startTicks: 1 };
  const named = { startedAt: "", version: "" };
  const trainedBy = (process: typeof me) => [{ ...process, name: "01-base_train", status: "running" as const } as StageState];
  expect(liveness({ status: "running", owner: { ...me, ...named }, stages: trainedBy(me) })).toBe("owned");
  expect(liveness({ status: "running", owner: { ...another, ...named }, stages: trainedBy(me) })).toBe("unattended");
  expect(liveness({ status: "running", owner: null, stages: trainedBy(me) })).toBe("unattended");
  expect(liveness({ status: "running", owner: null, stages: trainedBy(another) })).toBe("gone");
  expect(
    liveness({ status: "running", owner: null, stages: trainedBy(another).map((stage) => ({ ...stage, ranks: [another, me] })) }),
  ).toBe("unattended");
  expect(liveness({ status: "running", owner: null, stages: [] })).toBe("gone");
  expect(liveness({ status: "done", owner: { ...me, ...named }, stages: trainedBy(me) })).toBe("ended");
});

test("an exit that is not there yet is null", () => {
  expect(readExit(join(folder, "exit.json"))).toEqual({ ok: true, value: null });
});
