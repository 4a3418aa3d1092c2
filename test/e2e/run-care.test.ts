/** What is said of runs that are put away and renamed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeJson } from "../../src/lib/files.ts";
import { startTicks } from "../../src/lib/process.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { readState } from "../../src/lib/run-files.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { makeRun, trainStage, unwrap } from "../fixtures/runs.ts";

let box: Sandbox;
let going: string;
let over: string;

beforeAll(() => {
  box = new Sandbox();
  const [first, second] = [makeRun(box.home, trainStage(1)), makeRun(box.home, trainStage(1))];
  [going, over] = [first.id, second.id];
  // Ended with the sandbox, as a supervisor would be.
  const { pid } = Bun.spawn(["sleep", "600"]);
  const owner = { pid, startTicks: startTicks(pid), startedAt: new Date().toISOString(), version: "1" };
  unwrap(writeJson(runPaths(first.dir).state, { ...unwrap(readState(first.dir)), status: "running", owner }));
  unwrap(writeJson(runPaths(second.dir).state, { ...unwrap(readState(second.dir)), status: "done" }));
});
afterAll(() => box.close());

const said = async (...args: string[]): Promise<string> => (await box.cli(["runs", ...args])).stdout.trim();

test("a run that goes on is put away and listed until its end, and what brings it back is named, by the list as well", async () => {
  const back = (id: string): string => `\`nanochat-cli runs unarchive ${id}\` brings`;
  expect(await said("archive", going)).toBe(`${going} is put away: \`runs list\` leaves it out once it has ended. ${back(going)} it back.`);
  expect(await said("archive", over)).toContain(`${over} is put away: `);
  const listed = await said("list");
  expect(listed).toMatch(new RegExp(`^${going} .* put away$`, "m"));
  expect(listed).toEndWith(`\n1 more was put away: --all lists them, ${back("RUN")} one back.`);
  expect(await said("unarchive", going)).toBe(`${going} is listed again.`);
});

test("a name that another run has may be given, and whose it is too is said", async () => {
  expect(await said("rename", going, "mine")).not.toContain("called so too");
  expect(await said("rename", over, "mine")).toEndWith(`stay as they are. ${going} is called so too: by their ids they are told apart.`);
  expect(await said("rename", going, "other")).not.toContain("called so too");
});
