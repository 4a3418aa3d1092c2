import { expect, test } from "bun:test";
import { checkpoint } from "../config/rules/fixtures.ts";
import { begunText } from "./begin.ts";

test("a resume goes on from its step, and chat training and reinforcement begin from a checkpoint, at a step of their own", () => {
  const base = checkpoint("base", "first", 168);
  expect(begunText("r", base, "resume")).toBe("r goes on from step 168.");
  expect(begunText("r", base, "sft")).toBe("r begins from base/first@168.");
  expect(begunText("r", checkpoint("sft", "first", 20), "rl")).toBe("r begins from sft/first@20.");
});
