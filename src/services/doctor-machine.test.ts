/** What the doctor says of GPUs, their driver and who holds them, and of ports. */
import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { captured } from "../config/captures/capture.ts";
import { deviceObstacle } from "../config/obstacles.ts";
import { ALL_MODULES, NEW, OLD, withPatient } from "./doctor-fixture.ts";
import type { Answers } from "./nvidia-smi-fixture.ts";

const { path, usePython, check, verdict } = withPatient();

const gpu = (index: number, used: string, capability = "9.0"): string =>
  `${index}, NVIDIA H100 80GB HBM3, 0, ${used}, 81559, 70.00, 30, ${capability}`;
const HEAD = "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |";
const smi = (gpus: readonly string[], processes = "", head = HEAD): Answers => [
  ["query-gpu", gpus.join("\n")],
  ["query-compute-apps", processes],
  ["", head],
];

describe("GPUs", () => {
  test("a version that trains on CUDA only is told so, with the words that refuse its plan", async () => {
    const obstacle = deviceObstacle(captured("3a5e0bc").features, "cpu", "base_train");
    expect(obstacle).not.toBeNull();
    expect(await check("gpus", "3a5e0bc")).toMatchObject({
      status: "bad",
      evidence: ["nvidia-smi names no GPU.", `${obstacle?.message}.`],
      remedy: obstacle?.remedy,
    });
  });

  test("a version that trains without a GPU is only warned of", async () => {
    expect(await check("gpus", "92d63d4")).toMatchObject({ status: "warn", evidence: ["nvidia-smi names no GPU."] });
  });

  test("a version of which one trainer alone is held up is warned of, and told which", async () => {
    const obstacle = deviceObstacle(captured("2dffdc8").features, "cpu", "chat_sft");
    expect(await check("gpus", "2dffdc8")).toMatchObject({
      status: "warn",
      evidence: ["nvidia-smi names no GPU.", `${obstacle?.message}.`],
    });
  });

  test("are free, in use, or tell nothing, which is not the same as free", async () => {
    path.nvidiaSmi(smi([gpu(0, "4"), gpu(1, "4")]));
    expect(await verdict("gpus")).toBe("good: 2 free");
    path.nvidiaSmi(smi([gpu(0, "4"), gpu(1, "60000")]));
    expect(await verdict("gpus")).toBe("warn: 1 of 2 in use");
    path.nvidiaSmi(smi([gpu(0, "4"), gpu(1, "[Unknown Error]")]));
    expect(await verdict("gpus")).toBe("warn: 1 of 2 tell no memory");
  });

  test("Flash Attention 3 is for Hopper, and unknown where the capability is", async () => {
    expect((await check("attention")).status).toBe("skipped");
    const told = async (capability: string): Promise<string> => {
      path.nvidiaSmi(smi([gpu(0, "4", capability)]));
      return verdict("attention");
    };
    expect(await told("9.0")).toBe("good: Flash Attention 3");
    expect(await told("8.0")).toBe("warn: PyTorch's own, slower");
    expect(await told("[N/A]")).toBe("unknown: capability not told");
  });
});

describe("the CUDA driver", () => {
  test("is none where there is no nvidia-smi", async () => {
    expect(await verdict("driver")).toBe("skipped: none");
  });

  test("is told with the CUDA that it runs; a newer minor version of torch's CUDA runs on it too", async () => {
    path.nvidiaSmi(smi([gpu(0, "4")]));
    expect(await check("driver")).toMatchObject({
      status: "good",
      verdict: "550.54.15, CUDA 12.4",
      evidence: ["Driver 550.54.15, which runs CUDA up to 12.4.", "torch 2.9.1+cu128"],
    });
  });

  const BUILDS: ReadonlyArray<readonly [torch: string, says: string]> = [
    ["2.9.1+cu130", "bad: too old for torch's CUDA 13"],
    ["2.9.1+cpu", "bad: torch is built without CUDA"],
    ["2.5.1+cu118", "good: 550.54.15, CUDA 12.4"],
    ["2.9.1", "good: 550.54.15, CUDA 12.4"],
  ];
  for (const [torch, says] of BUILDS) {
    test(`with torch ${torch} is ${says}`, async () => {
      usePython({ ...ALL_MODULES, torch });
      path.nvidiaSmi(smi([gpu(0, "4")]));
      expect(await verdict("driver")).toBe(says);
    });
  }

  test("that does not answer is told in nvidia-smi's own words", async () => {
    path.nvidiaSmi([["", "Failed to initialize NVML: Driver/library version mismatch", 18]]);
    expect(await check("driver")).toMatchObject({
      status: "bad",
      evidence: ["Failed to initialize NVML: Driver/library version mismatch"],
    });
  });
});

describe("GPU processes", () => {
  test("do not matter without a GPU", async () => {
    expect(await verdict("gpu-processes")).toBe("skipped: no GPU");
  });

  test("are named with what they hold, the largest first", async () => {
    path.nvidiaSmi(smi([gpu(0, "3072")], "12, small, 1024\n13, large, 2048"));
    expect(await check("gpu-processes")).toMatchObject({
      status: "warn",
      verdict: "2 processes hold 3.00 GiB",
      evidence: ["13 large: 2.00 GiB", "12 small: 1.00 GiB"],
    });
  });

  test("may be out of sight while memory is held", async () => {
    path.nvidiaSmi(smi([gpu(0, "4")]));
    expect(await verdict("gpu-processes")).toBe("good: none");
    path.nvidiaSmi(smi([gpu(0, "40960")]));
    expect(await verdict("gpu-processes")).toBe("warn: 40.0 GiB held by nobody to be seen");
  });
});

describe("ports", () => {
  test("of chat_web count only where the checkout has it", async () => {
    expect((await check("ports", NEW)).evidence.map((line) => line.split(":")[0])).toEqual(["29500 (torchrun)"]);
    expect((await check("ports", OLD)).evidence.map((line) => line.split(":")[0])).toEqual(["8000 (chat_web)", "29500 (torchrun)"]);
  });

  test("that are taken are said with the way round", async () => {
    const server = createServer();
    // Where another program has the port already it is taken as well.
    await new Promise<void>((resolve) => server.once("error", () => resolve()).listen(8000, "127.0.0.1", () => resolve()));
    try {
      const told = await check("ports", OLD);
      expect(told).toMatchObject({ status: "warn", verdict: expect.stringContaining("8000") });
      expect(told.remedy).toContain("`--port` gives chat_web another");
    } finally {
      server.close();
    }
  });
});
