import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import { type Result, sentence } from "../core/result.ts";
import { JournalReader } from "../journal/reader.ts";
import { takeLock } from "../lib/lock.ts";
import { readAbout } from "../lib/run-about.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readEnvironment, readPlan, readState } from "../lib/run-files.ts";
import { field, framed, history, numberField, output } from "../sources/wandb-file/fixtures.ts";
import { awaitImport, followImport } from "./import-follow.ts";
import { changeAbout } from "./run-about.ts";
import { adoptRun, requestRun } from "./run-control.ts";
import { importRun } from "./run-import.ts";
import { listRuns } from "./runs.ts";

const SOURCES = join(import.meta.dir, "..", "sources");
const WHOLE = join(SOURCES, "wandb-file", "captures", "whole", "run-whole123.wandb");
const RESUMED = join(SOURCES, "wandb-file", "captures", "resumed");
const log = (name: string): Buffer => readFileSync(join(SOURCES, "process-log", "captures", name, "stdout.log"));

let folder: ReturnType<typeof temporaryFolder>;
let home: string;
beforeEach(() => {
  folder = temporaryFolder();
  home = join(folder.path, "home");
});
afterEach(() => folder.remove());

/** A file in the sandbox, that nobody has written to for an hour unless it is `fresh`. */
function put(name: string, content: Buffer | string, fresh = false): string {
  const path = join(folder.path, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  const hourAgo = Date.now() / 1000 - 3600;
  if (!fresh) utimesSync(path, hourAgo, hourAgo);
  return path;
}

/** The `run` record of a W&B run that began at a second, with further records. */
const wandb = (id: string, startSeconds: number, ...records: Buffer[]): Buffer =>
  framed([
    field(17, Buffer.concat([field(1, id), field(3, "nanochat"), field(8, `name-${id}`), field(17, numberField(1, startSeconds))])),
    ...records,
  ]);
const point = (step: number, atSeconds: number) => history({ step: String(step), "train/loss": "1.5", _timestamp: String(atSeconds) });
const exit = (code: number) => field(18, numberField(1, code));

function journal<T>(dir: string, look: (reader: JournalReader) => T): T {
  const reader = unwrap(JournalReader.open(runPaths(dir).journal));
  reader.refresh();
  const found = look(reader);
  reader.close();
  return found;
}

/** Everything that a run holds, in an order of its own. */
const contents = (dir: string) =>
  journal(dir, (reader) => ({
    points: reader.stages().flatMap((stage) =>
      reader
        .metrics(stage)
        .sort()
        .map((name) => [stage, name, reader.points(stage, name)]),
    ),
    lines: reader.log({ limit: 10_000 }).map(({ stage, stream, text }) => [stage, stream, text]),
    events: reader.events().flatMap(({ stage, kind, step, body }) => (kind === "stage" ? [] : [{ stage, kind, step, body }])),
  }));

const told = (result: Result<unknown>): string => (result.ok ? "done" : sentence(result.failure));

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
    const many = Array.from({ length: 40_000 }, (_, step) => point(step, 1000 + step));
    const file = put("long/run-long.wandb", wandb("long", 1000, ...many, exit(0)));
    const leaving = new AbortController();
    const broken = unwrap(await importRun(home, file, { signal: leaving.signal, onProgress: () => leaving.abort() }));
    expect(broken).toMatchObject({ aborted: true, state: { status: "lost", imported: { complete: false } } });
    expect(broken.state.reason).toBe("Its import was broken off. Importing it again goes on from there");
    const some = journal(broken.dir, (reader) => reader.points(1, "train/loss").keys.length);
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(40_000);
    const { dir, again, state } = unwrap(await importRun(home, file));
    expect([again, state.status, state.imported?.complete]).toEqual([true, "done", true]);
    expect(journal(dir, (reader) => reader.points(1, "train/loss").keys.length)).toBe(40_000);
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

describe("a folder of W&B", () => {
  test.each(["", "wandb", "wandb/offline-run-20261127_003430-d4first1"])("is found by %p", async (inner) => {
    expect((await importRun(home, join(RESUMED, inner))).ok).toBe(true);
  });

  test("with one run in two files gives one run; of a step that both have the newer holds", async () => {
    const { dir, state } = unwrap(await importRun(home, RESUMED));
    expect(state).toMatchObject({ status: "done", progress: { step: 119 }, imported: { files: [expect.any(String), expect.any(String)] } });
    const { keys } = journal(dir, (reader) => reader.points(1, "train/loss"));
    expect(keys).toEqual(Array.from({ length: 120 }, (_, step) => step));
    expect(unwrap(listRuns(home))).toHaveLength(1);
  });

  test("of which one file is named then still knows of the other one", async () => {
    const { state } = unwrap(await importRun(home, RESUMED));
    const second = state.imported?.files[1] ?? "";
    const again = unwrap(await importRun(home, second));
    expect([again.read, again.state.imported?.files]).toEqual([0, state.imported?.files]);
  });

  test("that gets a second file reads only that one", async () => {
    const place = join(folder.path, "wandb");
    const [first = "", second = ""] = readdirSync(join(RESUMED, "wandb")).sort();
    cpSync(join(RESUMED, "wandb", first), join(place, first), { recursive: true });
    expect(unwrap(await importRun(home, place)).state).toMatchObject({ status: "failed", progress: { step: 59 } });
    cpSync(join(RESUMED, "wandb", second), join(place, second), { recursive: true });
    const { again, read, state } = unwrap(await importRun(home, place));
    expect([again, state.status, state.progress?.step]).toEqual([true, "done", 119]);
    expect(read).toBeLessThan(22_000);
  });

  test("is found by latest-run, also where that stands beside the folder that it means", async () => {
    const place = join(folder.path, "wandb");
    put("wandb/offline-run-1-a/run-a.wandb", wandb("a", 1000, point(1, 1001), exit(0)));
    symlinkSync("offline-run-1-a", join(place, "latest-run"));
    const { id } = unwrap(await importRun(home, join(place, "latest-run")));
    expect(unwrap(await importRun(home, place))).toMatchObject({ id, again: true });
  });

  test("with several runs lists them, the newest first", async () => {
    for (const [i, id] of ["a", "b", "c"].entries())
      put(`wandb/run-${i}-${id}/run-${id}.wandb`, wandb(id, 1_700_000_000 + i * 60, point(1, 1)));
    const place = join(folder.path, "wandb");
    expect(told(await importRun(home, place))).toBe(
      `${place} holds 3 runs: c (name-c of 2023-11-14 22:15 UTC), b (name-b of 2023-11-14 22:14 UTC), a (name-a of 2023-11-14 22:13 UTC). Name the folder of one, such as ${place}/run-2-c.`,
    );
  });

  test("with files of several processes of one run does not mix them", async () => {
    put("wandb/run-1-a/run-a.wandb", wandb("a", 1000, point(1, 1001), point(2, 2000)));
    put("wandb/run-2-a/run-a.wandb", wandb("a", 1500, point(1, 1501)));
    expect(told(await importRun(home, join(folder.path, "wandb")))).toStartWith(
      "Two files of run a were written at the same time: they are of several processes, and would overwrite each other's steps. Name one of them: ",
    );
  });
});

describe("a plain log", () => {
  test("becomes a run that has no times", async () => {
    const file = put("train.log", log("base_train-92d63d4"));
    const { dir, state, metrics } = unwrap(await importRun(home, file));
    expect(metrics).toBeGreaterThan(8);
    expect(state).toMatchObject({
      name: "train",
      status: "done",
      startedAt: null,
      progress: { step: 19, totalSteps: 20 },
      stages: [{ name: "01-base_train", status: "done" }],
      imported: { kind: "log", files: [file], wandb: null, complete: true },
    });
    expect(journal(dir, (reader) => reader.metrics(1))).not.toContain("time/wall");
    expect(journal(dir, (reader) => reader.events({ kinds: ["sample"] }).length)).toBeGreaterThan(0);
  });

  test("that grows is read on, and is done when its script has said its last words", async () => {
    const whole = log("base_train-92d63d4");
    const half = whole.lastIndexOf("\nstep 00010") + 30;
    const file = put("train.log", whole.subarray(0, half), true);
    const first = unwrap(await importRun(home, file));
    expect(first.state).toMatchObject({ status: "lost", progress: { step: 9 } });
    expect(first.state.reason).toBe(
      "Its log ends at step 9 of 20: it was stopped, or it still goes on. Importing it again reads what is new",
    );
    expect(first.problems).toEqual([`The last 29 bytes of ${file} are a line that has no end: they are read once the rest is there`]);
    appendFileSync(file, whole.subarray(half));
    const grown = unwrap(await importRun(home, file));
    expect(grown).toMatchObject({ id: first.id, again: true, state: { status: "done" } });
    const atOnce = unwrap(await importRun(join(folder.path, "other"), put("again.log", whole)));
    expect(contents(grown.dir)).toEqual(contents(atOnce.dir));
  });

  test("that was written over by the next training is another run", async () => {
    const file = put("train.log", log("base_train-92d63d4"));
    const first = unwrap(await importRun(home, file));
    put("train.log", log("base_train-dfc8833"));
    const second = unwrap(await importRun(home, file));
    expect(second.again).toBe(false);
    expect(second.id).not.toBe(first.id);
    expect(unwrap(await importRun(home, file))).toMatchObject({ id: second.id, again: true, read: 0 });
  });

  test("that was cut off is refused, and the run stays as it is", async () => {
    const whole = Buffer.concat(Array.from({ length: 30 }, () => log("base_train-92d63d4")));
    const file = put("train.log", whole);
    const { id, dir } = unwrap(await importRun(home, file));
    const before = contents(dir);
    put("train.log", whole.subarray(0, 80_000));
    expect(told(await importRun(home, file))).toStartWith(`${file} is shorter than what was read of it before: it was cut off`);
    expect(unwrap(listRuns(home)).map((run) => run.id)).toEqual([id]);
    expect(contents(dir)).toEqual(before);
  });

  test("that nobody writes to any more ends with its last line, and not before", async () => {
    const line = "step 00000/00020 (0.00%) | loss: 1.5 | dt: 1.00ms";
    expect(unwrap(await importRun(home, put("old.log", line))).lines).toBe(1);
    const growing = put("growing.log", `${line}\n${line}`, true);
    expect(unwrap(await importRun(home, growing)).lines).toBe(1);
  });

  test("of several scripts has a stage for each", async () => {
    const [base, sft] = [log("base_train-92d63d4"), log("chat_sft-92d63d4")];
    const file = put("speedrun.log", base, true);
    expect(unwrap(await importRun(home, file)).state.stages).toHaveLength(1);
    appendFileSync(file, sft);
    const { dir, state } = unwrap(await importRun(home, file));
    expect(state.stages.map(({ name, status }) => [name, status])).toEqual([
      ["01-base_train", "done"],
      ["02-chat_sft", "done"],
    ]);
    expect(unwrap(readPlan(dir)).stages.map(({ script }) => script)).toEqual(["scripts.base_train", "scripts.chat_sft"]);
    const { keys } = journal(dir, (reader) => reader.points(2, "train/loss"));
    expect([keys[0], keys.at(-1)]).toEqual([1, 11]);
    expect(state.progress).toMatchObject({ stage: 2, step: 11 });
  });

  test("that ends with an exception is one of a run that failed, with its reason", async () => {
    const traceback = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: no such depth\n';
    const file = put("train.log", `step 00000/00020 (0.00%) | loss: 1.0 | dt: 1.00ms\n${traceback}`);
    const { state } = unwrap(await importRun(home, file));
    expect(state.status).toBe("failed");
    expect(state.reason).toContain("no such depth");
  });
});

describe("what W&B keeps besides metrics", () => {
  const STATS = field(7, field(2, numberField(1, 1003)));
  const set = (name: string, json: string): Buffer => field(3, field(1, Buffer.concat([field(1, name), field(16, json)])));

  test("summary values that are no metric, GPUs and packages are read, each once, also when they come later", async () => {
    put("run/files/requirements.txt", "numpy==2.4.6\ntorch==2.9.1\n");
    const records = [point(1, 1001), set("verdict", '"good"'), set("train/loss", "1.5"), set("late", "1"), STATS];
    const file = put("run/run-a.wandb", wandb("a", 1000, ...records));
    const { dir } = unwrap(await importRun(home, file));
    const told = () =>
      journal(dir, (reader) =>
        reader
          .events({ kinds: ["note"], stage: 1 })
          .filter(({ body }) => body["tag"] === "wandb-summary")
          .map(({ body }) => body["fields"]),
      );
    expect(told()).toEqual([{ verdict: "good", late: 1 }]);
    expect(readEnvironment(dir)).toMatchObject({ torchVersion: "2.9.1", packages: "numpy==2.4.6\ntorch==2.9.1" });
    const gpu = field(26, field(24, field(1, "H100")));
    put("run/run-a.wandb", wandb("a", 1000, ...records, gpu, set("verdict", '"better"'), point(2, 1002)));
    unwrap(await importRun(home, file));
    put("run/run-a.wandb", wandb("a", 1000, ...records, gpu, set("verdict", '"better"'), point(2, 1002), set("verdict", '"best"'), STATS));
    unwrap(await importRun(home, file));
    expect(told()).toEqual([{ verdict: "good", late: 1 }, { verdict: "best" }]);
    expect(readEnvironment(dir)["gpus"]).toBe("1 × H100");
  });
});

describe("nobody can be asked of an imported run", () => {
  test("and the reason says where it came from and how to read on", async () => {
    const { id, dir } = unwrap(await importRun(home, WHOLE));
    const why = `${id} was not started here: it was imported from ${WHOLE}, so it can only be looked at. \`nanochat-cli runs import ${WHOLE}\` reads what is new in it.`;
    expect(told(requestRun(dir, "save", "cli"))).toBe(why);
    expect(told(await adoptRun(dir))).toBe(why);
  });

  test("while another process reads it, a second import is refused", async () => {
    const { id, dir } = unwrap(await importRun(home, WHOLE));
    const lock = takeLock(runPaths(dir).owner, 0);
    expect(told(await importRun(home, WHOLE))).toBe(
      `${id} cannot be read into: another process imports it just now. Try again when that is done.`,
    );
    if (lock.taken) lock.lock.release();
  });
});

describe("what cannot be imported is refused in a sentence, and leaves no run", () => {
  const CASES: ReadonlyArray<readonly [what: string, path: () => string, why: string]> = [
    ["nothing", () => "nowhere", "There is nothing at "],
    [
      "an address",
      () => "https://wandb.ai/x/y/runs/z",
      "https://wandb.ai/x/y/runs/z is no file: runs are imported from this machine's files.",
    ],
    ["an empty file", () => put("a.log", ""), "a.log is empty."],
    ["an empty .wandb", () => put("run-a.wandb", ""), "run-a.wandb is empty: its run has written nothing yet."],
    [
      "another file by that name",
      () => put("run-a.wandb", "hello there, this is text"),
      "run-a.wandb cannot be imported: it is not a .wandb file.",
    ],
    [
      "a version that is not known",
      () => put("run-a.wandb", Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 9, 0, 0])),
      "cannot be imported: it has version 9 of the format, and this nanochat-cli knows 0.",
    ],
    [
      "one that is torn before it says whose run it is",
      () => put("run-a.wandb", wandb("a", 1000).subarray(0, 20)),
      "does not say whose run it is: its first records are torn or not written yet (20 bytes are there).",
    ],
    ["one without history", () => put("run-a.wandb", wandb("a", 1000)), "holds no history: nothing has been logged or printed yet."],
    ["a picture", () => put("a.png", Buffer.from([0x89, 0x50, 0, 0, 1])), "a.png is neither a .wandb file nor a log: it is no text."],
    ["a packed log", () => put("a.log.gz", Buffer.from([0x1f, 0x8b, 8, 0])), "is neither a .wandb file nor a log: it is compressed."],
    [
      "some other text",
      () => put("notes.txt", "step by step\n"),
      "notes.txt has no steps: no line in it is one that nanochat's training scripts print",
    ],
    ["a folder without runs", () => join(put("empty/readme", "x"), ".."), "There is no .wandb file in "],
  ];

  test.each(CASES)("%s", async (_, path, why) => {
    const given = path();
    const said = told(await importRun(home, given));
    expect(said).toContain(why);
    const listed = unwrap(listRuns(home));
    expect(listed).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read", async () => {
    const file = put("a.log", "step 00000/00020 (0.00%) | loss: 1.0\n");
    chmodSync(file, 0);
    expect(told(await importRun(home, file))).toContain("a.log could not be read: you have no permission there.");
  });
});
