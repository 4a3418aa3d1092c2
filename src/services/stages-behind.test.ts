import { expect, test } from "bun:test";
import { planOf, trainStage } from "../../test/fixtures/runs.ts";
import { checkpoint } from "../config/rules/fixtures.ts";
import type { FindWriters } from "./checkpoint-care.ts";
import { stagesBehind, stagesBehindText } from "./stages-behind.ts";

/** Runs, the newest first, by the scripts that they were planned with. */
const planned = (...runs: string[][]): FindWriters =>
  function* () {
    for (const [i, scripts] of runs.entries()) {
      const stages = scripts.map((script) => ({ ...trainStage(1), script: `scripts.${script}` }));
      yield { id: `run-${i}`, dir: "", plan: planOf("/home", stages) };
    }
  };

const one = checkpoint("base", "d4", 40);

test("what stands behind the training is told, of the newest run that was planned with any", () => {
  const whole = ["tok_train", "base_train", "base_eval", "chat_sft"];
  expect(stagesBehind(planned(["base_train"], whole, ["base_train", "chat_rl"]), one)).toEqual({
    run: "run-1",
    scripts: ["base_eval", "chat_sft"],
  });
  expect(stagesBehind(planned(["tok_train", "base_train"], ["chat_sft"]), one)).toBeNull();
  expect(stagesBehind(planned(), one)).toBeNull();
});

test("it is said how a chat model is made then, where one was planned", () => {
  expect(stagesBehindText({ run: "a", scripts: ["chat_sft"] }, "d4-2")).toBe(
    "Only the pretraining goes on: chat_sft, planned in a, is not in this run. `nanochat-cli checkpoints sft base/d4-2` trains the chat model once it is done.",
  );
  expect(stagesBehindText({ run: "a", scripts: ["base_eval", "mid_train", "chat_eval"] }, "d4")).toBe(
    "Only the pretraining goes on: base_eval, mid_train and chat_eval, planned in a, are not in this run.",
  );
});
