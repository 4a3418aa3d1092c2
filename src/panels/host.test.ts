import { expect, test } from "bun:test";
import { roughly, secondsUntilFull } from "./disk.ts";
import { FakeData, fakeState, START } from "./fake-data.ts";
import { type Given, lineText, panelLines, panelScene, panelShown } from "./panel-fixture.ts";

const GIB = 2 ** 30;
const NOW = START / 1000;

const machine = (): FakeData =>
  new FakeData()
    .put(0, "host/cpu", [NOW, 42])
    .put(0, "host/memory_used", [NOW, 8 * GIB])
    .put(0, "host/memory_total", [NOW, 16 * GIB]);

const gpu = (data: FakeData, index: number): FakeData =>
  data
    .put(0, `gpu/${index}/util`, [NOW, 98])
    .put(0, `gpu/${index}/memory_used`, [NOW, (71 + index) * GIB])
    .put(0, `gpu/${index}/memory_total`, [NOW, 80 * GIB]);

const AT_START: Given = { facts: { now: START + 1000 } };
const lines = (data: FakeData, given: Given = {}): string[] => panelLines("host", data, { ...AT_START, ...given }).map(lineText);

/** The disk loses so many GiB a minute for half an hour. */
const filling = (data: FakeData, perMinute: number): FakeData =>
  data.put(0, "host/disk_free", ...Array.from({ length: 31 }, (_, i) => [NOW + i * 60, (60 - i * perMinute) * GIB] as const));

test("the host shows what there is, GPUs first; what is not known is a dash", () => {
  const [first, cpu, mem, trainer, disk] = lines(gpu(machine(), 0), { width: 74 });
  expect(first).toMatch(/^gpu 0 .*98% {2}71\.0 GiB \/ 80\.0 GiB {2}– W {2}–°C$/);
  expect(cpu).toMatch(/^cpu .*42%/);
  expect(mem).toMatch(/^mem .*8\.00 GiB \/ 16\.0 GiB/);
  expect(trainer).toBe("trainer –% cpu  –");
  expect(disk).toBe("disk    – free");
});

test("more GPUs than there is room for are told together, with the one that is fullest", () => {
  const data = machine();
  for (let i = 0; i < 8; i++) gpu(data, i);
  expect(lines(data, { height: 20 }).filter((line) => line.startsWith("gpu "))).toHaveLength(8);
  const together = lines(data, { height: 8 });
  expect(together[0]).toMatch(/^8 gpus .*98% {2}fullest 78\.0 GiB \/ 80\.0 GiB/);
  expect(together).toHaveLength(5);
  expect(lines(data, { options: { gpus: "none" } })[0]).toMatch(/^cpu/);
});

test("a disk that fills tells how long it lasts, and warns when that is before the run ends", () => {
  const data = filling(machine(), 1);
  const now = START + 30 * 60_000;
  expect(Math.round(secondsUntilFull(data, now, 60)! / 60)).toBe(30);
  expect(lines(data, { facts: { now } }).at(-1)).toMatch(/^disk {4}30\.0 GiB free · full in ~(29|30)m \d\ds$/);
  const progress = { stage: 1, step: 1, totalSteps: 9, loss: null, valBpb: null, tokensPerSecond: null, etaSeconds: 7200 };
  const late = lines(data, { facts: { now, state: fakeState({ progress }) } }).at(-1);
  expect(late).toMatch(/^disk {4}✕ 30\.0 GiB free · full in ~(29|30)m \d\ds, before the run ends$/);
  expect(secondsUntilFull(filling(machine(), -1), now, 60)).toBeNull();
  expect(secondsUntilFull(filling(machine(), 0), now, 60)).toBeNull();
  expect(secondsUntilFull(machine(), now, 60)).toBeNull();
});

test("when it will be full is told of a steady trend only, no further ahead than it was seen, and no more exactly than it is meant", () => {
  const after = (samples: number, free: (i: number) => number): number | null => {
    const data = machine().put(0, "host/disk_free", ...Array.from({ length: samples }, (_, i) => [NOW + i * 10, free(i) * GIB] as const));
    return secondsUntilFull(data, START + samples * 10_000, 60);
  };
  // The same rate, of 11 days: after two minutes nobody knows, after an hour one does.
  const slow = (i: number): number => 100 - i / 1000;
  expect(after(12, slow)).toBeNull();
  expect(roughly(after(360, slow)!)).toBe("12 days");
  // One file of a checkpoint is no trend, many are.
  expect(after(100, (i) => (i < 80 ? 60 : 50))).toBeNull();
  expect(after(300, (i) => 60 - Math.floor(i / 30))).not.toBeNull();
  expect(after(300, (i) => 60 - i / 1000 + ((i * 37) % 11))).toBeNull();
  expect([700, 7000, 7300, 100_000, 200_000, 1_200_000].map(roughly)).toEqual([
    "11m 40s",
    "1h 56m",
    "2 hours",
    "28 hours",
    "2 days",
    "2 weeks",
  ]);
});

test("the disk of the run directory is told where it is another one, and when it is full", () => {
  const last = (isFull: boolean, isApart: boolean): string | undefined =>
    lines(machine(), { facts: { now: START + 1000, disk: { free: isFull ? 0 : 2 * GIB, isFull, isApart } } }).at(-1);
  expect(last(false, false)).toBe("disk    – free");
  expect(last(false, true)).toBe("home    2.00 GiB free");
  expect(last(true, false)).toBe("home    ✕ full · 0 B free");
});

test("figures that are old are told with their age, those of a run that has ended as what they are", () => {
  const data = machine();
  data.lastAt = START;
  expect(panelScene("host", data, { facts: { now: START + 40_000 } }).settings).toBe("40s old");
  expect(panelScene("host", data, { facts: { now: START + 40_000, liveness: "ended" } }).settings).toBe("as it was at the end");
});

test("under a cursor it is the machine at that moment", () => {
  const data = new FakeData().put(1, "time/wall", [0, START], [100, START + 50_000]);
  data.put(0, "host/cpu", [NOW, 10], [NOW + 50, 90]);
  expect(lines(data, { at: 0 })[0]).toMatch(/10%/);
  expect(lines(data, { at: 100 })[0]).toMatch(/90%/);
});

test("a limit that is passed is told by a sign as well", () => {
  const thresholds = [{ metric: "host/cpu", above: 40, tone: "warn" as const }];
  expect(lines(machine(), { thresholds })[0]).toContain("▲ 42%");
  const block = panelLines("host", machine(), { ...AT_START, thresholds });
  expect(block[0]?.some((span) => span.tone === "warn")).toBe(true);
});

test("the last minutes stand beside the bars where there is room", () => {
  const data = machine();
  data.put(0, "host/cpu", ...Array.from({ length: 600 }, (_, i) => [NOW - 600 + i, (i / 600) * 100] as const));
  const since = (seconds: number): Given => ({
    facts: { now: START + 1000, state: fakeState({ startedAt: new Date(START - seconds * 1000).toISOString() }) },
    width: 100,
  });
  expect(panelShown("host", data, since(600))).toMatch(/▁.*▄.*█/);
  // Of a young run no more than it has had.
  expect(panelShown("host", data, since(40))).not.toContain("▁");
  expect(panelShown("host", data, { ...AT_START, width: 50 })).not.toMatch(/▄/);
});

test("without figures it says why", () => {
  expect(panelShown("host", new FakeData())).toContain("the first come within a second");
  expect(panelShown("host", new FakeData(), { facts: { liveness: "unattended" }, width: 100 })).toContain("A adopts it");
});

test("bars, figures and last minutes of all gauges stand below each other, however long the figures are", () => {
  const data = gpu(gpu(machine(), 0), 1);
  for (let i = 0; i < 120; i++) {
    for (const metric of ["host/cpu", "gpu/0/util", "gpu/1/util"]) data.put(0, metric, [NOW + i, 50]);
    data.put(0, "host/memory_used", [NOW + i, 8 * GIB]);
  }
  data.put(0, "gpu/1/power", [NOW + 119, 1612]).put(0, "gpu/1/temperature", [NOW + 119, 104]);
  const facts = { now: START + 120_000, state: fakeState({ startedAt: new Date(START).toISOString() }) };
  for (const width of [100, 120, 200]) {
    const shown = lines(data, { width, height: 12, facts }).filter((line) => /^(gpu|cpu|mem)/.test(line));
    expect(shown).toHaveLength(4);
    expect(new Set(shown.map((line) => line.search(/[▁-█]/))).size).toBe(1);
    expect(shown[0]).toMatch(/[▁-█]{6}/);
    expect(new Set(shown.map((line) => line.search(/ {2}[▲\d]/))).size).toBe(1);
  }
});
