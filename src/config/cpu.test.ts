import { expect, test } from "bun:test";
import { COMMITS, captured } from "./captures/capture.ts";
import { deviceObstacle } from "./cpu.ts";

const obstacles = (device: "cpu" | "mps" | "cuda") =>
  COMMITS.flatMap((commit) => {
    const obstacle = deviceObstacle(captured(commit).features, device);
    return obstacle === null ? [] : [`${commit} ${obstacle.id}`];
  });

test("of the known versions two cannot train on a CPU, and each says why", () => {
  expect(obstacles("cpu")).toEqual(["3a5e0bc cuda-only", "63bb583 sliced-targets"]);
});

test("Apple's GPU gets whole targets, as CUDA does", () => {
  expect(obstacles("mps")).toEqual(["3a5e0bc cuda-only"]);
  expect(obstacles("cuda")).toEqual([]);
});

test("a checkout whose source tells nothing has no obstacle", () => {
  expect(deviceObstacle({}, "cpu")).toBeNull();
});
