import { expect, test } from "bun:test";
import type { Plan } from "../core/plan.ts";
import { FakeData, fakeFacts, fakePlan, fakeStage, fakeState, START } from "./fake-data.ts";
import { shareTold } from "./pace.ts";
import { sceneShown, training } from "./panel-fixture.ts";
import { progressPanel } from "./progress.ts";

const SIZE = { width: 60, height: 12 };

test("progress tells step, percent, tokens, rate and time left, and that a pocket model is one", () => {
  const shown = sceneShown(progressPanel(fakeFacts(training(), { now: START + 1203_500 }), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("1,204 / 2,520 steps");
  expect(shown).toContain("48%");
  expect(shown).toContain("tokens 631M / 1.32B");
  expect(shown).toContain("983k tok/s");
  expect(shown).toContain("dt 533 ms");
  expect(shown).toContain("eta ~11m");
  expect(shown).toContain("pocket model");
});

test("the best of a run that was resumed is told as the best since then", () => {
  const data = training().put(1, "val/bpb", [1000, 2.9], [1200, 2.884]);
  const shown = (plan: Plan) => sceneShown(progressPanel(fakeFacts(data, { plan }), SIZE, { afterwards: null }), 64, 9);
  expect(shown(fakePlan())).toContain("★ best bpb 2.8840 @ 1,200");
  expect(shown(fakePlan({ resume_from_step: 968 }))).toContain("★ best since 968 2.8840 @ 1,200");
  expect(shown(fakePlan({ resume_from_step: -1 }))).toContain("★ best bpb 2.8840");
});

test("progress tells tokens a parameter and what it costs where the plan has figures", () => {
  const model = {
    depth: 12,
    dim: 768,
    heads: 6,
    vocabulary: 65_536,
    vocabularyAssumed: false,
    groups: [],
    parameters: 186e6,
    scalingParameters: 110e6,
    flopsPerToken: 1,
  };
  const horizon = { steps: 2520, tokens: 1.32e9, ratio: 12, flops: 1, shards: null };
  const cost = { hours: 0.7, mfu: 0.4, basis: "", dollarsPerHour: 24, dollars: 17 };
  const figures = [
    { stage: "01-base_train", model, batch: null, horizon, learning: null, checkpoint: null, memory: null, cost, unknown: [] },
  ];
  const facts = fakeFacts(training(), { now: START + 1_200_000, plan: { ...fakePlan(), figures } });
  const shown = sceneShown(progressPanel(facts, { width: 80, height: 6 }, { afterwards: null }), 84, 8);
  expect(shown).toMatch(/tokens 631M \/ 1.32B {3}eta ~11m 41s \(.*\) {3}elapsed 20m 00s {3}ratio 5.74 of 12/);
  expect(sceneShown(progressPanel(facts, { width: 100, height: 6 }, { afterwards: null }), 104, 8)).toContain(
    "tokens/scaling param 5.74 of 12",
  );
  expect(shown).toContain("$8.00 of ~$17");
});

test("what is not known is a dash, never a zero", () => {
  const shown = sceneShown(progressPanel(fakeFacts(new FakeData()), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("– / – steps");
  expect(shown).toContain("tokens – / –");
  expect(shown).toContain("– tok/s");
});

test("in few rows the line that says what is going on stays", () => {
  for (const height of [1, 2, 3, 4, 5]) {
    const scene = progressPanel(fakeFacts(training(), { now: START + 1203_500 }), { width: 60, height }, { afterwards: null });
    expect(sceneShown(scene, 64, height + 2)).toContain("● training");
  }
});

test("what the newest step's time went to is told where there is room, and what was not measured is left out", () => {
  const data = training().put(1, "timer/data", [1203, 0.0053]).put(1, "timer/forward", [1203, 0.16]).put(1, "timer/backward", [1203, 0.32]);
  data.put(1, "timer/optimizer", [900, 0.1]);
  const facts = fakeFacts(data, { now: START + 1203_500 });
  const roomy = sceneShown(progressPanel(facts, { width: 60, height: 6 }, { afterwards: null }), 64, 8);
  expect(roomy).toMatch(/dt 533 ms.*\n│ data 1.0% {3}forward 30% {3}backward 60%(?! *optimizer)/);
  expect(roomy).toContain("● training");
  expect(sceneShown(progressPanel(facts, { width: 60, height: 5 }, { afterwards: null }), 64, 7)).not.toContain("forward");
  expect(sceneShown(progressPanel(fakeFacts(training()), { width: 60, height: 6 }, { afterwards: null }), 64, 8)).not.toContain("data");
  data.put(1, "timer/optimizer", [1203, 0.042]);
  expect(sceneShown(progressPanel(facts, { width: 60, height: 6 }, { afterwards: null }), 64, 8)).toContain(
    "backward 60%   optimizer 7.9%",
  );
  expect(sceneShown(progressPanel(facts, { width: 46, height: 6 }, { afterwards: null }), 50, 8)).toContain("bwd 60%   opt 7.9%");
});

test("a script without a last step shows how far it is, not how far of nothing", () => {
  const data = new FakeData().put(1, "train/loss", [209, 0.02]).put(1, "train/tokens", [209, 53_500]);
  data.event("config", { derived: { countsFrom: 1 } });
  const shown = sceneShown(progressPanel(fakeFacts(data), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("│ 209 steps  ");
  expect(shown).toContain("tokens 53.5k   eta");
  data.say("step 00209 (59.17%) | loss: 0.020000 | lrm: 0.82", "something else");
  expect(sceneShown(progressPanel(fakeFacts(data, { now: START + 61_000 }), SIZE, { afterwards: null }), 64, 8)).toMatch(
    /│ 209 steps {2}━+.* 59% │/,
  );
  // Beside its newest line an older figure of the supervisor's would look like a mistake.
  const heard = fakeState({
    progress: { stage: 1, step: 180, totalSteps: null, etaSeconds: null, share: 0.47, loss: null, valBpb: null, tokensPerSecond: null },
  });
  expect(shareTold(fakeFacts(data, { state: heard }))).toBe(0.5917);
});

test("progress names the stages that follow on the one that runs, where there is room", () => {
  const stages = [
    fakeStage(1, "base_train"),
    fakeStage(2, "chat_sft", { status: "pending" }),
    fakeStage(3, "chat_rl", { status: "pending" }),
  ];
  const top = (rest: Parameters<typeof fakeState>[0], width: number) =>
    sceneShown(progressPanel(fakeFacts(training(), { state: fakeState(rest) }), { width, height: 6 }, { afterwards: null }), width + 4, 8)
      .split("\n")
      .at(0);
  expect(top({ stages }, 76)).toMatch(/ progress · base_train 1\/3, then chat_sft and 1 more ─+ pocket model /);
  expect(top({ stages }, 60)).toMatch(/ progress · base_train 1\/3 ─+ pocket model /);
  expect(top({ stages: stages.slice(0, 2) }, 60)).toMatch(/ base_train 1\/2, then chat_sft ─+ pocket model /);
  expect(top({ stages, status: "failed" }, 76)).toMatch(/ base_train 1\/3 ─/);
});

test("of a later stage it is said that none of the checkpoints is its own", () => {
  const stages = [fakeStage(1, "base_train", { status: "done" }), fakeStage(2, "chat_sft")];
  const data = new FakeData().put(2, "train/loss", [7, 1]).event("checkpoint", { path: "/b/d4" }, { stage: 1, step: 300 });
  const shown = sceneShown(progressPanel(fakeFacts(data, { state: fakeState({ stages }), stage: 2 }), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain("◆ no checkpoint of this stage yet");
});
