/** Why a run has no figures of GPUs. */
import type { Empty } from "../core/scene.ts";
import { RUN_STAGE, type RunFacts, textField } from "./data.ts";

/** A sample of GPUs comes every two seconds. */
const FIRST_MS = 5000;

const isEarly = ({ liveness, state, now }: RunFacts): boolean =>
  liveness === "owned" && now - Date.parse(state.startedAt ?? state.createdAt) < FIRST_MS;

/** Whether metrics of GPUs are all that is wanted, of a run that has none and will have none. */
export const lacksGpus = (facts: RunFacts, patterns: readonly string[] = ["gpu/*"]): boolean =>
  patterns.length > 0 && patterns.every(isOfGpus) && !isEarly(facts) && !facts.data.metrics(RUN_STAGE).some(isOfGpus);

export const isOfGpus = (pattern: string): boolean => pattern.startsWith("gpu/");

/** `shows`: what would stand there. */
export function whyNoGpus(facts: RunFacts, shows?: string): Omit<Empty, "kind"> {
  const { data, plan } = facts;
  const told = data
    .events({ kinds: ["problem"], stage: RUN_STAGE })
    .findLast(({ body }) => /nvidia-smi/.test(textField(body, "what") ?? ""));
  if (told !== undefined) {
    const said = [textField(told.body, "what"), textField(told.body, "why")].filter((part) => part !== null).join(": ");
    return { why: said, remedy: "`nanochat-cli doctor` looks at the driver" };
  }
  if (isEarly(facts)) return { why: "No figures of GPUs yet: the first come within seconds" };
  if (data.metrics(RUN_STAGE).length > 0)
    return {
      why: `No GPU: ${plan.stages.length === 0 ? "this machine" : "the machine of this run"} has no nvidia-smi`,
      remedy: [...(shows === undefined ? [] : [`with one: ${shows}`]), "e takes panels off this screen"].join(" · "),
    };
  return { why: "No figures of GPUs: nobody sampled the machine of this run" };
}
