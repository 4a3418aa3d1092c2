import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordingSink } from "../fixtures.ts";
import { field, framed, history, numberField, output } from "./fixtures.ts";
import { WandbFileSource } from "./source.ts";

const CAPTURES = join(import.meta.dir, "captures");
const WHOLE = join(CAPTURES, "whole", "run-whole123.wandb");

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wandb-"));
  file = join(dir, "run-x.wandb");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function read(path: string, sink = new RecordingSink()): { sink: RecordingSink; source: WandbFileSource } {
  const source = new WandbFileSource({ stage: 1, path, key: "k" });
  source.start(sink, sink.offsets);
  while (source.poll(1000));
  return { sink, source };
}

function readRecords(...records: Buffer[]): RecordingSink {
  writeFileSync(file, framed(records));
  return read(file).sink;
}

const steps = (sink: RecordingSink, metric: string) => sink.series(metric).map(([step]) => step);

describe("a file of the real client", () => {
  test("says whose run it is, with which settings it was made, and how it ended", () => {
    const { source } = read(WHOLE);
    expect(source.about).toMatchObject({
      run: { id: "whole123", project: "nanochat", name: "d4-first", startedAt: expect.any(Number) },
      environment: {
        python: expect.stringMatching(/^CPython 3\./),
        program: expect.stringContaining("capture.py"),
        root: expect.stringMatching(/^\/.*\/nanochat$/),
        cpus: 2,
      },
      settings: { depth: 4, num_iterations: 120, model_tag: null, fp8: false, "head.dim": 64 },
      producer: expect.stringMatching(/^0\.31\.0/),
      exit: { code: 0 },
    });
    expect(source.offset).toBe(readFileSync(WHOLE).length);
  });

  test("gives what was logged by nanochat's step, in all digits, under our names", () => {
    const { sink } = read(WHOLE);
    expect(sink.series("val/bpb").filter(([, value]) => value === 2.8)).toEqual([
      [20, 2.8], // as it was printed, and as it was logged
      [20, 2.8],
    ]);
    expect(sink.series("train/loss").filter(([step]) => step === 20)).toEqual([
      [20, 8],
      [20, 8.000000001],
    ]);
    expect(sink.series("train/flops").at(-1)).toEqual([120, 1.8e17]);
    expect(sink.series("centered_results/arc_easy")).toContainEqual([60, 0.1]);
    expect(sink.series("train/epoch").filter(([step]) => step === 100)).toEqual([
      [100, 1],
      [100, 1],
    ]);
    expect(sink.series("train/dt").every(([, value]) => value === 0.03)).toBe(true);
  });

  test("gives the steps in between from what was printed", () => {
    const { sink } = read(WHOLE);
    expect(new Set(steps(sink, "train/loss")).size).toBe(120);
    expect(sink.series("train/loss")).toContainEqual([33, 7.35]);
  });

  test("keeps NaN and infinity as they are", () => {
    const { sink } = read(WHOLE);
    expect(sink.series("train/loss").filter(([step]) => step === 40)).toEqual([
      [40, Number.NaN],
      [40, Number.NaN],
    ]);
    expect(sink.series("train/mfu").filter(([step]) => step === 60)).toContainEqual([60, Number.POSITIVE_INFINITY]);
  });

  test("gives the lines as they were printed, also those that were written in pieces", () => {
    const { sink } = read(WHOLE);
    const line = "Evaluating: arc_easy (0-shot, type: multiple_choice)... accuracy: 0.3000 | centered: 0.0667 | time: 1.00s";
    expect(sink.lines.map(({ text }) => text)).toContain(line);
    expect(sink.lines.filter(({ stream }) => stream === "stderr")).toMatchObject([{ level: "warn", text: "WARNING: a line of stderr" }]);
  });

  test("gives the machine's figures in our units", () => {
    const { sink } = read(WHOLE);
    const machine = sink.points_.find(({ stage }) => stage === 0)?.values ?? {};
    expect(machine["host/memory_total"]).toBeGreaterThan(1e9);
    expect(machine["host/memory_used"]).toBeLessThan(machine["host/memory_total"] ?? 0);
    expect(machine["host/disk_free"]).toBeGreaterThan(1e9);
    expect(machine).toHaveProperty(["system/network.sent"]);
  });

  test("tells the settings and the figures that they give away", () => {
    const { sink } = read(WHOLE);
    expect(sink.bodies("config")[0]).toMatchObject({
      settings: { depth: 4, "head.dim": 64 },
      derived: { totalSteps: 120, tokensPerStep: 2048 },
    });
  });
});

describe("history", () => {
  test("without a step of its own belongs to the step before, and to W&B's count where there is none at all", () => {
    expect(readRecords(history({ _step: "7", a: "1" })).series("a")).toEqual([[7, 1]]);
    const sink = readRecords(history({ step: "700", a: "1", _step: "7" }), history({ _step: "8", b: "2" }));
    expect(sink.series("b")).toEqual([[700, 2]]);
  });

  test("in other shapes: quoted numbers, a dictionary in one piece, a picture, text, nothing", () => {
    const sink = readRecords(
      history({
        step: "1",
        quoted: '"NaN"',
        under: '"-Infinity"',
        tree: '{"a": {"b": 2}, "c": NaN}',
        picture: '{"_type": "image-file", "size": 3}',
        text: '"1 of 2"',
        nothing: "null",
        broken: "{",
        _runtime: "3",
      }),
    );
    expect(sink.points_[0]?.values).toEqual({
      quoted: Number.NaN,
      under: Number.NEGATIVE_INFINITY,
      "tree/a/b": 2,
      "tree/c": Number.NaN,
    });
  });

  test("with pictures tells where they lie, and takes their sizes for no values", () => {
    const sink = readRecords(
      history({
        step: "20",
        a: "1",
        "attention.width": "64",
        "attention._type": '"image-file"',
        "attention.height": "48",
        "attention.path": '"media/images/a.png"',
        "attention.caption": '"heads"',
        "grid._type": '"images/separated"',
        "grid.filenames": '["media/images/b.png", "media/images/c.png"]',
        "grid.captions": '["first", null]',
        "grid.count": "2",
        whole: '{"_type": "image-file", "path": "media/images/d.png", "width": 3}',
        "tbl._type": '"table-file"',
        "tbl.nrows": "7",
        "attentive.width": "5",
      }),
      history({ step: "30", "attention._type": '"image-file"', "attention.path": '"media/images/e.png"' }),
    );
    expect(sink.points_.map(({ values }) => values)).toEqual([{ a: 1, "attentive/width": 5 }]);
    const told = sink.events
      .filter(({ kind }) => kind === "picture")
      .map(({ step, body }) => [step, body["key"], body["index"], body["path"], body["caption"]]);
    expect(told).toEqual([
      [20, "attention", 0, "media/images/a.png", "heads"],
      [20, "grid", 0, "media/images/b.png", "first"],
      [20, "grid", 1, "media/images/c.png", null],
      [20, "whole", 0, "media/images/d.png", null],
      [30, "attention", 0, "media/images/e.png", null],
    ]);
  });

  test("of the summary what is no newest value of a metric is kept: texts, and what the script put there itself", () => {
    const update = (values: Readonly<Record<string, string>>): Buffer => {
      const items = Object.entries(values).map(([key, json]) =>
        field(1, Buffer.concat([...key.split(".").map((part) => field(2, part)), field(16, json)])),
      );
      return field(3, Buffer.concat(items));
    };
    const records = [
      update({ "_wandb.runtime": "3" }),
      update({ step: "1", a: "1", note: '"as logged"' }),
      history({ step: "1", a: "1", note: '"as logged"', "train/epoch": '"1 pq: 0"', "pic._type": '"image-file"', "pic.caption": '"x"' }),
      update({ best: "0.5", ok: "true", tree: '{"deep": "x", "n": 3}', "pic._type": '"image-file"', "pic.caption": '"x"', none: "null" }),
      field(18, numberField(1, 0)),
    ];
    writeFileSync(file, framed(records));
    expect(read(file).source.summary()).toEqual({ note: "as logged", best: 0.5, ok: true, "tree/deep": "x", "tree/n": 3 });
  });

  test("the GPUs of the machine are counted by their names", () => {
    const gpu = field(24, field(1, "NVIDIA H100 80GB HBM3"));
    writeFileSync(file, framed([field(26, Buffer.concat([gpu, gpu, field(25, "12.8"), field(18, "x"), numberField(19, 2)]))]));
    expect(read(file).source.about.environment).toEqual({ gpus: "2 × NVIDIA H100 80GB HBM3", cuda: "12.8" });
    writeFileSync(file, framed([field(26, Buffer.concat([field(18, "Apple M4"), numberField(19, 1)]))]));
    expect(read(file).source.about.environment).toEqual({ gpus: "1 × Apple M4" });
  });

  test("with GPUs gives them under the names of GPUs", () => {
    const sample = { "gpu.1.gpu": "87", "gpu.1.memoryAllocatedBytes": "500", "gpu.1.memoryAllocated": "50", "gpu.1.powerWatts": "610.5" };
    const items = Object.entries(sample).map(([key, json]) => field(3, Buffer.concat([field(1, key), field(16, json)])));
    const sink = readRecords(field(7, Buffer.concat([field(2, numberField(1, 1_700_000_000)), ...items])));
    expect(sink.points_).toEqual([
      {
        stage: 0,
        key: 1_700_000_000,
        values: {
          "gpu/1/util": 87,
          "gpu/1/memory_used": 500,
          "gpu/1/memory_total": 1000,
          "gpu/1/power": 610.5,
          "system/gpu.1.memoryAllocated": 50,
        },
      },
    ]);
  });

  test("is not overwritten by the line that tells the same step with fewer digits, and comes late", () => {
    const sink = readRecords(
      history({ step: "5", "train/loss": "1.23456789" }),
      output("step 00005/00010 (50.00%) | loss: 1.234568 | lrm: 1.00 | dt: 30.00ms\n", 1_700_000_000),
    );
    expect(sink.series("train/loss")).toEqual([[5, 1.23456789]]);
    expect(sink.series("train/lrm")).toEqual([[5, 1]]);
  });
});

describe("what was printed", () => {
  test("keeps a bar that is rewritten for ever as short as its end", () => {
    const sink = readRecords(...Array.from({ length: 40 }, (_, i) => output(`\r${"x".repeat(5000)}${i}`, 1_700_000_000)), output("\n", 1));
    expect(sink.lines).toHaveLength(1);
    expect(sink.lines[0]?.text.endsWith("x39")).toBe(true);
  });

  test("has no escape sequence left in it", () => {
    expect(readRecords(output("\x1b[2Jred\x07\n", 1_700_000_000)).lines[0]?.text).toBe("red");
  });

  test("in a last line without an end comes when the run has ended", () => {
    writeFileSync(file, framed([output("no end", 1_700_000_000)]));
    const { sink, source } = read(file);
    expect(sink.lines).toEqual([]);
    source.finish();
    expect(sink.lines.map(({ text }) => text)).toEqual(["no end"]);
  });
});

describe("bad input", () => {
  test("a damaged block is a problem with file and place, and the rest is read", () => {
    const bytes = Buffer.from(readFileSync(WHOLE));
    bytes[30_000]! ^= 1;
    writeFileSync(file, bytes);
    const { sink } = read(file);
    expect(sink.bodies("problem")).toEqual([
      {
        source: "wandb-file",
        what: expect.stringMatching(/^[\d,]+ bytes of .*run-x\.wandb are damaged, from [\d,]+ on$/),
        why: "a checksum is wrong",
        remedy: "What was in them is missing; the rest was read",
      },
    ]);
    expect(sink.series("val/bpb").at(-1)).toEqual([120, 1.8]);
  });

  test("a block that was not all there yet is read again when it is", () => {
    const whole = framed([history({ step: "1", a: "1" }), history({ step: "2", a: "2" })]);
    const half = Buffer.from(whole);
    half.fill(0, whole.length - 20);
    writeFileSync(file, half);
    const { sink, source } = read(file);
    expect(sink.series("a")).toEqual([[1, 1]]);
    writeFileSync(file, whole);
    source.poll(10);
    expect(sink.series("a")).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(sink.bodies("problem")).toEqual([]);
  });

  test("another file, and a version that is not known, are read no further", () => {
    writeFileSync(file, "step 00001 | loss: 1\n");
    expect(read(file).sink.bodies("problem")).toMatchObject([{ what: `${file} is read no further`, why: "it is not a .wandb file" }]);
  });

  test("a file that has become shorter is read no further", () => {
    const { sink } = read(WHOLE);
    writeFileSync(file, readFileSync(WHOLE).subarray(0, 1000));
    expect(read(file, sink).sink.bodies("problem")[0]?.["why"]).toBe("it is shorter (1,000 bytes) than what was read of it");
  });

  test("a record that is no message is told of, and the next one is read", () => {
    const sink = readRecords(Buffer.from([0xff]), history({ step: "1", a: "1" }));
    expect(sink.bodies("problem")).toMatchObject([{ what: `A record of ${file} could not be understood` }]);
    expect(sink.series("a")).toEqual([[1, 1]]);
  });

  test("a record larger than all windows comes, also when there is no time", () => {
    const large = history({ step: "1", a: "2", text: JSON.stringify("x".repeat(900_000)) });
    writeFileSync(file, framed([history({ step: "0", a: "1" }), large]).subarray(0, -1));
    const sink = new RecordingSink();
    const source = new WandbFileSource({ stage: 1, path: file, key: "k" });
    source.start(sink, sink.offsets);
    while (source.poll(0));
    expect(sink.series("a")).toEqual([[0, 1]]);
    appendFileSync(file, framed([history({ step: "0", a: "1" }), large]).subarray(-1));
    source.poll(0);
    expect(sink.series("a")).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});
