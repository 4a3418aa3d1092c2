/** Checkpoints by command: what they fit, resuming one, and what is refused with its remedy. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fit } from "../../src/core/checkpoint.ts";
import { eventually } from "../drivers/cli.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";

const box = new Sandbox();
const stringContaining = expect.stringContaining as (part: string) => string;
const folder = join(box.baseDir, "base_checkpoints", "first");
beforeAll(async () => {
  const base = "{num_iterations: 30, max_seq_len: 32, total_batch_size: 32, save_every: 10, eval_every: 10, eval_tokens: 256";
  box.prefab(
    "saves",
    `name: saves\nenv: {OMP_NUM_THREADS: "1"}\nstages:\n  - script: scripts.tok_train\n  - script: scripts.base_train\n    set: ${base}, core_metric_every: -1, sample_every: -1}\n`,
  );
  const trained = await box.cli(["train", "saves", "--name", "first", "--yes"]);
  expect(trained.code).toBe(0);
}, 60_000);
afterAll(() => box.close());

test("each is listed with what it fits: where newer ones would be written over, as a copy alone", async () => {
  const list = await box.json<Array<{ name: string; fit: Fit }>>(["checkpoints", "list", "--for", "resume"]);
  expect(list.map(({ name }) => name)).toEqual(["base/first@30", "base/first@20", "base/first@10"]);
  expect(list.map(({ fit }) => [fit.fits, ...fit.reasons.map(({ id }) => id)])).toEqual([
    [true],
    [false, "over-newer"],
    [false, "over-newer"],
  ]);
  const shown = await box.cli(["checkpoints", "show", "base/first@20"]);
  expect(shown.stdout).toContain("▲ resume: as a copy alone\n    ✕ There are newer checkpoints than base/first@20");
});

test("another rank count is refused with the remedy, unless it is forced", async () => {
  const failure = refused(await box.cli(["checkpoints", "resume", "base/first@10", "--ranks", "2", "--json"]));
  expect(failure).toMatchObject({
    exit: 3,
    what: stringContaining("It was saved by 1 rank, one optimizer file each, and this would run on 2"),
    remedy: stringContaining("--ranks 1"),
  });
});

test("a resume that would write over newer checkpoints is refused with their names, unless it is forced or ends before them", async () => {
  const failure = refused(await box.cli(["checkpoints", "resume", "base/first@10", "--json"]));
  expect(failure).toMatchObject({
    exit: 3,
    what: stringContaining("a run would write over @20, @30, in "),
    remedy: stringContaining("Resume a copy of it: `nanochat-cli checkpoints resume base/first@10 --as first-2`"),
  });
  const plans = [["--force"], ["--set", "num_iterations=12", "--yes"]].map((more) =>
    box.cli(["checkpoints", "resume", "base/first@10", "--dry-run", ...more]),
  );
  expect((await Promise.all(plans)).map(({ code }) => code)).toEqual([0, 0]);
});

test("an old step is resumed as a copy under another tag, of which nothing is there before the run may start", async () => {
  const resume = ["checkpoints", "resume", "base/first@10", "--as", "second"];
  const copy = join(box.baseDir, "base_checkpoints", "second");
  const dry = await box.json<{ stages: Array<{ args: string[] }> }>([...resume, "--dry-run"]);
  expect(dry.stages[0]?.args).toEqual(expect.arrayContaining(["--model-tag=second", "--resume-from-step=10"]) as string[]);
  expect(refused(await box.cli([...resume, "--set", "depth=5", "--json"])).exit).toBe(3);
  expect(refused(await box.cli([...resume.slice(0, -1), "a/b", "--json"])).what).toContain("is no name of a folder");
  expect(existsSync(copy)).toBe(false);
  const before = readdirSync(folder).sort();
  const ran = await box.cli([...resume, "--set", "num_iterations=20", "--yes"]);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain("Copying base/first@10 as base/second@10 (");
  expect(
    readdirSync(copy)
      .filter((name) => name.startsWith("model_"))
      .sort(),
  ).toEqual(["model_000010.pt", "model_000020.pt"]);
  expect(readdirSync(folder).sort()).toEqual(before);
  expect(refused(await box.cli([...resume, "--json"]))).toMatchObject({
    exit: 3,
    what: stringContaining("There is base/second already"),
    remedy: "Choose another --as, such as first-2",
  });
  rmSync(copy, { recursive: true });
});

test("a resume goes on from the step, with the settings it was made with, and says that a changed rate is ignored", async () => {
  const ran = await box.cli(["checkpoints", "resume", "base/first@10", "--set", "matrix_lr=0.01", "--force", "--detach", "--json"]);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain(
    "matrix_lr is 0.01, not 0.02, and has no effect: loading the optimizer brings back the rate that base/first@10 was saved with",
  );
  const { id } = JSON.parse(ran.stdout) as { id: string };
  const state = await eventually("the end", () => (box.state(id).status === "done" ? box.state(id) : null));
  expect(state.stages[0]?.script).toBe("scripts.base_train");
  const plan = await box.json<{ plan: { env: object; stages: Array<{ args: string[] }> } }>(["runs", "show", id]);
  expect(plan.plan.env).toMatchObject({ OMP_NUM_THREADS: "1" });
  expect(plan.plan.stages[0]?.args).toContain("--resume-from-step=10");
  expect(plan.plan.stages[0]?.args).toContain("--max-seq-len=32");
});

test("a resume with the rates that it was made with says nothing of rates", async () => {
  const dry = await box.cli(["checkpoints", "resume", "base/first@10", "--dry-run", "--force"]);
  expect(dry.code).toBe(0);
  expect(dry.stderr + dry.stdout).not.toContain("brings back");
});

test("a resume says which stages of the run before are not in it, and how a chat model is made then", async () => {
  const given = "{num_iterations: 4, save_every: 2, max_seq_len: 32, total_batch_size: 32, eval_every: -1, eval_tokens: 256}";
  const stages = `  - script: scripts.base_train\n    set: ${given}\n  - script: scripts.chat_sft\n    set: {num_iterations: 1}\n`;
  box.prefab("both", `name: both\nenv: {OMP_NUM_THREADS: "1"}\nstages:\n${stages}`);
  expect((await box.cli(["train", "both", "--name", "talks", "--yes"])).code).toBe(0);
  const resumed = await box.cli(["checkpoints", "resume", "base/talks@2", "--as", "talks-2", "--dry-run", "--yes"]);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(
    /Only the pretraining goes on: chat_sft, planned in \S+-talks, is not in this run\. `nanochat-cli checkpoints sft base\/talks-2` trains/,
  );
  const sft = await box.cli(["checkpoints", "sft", "base/talks@4", "--force", "--dry-run"]);
  expect([sft.code, sft.stderr]).toEqual([0, expect.not.stringContaining("not in this run") as string]);
});

test("a resume is watched to its end, as a training is", async () => {
  const ran = await box.cli(["checkpoints", "resume", "base/first@10", "--set", "num_iterations=12", "--yes"]);
  expect([ran.code, ran.stdout]).toEqual([0, stringContaining("base_train 12/12")]);
});

test("a plan that would be refused is shown by --dry-run, which ends as starting it would", async () => {
  const wrong = ["--set", "depth=0", "--dry-run"];
  const [train, resume, forced] = await Promise.all([
    box.cli(["train", "saves", ...wrong, "--json"]),
    box.cli(["checkpoints", "resume", "base/first@10", ...wrong]),
    box.cli(["train", "saves", ...wrong, "--force"]),
  ]);
  expect([train.code, resume.code, forced.code]).toEqual([3, 3, 0]);
  expect(JSON.parse(train.stdout)).toMatchObject({ findings: expect.any(Array), commands: expect.any(Array) });
  expect(train.stderr).toContain("nanochat-cli: ");
  expect(resume.stdout).toContain("base_train");
});

test("a name that several stages would write over is refused with another one, not with --force alone", async () => {
  const sft = join(box.baseDir, "chatsft_checkpoints", "first");
  cpSync(folder, sft, { recursive: true });
  const failure = refused(await box.cli(["train", "pocket", "--name", "first", "--json"]));
  const open = await box.cli(["checkpoints", "resume", "first", "--dry-run"]);
  rmSync(sft, { recursive: true });
  expect(open.stderr).toMatch(/^first is taken for sft\/first@\d+, the newest that it names; base\/first is the other$/m);
  expect(failure).toMatchObject({
    exit: 3,
    what: "The plan has 2 errors",
    remedy: stringContaining("Choose another --name, such as first-2; "),
  });
});

test("a torn checkpoint is refused, and verify says what is wrong", async () => {
  expect(await box.cli(["checkpoints", "verify", "base/first@20"])).toMatchObject({ code: 0 });
  const model = readdirSync(folder).find((name) => name === "model_000020.pt") ?? "";
  truncateSync(join(folder, model), 100);
  const resumed = refused(await box.cli(["checkpoints", "resume", "base/first@20", "--json"]));
  expect(resumed.exit).toBe(3);
  expect(JSON.stringify(resumed)).toContain("torn");
  const verified = await box.cli(["checkpoints", "verify", "base/first@20"]);
  expect(verified.code).not.toBe(0);
  expect(verified.stdout + verified.stderr).toContain("model_000020.pt");
});

test("pruning keeps the best and the last, and asks first", async () => {
  const asked = await box.cli(["checkpoints", "prune", "base/first@30"]);
  expect(asked.stderr).toContain("These would be gone for good");
  expect(asked.stderr).toMatch(/\nKept: .*base\/first@30 \(.*the last\)/);
  expect(existsSync(join(folder, "model_000010.pt"))).toBe(true);
  const pruned = await box.json<{ deleted: string[] }>(["checkpoints", "prune", "base/first@30", "--yes"]);
  expect(pruned.deleted).toContain("base/first@20");
  expect(existsSync(join(folder, "model_000030.pt"))).toBe(true);
});

test("one whose validation is not finite is told as that in the list", async () => {
  for (const name of readdirSync(folder)) cpSync(join(folder, name), join(folder, name.replace("000030", "000020")));
  const meta = join(folder, "meta_000030.json");
  writeFileSync(meta, readFileSync(meta, "utf8").replace(/"val_bpb": [^,}]+/, '"val_bpb": Infinity'));
  expect((await box.cli(["checkpoints", "list"])).stdout).toMatch(/base\/first@30 .* not finite/);
  expect((await box.cli(["checkpoints", "list", "--for", "resume"])).stdout).toMatch(/base\/first@30 .* not finite +Its validation is not/);
  const dry = (wanted: string, ...more: string[]) => box.cli(["checkpoints", "resume", wanted, "--as", "sound", "--dry-run", ...more]);
  const [newest, named, forced] = await Promise.all([dry("base/first"), dry("base/first@30"), dry("base/first@30", "--force")]);
  expect([newest.code, named.code, forced.code]).toEqual([0, 3, 0]);
  expect(newest.stderr).toMatch(/base\/first is taken for base\/first@20: base\/first@30 is newer, and its validation is not finite/);
});
