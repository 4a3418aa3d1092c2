import { describe, expect, test } from "bun:test";
import { appendFileSync, chmodSync, cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "../../test/fixtures/runs.ts";
import { takeLock } from "../lib/lock.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readEnvironment, readPlan, readState } from "../lib/run-files.ts";
import { field, numberField } from "../sources/wandb-file/fixtures.ts";
import { adoptRun, requestRun } from "./run-control.ts";
import { importRun } from "./run-import.ts";
import { contents, exit, folder, home, inFolder, journal, log, point, put, RESUMED, told, WHOLE, wandb } from "./run-import-fixture.ts";
import { listRuns } from "./runs.ts";

inFolder();

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
      `${place} holds 3 runs: c (name-c of 2023-11-14 22:15 UTC), b (name-b of 2023-11-14 22:14 UTC), a (name-a of 2023-11-14 22:13 UTC). Name the folder of one, such as ${place}/run-2-c, or take --all.`,
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

  test("of a script without a last step tells how far that says it is, and while it is followed the time that is left", async () => {
    const whole = log("chat_sft-92d63d4");
    const file = put("sft.log", whole.subarray(0, whole.indexOf("\nstep 00004") + 1), true);
    const progress = { step: 3, totalSteps: null, share: 0.3333 };
    const { state } = unwrap(await importRun(home, file, { follow: true }));
    expect(state).toMatchObject({ status: "running", progress });
    // Two steps for a sixth of it, of 0.42 s each.
    expect(state.progress?.etaSeconds).toBeCloseTo(8 * 0.42, 1);
    expect(unwrap(await importRun(home, file)).state.progress).toMatchObject({ ...progress, etaSeconds: null });
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

  test("that has all its steps is done without its script's last words; whoever follows it waits for them", async () => {
    const whole = log("base_train-92d63d4").toString();
    const lastStep = whole.slice(0, whole.indexOf("\n", whole.indexOf("\nstep 00019/00020") + 1) + 1);
    expect(lastStep).toEndWith("\n");
    const file = put("train.log", Buffer.from(lastStep), true);
    expect(unwrap(await importRun(home, file, { follow: true })).state).toMatchObject({ status: "running", progress: { step: 19 } });
    expect(unwrap(await importRun(home, file)).state).toMatchObject({ status: "done", reason: null });
    const before = Buffer.from(lastStep.slice(0, lastStep.indexOf("step 00019/00020")));
    expect(unwrap(await importRun(home, put("short.log", before))).state).toMatchObject({ status: "lost", progress: { step: 18 } });
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

  test("of a machine that went down ends in zeros: its steps are read all the same", async () => {
    const line = "step 00000/00020 (0.00%) | loss: 1.5 | dt: 1.00ms";
    const dead = put("dead.log", Buffer.concat([Buffer.from(`${line}\n${line.replace("00000", "00001")}\n`), Buffer.alloc(300)]));
    const { dir } = unwrap(await importRun(home, dead));
    expect(unwrap(readState(dir)).progress?.step).toBe(1);
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
    [
      "what `runs logs` printed",
      () => put("told.log", "01:51:52 step 00000/00601 (0.00%) | loss: 5.57\n"),
      "has the time before each line: that is how `nanochat-cli runs logs` prints them, and no training does. Take it away: sed ",
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
