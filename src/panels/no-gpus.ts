/** Why a run has no figures of GPUs. */
import type { Empty } from "../core/scene.ts";
import { RUN_STAGE } from "./chart-frame.ts";
import { type RunFacts, textField } from "./data.ts";

/** A sample of GPUs comes every two seconds. */
const FIRST_MS = 5000;

export function whyNoGpus({ data, liveness, state, plan, now }: RunFacts): Omit<Empty, "kind"> {
  const told = data
    .events({ kinds: ["problem"], stage: RUN_STAGE })
    .findLast(({ body }) => /nvidia-smi/.test(textField(body, "what") ?? ""));
  if (told !== undefined) {
    const said = [textField(told.body, "what"), textField(told.body, "why")].filter((part) => part !== null).join(": ");
    return { why: said, remedy: "`nanochat-cli doctor` looks at the driver" };
  }
  if (liveness === "owned" && now - Date.parse(state.startedAt ?? state.createdAt) < FIRST_MS)
    return { why: "No figures of GPUs yet: the first come within seconds" };
  if (data.metrics(RUN_STAGE).length > 0)
    return {
      why: `No GPU: ${plan.stages.length === 0 ? "this machine" : "the machine of this run"} has no nvidia-smi`,
      remedy: "e takes panels off this screen",
    };
  return { why: "No figures of GPUs: nobody sampled the machine of this run" };
}
