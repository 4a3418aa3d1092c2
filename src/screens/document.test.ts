import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readScreen, screenValue } from "./document.ts";

/** All sentences about a screen, one after another. */
const said = (yaml: string): string =>
  readScreen("mine", Bun.YAML.parse(yaml))
    .mistakes.map(({ path, what }) => `${path.join(".")}: ${what}`)
    .join("\n");

describe("what is wrong with a screen is told with its place and its way out", () => {
  const MISTAKES: ReadonlyArray<readonly [title: string, yaml: string, ...names: string[]]> = [
    ["nothing", "", "A screen is a map"],
    ["a list", "- loss", "A screen is a map"],
    ["no layout", "title: T", "layout is missing"],
    ["an unknown panel", "layout: {rows: [progres]}", "layout.rows.0.panel", "There is no panel progres", "Did you mean progress?"],
    ["an unknown key", "layout: {panel: loss, widht: 3}", "widht means nothing here"],
    ["an unknown option", "layout: {panel: log, options: {colour: red}}", "layout.options.colour", "The panel log has no option colour"],
    ["two things at once", "layout: {panel: loss, rows: []}", "one thing, not rows and panel"],
    ["neither panel nor split", "layout: {share: 2}", "this has none of them"],
    [
      "a slip in the word panel",
      "layout: {rows: [{panle: chart}]}",
      "layout.rows.0.panle: A part",
      "this has panle instead. Did you mean panel?",
    ],
    ["neither, and nothing near", "layout: {foo: chart, title: T}", "layout.foo: ", "this has foo instead"],
    ["no list", "layout: {rows: loss}", "rows must be a list"],
    ["no cells", "layout: {rows: [{panel: loss, cells: 0}]}", "cells must be a whole number of 1 or more"],
    ["half a cell", "layout: {rows: [{panel: loss, cells: 1.5}]}", "cells must be a whole number"],
    ["a share of nothing", "layout: {rows: [{panel: loss, share: 0}]}", "share must be a number above 0"],
    ["both sizes", "layout: {rows: [{panel: loss, share: 1, cells: 2}]}", "cells or share, not both"],
    ["a text for a size", "layout: {rows: [{panel: loss, share: big}]}", "share must be a number"],
    ["a number for a title", "title: 7\nlayout: loss", "title must be a text"],
    ["a threshold of nothing", "layout: {panel: loss, thresholds: [{metric: train/loss}]}", "needs above or below"],
    ["a threshold without a metric", "layout: {panel: loss, thresholds: [{above: 3}]}", "metric must be the id"],
    ["another tone", "layout: {panel: loss, thresholds: [{metric: a, above: 3, tone: red}]}", "tone must be warn or bad"],
    ["a threshold with two slips", "layout: {panel: loss, thresholds: [{metric: a, abve: 4, tone: purple}]}", "abve means", "tone must be"],
    ["an unknown panel with a slip beside it", "layout: {panel: los, refresh: 0}", "no panel los", "refresh must be"],
    ["rows of nothing", "layout: {columns: [loss, {rows: []}]}", "layout.columns.1.rows: rows is empty"],
    ["an axis upside down", "layout: {panel: chart, options: {metrics: [a], from: 5, to: 1}}", "from (5) must be below to (1)"],
    [
      "a log axis from 0",
      "layout: {panel: chart, options: {metrics: [a], scale: log, from: 0, to: 4}}",
      "layout.options.from: from (0) must be above 0 where scale is log",
    ],
    [
      "a log axis to less than 0",
      "layout: {panel: chart, options: {metrics: [a], scale: log, to: -1}}",
      "to (-1) must be above 0 where scale is log",
    ],
    ["a hasty refresh", "layout: {panel: loss, refresh: 0}", "refresh must be a number of seconds"],
    ["a run that is no name", "layout: {panel: loss, run: 7}", "run must be the name or id"],
  ];
  for (const [title, yaml, ...names] of MISTAKES)
    test(title, () => {
      for (const name of names) expect(said(yaml)).toContain(name);
    });
});

test("a split in itself and a tree of 200 splits are refused, not followed", () => {
  const own: { rows: unknown[] } = { rows: [] };
  own.rows.push(own);
  expect(readScreen("mine", { layout: own }).mistakes).toEqual([
    { path: ["layout", "rows", 0], what: "An alias (`*name`) puts layout into itself. Write out the part that is meant" },
  ]);
  const inner = "layout: {columns: [loss, &a {rows: [loss, {flow: [loss, *a]}]}]}";
  expect(said(inner)).toContain("puts layout.columns.1 into itself");
  expect(said("layout: {columns: [&a {rows: [loss]}, *a]}")).toBe("");
  const deep = `layout: ${"{rows: [".repeat(200)}loss${"]}".repeat(200)}`;
  expect(said(deep)).toContain("nested more than 12 deep");
});

test("a screen of a thousand panels is refused", () => {
  const many = `layout: {rows: [${Array.from({ length: 1000 }, () => "loss").join(",")}]}`;
  expect(said(many)).toContain("at most 100 panels");
});

test("a bare name is a panel, and what is written is read again as the same", () => {
  const yaml = `
title: Mine
layout:
  columns:
    - progress
    - panel: loss
      title: my loss
      share: 2
      thresholds: [{metric: train/loss, above: 4, tone: bad}]
      refresh: 2
      run: yesterday
    - flow: [log, host]
      cells: 40
`;
  const { screen } = readScreen("mine", Bun.YAML.parse(yaml));
  expect(screen?.layout).toMatchObject({
    split: "columns",
    parts: [{ panel: "progress" }, { title: "my loss" }, { split: "flow", size: { cells: 40 } }],
  });
  expect(readScreen("mine", screenValue(screen!)).screen).toEqual(screen);
});

test("a list may be one text with commas, as `--set` takes it; it is written back as a list", () => {
  const { screen } = readScreen("mine", Bun.YAML.parse('layout: {panel: chart, options: {metrics: "train/loss, val/*"}}'));
  expect(screen?.layout).toEqual({ panel: "chart", options: { metrics: ["train/loss", "val/*"] } });
  expect(screenValue(screen!)["layout"]).toEqual({ panel: "chart", options: { metrics: ["train/loss", "val/*"] } });
  expect(said('layout: {panel: chart, options: {metrics: "*"}}')).toBe("");
});

test("nothing that a parser can give makes it throw", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      readScreen("mine", value);
      readScreen("mine", { layout: value });
      readScreen("mine", { layout: { rows: [value, { panel: value, options: value, thresholds: [value] }] } });
    }),
    { numRuns: 2000 },
  );
});
