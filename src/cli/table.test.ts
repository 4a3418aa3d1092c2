import { expect, test } from "bun:test";
import { textWidth } from "../lib/graphemes.ts";
import { prose, type TableFit, table } from "./table.ts";

const lines = (head: string[], rows: string[][], fit: TableFit, right: number[] = []): string[] =>
  table(head, rows, new Set(right), fit).split("\n");

test("a cell is one line, and as wide as what is seen of it; a column of nothing takes no room", () => {
  expect(table(["a", "b"], [["x\x07\ny", "1"]])).toBe("a    b\nx y  1");
  expect(table(["a", "", "b"], [["x", "", "1"]])).toBe("a  b\nx  1");
});

test("at a terminal free text is cut, goes on below itself, or below its row; piped it is whole", () => {
  const rows = [["run", "it ran out of memory at step 7"]];
  const at = (fit: TableFit): string[] => lines(["a", "b"], rows, fit).slice(1);
  expect(at({ oneRow: true, width: 20 })).toEqual(["run  it ran out of …"]);
  expect(at({ oneRow: true, width: 16 })).toEqual(["run", "    it ran out …"]);
  expect(at({ width: 30 })).toEqual(["run  it ran out of memory at", "     step 7"]);
  expect(at({ width: 20 })).toEqual(["run", "    it ran out of", "    memory at step 7"]);
  for (const width of [60, null]) {
    expect(at({ oneRow: true, width })).toEqual(["run  it ran out of memory at step 7"]);
    expect(at({ width })).toEqual(["run  it ran out of memory at step 7"]);
  }
});

test("free text in the middle wraps there, and what stands behind it stays in the row", () => {
  const rows = [["○", "there are twelve shards of the data here", "--fix data"]];
  expect(lines(["", "verdict", "mend"], rows, { free: 1, width: 40 })).toEqual([
    "   verdict                  mend",
    "○  there are twelve shards  --fix data",
    "   of the data here",
  ]);
  expect(lines(["", "verdict", "mend"], rows, { free: 1, width: 30 })).toEqual([
    "   verdict  mend",
    "○           --fix data",
    "    there are twelve shards of",
    "    the data here",
  ]);
});

test("columns that can be spared go, the least needed first and no more than need be, and are named", () => {
  const rows = [["20261128-211142-one", "stopped", "150", "2m 30s ago", "stopped as asked"]];
  const head = ["run", "state", "step", "started", "why"];
  const at = (width: number): string[] => lines(head, rows, { spare: [2, 3], width }, [2]);
  expect(at(46)).toEqual([
    "run                  state    step  started",
    "20261128-211142-one  stopped   150  2m 30s ago",
    "    stopped as asked",
  ]);
  expect(at(40)[1]).toBe("20261128-211142-one  stopped  2m 30s ago");
  expect(at(40).at(-1)).toBe("Left out at 40 columns: step");
  rows[0]![4] = "asked";
  expect(at(50)[1]).toBe("20261128-211142-one  stopped  2m 30s ago  asked");
  expect(at(30)[1]).toBe("20261128-211142-one  stopped");
  expect(at(30).slice(-2)).toEqual(["Left out at 30 columns: step,", "started"]);
});

test("where even that is not enough names are shortened in the middle, and no line is wider than the terminal", () => {
  const rows = [["base/20261128-211142-a-name-of-some-length@1200", "whole", "Only a pretraining can be resumed"]];
  for (const width of [24, 32, 40, 60, 80])
    for (const line of lines(["checkpoint", "state", "for resume"], rows, { width }))
      expect({ line, fits: textWidth(line) <= width }).toEqual({ line, fits: true });
  expect(lines(["checkpoint", "state", "for resume"], rows, { width: 40 })[1]).toBe("base/20261128-21…some-length@1200  whole");
});

test("prose goes on below itself at a terminal, but for what could be copied as a command; piped it is whole", () => {
  const said = ["▲ it is far above the rest", "  → take `nanochat-cli runs stop last` then"];
  expect(prose(said, 16)).toEqual(["▲ it is far", "  above the rest", said[1]!]);
  expect(prose(["  its median is 3 of 64 steps"], 20)).toEqual(["  its median is 3", "    of 64 steps"]);
  expect(prose(said, null)).toEqual(said);
});
