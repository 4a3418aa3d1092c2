import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { fakePlan } from "../panels/fake-data.ts";
import { Context, type TuiFace } from "./context.ts";
import { Face } from "./output.ts";
import { placeOfRun } from "./run-place.ts";

const nothingIsShown = (): never => {
  throw new Error("nothing is shown");
};
const noTui: TuiFace = { show: nothingIsShown, keys: nothingIsShown, themes: nothingIsShown };

const started = new Context(
  { workspace: "/elsewhere", baseDir: "/other", home: "/home", python: "python3.12" },
  new Face(false, false),
  noTui,
);
const plan = fakePlan();
const here = { ...plan, workspace: { ...plan.workspace, dir: tmpdir() } };

test("a run brings its own checkout, Python and base dir; the home stays", () => {
  expect(placeOfRun(started, here).globals).toEqual({ workspace: tmpdir(), baseDir: "/b", python: "/usr/bin/python3", home: "/home" });
  expect(placeOfRun(started, { ...here, python: ["uv", "run", "python"] }).globals.python).toBeUndefined();
});

test("a run that was imported, or whose checkout is gone, brings nothing", () => {
  expect(placeOfRun(started, { ...here, baseDir: "" })).toBe(started);
  expect(placeOfRun(started, { ...plan, workspace: { ...plan.workspace, dir: "/gone/away" } })).toBe(started);
});
