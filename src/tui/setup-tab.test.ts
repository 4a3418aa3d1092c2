/** The tab Setup: what is missing, what mends it, and accounts. */
import { afterEach, expect, test } from "bun:test";
import { settle, start, stopAll } from "./shell-fixture.ts";
import { check, on, stage } from "./work-tabs-fixture.ts";

afterEach(stopAll);

test("Setup shows what is missing, and one key runs it", async () => {
  const { terminal, services, tick } = await on("setup", (started) => {
    started.services.stages = [
      stage("dataset", "done"),
      stage("tokenizer", "missing"),
      stage("base", "missing", { blocked: "the tokenizer comes first" }),
    ];
    started.services.checks = [check("python", "good"), check("torch", "bad")];
  });
  expect(terminal.shown).toContain("missing: tokenizer verdict");
  expect(terminal.shown).toContain("a runs what is missing, tokenizer first");
  await settle(() => {
    tick();
    return terminal.shown.includes("checks · 1 bad");
  });
  expect(terminal.shown).toContain("/base/dataset");
  terminal.press("down", "down");
  terminal.press("enter");
  expect(terminal.shown).toContain("the tokenizer comes first");
  expect(services.started).toEqual([]);
  terminal.press("a");
  await settle(() => services.started.length === 1);
  expect(services.started).toEqual(["missing"]);
});

test("a stage that the prefab does not have is shown as such with what does it instead, and no key is offered for it", async () => {
  const { terminal, services } = await on("setup", (started) => {
    const blocked = "prefab pocket has no stage base_eval";
    started.services.stages = [
      stage("base", "done"),
      stage("base_eval", "missing", { optional: true, blocked, elsewhere: "A training evaluates as it goes" }),
    ];
  });
  expect(terminal.shown).toContain("enter run this stage");
  terminal.press("down");
  expect(terminal.shown).not.toContain("run this stage");
  expect(terminal.shown).toMatch(/· +base_eval +prefab pocket has no stage base_eval/);
  expect(terminal.shown).toContain("A training evaluates as it goes");
  terminal.press("enter");
  expect(terminal.shown).toContain("Run this stage: prefab pocket has no stage base_eval. A training evaluates as it goes");
  expect(services.started).toEqual([]);
});

test("what comes next and cannot be run yet is told in the words of its refusal", async () => {
  const { terminal } = await on("setup", ({ services }) => {
    services.stages = [stage("dataset", "running"), stage("tokenizer", "missing", { blocked: "the dataset comes first" })];
  });
  expect(terminal.shown).toContain("next is tokenizer: the dataset comes first");
  terminal.press("a");
  expect(terminal.shown).toContain("Run what is missing: the dataset comes first");
});

test("what a run warns of is asked on the screen, and a no starts nothing", async () => {
  const { terminal, services } = await on("setup", (started) => {
    started.services.stages = [stage("dataset", "missing")];
    started.services.warnings = ["OMP_NUM_THREADS is 1", "eval_tokens is small"];
  });
  terminal.press("a");
  await settle(() => /Run with warnings/.test(terminal.shown));
  expect(terminal.shown).toContain("OMP_NUM_THREADS is 1. eval_tokens is small.");
  terminal.press("esc");
  await settle(() => !/Run with warnings/.test(terminal.shown));
  expect(services.started).toEqual([]);
  terminal.press("a");
  await settle(() => /Run with warnings/.test(terminal.shown));
  terminal.press("y");
  await settle(() => services.started.length === 1);
});

test("a stage that is done is only run again after a question", async () => {
  const { terminal, services } = await on("setup", (started) => {
    started.services.stages = [stage("dataset", "done")];
  });
  terminal.press("enter");
  expect(terminal.shown).toContain("what later stages have");
  terminal.press("enter");
  expect(services.started).toEqual([]);
});

test("a fix shows its command before it runs, and its output while it does", async () => {
  const { terminal, services, shell, tick } = await on("setup", (started) => {
    const fix = { title: "Download shards", argv: ["python", "-m", "nanochat.dataset", "-n", "8"], cwd: "/checkout", env: {} };
    started.services.checks = [check("shards", "bad", { fix })];
  });
  shell.focus("checks");
  terminal.press("f");
  expect(terminal.shown).toContain("$ python -m nanochat.dataset -n 8");
  expect(services.fixed).toEqual([]);
  terminal.press("y");
  await settle(() => shell.setup.fixing?.running === false);
  await settle(() => {
    tick(100);
    return terminal.shown.includes("Downloading shard_00000.parquet...");
  });
});

test("where what is typed is echoed, no token is asked for, and it says what takes it", async () => {
  const { terminal, shell } = await start(null, { initialTab: "setup", screenReader: true });
  terminal.press("w");
  expect(shell.overlays.current).toBeNull();
  expect(shell.notices.all.at(-1)?.text).toContain("`nanochat-cli secrets set` asks for it unseen");
});

test("a token is typed unseen, and what the service says of it is told", async () => {
  const { terminal, services, tick } = await on("setup");
  terminal.press("w");
  terminal.type("0123456789abcdef");
  expect(terminal.shown).not.toContain("0123456789");
  terminal.press("enter");
  await settle(() => services.secrets.length === 1);
  tick();
  await settle(() => {
    tick();
    return terminal.shown.includes("valid for ada");
  });
  expect(services.secrets).toEqual([["wandb", "0123456789abcdef"]]);
});
