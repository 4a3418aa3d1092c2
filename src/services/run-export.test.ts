import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { type ExportFormat, exportRun } from "./run-export.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function exported(format: ExportFormat, write: (journal: JournalWriter) => void): string[] {
  const path = join(folder.path, "journal.db");
  const journal = unwrap(JournalWriter.open(path));
  write(journal);
  journal.close();
  return [...exportRun(unwrap(JournalReader.open(path)), format)];
}

const AT = Date.UTC(2026, 10, 23, 12);

function someSteps(journal: JournalWriter): void {
  journal.points(0, AT / 1000, AT, { "host/cpu": 50 });
  journal.points(1, 0, AT, { "train/loss": 4.25, "train/lrm": 1 });
  journal.points(1, 1, AT + 1500, { "train/loss": Number.NaN });
  journal.points(1, 1, AT + 1500, { "val/bpb": 1.5 });
}

test("csv: a row each step, a column each metric, nothing where there is nothing", () => {
  expect(exported("csv", someSteps)).toEqual([
    "stage,step,time,host/cpu,train/loss,train/lrm,val/bpb\n",
    "0,,2026-11-23T12:00:00.000Z,50,,,\n",
    "1,0,2026-11-23T12:00:00.000Z,,4.25,1,\n",
    "1,1,2026-11-23T12:00:01.500Z,,NaN,,1.5\n",
  ]);
});

test("jsonl: an object each step, and what is no number by its name", () => {
  expect(exported("jsonl", someSteps).map((line) => JSON.parse(line))[2]).toEqual({
    stage: 1,
    step: 1,
    time: "2026-11-23T12:00:01.500Z",
    "train/loss": "NaN",
    "val/bpb": 1.5,
  });
});

test("every step of a long run comes out once and in order", () => {
  const steps = 40_000;
  const lines = exported("csv", (journal) => {
    for (let step = 0; step < steps; step++) {
      journal.points(1, step, AT, { "train/loss": step });
      if (step % 5000 === 0) journal.commit();
    }
  });
  expect(lines.slice(1).map((line) => Number(line.split(",")[1]))).toEqual(Array.from({ length: steps }, (_, i) => i));
});

test("an empty journal is a head without rows", () => {
  expect(exported("csv", () => {})).toEqual(["stage,step,time\n"]);
  expect(exported("jsonl", () => {})).toEqual([]);
});
