import { expect, test } from "bun:test";
import type { StoredEvent } from "../core/journal.ts";
import { patchFields } from "./ability.ts";

test("a field that is no number has what the script's settings say", () => {
  const field = (name: string, value: number | null) => ({ name, type: "float", value, min: null, max: null, effect: "", frozen: "it is" });
  const body = {
    settings: { depth: 6, window_pattern: "L", fp8: false, model_tag: null, run: "" },
    fields: [field("depth", 4), ...["window_pattern", "fp8", "model_tag", "run", "device_type"].map((name) => field(name, null))],
  };
  const told: StoredEvent = { seq: 1, stage: 1, at: 0, step: null, kind: "config", body };
  expect(patchFields({ events: () => [told] }, 1)?.map(({ name, text }) => [name, text])).toEqual([
    ["depth", undefined],
    ["window_pattern", "L"],
    ["fp8", "false"],
    ["model_tag", "none"],
    ["run", '""'],
    ["device_type", undefined],
  ]);
});
