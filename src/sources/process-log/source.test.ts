import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordingSink } from "../fixtures.ts";
import { ProcessLogSource } from "./source.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "process-log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function started(sink: RecordingSink, { ranks = 1, metricsFromLog = true } = {}): ProcessLogSource {
  const source = new ProcessLogSource({ stage: 1, dir, ranks, metricsFromLog });
  source.start(sink, sink.offsets);
  return source;
}

function pollAll(source: ProcessLogSource): void {
  while (source.poll(1000));
}

function readCapture(name: string): RecordingSink {
  cpSync(join(import.meta.dir, "captures", name), dir, { recursive: true });
  const sink = new RecordingSink();
  pollAll(started(sink));
  return sink;
}

const capturedLines = (name: string): number =>
  ["stdout.log", "stderr.log"].reduce(
    (sum, file) => sum + readFileSync(join(import.meta.dir, "captures", name, file), "utf8").split("\n").length - 1,
    0,
  );

describe("a real run without the bridge", () => {
  test("base_train at 92d63d4: every step, evaluations, samples and the checkpoint", () => {
    const sink = readCapture("base_train-92d63d4");
    expect(sink.lines).toHaveLength(capturedLines("base_train-92d63d4"));
    const loss = sink.series("train/loss");
    expect(loss.map(([step]) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(loss.at(-1)).toEqual([19, 8.310249]);
    expect(sink.series("train/dt")[0]?.[1]).toBeCloseTo(0.2776, 10);
    expect(sink.series("val/bpb")).toEqual([
      [0, 3.323409],
      [10, 3.321776],
      [20, 3.317222],
    ]);
    expect(sink.series("core/metric")).toEqual([[20, 0.5]]);
    expect(sink.series("centered_results/toy_schema")).toEqual([[20, 1]]);
    expect(sink.bodies("sample")).toHaveLength(7);
    expect(sink.bodies("checkpoint").map((body) => body["path"])).toEqual(["/data/nanochat/base_checkpoints/cap"]);
    expect(Object.assign({}, ...sink.bodies("config").map((body) => body["derived"]))).toEqual({
      parameters: 1_966_122,
      flopsPerToken: 5_898_456,
      totalSteps: 20,
      tokensPerStep: 256,
    });
    expect(sink.bodies("problem")).toEqual([]);
  });

  test("base_train at dfc8833, the configurator's time", () => {
    const sink = readCapture("base_train-dfc8833");
    expect(sink.series("train/loss")).toHaveLength(12);
    expect(sink.series("core/metric")).toEqual([[12, -0.0889]]);
    expect(sink.bodies("checkpoint").map((body) => body["path"])).toEqual(["/data/nanochat/base_checkpoints/cap"]);
    expect(sink.bodies("note").filter((body) => body["tag"] === "override")).toHaveLength(11);
  });

  test("chat_sft and chat_rl at 92d63d4", () => {
    const sft = readCapture("chat_sft-92d63d4");
    expect(sft.series("train/loss").map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(sft.series("val/bpb").at(-1)).toEqual([11, 0.0093]);
    const rl = readCapture("chat_rl-92d63d4");
    expect(rl.series("rl/sequence_length")[0]).toEqual([0, 26]);
    // A finalizer's complaint at the end of the interpreter.
    expect(rl.bodies("problem")).toEqual([]);
  });

  test("a script that dies is told as a problem", () => {
    expect(readCapture("assertion-92d63d4").bodies("problem")).toMatchObject([
      { what: "The script raised AssertionError", why: "A check of the script failed: total_batch_size (300) must be a multiple of 256." },
    ]);
  });
});

describe("files of the processes", () => {
  test("lines carry stream and time of their file, and the rank only where there are several", () => {
    writeFileSync(join(dir, "stdout.log"), "one\n");
    utimesSync(join(dir, "stdout.log"), 1_700_000_000, 1_700_000_000);
    const sink = new RecordingSink();
    pollAll(started(sink));
    expect(sink.lines).toEqual([{ stage: 1, at: 1_700_000_000_000, stream: "stdout", rank: null, level: "info", text: "one" }]);
  });

  test("each rank has its own, and what came from it keeps its rank", () => {
    writeFileSync(join(dir, "stdout.log"), "zero\n");
    writeFileSync(join(dir, "stderr.rank1.log"), "one\n");
    const sink = new RecordingSink();
    pollAll(started(sink, { ranks: 2 }));
    expect(sink.lines.map(({ stream, rank, text }) => [stream, rank, text])).toEqual([
      ["stdout", 0, "zero"],
      ["stderr", 1, "one"],
    ]);
    expect([...sink.offsets.keys()]).toEqual(["1/stdout.log", "1/stderr.rank1.log"]);
  });

  test("colours, progress that is written over itself, and what a terminal would obey do not get through", () => {
    writeFileSync(join(dir, "stdout.log"), "\rRank 0 | 1/4 (25%)\r\x1b[KRank 0 | 4/4 (100%)\n\x1b]0;title\x07\x1b[31mred\x1b[0m\r\n");
    const sink = new RecordingSink();
    pollAll(started(sink));
    expect(sink.lines.map(({ text }) => text)).toEqual(["Rank 0 | 4/4 (100%)", "red"]);
  });

  test("a line that is not whole waits, and is taken as it stands when its writer has ended", () => {
    writeFileSync(join(dir, "stdout.log"), "whole\nstep 00001/00002 (50.00%) | loss: 1.5 ");
    const sink = new RecordingSink();
    const source = started(sink);
    pollAll(source);
    expect(sink.lines.map(({ text }) => text)).toEqual(["whole"]);
    appendFileSync(join(dir, "stdout.log"), "| lrm: 0.5 |");
    source.finish();
    expect(sink.points_.map(({ values }) => values)).toEqual([{ "train/loss": 1.5, "train/lrm": 0.5 }]);
    expect(sink.offsets.get("1/stdout.log")).toBe(56);
  });

  test("a traceback is one problem also when a successor reads its second half", () => {
    const text = readFileSync(join(import.meta.dir, "captures", "assertion-92d63d4", "stderr.log"), "utf8");
    const half = text.indexOf("    assert total_batch_size");
    writeFileSync(join(dir, "stderr.log"), text.slice(0, half));
    const sink = new RecordingSink();
    const first = started(sink);
    pollAll(first);
    first.stop();
    appendFileSync(join(dir, "stderr.log"), text.slice(half));
    pollAll(started(sink));
    expect(sink.bodies("problem")).toHaveLength(1);
    expect(String(sink.bodies("problem")[0]?.["details"]).split("\n")).toHaveLength(7);
    expect(sink.lines).toHaveLength(8);
  });

  test("a backlog is read in bites, each with the offset that it came to", () => {
    writeFileSync(join(dir, "stdout.log"), "0123456789\n".repeat(1000));
    const sink = new RecordingSink();
    const source = started(sink);
    expect(source.poll(0)).toBe(true);
    expect(sink.lines.length).toBeLessThan(100);
    expect(sink.offsets.get("1/stdout.log")).toBe(sink.lines.length * 11);
    pollAll(source);
    expect(sink.lines).toHaveLength(1000);
  });

  test("a line of several megabytes is kept in part, and the next one is whole", () => {
    writeFileSync(join(dir, "stdout.log"), `${"x".repeat(3 << 20)}\nnext\n`);
    const sink = new RecordingSink();
    pollAll(started(sink));
    expect(sink.lines.at(-1)?.text).toBe("next");
    expect(Math.max(...sink.lines.map(({ text }) => text.length))).toBeLessThan(66_000);
    expect(sink.offsets.get("1/stdout.log")).toBe((3 << 20) + 6);
  });

  test("one that cannot be read is told once, and the others are read all the same", () => {
    mkdirSync(join(dir, "stdout.log"));
    writeFileSync(join(dir, "stderr.log"), "one\n");
    const sink = new RecordingSink();
    const source = started(sink);
    pollAll(source);
    appendFileSync(join(dir, "stderr.log"), "two\n");
    pollAll(source);
    expect(sink.bodies("problem")).toHaveLength(1);
    expect(sink.bodies("problem")[0]?.["what"]).toBe(`${join(dir, "stdout.log")} could not be read`);
    expect(sink.lines.map(({ text }) => text)).toEqual(["one", "two"]);
  });
});
