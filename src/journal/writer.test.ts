import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalReader } from "./reader.ts";
import { JournalWriter, type Limits } from "./writer.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(dir, "journal.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function openWriter(limits: Partial<Limits> = {}): JournalWriter {
  const opened = JournalWriter.open(path, limits);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

function openReader(): JournalReader {
  const opened = JournalReader.open(path);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

const line = (text: string) => ({ stage: 1, at: 1000, stream: "stdout", rank: null, level: "info", text }) as const;

describe("a journal that is opened again", () => {
  test("goes on from the committed offsets, with the same series and step", () => {
    const first = openWriter();
    first.points(1, 10, 1000, { "train/loss": 2 });
    first.offset("a.jsonl", 512);
    first.commit();
    first.offset("a.jsonl", 9999);
    first.points(1, 11, 1000, { "train/loss": 3 });
    // As after a kill: what was not committed is gone, and so is the offset that came after it.
    const second = openWriter();
    expect([...second.offsets()]).toEqual([["a.jsonl", 512]]);
    second.points(1, 5, 2000, { "train/loss": 1 });
    second.commit();
    const reader = openReader();
    expect(reader.points(1, "train/loss")).toEqual({ keys: [5, 10], values: [1, 2] });
    expect(reader.events({ kinds: ["rewind"] }).map(({ step, body }) => [step, body])).toEqual([[5, { from: 10, to: 5 }]]);
    expect(reader.latest(1, "train/loss")).toEqual({ key: 5, at: 2000, value: 1 });
  });

  test("without times has no clock to be drawn by, and says so", () => {
    const writer = openWriter();
    for (const step of [1, 2, 0]) writer.points(1, step, Number.NaN, { "train/loss": step });
    writer.close();
    const reader = openReader();
    expect(reader.metrics(1)).toEqual(["train/loss"]);
    expect(reader.latest(1, "train/loss")).toEqual({ key: 0, at: null, value: 0 });
    expect(reader.query({ stage: 1, metric: "train/loss", axis: "wall", columns: 4 })).toMatchObject({
      axis: "step",
      axisReason: "Its steps have no times: a log tells none.",
    });
    expect(reader.events({ kinds: ["rewind"] })[0]?.at).toBeGreaterThan(0);
  });

  test("that is damaged is moved aside, kept, and told of", () => {
    writeFileSync(path, "this was a database ".repeat(500));
    const writer = openWriter();
    expect(writer.commit().ok).toBe(true);
    const [event] = openReader().events();
    const aside = readdirSync(dir).filter((name) => name.startsWith("journal.db.corrupt-"));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(dir, aside[0]!), "utf8")).toStartWith("this was a database");
    expect(event?.kind).toBe("problem");
    expect(event?.body["what"]).toContain(aside[0]!);
  });

  test("from a newer version is refused by writer and reader, and left alone", () => {
    openWriter().close();
    const db = new Database(path);
    db.run("UPDATE meta SET value = '99' WHERE key = 'version'");
    db.close();
    for (const opened of [JournalWriter.open(path), JournalReader.open(path)]) {
      expect(opened).toMatchObject({
        ok: false,
        failure: { code: "newer-version", what: expect.stringContaining(`${path} has version 99`) },
      });
    }
    expect(readdirSync(dir).filter((name) => name.includes("corrupt"))).toEqual([]);
  });

  test("in a folder that is not there is a failure that names the file", () => {
    const opened = JournalWriter.open(join(dir, "nowhere", "journal.db"));
    expect(opened).toMatchObject({ ok: false, failure: { code: "io", what: expect.stringContaining("nowhere/journal.db") } });
  });
});

describe("a reader", () => {
  test("of a journal that is not there yet waits for it", () => {
    const reader = openReader();
    expect(reader.refresh()).toMatchObject({ ready: false, failure: null });
    const writer = openWriter();
    writer.points(1, 1, 1000, { x: 1 });
    writer.log(line("hello"));
    writer.commit();
    expect(reader.refresh()).toMatchObject({ ready: true, points: true, events: false, log: true, failure: null });
    expect(reader.refresh()).toMatchObject({ points: false, events: false, log: false });
    expect(reader.stages()).toEqual([1]);
    expect(reader.metrics(1)).toEqual(["x", "time/wall"]);
  });

  test("refuses what is no journal, and follows one that has been put in the place of another", async () => {
    writeFileSync(path, "no database at all, but long enough to look like a file of one".repeat(20));
    expect(JournalReader.open(path)).toMatchObject({ ok: false, failure: { code: "corrupt", what: `${path} is not a readable journal` } });
    const writer = openWriter();
    writer.points(1, 1, 1000, { x: 1 });
    writer.commit();
    const reader = openReader();
    expect(reader.latest(1, "x")?.value).toBe(1);
    rmSync(path);
    const other = openWriter();
    other.points(1, 1, 1000, { x: 2 });
    other.commit();
    while (reader.latest(1, "x")?.value === 1) {
      reader.refresh();
      await Bun.sleep(1);
    }
    expect(reader.latest(1, "x")?.value).toBe(2);
  });

  test("of a damaged chunk has nothing to show for it, tells so, and goes on", () => {
    const writer = openWriter({ tailPoints: 10, compactionMs: 60_000 });
    for (let step = 0; step < 100; step++) writer.points(1, step, step, { x: step });
    writer.commit();
    const other = new Database(path);
    other.run("UPDATE chunk SET vals = x'0102030405' WHERE metric = 1");
    other.close();
    const reader = openReader();
    const query = { stage: 1, axis: "step", columns: 4 } as const;
    expect(reader.query({ ...query, metric: "x" }).total.count).toBe(0);
    expect(reader.refresh().failure).toMatchObject({ code: "corrupt", what: `${path} is not a readable journal` });
    expect(reader.refresh().failure).toBeNull();
    expect(reader.query({ ...query, metric: "time/wall" }).total.count).toBe(100);
  });

  test("has the newest value by arrival, also when another series is new and when the tail is compacted", () => {
    const writer = openWriter({ tailRows: 3 });
    const reader = openReader();
    const newest = new Map<string, number>();
    for (const [step, name] of [
      [9, "a"],
      [3, "a"],
      [4, "b"],
      [5, "a"],
      [6, "c"],
      [7, "c"],
      [8, "a"],
    ] as const) {
      writer.points(1, step, 1000 + step, { [name]: step });
      newest.set(name, step);
      writer.commit();
      reader.refresh();
      for (const [metric, key] of newest) {
        expect(reader.latest(1, metric)).toEqual({ key, at: 1000 + key, value: key });
        expect(openReader().latest(1, metric)).toEqual({ key, at: 1000 + key, value: key });
      }
    }
  });
});

describe("events and log lines", () => {
  test("are read by kind, stage, level, text and position", () => {
    const writer = openWriter();
    writer.event({ stage: 1, at: 1000, step: 3, kind: "sample", body: { prompt: "a", text: "b" } });
    writer.event({ stage: 2, at: 1001, step: null, kind: "note", body: { tag: "gpu" } });
    for (let i = 0; i < 10; i++) writer.log({ ...line(`Line ${i}`), level: i % 5 === 0 ? "error" : "info" });
    writer.commit();
    const reader = openReader();
    expect(reader.events({ kinds: ["sample"] })).toEqual([
      { seq: 1, stage: 1, at: 1000, step: 3, kind: "sample", body: { prompt: "a", text: "b" } },
    ]);
    expect(reader.events({ stage: 2 }).map(({ seq }) => seq)).toEqual([2]);
    expect(reader.events({ afterSeq: 1 }).map(({ seq }) => seq)).toEqual([2]);
    expect(reader.events({ limit: 1 }).map(({ seq }) => seq)).toEqual([2]);
    expect(reader.logCount()).toBe(10);
    expect(reader.log({ limit: 2 }).map(({ text }) => text)).toEqual(["Line 8", "Line 9"]);
    expect(reader.log({ limit: 2, beforeSeq: 4 }).map(({ text }) => text)).toEqual(["Line 1", "Line 2"]);
    expect(reader.log({ limit: 2, afterSeq: 4 }).map(({ text }) => text)).toEqual(["Line 4", "Line 5"]);
    expect(reader.log({ limit: 9, minLevel: "warn" }).map(({ text }) => text)).toEqual(["Line 0", "Line 5"]);
    expect(reader.log({ limit: 9, filter: "LINE 7" }).map(({ level, seq }) => [level, seq])).toEqual([["info", 8]]);
    const found = (filter: string, rest = {}) => reader.log({ limit: 9, filter, ...rest }).map(({ text }) => text);
    for (const [filter, lines] of [
      ["7 line", ["Line 7"]],
      ["line 3|line 4", ["Line 3", "Line 4"]],
      ["line -3 -4 -/[5-9]$/", ["Line 0", "Line 1", "Line 2"]],
      ["/^LINE [24]$/", ["Line 2", "Line 4"]],
      ["/e [12]/ -2 | 8", ["Line 1", "Line 8"]],
      ["line -", []],
      ["/[/", []],
    ] as const)
      expect({ filter, found: found(filter) }).toEqual({ filter, found: [...lines] });
    expect(found("/line/", { limit: 2 })).toEqual(["Line 8", "Line 9"]);
    expect(found("/line/", { limit: 2, afterSeq: 4 })).toEqual(["Line 4", "Line 5"]);
    expect(found("/line [09]/", { tries: 5 })).toEqual(["Line 9"]);
    expect(reader.log({ limit: 9, stage: 4 })).toEqual([]);
  });

  test("a request has the state that its events add up to", () => {
    const writer = openWriter();
    const tell = (at: number, step: number | null, body: Record<string, unknown>) =>
      writer.event({ stage: 1, at, step, kind: "request", body });
    tell(1000, null, { id: "r1", kind: "save", phase: "requested" });
    tell(2000, 8, { id: "r1", kind: "save", phase: "seen" });
    tell(2500, 9, { id: "r2", kind: "stop", phase: "refused", reason: "The run has ended" });
    tell(3000, 11, { id: "r1", kind: "save", phase: "done", path: "/c/d4", bytes: 123 });
    // Another writer of events may be late; a request never goes back.
    tell(3000, null, { id: "r1", kind: "save", phase: "applied" });
    writer.commit();
    expect(openReader().requests()).toEqual([
      {
        stage: 1,
        id: "r1",
        kind: "save",
        phase: "done",
        step: 11,
        path: "/c/d4",
        bytes: 123,
        reason: null,
        at: "1970-01-01T00:00:03.000Z",
        appliedAt: "1970-01-01T00:00:03.000Z",
      },
      {
        stage: 1,
        id: "r2",
        kind: "stop",
        phase: "refused",
        step: 9,
        path: null,
        bytes: null,
        reason: "The run has ended",
        at: "1970-01-01T00:00:02.500Z",
      },
    ]);
  });
});

test("a request keeps who asked for what, whichever of its events told it", () => {
  const writer = openWriter();
  const values = { eval_every: 50 };
  const changes = [{ name: "eval_every", from: 100, to: 50 }];
  const tell = (stage: number, body: Record<string, unknown>) => writer.event({ stage, at: 1000, step: null, kind: "request", body });
  tell(0, { id: "p", kind: "patch", phase: "requested", askedAt: "2026-01-01T12:00:00.000Z", from: "cli", values });
  tell(2, { id: "p", kind: "patch", phase: "applied", changes });
  tell(2, { id: "p", kind: "patch", phase: "done" });
  writer.commit();
  expect(openReader().requests()).toEqual([
    expect.objectContaining({ phase: "done", stage: 2, askedAt: "2026-01-01T12:00:00.000Z", from: "cli", values, changes }),
  ]);
});

test("a request keeps when it was applied, also once it is done", () => {
  const writer = openWriter();
  const tell = (at: number, phase: string) =>
    writer.event({ stage: 1, at, step: 4, kind: "request", body: { id: "p", kind: "pause", phase } });
  tell(1000, "seen");
  tell(2000, "applied");
  tell(22_000, "done");
  writer.commit();
  expect(openReader().requests()).toEqual([
    expect.objectContaining({ phase: "done", appliedAt: "1970-01-01T00:00:02.000Z", at: "1970-01-01T00:00:22.000Z" }),
  ]);
});

describe("a disk that refuses", () => {
  function lock(): { release(): void } {
    const db = new Database(path);
    db.run("BEGIN IMMEDIATE");
    return {
      release() {
        db.run("COMMIT");
        db.close();
      },
    };
  }

  test("loses nothing when it comes back in time", () => {
    const writer = openWriter({ retryMs: 0 });
    writer.commit();
    const refusing = lock();
    for (let step = 0; step < 3; step++) {
      writer.points(1, step, 1000 + step, { "train/loss": step });
      writer.log(line(`step ${step}`));
      writer.offset("f", step);
      expect(writer.commit()).toMatchObject({ ok: false, failure: { code: "io", what: expect.stringContaining(path) } });
    }
    expect(openReader().points(1, "train/loss").keys).toEqual([]);
    refusing.release();
    expect(writer.commit().ok).toBe(true);
    const reader = openReader();
    expect(reader.points(1, "train/loss").keys).toEqual([0, 1, 2]);
    expect(reader.logCount()).toBe(3);
    expect(reader.events({ kinds: ["gap"] })).toEqual([]);
    expect([...openWriter().offsets()]).toEqual([["f", 2]]);
  });

  test("in the middle of a compaction leaves every point where it was", () => {
    const writer = openWriter({ retryMs: 0, tailPoints: 1000, compactionMs: 0 });
    writer.commit();
    const other = new Database(path);
    other.run("CREATE TRIGGER refuse BEFORE INSERT ON rollup WHEN new.c = 1 BEGIN SELECT RAISE(ABORT, 'refused'); END");
    for (let step = 0; step < 12_000; step++) writer.points(1, step, step, { x: step });
    const outcomes = Array.from({ length: 8 }, () => writer.commit().ok);
    expect(outcomes).toContain(false);
    other.run("DROP TRIGGER refuse");
    other.close();
    for (let i = 0; i < 8; i++) expect(writer.commit().ok).toBe(true);
    const reader = openReader();
    expect(reader.points(1, "x").keys).toEqual(Array.from({ length: 12_000 }, (_, step) => step));
    expect(reader.query({ stage: 1, metric: "x", axis: "step", columns: 2 }).total.count).toBe(12_000);
  });

  test("for long costs the oldest points, which are counted and shown as a gap", () => {
    const writer = openWriter({ retryMs: 0, backlogBytes: 16_000 });
    const refusing = lock();
    for (let step = 0; step < 2000; step++) {
      writer.points(1, step, 1_000_000 + step * 1000, { "train/loss": step });
      if (step % 100 === 99) writer.commit();
    }
    expect(writer.pendingBytes).toBeLessThanOrEqual(16_000);
    refusing.release();
    expect(writer.commit().ok).toBe(true);
    const reader = openReader();
    const { keys } = reader.points(1, "train/loss");
    const first = keys[0]!;
    expect(keys).toEqual(Array.from({ length: 2000 - first }, (_, i) => first + i));
    const [gap] = reader.events({ kinds: ["gap"] });
    expect(gap?.body).toMatchObject({ seconds: first - 1, reason: "another process holds a lock on it", points: first * 2, lines: 0 });
    expect(gap?.at).toBe(1_000_000 + (first - 1) * 1000);
  });
});

describe("a writer that is killed", () => {
  test("at any moment leaves a whole journal, whose points are those up to its offset", async () => {
    const program = `
      import { JournalWriter } from ${JSON.stringify(join(import.meta.dir, "writer.ts"))};
      const opened = JournalWriter.open(${JSON.stringify(path)}, { tailPoints: 3000, compactionMs: 0 });
      const writer = opened.value;
      for (let step = writer.offsets().get("steps") ?? 0; ; ) {
        for (let i = 0; i < 50; i++, step++) writer.points(1, step, step, { "train/loss": step / 7, "train/lrm": 1 });
        writer.offset("steps", step);
        writer.commit();
        if (step % 500 === 0) process.stdout.write("x");
      }`;
    for (let round = 0; round < 4; round++) {
      const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "inherit" });
      const output = child.stdout.getReader();
      for (let seen = 0; seen < 3 + round * 5; ) seen += (await output.read()).value?.length ?? Number.POSITIVE_INFINITY;
      child.kill("SIGKILL");
      await child.exited;
      const seenByViewer = openReader();
      expect(seenByViewer.points(1, "train/loss").keys.length).toBeGreaterThan(0);
      seenByViewer.close();
      const offset = (() => {
        const writer = openWriter();
        const at = writer.offsets().get("steps");
        writer.close();
        return at;
      })();
      expect(offset).toBeGreaterThan(0);
      const reader = openReader();
      const { keys, values } = reader.points(1, "train/loss");
      expect(keys).toEqual(Array.from({ length: offset! }, (_, i) => i));
      expect(values).toEqual(keys.map((key) => key / 7));
      reader.close();
      const db = new Database(path);
      expect(db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get()?.integrity_check).toBe("ok");
      db.close();
    }
  }, 30_000);
});
