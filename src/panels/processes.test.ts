import { expect, test } from "bun:test";
import type { MachineProcess } from "../core/machine.ts";
import { FakeData, fakeState, START } from "./fake-data.ts";
import { type Given, panelShown } from "./panel-fixture.ts";

const one = (pid: number, name: string, rest: Partial<MachineProcess> = {}): MachineProcess => ({
  pid,
  user: "ada",
  name,
  cpu: 0,
  memory: 2 ** 20,
  gpuMemory: null,
  ...rest,
});

function shown(all: readonly MachineProcess[], given: Given = {}): string {
  const facts = { processes: () => ({ at: START, cores: 8, all }) };
  return panelShown("processes", new FakeData(), { ...given, facts: { ...facts, ...given.facts } });
}

/** The commands in their order. */
const order = (text: string): string[] => text.match(/trainer|browser|idle/g) ?? [];

const ALL = [
  one(7, "idle"),
  one(8, "browser", { cpu: 12, memory: 9 * 2 ** 30 }),
  one(9, "trainer", { cpu: 780.4, user: "root", memory: 3 * 2 ** 30 }),
];

test("processes stand by what they use most of, with owner, processor and memory", () => {
  const text = shown(ALL);
  expect(order(text)).toEqual(["trainer", "browser", "idle"]);
  expect(text).toMatch(/9 {2}root +trainer +780 +3\.00 GiB/);
  expect(text).toContain("processes 3");
  expect(text).toContain("100 % is one of 8 processors");
  expect(text).not.toContain("on gpus");
  expect(order(shown(ALL, { options: { sort: "memory" } }))).toEqual(["browser", "trainer", "idle"]);
});

test("where a driver tells, memory on GPUs is a column, and an order", () => {
  const text = shown([...ALL, one(10, "idle", { gpuMemory: 70 * 2 ** 30 })], { options: { sort: "gpu" } });
  expect(text).toContain("on gpus");
  expect(text).toContain("70.0 GiB");
  expect(order(text)[0]).toBe("idle");
});

test("what is typed finds them by command, owner or number", () => {
  expect(order(shown(ALL, { view: { filter: "root" } }))).toEqual(["trainer"]);
  expect(order(shown(ALL, { view: { filter: "8 | idl" } }))).toEqual(["browser", "idle"]);
  expect(shown(ALL, { view: { filter: "nothing" } })).toContain("No process is called “nothing”");
});

test("where nothing is looked at it says why", () => {
  expect(panelShown("processes", new FakeData(), { width: 100 })).toContain("No processes: the run has ended");
  const imported = { kind: "wandb" as const, files: [], wandb: null, head: null, at: "", readAt: "", complete: true };
  const facts = { state: fakeState({ imported }) };
  expect(panelShown("processes", new FakeData(), { width: 100, facts })).toContain("No processes: this run was imported");
  expect(panelShown("processes", new FakeData(), { facts: { processes: () => null } })).toContain("are being looked at");
});
