/** What `runs list` says to a person. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { ownHome } from "../../../test/fixtures/own-home.ts";
import { makeRun, planOf, trainStage, unwrap } from "../../../test/fixtures/runs.ts";
import { type AlertBody, type AlertSeverity, alertEvent } from "../../core/alert.ts";
import { ok } from "../../core/result.ts";
import { JournalWriter } from "../../journal/writer.ts";
import { runPaths } from "../../lib/run-dir.ts";
import { createRun, reserveRun } from "../../services/run-create.ts";
import type { Context } from "../context.ts";
import type { Answer } from "../output.ts";
import { RUN_COMMANDS } from "./runs.ts";

const folder = ownHome();

/** A run whose one stage has come to a loss. */
function trained(stage: string, loss: number | null): string {
  const run = makeRun(folder.home, trainStage(1));
  const path = runPaths(run.dir).state;
  const record = JSON.parse(readFileSync(path, "utf8"));
  const progress = { stage: 1, step: 5, totalSteps: 9, loss, valBpb: null, tokensPerSecond: null, etaSeconds: null };
  const stages = [{ ...record.stages[0], name: `01-${stage}` }];
  writeFileSync(path, JSON.stringify({ ...record, stages, progress }));
  return run.id;
}

/** A run that was begun under a name. */
function makeNamed(name: string): string {
  const plan = { ...planOf(folder.home, [trainStage(1)]), name };
  const place = unwrap(reserveRun(folder.home, name));
  unwrap(createRun(folder.home, place, plan));
  return place.id;
}

/** Notes alerts in the journal of a run whose record says that it has ended so. */
function alerted(id: string, status: string, ...bodies: AlertBody[]): void {
  const { state, journal } = runPaths(`${folder.home}/runs/${id}`);
  writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, "utf8")), status, endedAt: "2026-01-01T00:00:00.000Z" }));
  const writer = unwrap(JournalWriter.open(journal));
  for (const body of bodies) writer.event(alertEvent(body, { stage: 1, at: 1, step: 1 }));
  writer.close();
}

const raised = (key: string, severity: AlertSeverity = "bad"): AlertBody => ({
  phase: "raised",
  key,
  watch: "spike",
  severity,
  cause: "It is bad.",
  evidence: [],
  actions: [],
});

async function answerOf(name: string, args: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  const command = RUN_COMMANDS.find((each) => each.name === name)!;
  const context = { home: () => ok(folder.home) } as unknown as Context;
  return unwrap(await command.run(context, [...args], options)) as Answer;
}

async function list(options: Readonly<Record<string, unknown>>): Promise<{ ids: string[]; text: string }> {
  const { json, text } = await answerOf("runs list", [], options);
  return { ids: (json as Array<{ id: string }>).map(({ id }) => id), text };
}

test("a run with open alerts says in a list and by itself how many there are; one that is known, or over, is not counted", async () => {
  const [quiet, loud] = [trained("base_train", 3), trained("base_train", 2)];
  alerted(quiet, "failed", raised("spike"), { phase: "cleared", key: "spike", why: "It is over." });
  const known = { phase: "acknowledged", key: "failed", from: "cli" } as const;
  alerted(loud, "failed", raised("spike"), raised("gpu-idle/3", "warn"), raised("failed"), known);
  const { json, text } = await answerOf("runs list", []);
  const alerts = Object.fromEntries((json as Array<{ id: string; alerts: unknown }>).map((run) => [run.id, run.alerts]));
  expect(alerts).toEqual({ [quiet]: { open: 0, acknowledged: 0, bad: 0 }, [loud]: { open: 3, acknowledged: 1, bad: 1 } });
  expect(text).toMatch(new RegExp(`${loud} +failed ✕1 ▲1 `));
  expect(text.match(/▲/g)).toHaveLength(1);
  const shown = await answerOf("runs show", [loud]);
  expect(shown.text).toContain(`alerts  3 open, 1 of them acknowledged: \`nanochat-cli runs alerts ${loud}\` tells them`);
  expect(shown.json).toMatchObject({ alerts: { open: 3, acknowledged: 1 } });
  expect((await answerOf("runs show", [quiet])).text).not.toContain("alerts");
});

test("sorted by a value that is of a stage it says that the runs of each stage stand together, and only then", async () => {
  const base = trained("base_train", 3);
  const sft = trained("chat_sft", 1);
  const better = trained("base_train", 2);
  const byLoss = await list({ sort: "loss" });
  expect(byLoss.ids).toEqual([better, base, sft]);
  expect(byLoss.text.split("\n").at(-1)).toBe(
    "Sorted by loss within each stage (base_train, chat_sft): it cannot be compared between them.",
  );
  for (const options of [{}, { sort: "begun" }, { sort: "bpb" }]) expect((await list(options)).text).not.toContain("within each stage");
});

test("where all runs are of one stage, or only those of one have the value, it is plainly sorted", async () => {
  trained("base_train", 3);
  trained("base_train", 2);
  trained("chat_sft", null);
  expect((await list({ sort: "loss" })).text).not.toContain("within each stage");
});

test("a name that its id does not hold has a column, which is there only where some run has one", async () => {
  const plain = trained("base_train", 3);
  expect((await list({})).text.split("\n")[0]).toMatch(/^run +state /);
  const named = makeNamed("ünïcödé 🚀");
  const { text } = await list({});
  const [head = "", first, second] = text.split("\n");
  expect(head).toMatch(/^run +name +state /);
  expect(first).toMatch(new RegExp(`^${named} +ünïcödé 🚀 `));
  expect(second).toMatch(new RegExp(`^${plain} {${head.indexOf("state") - plain.length}}\\S`));
});

test("of a run whose supervisor has died it is told what adopts it", async () => {
  const id = trained("base_train", 1);
  const { text } = await answerOf("runs show", [id]);
  expect(text).toContain(`→ its supervisor has died: \`nanochat-cli runs adopt ${id}\` finds out what has become of it\n`);
  alerted(id, "done");
  expect((await answerOf("runs show", [id])).text).not.toContain("runs adopt");
});

test("why a run has failed is told once, at the stage that has", async () => {
  const id = trained("base_train", 1);
  const path = runPaths(`${folder.home}/runs/${id}`).state;
  const record = JSON.parse(readFileSync(path, "utf8"));
  const reason = "base_train ended with exit code 1.";
  const write = (of: string | null) =>
    writeFileSync(
      path,
      JSON.stringify({ ...record, status: "failed", reason, stages: [{ ...record.stages[0], status: "failed", reason: of }] }),
    );
  for (const of of [reason, null]) {
    write(of);
    expect((await answerOf("runs show", [id])).text?.split(reason)).toHaveLength(2);
  }
});
