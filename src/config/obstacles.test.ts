import { expect, test } from "bun:test";
import { COMMITS, captured } from "./captures/capture.ts";
import { deviceObstacle, deviceObstacles } from "./obstacles.ts";

type Device = Parameters<typeof deviceObstacle>[1];

const obstacles = (device: Device, script: string) =>
  COMMITS.flatMap((commit) => {
    const obstacle = deviceObstacle(captured(commit).features, device, script);
    return obstacle === null ? [] : [`${commit} ${obstacle.id}`];
  });

test("of the known versions two cannot train a base model on a CPU, and each says why", () => {
  expect(obstacles("cpu", "base_train")).toEqual(["3a5e0bc cuda-only", "63bb583 sliced-targets"]);
});

test("a script is held up only by what it has itself", () => {
  expect(obstacles("cpu", "mid_train")).toEqual(["3a5e0bc cuda-only", "63bb583 mid-sliced-targets"]);
  expect(obstacles("cpu", "chat_sft")).toEqual(["3a5e0bc cuda-only", "2dffdc8 sft-sliced-targets"]);
  expect(obstacles("cpu", "chat_rl")).toEqual([
    "3a5e0bc cuda-only",
    "dfc8833 rl-cuda-only",
    "9a71d13 rl-cuda-only",
    "eb7bbc1 rl-evaluation",
  ]);
});

test("all obstacles of a version are told, base training first", () => {
  expect(deviceObstacles(captured("63bb583").features, "cpu").map(({ id }) => id)).toEqual(["sliced-targets", "mid-sliced-targets"]);
});

test("Apple's GPU gets whole targets, as CUDA does", () => {
  expect(obstacles("mps", "base_train")).toEqual(["3a5e0bc cuda-only"]);
  expect(obstacles("cuda", "base_train")).toEqual([]);
  expect(obstacles("cuda", "chat_rl")).toEqual(["eb7bbc1 rl-evaluation"]);
});

test("a checkout whose source tells nothing has no obstacle", () => {
  expect(deviceObstacles({}, "cpu")).toEqual([]);
});
