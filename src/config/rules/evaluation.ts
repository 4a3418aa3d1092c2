/** Evaluations, samples and saves on the way: how often, on how much, and whether "off" is understood. */
import { count } from "../../lib/format.ts";
import type { StageContext } from "./context.ts";
import { isGuarded } from "./guards.ts";
import { rule } from "./rule.ts";

const INTERVALS = ["eval_every", "core_metric_every", "sample_every", "chatcore_every", "eval_metrics_every", "save_every"] as const;

/** Large enough that an evaluation by the clock never comes; the one at the end is made all the same. */
const NEVER = 999_999_999;

/** An interval of 0 or less that the script takes for a number, not for "off". */
const unguarded = (stage: StageContext) =>
  INTERVALS.flatMap((name) => {
    const every = stage.number(name);
    return every !== null && every < 1 && isGuarded(stage, name) === false ? [{ name, every }] : [];
  });

/** Batches of one evaluation over all processes. */
function evaluation(stage: StageContext): { tokens: number; micro: number; batches: number } | null {
  const [tokens, micro] = [stage.number("eval_tokens"), stage.tokensPerMicroBatch];
  const every = stage.number("eval_every");
  if (tokens === null || tokens < 1 || micro === null) return null;
  if (every !== null && every < 1 && stage.short === "base_train" && isGuarded(stage, "eval_every") === true) return null;
  return { tokens, micro, batches: Math.floor(tokens / micro) };
}

const coreIsMeasured = (stage: StageContext): boolean => {
  if (stage.short === "base_eval") return stage.text("eval")?.includes("core") ?? true;
  const every = stage.number("core_metric_every");
  return every !== null && (every > 0 || isGuarded(stage, "core_metric_every") === false);
};

/** By whether the checkout's base_eval fetches it, as it does since cf587ac. */
const BUNDLE_COMES: Readonly<Record<string, string>> = {
  true: "they are downloaded at the first evaluation",
  false: "this version does not download them",
  null: "it was not found out whether this version downloads them",
};

export const EVALUATION_RULES = [
  rule({
    id: "interval-zero",
    appliesTo: "training",
    needs: [],
    check: (stage) => unguarded(stage).filter(({ every }) => every === 0),
    severity: "error",
    field: ({ name }) => name,
    message: ({ name }, { short }) => `${name} is 0, and ${short} of this version divides by it`,
    fix: ({ name }) => ({ set: { [name]: NEVER } }),
  }),
  rule({
    id: "interval-negative",
    appliesTo: "training",
    needs: [],
    check: (stage) => unguarded(stage).filter(({ every }) => every < 0),
    severity: ({ every }) => (every === -1 ? "error" : "warning"),
    field: ({ name }) => name,
    message: ({ name, every }, { short }) =>
      every === -1
        ? `${name} is -1, which ${short} of this version does not take for "off": it would do it at every step`
        : `${name} is ${every}, which ${short} of this version takes for every ${count(-every)} steps`,
    fix: ({ name, every }) => ({ set: { [name]: every === -1 ? NEVER : -every } }),
  }),
  rule({
    id: "eval-nothing",
    appliesTo: ["base_train", "mid_train", "chat_sft"],
    needs: ["eval_tokens"],
    check: (stage) => {
      const found = evaluation(stage);
      return found?.batches === 0 ? found : null;
    },
    severity: "error",
    field: "eval_tokens",
    message: ({ tokens, micro }) =>
      `eval_tokens is ${count(tokens)}, less than one micro-batch of ${count(micro)}: it would evaluate on nothing`,
    fix: ({ micro }) => ({ set: { eval_tokens: micro } }),
  }),
  rule({
    id: "eval-rest",
    appliesTo: ["base_train", "mid_train", "chat_sft"],
    needs: ["eval_tokens"],
    check: (stage) => {
      const found = evaluation(stage);
      return found !== null && found.batches > 0 && found.tokens % found.micro !== 0 ? found : null;
    },
    severity: "info",
    field: "eval_tokens",
    message: ({ tokens, micro, batches }) =>
      `eval_tokens is ${count(tokens)}, no multiple of the ${count(micro)} of a micro-batch: each evaluation reads ${count(batches * micro)}`,
  }),
  rule({
    id: "split-nothing",
    appliesTo: ["base_eval"],
    needs: ["split_tokens", "device_batch_size"],
    check: (stage) => {
      const [split, micro] = [stage.number("split_tokens"), stage.tokensPerMicroBatch];
      const measured = stage.text("eval")?.includes("bpb") ?? true;
      return measured && split !== null && split > 0 && micro !== null && split < micro ? { split, micro } : null;
    },
    severity: "error",
    field: "split_tokens",
    message: ({ split, micro }) =>
      `split_tokens is ${count(split)}, less than the ${count(micro)} that base_eval reads at a time: no loss would come of it`,
    fix: ({ micro }) => ({ set: { split_tokens: micro } }),
  }),
  rule({
    id: "eval-bundle",
    appliesTo: ["base_train", "base_eval"],
    needs: [],
    check: (stage) => {
      if (stage.input.surroundings.evalBundle !== false || stage.input.workspace.kind === "pocket" || !coreIsMeasured(stage)) return null;
      return { downloads: stage.feature("eval_bundle_downloads"), field: stage.short === "base_train" ? "core_metric_every" : "eval" };
    },
    severity: ({ downloads }) => (downloads === false ? "error" : "info"),
    field: ({ field }) => field,
    message: ({ downloads }, { short, input }) =>
      `${short} measures the CORE metric, whose data (eval_bundle) are not in ${input.baseDir}: ${BUNDLE_COMES[String(downloads)]}`,
    remedy: ({ downloads }) =>
      downloads === false ? "Put the unpacked eval_bundle there" : "Nothing has to be done where there is a network",
    fix: ({ downloads, field }, stage) =>
      downloads === false && isGuarded(stage, "core_metric_every") === true ? { set: { [field]: -1 } } : null,
  }),
];
