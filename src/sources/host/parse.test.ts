import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  cpuPercent,
  parseCores,
  parseCpu,
  parseDisks,
  parseDriver,
  parseGpuProcesses,
  parseGpus,
  parseLoad,
  parseMemory,
  parseNetwork,
  parseProcess,
  parseProcessStatus,
  parseProcessTicks,
  parsePs,
  parseResident,
  parseUsers,
} from "./parse.ts";

const capture = (name: string): string => readFileSync(join(import.meta.dir, "captures", name), "utf8");

describe("figures of the machine", () => {
  test("processor time is that of all cores; idle and waiting for a disk are not work", () => {
    const stat = "cpu  100 20 30 4000 500 6 7 8 90 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
    expect(parseCpu(stat)).toEqual({ busy: 171, total: 4671 });
    const real = parseCpu(capture("proc-stat.txt"));
    expect(real!.busy).toBeGreaterThan(0);
    expect(real!.busy).toBeLessThan(real!.total);
  });

  test("each core is told in its place, as a share of the time that went by", () => {
    const stat = (busy: number): string =>
      `cpu  9 0 0 9 0 0 0 0\ncpu0 ${busy} 0 0 100 0 0 0 0\ncpu11 0 0 0 ${100 + busy} 0 0 0 0\nctxt 1\n`;
    const [before, now] = [parseCores(stat(0)), parseCores(stat(50))];
    expect(now.map((core, i) => cpuPercent(before[i]!, core))).toEqual([100, 0]);
    expect(cpuPercent(now[0]!, now[0]!)).toBeNull();
    expect(parseCores(capture("proc-stat.txt"))).toHaveLength(2);
  });

  test("memory in use is what programs could not get", () => {
    expect(parseMemory("MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    400 kB\n")).toEqual({
      used: 600 * 1024,
      total: 1000 * 1024,
    });
    expect(parseMemory(capture("meminfo.txt"))?.total).toBe(24_684_092 * 1024);
  });

  test("load is that of the last minute", () => {
    expect(parseLoad("3.77 3.48 2.58 5/165 5529\n")).toBe(3.77);
    expect(parseLoad(capture("loadavg.txt"))).toBeGreaterThan(0);
  });

  test("ticks of a process are found behind a name that looks like fields", () => {
    expect(parseProcessTicks("5531 (a) R 1 (b) S 5476 5476 18299 0 -1 4194304 96 0 0 0 70 30 5 6 20 0 1 0 456655")).toBe(100);
  });

  test("a zombie has no memory", () => {
    expect(parseResident("Name:\tpython\nVmRSS:\t  2048 kB\n")).toBe(2048 * 1024);
    expect(parseResident("Name:\tpython\nState:\tZ (zombie)\n")).toBeNull();
  });
});

describe("processes", () => {
  test("are told by number, owner, name, processor time and memory, whatever their names hold", () => {
    const stat = "31 (a) R 1 (b) S 5476 5476 18299 0 -1 4194304 96 0 0 0 70 30 5 6 20 0 1 0 456655 99 1";
    expect(parseProcess(stat)).toEqual({ name: "a) R 1 (b", ticks: 100, started: 456655 });
    expect(parseProcessStatus("Name:\tx\nUid:\t1000\t0\t0\t0\nVmRSS:\t  12 kB\n")).toEqual({ uid: 1000, memory: 12_288 });
    expect(parseProcessStatus("Name:\tkthreadd\nUid:\t0\t0\t0\t0\n")).toBeNull();
    expect(parseUsers("root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/x\nada:x:1000:1000::/home/ada:/x\n")).toEqual(
      new Map([
        [0, "root"],
        [1000, "ada"],
      ]),
    );
  });

  test("are told by ps where there is no /proc", () => {
    const said =
      "    1 root      0.3  11860 launchd\n  501 ada      98,5 204800 Python 3\n   77 root      0.0      0 kernel_task\nps: what\n";
    expect(parsePs(said)).toEqual([
      { pid: 1, user: "root", name: "launchd", cpu: 0.3, memory: 11_860 * 1024 },
      { pid: 501, user: "ada", name: "Python 3", cpu: 98.5, memory: 204_800 * 1024 },
    ]);
  });
});

describe("the answer of nvidia-smi", () => {
  test("has a line for each GPU; one that has fallen off the bus has no figures", () => {
    const gpus = parseGpus(capture("nvidia-smi-8xh100.csv"));
    expect(gpus.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(gpus[0]).toEqual({
      index: 0,
      name: "NVIDIA H100 80GB HBM3",
      util: 98,
      memoryUsed: 71_234 * 1024 ** 2,
      memoryTotal: 81_559 * 1024 ** 2,
      power: 612.34,
      temperature: 64,
      capability: null,
    });
    expect(gpus[6]).toMatchObject({ util: null, memoryUsed: null, memoryTotal: null, power: null, temperature: null });
  });

  test("tells the compute capability when that was asked for too", () => {
    const [gpu] = parseGpus("0, NVIDIA H100 80GB HBM3, 98, 71234, 81559, 612.34, 64, 9.0\n");
    expect(gpu).toMatchObject({ index: 0, capability: [9, 0] });
    expect(parseGpus("0, NVIDIA H100 80GB HBM3, 98, 71234, 81559, 612.34, 64, [N/A]\n")[0]?.capability).toBeNull();
  });

  test("may leave single figures out", () => {
    expect(parseGpus(capture("nvidia-smi-partial.csv"))[1]).toMatchObject({
      util: null,
      memoryUsed: 1200 * 1024 ** 2,
      power: null,
      temperature: null,
    });
  });

  test("tells driver and CUDA in its head, by their older and their newer names", () => {
    const older = "| NVIDIA-SMI 550.54.15              Driver Version: 550.54.15      CUDA Version: 12.4     |";
    const newer = "| NVIDIA-SMI 610.43.02              KMD Version: 610.43.02     CUDA UMD Version: 13.3     |";
    expect(parseDriver(older)).toEqual({ driver: "550.54.15", cuda: [12, 4] });
    expect(parseDriver(newer)).toEqual({ driver: "610.43.02", cuda: [13, 3] });
    expect(parseDriver("Driver Version: 535.1  CUDA Version: N/A")).toEqual({ driver: "535.1", cuda: null });
    expect(parseDriver(capture("nvidia-smi-broken.txt"))).toEqual({ driver: null, cuda: null });
  });

  test("has a line for each GPU that a process is on; its name is made harmless and may hold commas", () => {
    expect(parseGpuProcesses("7, /bin/a,b\u001b[31m, 10\n7, /bin/a,b, 5\n8, x, [N/A]\nNo running processes found\n")).toEqual([
      { pid: 7, name: "/bin/a,b", bytes: 15 * 1024 ** 2 },
      { pid: 8, name: "x", bytes: null },
    ]);
  });

  test("may be a message, which is no GPU", () => {
    expect(parseGpus(capture("nvidia-smi-broken.txt"))).toEqual([]);
    expect(parseGpus("No devices were found\n")).toEqual([]);
  });
});

test("nothing makes a parser throw, and what is no figure is none", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [
        parseCpu,
        parseMemory,
        parseLoad,
        parseProcessTicks,
        parseResident,
        parseProcess,
        parseProcessStatus,
        parseUsers,
        parsePs,
        parseGpus,
        parseDriver,
        parseGpuProcesses,
      ])
        parse(text);
    }),
  );
  expect([parseCpu(""), parseMemory(""), parseLoad(""), parseProcessTicks(""), parseResident("")]).toEqual([null, null, null, null, null]);
});

test("network and disks are summed over the real ones; text that is not as expected has no figures", () => {
  const dev =
    "Inter-| Receive | Transmit\n face |bytes packets|bytes\n    lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n  eth0: 100 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0\neth1:5 0 0 0 0 0 0 0 7 0 0 0 0 0 0 0\n";
  expect(parseNetwork(dev)).toEqual({ in: 105, out: 27 });
  const disks =
    " 8 0 sda 1 0 4 0 1 0 2 0 0 0 0\n 8 1 sda1 1 0 4 0 1 0 2 0 0 0 0\n 259 0 nvme0n1 1 0 1 0 1 0 1 0 0 0 0\n 7 0 loop0 1 0 9 0 1 0 9 0 0 0 0\n";
  expect(parseDisks(disks)).toEqual({ in: 5 * 512, out: 3 * 512 });
  for (const text of ["", "lo: 1 2", "eth0: x", "\0\n::\n", " 8 0 sda"])
    expect([parseNetwork(text), parseDisks(text)]).toEqual([null, null]);
});
