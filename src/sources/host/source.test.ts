import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startTicks } from "../../lib/process.ts";
import { RecordingSink } from "../fixtures.ts";
import { type HostOptions, HostSource } from "./source.ts";

let dir: string;
let clock: number;
let started: HostSource[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "host-"));
  clock = 1_700_000_000_500;
  started = [];
});
afterEach(() => {
  for (const source of started) source.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A /proc of our own. */
function proc(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, "proc", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return join(dir, "proc");
}

const MACHINE = { stat: "cpu  100 0 0 900 0 0 0 0\n", meminfo: "MemTotal: 1000 kB\nMemAvailable: 400 kB\n", loadavg: "1.5 1 1 1/1 1\n" };

const processFiles = (pid: number, ticks: number, kibibytes: number, children: number[] = []): Record<string, string> => ({
  [`${pid}/stat`]: `${pid} (python) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 1`,
  [`${pid}/status`]: `VmRSS:\t${kibibytes} kB\n`,
  [`${pid}/task/${pid}/children`]: children.map((child) => `${child} `).join(""),
});

function start(sink: RecordingSink, options: Partial<HostOptions> = {}): HostSource {
  const source = new HostSource({ baseDir: dir, trainerPid: () => null, nvidiaSmi: null, now: () => clock, ...options });
  started.push(source);
  source.start(sink);
  return source;
}

/** Ticks of an owner, until something is so. */
async function pollUntil(source: HostSource, done: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error("it did not come to be within 10 seconds");
    source.poll();
    await Bun.sleep(5);
  }
}

describe("the machine", () => {
  test("traffic is told a second, by how long it really was, and not over a counter that began anew", () => {
    const sink = new RecordingSink();
    const net = (bytes: number): Record<string, string> => ({ "net/dev": `eth0: ${bytes} 0 0 0 0 0 0 0 ${bytes * 2} 0 0 0 0 0 0 0\n` });
    const source = start(sink, { proc: proc({ ...MACHINE, ...net(1000) }) });
    const seen = [1000, 2000, 5000, 10].map((bytes, i) => {
      proc(net(bytes));
      clock += i === 2 ? 3000 : 1000;
      source.poll();
      const { values } = sink.points_.at(-1)!;
      return [values["host/net_in"], values["host/net_out"]];
    });
    expect(seen).toEqual([
      [undefined, undefined],
      [1000, 2000],
      [1000, 2000],
      [undefined, undefined],
    ]);
  });

  test("is sampled once a second, under the second, for the run as a whole", () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: proc(MACHINE) });
    source.poll();
    expect(sink.points_).toEqual([]);
    proc({ stat: "cpu  150 0 0 950 0 0 0 0\n" });
    clock += 500;
    source.poll();
    source.poll();
    expect(sink.points_).toHaveLength(1);
    expect(sink.points_[0]).toMatchObject({
      stage: 0,
      key: 1_700_000_001,
      values: { "host/cpu": 50, "host/memory_used": 600 * 1024, "host/memory_total": 1000 * 1024, "host/load1": 1.5 },
    });
    clock += 1000;
    source.poll();
    expect(sink.points_.map(({ key }) => key)).toEqual([1_700_000_001, 1_700_000_002]);
  });

  test("tells how much room the disk of the base folder has", async () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: proc(MACHINE) });
    await pollUntil(source, () => {
      clock += 1000;
      return sink.series("host/disk_free").length > 0;
    });
    expect(sink.series("host/disk_free")[0]?.[1]).toBeGreaterThan(0);
  });

  test("without a base folder there is no such figure, and no complaint", async () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: proc(MACHINE), baseDir: join(dir, "nowhere") });
    await pollUntil(source, () => {
      clock += 1000;
      return sink.points_.length > 20;
    });
    expect(sink.series("host/disk_free")).toEqual([]);
    expect(sink.events).toEqual([]);
  });

  test("without a /proc that is said, and told no more", () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: join(dir, "none") });
    clock += 1000;
    source.poll();
    expect(sink.bodies("problem")).toMatchObject([{ source: "host", what: "Processor and memory are not shown" }]);
    expect(sink.series("host/cpu")).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")("is read from the real /proc", async () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: "/proc", trainerPid: () => process.pid });
    await pollUntil(source, () => {
      clock += 1000;
      return sink.series("host/cpu").length > 0 && sink.series("host/trainer_cpu").length > 0;
    });
    const [, memory] = sink.series("host/trainer_memory")[0]!;
    expect(memory).toBeGreaterThan(10 << 20);
    expect(memory).toBeLessThan(sink.series("host/memory_total")[0]![1]);
  });
});

describe("the trainer", () => {
  test("is its whole tree of processes; one core that is busy is 100 %", () => {
    const files = { ...MACHINE, ...processFiles(10, 5, 100, [11, 12]), ...processFiles(11, 1000, 2000, [13]), ...processFiles(12, 0, 300) };
    const sink = new RecordingSink();
    const source = start(sink, { proc: proc({ ...files, ...processFiles(13, 40, 50) }), trainerPid: () => 10 });
    clock += 1000;
    source.poll();
    expect(sink.series("host/trainer_memory")).toEqual([[1_700_000_001, 2450 * 1024]]);
    expect(sink.series("host/trainer_cpu")).toEqual([]);
    proc({ ...processFiles(11, 1100, 2000, [13]), ...processFiles(12, 50, 300, []) });
    clock += 1000;
    source.poll();
    expect(sink.series("host/trainer_cpu")).toEqual([[1_700_000_002, 150]]);
  });

  test("a process that has ended takes nothing away, one that is new counts from its beginning", () => {
    const sink = new RecordingSink();
    const source = start(sink, {
      proc: proc({ ...MACHINE, ...processFiles(10, 0, 1, [11]), ...processFiles(11, 9000, 1) }),
      trainerPid: () => 10,
    });
    clock += 1000;
    source.poll();
    proc({ ...processFiles(10, 10, 1, [12]), ...processFiles(12, 20, 1) });
    clock += 1000;
    source.poll();
    expect(sink.series("host/trainer_cpu")).toEqual([[1_700_000_002, 30]]);
  });

  test("has no figures when it is not there", () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: proc(MACHINE), trainerPid: () => 99 });
    clock += 1000;
    source.poll();
    expect(Object.keys(sink.points_[0]!.values)).not.toContain("host/trainer_memory");
  });
});

describe("GPUs", () => {
  /** A stand-in for nvidia-smi: a script with this body. */
  function nvidiaSmi(body: string): string {
    const path = join(dir, "nvidia-smi");
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  const captured = (name: string): string => join(import.meta.dir, "captures", name);

  test("are told under their index, what is not known is left out, and their names are noted once", async () => {
    const sink = new RecordingSink();
    const source = start(sink, { proc: proc(MACHINE), nvidiaSmi: nvidiaSmi(`cat "${captured("nvidia-smi-partial.csv")}"`) });
    await pollUntil(source, () => {
      clock += 1000;
      return sink.series("gpu/0/util").length > 2;
    });
    expect(sink.series("gpu/0/power")[0]?.[1]).toBe(431.07);
    expect(sink.series("gpu/1/memory_used")[0]?.[1]).toBe(1200 * 1024 ** 2);
    expect(sink.series("gpu/1/util")).toEqual([]);
    expect(sink.bodies("note").map((body) => (body["fields"] as { name: string }).name)).toEqual([
      "NVIDIA GeForce RTX 4090",
      "NVIDIA A100-SXM4-40GB MIG 3g.20gb",
    ]);
  });

  test("are asked for what the parser expects", async () => {
    const sink = new RecordingSink();
    const asked = join(dir, "asked");
    const source = start(sink, {
      proc: proc(MACHINE),
      nvidiaSmi: nvidiaSmi(`echo "$@" > "${asked}"; cat "${captured("nvidia-smi-8xh100.csv")}"`),
    });
    await pollUntil(source, () => sink.series("gpu/7/temperature").length > 0);
    expect(await Bun.file(asked).text()).toBe(
      "--query-gpu=index,name,utilization.gpu,memory.used,memory.total,power.draw,temperature.gpu --format=csv,noheader,nounits\n",
    );
    expect(sink.series("gpu/6/util")).toEqual([]);
  });

  test("of a broken driver are a problem, told once, and everything else goes on", async () => {
    const sink = new RecordingSink();
    const runs = join(dir, "runs");
    const program = nvidiaSmi(`echo x >> "${runs}"; cat "${captured("nvidia-smi-broken.txt")}"; exit 9`);
    const source = start(sink, { proc: proc(MACHINE), nvidiaSmi: program });
    await pollUntil(source, () => {
      clock += 31_000;
      return (Bun.file(runs).size ?? 0) > 4;
    });
    expect(sink.bodies("problem")).toHaveLength(1);
    expect(sink.bodies("problem")[0]).toMatchObject({
      what: `${program} could not tell about the GPUs`,
      why: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    });
    expect(sink.series("host/load1").length).toBeGreaterThan(0);
  });

  test("are not waited for, and an answer that comes after the stop is not told", async () => {
    const sink = new RecordingSink();
    const waiting = join(dir, "waiting");
    const source = start(sink, { proc: proc(MACHINE), nvidiaSmi: nvidiaSmi(`echo $$ > "${waiting}"; exec sleep 60`) });
    const before = performance.now();
    source.poll();
    expect(performance.now() - before).toBeLessThan(1000);
    await pollUntil(source, () => Bun.file(waiting).size > 0);
    const pid = Number(await Bun.file(waiting).text());
    source.stop();
    await pollUntil(source, () => startTicks(pid) === null);
    expect(sink.points_).toEqual([]);
    expect(sink.events).toEqual([]);
  });
});
