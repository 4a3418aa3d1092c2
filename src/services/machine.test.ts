/** What nvidia-smi says, and what it means that it says nothing. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { driverFacts, gpuProcesses, machineFacts } from "./machine.ts";
import { withEmptyPath } from "./nvidia-smi-fixture.ts";

const path = withEmptyPath();
const GIB = 2 ** 30;
const CAPTURES = join(import.meta.dir, "..", "sources", "host", "captures");
const BROKEN = readFileSync(join(CAPTURES, "nvidia-smi-broken.txt"), "utf8");
const h100 = (index: number, capability = "9.0"): string => `${index}, NVIDIA H100 80GB HBM3, 0, 4, 81559, 70.00, 30, ${capability}`;
const SHORT = 50;

describe("GPUs", () => {
  test("without nvidia-smi there are none, and the processor is told", async () => {
    const facts = await machineFacts();
    expect(facts).toMatchObject({ source: "probed", gpus: [], flashAttention3: false });
    expect(facts?.device).not.toBe("cuda");
    expect(facts?.cpus).toBeGreaterThan(0);
    expect(facts?.memoryBytes).toBeGreaterThan(GIB / 8);
  });

  test("each is told with its memory and capability", async () => {
    path.nvidiaSmi([["query-gpu", `${h100(0)}\n${h100(1)}`]]);
    const facts = await machineFacts();
    expect(facts).toMatchObject({ device: "cuda", flashAttention3: true });
    expect(facts?.gpus.map(({ index, capability }) => [index, capability])).toEqual([
      [0, [9, 0]],
      [1, [9, 0]],
    ]);
    expect(facts?.gpus[0]?.memoryBytes).toBe(81_559 * 2 ** 20);
  });

  test("an answer that does not come is not the same as no GPU", async () => {
    path.hangingNvidiaSmi();
    expect(await machineFacts(SHORT)).toBeNull();
  });

  test("a driver that does not answer leaves no GPU to train on", async () => {
    path.nvidiaSmi([["", BROKEN, 9]]);
    expect(await machineFacts()).toMatchObject({ gpus: [], flashAttention3: false });
  });

  test("an nvidia-smi that does not know compute_cap names its GPUs all the same", async () => {
    path.nvidiaSmi([
      ["compute_cap", 'Field "compute_cap" is not a valid field to query.', 2],
      ["query-gpu", "0, Tesla V100-SXM2-16GB, 0, 4, 16160, 40.00, 30"],
    ]);
    const facts = await machineFacts();
    expect(facts?.gpus.map(({ name, capability }) => [name, capability])).toEqual([["Tesla V100-SXM2-16GB", null]]);
  });

  test("Flash Attention 3 wants Hopper throughout, and is unknown where a capability is", async () => {
    path.nvidiaSmi([["query-gpu", `${h100(0)}\n${h100(1, "8.0")}`]]);
    expect((await machineFacts())?.flashAttention3).toBe(false);
    path.nvidiaSmi([["query-gpu", `${h100(0)}\n${h100(1, "[N/A]")}`]]);
    expect((await machineFacts())?.flashAttention3).toBeNull();
  });
});

describe("the driver", () => {
  test("tells its version and the CUDA that it goes up to", async () => {
    path.nvidiaSmi([["", "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |"]]);
    expect(await driverFacts()).toEqual({ state: "known", driver: "550.54.15", cuda: [12, 4] });
  });

  test("without nvidia-smi is none", async () => {
    expect(await driverFacts()).toEqual({ state: "none" });
  });

  test("that fails says why in nvidia-smi's own words", async () => {
    path.nvidiaSmi([["", BROKEN, 9]]);
    expect(await driverFacts()).toMatchObject({
      state: "failed",
      why: expect.stringContaining("couldn't communicate with the NVIDIA driver"),
    });
  });

  test("that hangs is silent", async () => {
    path.hangingNvidiaSmi();
    expect(await driverFacts(SHORT)).toEqual({ state: "silent" });
  });
});

describe("processes on GPUs", () => {
  test("are told with what they hold, over all GPUs", async () => {
    path.nvidiaSmi([["query-compute-apps", "4711, python3, 1024\n4711, python3, 2048\n99, /opt/a, b/serve, [N/A]"]]);
    expect(await gpuProcesses()).toEqual([
      { pid: 4711, name: "python3", bytes: 3 * GIB },
      { pid: 99, name: "/opt/a, b/serve", bytes: null },
    ]);
  });

  test("may be none; without an answer they are unknown", async () => {
    path.nvidiaSmi([["query-compute-apps", ""]]);
    expect(await gpuProcesses()).toEqual([]);
    path.hangingNvidiaSmi();
    expect(await gpuProcesses(SHORT)).toBeNull();
    path.nvidiaSmi([["", BROKEN, 9]]);
    expect(await gpuProcesses()).toBeNull();
  });
});
