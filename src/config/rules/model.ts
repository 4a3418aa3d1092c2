/** The model's shape, and what of it the machine's attention and number formats can do. */
import { count } from "../../lib/format.ts";
import type { StageContext } from "./context.ts";
import { rule } from "./rule.ts";

/** Before head_dim was a parameter: width depth·64, heads of about 128 (base_train.py:76@3a5e0bc). */
const OLD_WIDTH_PER_LAYER = 64;
const OLD_HEAD_DIM = 128;

const oldHeads = (depth: number): number => Math.max(1, Math.ceil((depth * OLD_WIDTH_PER_LAYER) / OLD_HEAD_DIM));

/** Whether width, in heads, comes out even; the first versions assert it (gpt.py:72@3a5e0bc). */
const oldDivides = (depth: number): boolean => (depth * OLD_WIDTH_PER_LAYER) % oldHeads(depth) === 0;

/** Width as depth × aspect_ratio, and rounded up to whole heads (base_train.py:133@92d63d4). */
function nudged(stage: StageContext): { base: number; width: number } | null {
  const [depth, aspect, head] = ["depth", "aspect_ratio", "head_dim"].map((name) => stage.number(name));
  if (!depth || !aspect || !head || depth < 1 || aspect < 1 || head < 1) return null;
  const base = depth * aspect;
  const width = Math.ceil(base / head) * head;
  return width === base ? null : { base, width };
}

/** Why there is no Flash Attention 3; null when there is, or nobody knows. */
function withoutFlash(stage: StageContext): string | null {
  const { machine, device } = stage;
  if (device === "cpu" || device === "mps") return `there is no Flash Attention 3 on ${device === "cpu" ? "a CPU" : "Apple silicon"}`;
  if (machine === null || machine.flashAttention3 !== false) return null;
  const gpu = machine.gpus[0];
  return `Flash Attention 3 cannot be loaded on ${gpu === undefined ? "this machine" : gpu.name}`;
}

/** Positions that a model can count, as a multiple of the context that it was made for (gpt.py:197@92d63d4). */
const ROTARY_REACH = 10;

/** A context that is longer than that of the model which is loaded. */
function longerContext(stage: StageContext): { name: string; wanted: number; made: number } | null {
  const loaded = stage.checkpoint?.modelConfig?.["sequence_len"];
  const made = stage.startsFrom?.sequence ?? (typeof loaded === "number" ? loaded : null);
  const name = stage.has("max_seq_len") ? "max_seq_len" : "max_new_tokens";
  const wanted = stage.number(name);
  return stage.loads === null || made === null || wanted === null || wanted <= made ? null : { name, wanted, made };
}

/** FP8 matrix units since Hopper (base_train.py:46@92d63d4: "requires H100+ GPU"). */
const FP8_SINCE = 9;

export const MODEL_RULES = [
  rule({
    id: "heads-divide",
    appliesTo: ["base_train"],
    needs: ["depth"],
    check: (stage) => {
      const depth = stage.number("depth");
      if (stage.has("aspect_ratio") || depth === null || depth < 1 || oldDivides(depth) || stage.feature("heads_nudged") === true)
        return null;
      return { depth };
    },
    severity: "error",
    field: "depth",
    message: ({ depth }) =>
      `depth ${count(depth)} makes a width of ${count(depth * OLD_WIDTH_PER_LAYER)}, which this version cannot divide into ${count(oldHeads(depth))} heads`,
    fix: ({ depth }) => ({ set: { depth: depth + 1 } }),
  }),
  rule({
    id: "width-nudged",
    appliesTo: ["base_train"],
    needs: ["depth", "aspect_ratio", "head_dim"],
    check: nudged,
    severity: "info",
    field: "aspect_ratio",
    message: ({ base, width }, stage) =>
      `depth × aspect_ratio is ${count(base)}, no multiple of head_dim ${count(stage.number("head_dim"))}: the model gets a width of ${count(width)}`,
  }),
  rule({
    id: "head-dim-even",
    appliesTo: ["base_train"],
    needs: ["head_dim"],
    check: (stage) => {
      const head = stage.number("head_dim");
      return head !== null && head > 1 && head % 2 === 1 ? { head } : null;
    },
    severity: "error",
    field: "head_dim",
    message: ({ head }) => `head_dim is ${count(head)}, an odd number: rotary embeddings cannot halve it`,
    fix: ({ head }) => ({ set: { head_dim: head + 1 } }),
  }),
  rule({
    id: "head-dim-flash",
    appliesTo: ["base_train"],
    needs: ["head_dim"],
    check: (stage) => {
      const head = stage.number("head_dim");
      if (head === null || head < 2 || stage.device !== "cuda" || stage.machine?.flashAttention3 !== true) return null;
      return head % 8 !== 0 || head > 256 ? { head } : null;
    },
    severity: "error",
    field: "head_dim",
    message: ({ head }) => `head_dim is ${count(head)}, and Flash Attention 3 takes multiples of 8 up to 256`,
    fix: ({ head }) => ({ set: { head_dim: Math.min(256, Math.ceil(head / 8) * 8) } }),
  }),
  rule({
    id: "longer-context",
    appliesTo: ["mid_train", "chat_sft", "chat_rl", "chat_eval"],
    needs: [],
    check: longerContext,
    severity: ({ wanted, made }) => (wanted > made * ROTARY_REACH ? "error" : "warning"),
    field: ({ name }) => name,
    message: ({ name, wanted, made }) =>
      wanted > made * ROTARY_REACH
        ? `${name} is ${count(wanted)}, and a model made for ${count(made)} tokens can count to ${count(made * ROTARY_REACH)} only`
        : `${name} is ${count(wanted)}, and the model has learnt with ${count(made)} tokens at a time: it has never seen the rest`,
    fix: ({ name, made }, stage) => ({ set: { [name]: stage.defaultOf(name) === null ? null : made } }),
  }),
  rule({
    id: "window-letters",
    appliesTo: ["base_train"],
    needs: ["window_pattern"],
    check: (stage) => {
      const pattern = stage.value("window_pattern");
      return typeof pattern === "string" && !/^[SL]+$/i.test(pattern) ? { pattern } : null;
    },
    severity: "error",
    field: "window_pattern",
    message: ({ pattern }) =>
      pattern === ""
        ? "window_pattern is empty: there is no attention window for any layer"
        : `window_pattern ${pattern} has other letters than S (a short window) and L (the whole context)`,
    fix: (_, stage) => ({ set: { window_pattern: stage.machine?.flashAttention3 === true ? null : "L" } }),
  }),
  rule({
    id: "window-attention",
    appliesTo: ["base_train"],
    needs: ["window_pattern"],
    check: (stage) => {
      const pattern = stage.text("window_pattern");
      const reason = withoutFlash(stage);
      return pattern !== null && /^[SL]*S[SL]*$/i.test(pattern) && reason !== null ? { pattern, reason } : null;
    },
    severity: "warning",
    field: "window_pattern",
    message: ({ pattern, reason }) => `window_pattern ${pattern} has short windows, which are slow without Flash Attention 3: ${reason}`,
    fix: () => ({ set: { window_pattern: "L" } }),
  }),
  rule({
    id: "fp8-gpu",
    appliesTo: "training",
    needs: ["fp8"],
    check: (stage) => {
      if (stage.value("fp8") !== true) return null;
      if (stage.device === "cpu" || stage.device === "mps") return { ignored: true, gpu: stage.device };
      const gpu = stage.machine?.gpus.find(({ capability }) => capability !== null && capability[0] < FP8_SINCE);
      return gpu === undefined ? null : { ignored: false, gpu: `${gpu.name} (compute capability ${gpu.capability?.join(".")})` };
    },
    severity: ({ ignored }) => (ignored ? "warning" : "error"),
    field: "fp8",
    message: ({ ignored, gpu }) =>
      ignored ? `fp8 needs CUDA and is not looked at on ${gpu}` : `fp8 needs a Hopper GPU or a newer one, and this machine has ${gpu}`,
    fix: () => ({ set: { fp8: null } }),
  }),
  rule({
    id: "fp8-recipe-idle",
    appliesTo: "training",
    needs: ["fp8", "fp8_recipe"],
    check: (stage) => (stage.given("fp8_recipe") && stage.value("fp8") === false ? {} : null),
    severity: "warning",
    field: "fp8_recipe",
    message: (_, stage) => `fp8_recipe is ${stage.text("fp8_recipe")}, and fp8 itself is off: nothing is done with it`,
    fix: () => ({ set: { fp8_recipe: null } }),
  }),
];
