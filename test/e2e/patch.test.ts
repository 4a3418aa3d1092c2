/** Steering besides saving and stopping, by the program itself on a training pocket model. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RequestStatus } from "../../src/core/run.ts";
import { eventually } from "../drivers/cli.ts";
import { refused } from "../drivers/refused.ts";
import { ENDLESS, Sandbox } from "../drivers/sandbox.ts";

const box = new Sandbox();
const stringContaining = expect.stringContaining as (part: string) => string;
beforeAll(async () => {
  box.prefab("endless", ENDLESS);
  for (const [name, ranks] of [
    ["one", "1"],
    ["two", "2"],
  ]) {
    const { id } = await box.json<{ id: string }>([
      "train",
      "endless",
      "--name",
      name ?? "",
      "--ranks",
      ranks ?? "",
      "--detach",
      "--yes",
      "--fix",
    ]);
    await eventually(`steps of ${name}`, () => (box.state(id).progress?.step ?? -1) > 5);
  }
}, 60_000);
afterAll(() => box.close());

const requests = async (run: string): Promise<RequestStatus[]> =>
  (await box.json<{ requests: RequestStatus[] }>(["runs", "show", run])).requests;

for (const run of ["one", "two"]) {
  test(`a patch of the interval and of a learning rate is applied on ${run} rank${run === "one" ? "" : "s"}, and in the history`, async () => {
    const ran = await box.cli(["runs", "patch", run, "eval_every=50", "matrix_lr=0.01", "--yes"]);
    expect(ran).toMatchObject({ code: 0, stdout: stringContaining("eval_every 500 → 50, matrix_lr 0.02 → 0.01") });
    const patch = (await requests(run)).find(({ kind, phase }) => kind === "patch" && phase === "done");
    expect(patch?.changes?.map(({ name, to }) => [name, to])).toEqual([
      ["eval_every", 50],
      ["matrix_lr", 0.01],
    ]);
    expect((await box.cli(["runs", "history", run])).stdout).toContain("matrix_lr 0.02 → 0.01");
  });
}

const MISTAKES: ReadonlyArray<readonly [what: string, change: string, says: string]> = [
  ["a frozen field", "depth=8", "depth cannot be changed while it runs: the model has been built with it"],
  ["a value of the wrong type", "eval_every=often", "eval_every"],
  ["a value out of range", "warmdown_ratio=2", "warmdown_ratio"],
  ["a field that there is not", "eval_evry=5", "eval_evry"],
];

for (const [what, change, says] of MISTAKES) {
  test(`a patch of ${what} is refused with its sentence`, async () => {
    const failure = refused(await box.cli(["runs", "patch", "one", change, "--yes", "--json"]));
    expect(JSON.stringify(failure)).toContain(says);
  });
}

test("a paused run takes no step until it goes on", async () => {
  const paused = await box.cli(["runs", "pause", "two"]);
  expect(paused.stdout).toMatch(/Paused at step/);
  const id = box.runIds().find((one) => one.endsWith("two")) ?? "";
  const before = box.state(id).progress?.step ?? 0;
  const again = refused(await box.cli(["runs", "pause", "two", "--json"]));
  expect(JSON.stringify(again)).toContain("paused");
  expect((box.state(id).progress?.step ?? 0) - before).toBeLessThan(3);
  expect((await box.cli(["runs", "resume", "two"])).code).toBe(0);
  await eventually("steps after the pause", () => (box.state(id).progress?.step ?? 0) > before + 5);
});

test("an evaluation asked for comes at once", async () => {
  const ran = await box.cli(["runs", "evaluate", "one"]);
  expect(ran).toMatchObject({ code: 0, stdout: stringContaining("val/bpb") });
});
