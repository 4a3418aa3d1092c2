import { describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { unwrap } from "../../test/fixtures/runs.ts";
import { readAbout } from "../lib/run-about.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readPlan, readState } from "../lib/run-files.ts";
import { field, framed, history, output } from "../sources/wandb-file/fixtures.ts";
import { awaitImport, followImport } from "./import-follow.ts";
import { changeAbout } from "./run-about.ts";
import { importRun } from "./run-import.ts";
import { contents, exit, folder, home, inFolder, journal, point, put, told, WHOLE, wandb } from "./run-import-fixture.ts";
import { listRuns } from "./runs.ts";

inFolder();

describe("a W&B file", () => {
  test("becomes a run like any other, marked as one that was not started here", async () => {
    const { id, dir, state, again, problems } = unwrap(await importRun(home, WHOLE));
    expect(again).toBe(false);
    expect(problems).toEqual([]);
    expect(unwrap(listRuns(home))).toMatchObject([{ id, name: "d4-first", prefab: "imported", status: "done", liveness: "ended" }]);
    expect(unwrap(readState(dir))).toEqual(state);
    expect(state).toMatchObject({
      progress: { stage: 1, step: 119, totalSteps: 120, loss: 3.05, valBpb: 1.8 },
      stages: [{ name: "01-base_train", status: "done", exitCode: 0, startedAt: expect.any(String), endedAt: expect.any(String) }],
      imported: { kind: "wandb", files: [WHOLE], wandb: { id: "whole123", project: "nanochat" }, complete: true },
    });
    const plan = unwrap(readPlan(dir));
    expect(plan.stages[0]?.values.find(({ parameter }) => parameter.name === "depth")).toMatchObject({
      value: 4,
      origin: { layer: "imported", file: WHOLE },
    });
  });

  test("brings its tags and notes along once; what is changed here stays", async () => {
    const record = [
      field(1, "abc"),
      field(3, "nanochat"),
      field(9, "as\nbefore "),
      field(10, "baseline"),
      field(10, "baseline"),
      field(10, " "),
    ];
    const path = put("run-abc.wandb", framed([field(17, Buffer.concat(record)), point(0, 100), exit(0)]));
    const { dir } = unwrap(await importRun(home, path));
    expect(unwrap(readAbout(dir))).toEqual({ tags: ["baseline"], note: "as\nbefore" });
    unwrap(changeAbout(dir, { note: "better" }));
    unwrap(await importRun(home, path));
    expect(unwrap(readAbout(dir)).note).toBe("better");
  });

  test("is followed as it grows until it ends, or until nobody wants to know; meanwhile it is one that runs", async () => {
    const path = put("run-live.wandb", wandb("live", 100, point(0, 100)), true);
    const first = unwrap(await importRun(home, path, { follow: true }));
    const parts = [point(1, 101), point(2, 102), exit(0)];
    const between: string[] = [];
    const growing = (): Promise<boolean> => {
      const [state] = unwrap(listRuns(home));
      between.push(`${state?.status} ${state?.liveness}`);
      const part = parts.shift();
      if (part !== undefined)
        writeFileSync(path, wandb("live", 100, ...[point(0, 100), point(1, 101), point(2, 102), exit(0)].slice(0, 4 - parts.length)));
      return Promise.resolve(part !== undefined);
    };
    const seen: Array<number | undefined> = [];
    const last = unwrap(await followImport(home, path, first, { again: growing, onRead: ({ state }) => seen.push(state.progress?.step) }));
    expect({ seen, status: last.state.status, left: parts.length }).toEqual({ seen: [1, 2, 2], status: "done", left: 0 });
    expect(between).toEqual(["running owned", "running owned", "running owned"]);
    const other = put("run-other.wandb", wandb("other", 100, point(0, 100)), true);
    const left = unwrap(await followImport(home, other, unwrap(await importRun(home, other)), { again: () => Promise.resolve(false) }));
    expect(left.state.status).toBe("lost");
  });

  test("that is followed tells the time that is left, by its last steps and how many there will be", async () => {
    const steps = (until: number) => Array.from({ length: until }, (_, i) => point(i, 1000 + 2 * i));
    const settings = output("Calculated number of iterations from target data:param ratio: 1,000\n", 1000);
    const path = put("run-live.wandb", wandb("live", 1000, settings, ...steps(100)), true);
    const { state } = unwrap(await importRun(home, path, { follow: true }));
    expect(state.progress).toMatchObject({ step: 99, totalSteps: 1000, etaSeconds: 1800 });
    expect(unwrap(await importRun(home, path)).state.progress).toMatchObject({ step: 99, etaSeconds: null });
  });

  test("is lost when who followed it leaves, is killed, or its file rests for long", async () => {
    const path = put("run-live.wandb", wandb("live", 100, point(0, 100)), true);
    const first = unwrap(await importRun(home, path, { follow: true }));
    expect(first.state).toMatchObject({ status: "running", endedAt: null, reason: null, owner: { pid: process.pid } });
    const left = unwrap(await followImport(home, path, first, { again: () => Promise.resolve(false) }));
    expect(left.state).toMatchObject({ status: "lost", owner: null });
    const { state } = unwrap(await importRun(home, path, { follow: true }));
    writeFileSync(runPaths(first.dir).state, JSON.stringify({ ...state, owner: { ...state.owner, startTicks: 1 } }));
    expect(unwrap(readState(first.dir))).toMatchObject({
      status: "lost",
      owner: null,
      reason: expect.stringContaining("Nobody reads its files"),
    });
    put("run-live.wandb", wandb("live", 100, point(0, 100), point(1, 101)));
    expect(unwrap(await importRun(home, path, { follow: true })).state).toMatchObject({ status: "lost", owner: null });
  });

  test("that has not begun is waited for, and told of once; a mistake is not", async () => {
    const place = join(folder.path, "wandb");
    mkdirSync(place);
    const path = join(place, "run-late.wandb");
    const steps = [
      () => writeFileSync(path, ""),
      () => writeFileSync(path, wandb("late", 100).subarray(0, 20)),
      () => writeFileSync(path, wandb("late", 100)),
    ];
    const waits: string[] = [];
    const again = (): Promise<boolean> => {
      steps.shift()?.();
      return Promise.resolve(true);
    };
    const first = unwrap(await awaitImport(home, place, { again, onWait: ({ what }) => waits.push(what) }));
    expect({ waits, left: steps.length }).toEqual({ waits: [`There is no .wandb file in ${place}`], left: 0 });
    expect(first.state).toMatchObject({ status: "running", progress: null });
    writeFileSync(path, wandb("late", 100, point(3, 103)));
    expect(unwrap(await importRun(home, place, { follow: true })).state.progress?.step).toBe(3);
    const nowhere = join(folder.path, "nowhere");
    expect(told(await awaitImport(home, nowhere, { again, onWait: ({ what }) => waits.push(what) }))).toContain("There is nothing at");
    expect(waits).toHaveLength(1);
  });

  test("without any of nanochat's metrics is as far as what it has", async () => {
    const score = (step: number) => history({ step: String(step), "my/score": "1.5", _timestamp: String(100 + step) });
    const path = put("run-other.wandb", wandb("other", 100, score(0), score(70), history({ step: "40", rare: "1" }), exit(0)));
    expect(unwrap(await importRun(home, path)).state.progress).toMatchObject({ step: 70, loss: null });
  });

  test("is called as the person wants", async () => {
    const { state } = unwrap(await importRun(home, WHOLE, { name: "mine", script: "chat_sft" }));
    expect(state).toMatchObject({ name: "mine", stages: [{ name: "01-chat_sft", script: "scripts.chat_sft" }] });
    expect(unwrap(await importRun(home, WHOLE)).state.stages[0]?.name).toBe("01-chat_sft");
    expect(told(await importRun(home, WHOLE, { name: "other" }))).toBe("It was imported before, as mine. Leave --name away to read on.");
  });

  test("that is imported again brings nothing twice", async () => {
    const first = unwrap(await importRun(home, WHOLE));
    const before = contents(first.dir);
    expect(unwrap(await importRun(home, WHOLE))).toMatchObject({ id: first.id, again: true, read: 0 });
    expect(contents(first.dir)).toEqual(before);
  });

  test("that grows between imports holds the same in the end, wherever it was cut", async () => {
    const bytes = readFileSync(WHOLE);
    const whole = contents(unwrap(await importRun(home, WHOLE)).dir);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 3000, max: bytes.length }), { maxLength: 4 }), async (cuts) => {
        const place = join(folder.path, `grown-${round++}`);
        mkdirSync(place);
        const file = join(place, "run-whole123.wandb");
        let dir = "";
        let written = 0;
        for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
          appendFileSync(file, bytes.subarray(written, cut));
          written = cut;
          ({ dir } = unwrap(await importRun(join(place, "home"), file)));
        }
        expect(contents(dir)).toEqual(whole);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  test("whose import is broken off keeps what was read, and goes on from there", async () => {
    // More than any machine reads in one turn.
    const many = Array.from({ length: 120_000 }, (_, step) => point(step, 1000 + step));
    const file = put("long/run-long.wandb", wandb("long", 1000, ...many, exit(0)));
    const leaving = new AbortController();
    // In its first turn a slow machine may come to no step at all.
    const onProgress = (read: number, of: number): void => (read > of / 10 ? leaving.abort() : undefined);
    const broken = unwrap(await importRun(home, file, { signal: leaving.signal, onProgress }));
    expect(broken).toMatchObject({ aborted: true, state: { status: "lost", imported: { complete: false } } });
    expect(broken.state.reason).toBe("Its import was broken off. Importing it again goes on from there");
    const some = journal(broken.dir, (reader) => reader.points(1, "train/loss").keys.length);
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(120_000);
    const { dir, again, state } = unwrap(await importRun(home, file));
    expect([again, state.status, state.imported?.complete]).toEqual([true, "done", true]);
    expect(journal(dir, (reader) => reader.points(1, "train/loss").keys.length)).toBe(120_000);
  });

  test("without an end is lost, or may go on, and says so", async () => {
    const file = put("a/run-a.wandb", wandb("a", 1000, point(1, 1001)));
    const { state } = unwrap(await importRun(home, file));
    expect(state.status).toBe("lost");
    expect(state.reason).toBe("Its file has no end: it was killed, or it still goes on. Importing it again reads what is new");
  });

  test("of a script that failed says so, and keeps what it printed though it made no step", async () => {
    const file = put("a/run-a.wandb", wandb("a", 1000, output("CUDA out of memory\n", 1001, "stderr"), exit(1)));
    expect(unwrap(await importRun(home, file))).toMatchObject({
      lines: 1,
      metrics: 0,
      state: { status: "failed", reason: "The script ended with exit code 1", stages: [{ exitCode: 1 }], progress: null },
    });
  });

  test("that has ended keeps a last line that has no end, too", async () => {
    const file = put("a/run-a.wandb", wandb("a", 1000, point(1, 1001), output("no line feed", 1002), exit(0)));
    const { dir } = unwrap(await importRun(home, file));
    expect(contents(dir).lines).toEqual([[1, "stdout", "no line feed"]]);
  });

  test("that is damaged is read as far as it goes, and says what is missing", async () => {
    const bytes = Buffer.from(readFileSync(WHOLE));
    bytes[20_000]! ^= 1;
    const file = put("x/run-whole123.wandb", bytes);
    const { problems, state } = unwrap(await importRun(home, file));
    expect(problems).toEqual([
      expect.stringMatching(/^[\d,]+ bytes of .* are damaged, from [\d,]+ on: a checksum is wrong\. What was in them is missing/),
    ]);
    expect(state.progress?.step).toBe(119);
  });

  test("that is torn is read up to there, and says how much is left", async () => {
    const file = put("x/run-whole123.wandb", readFileSync(WHOLE).subarray(0, 20_000));
    const { problems, state } = unwrap(await importRun(home, file));
    expect(problems).toEqual([
      expect.stringMatching(/^The last \d+ bytes of .* are a record that is not whole, or damaged: they are read once the rest is there$/),
    ]);
    expect(state.progress?.step).toBeGreaterThan(20);
  });
});
