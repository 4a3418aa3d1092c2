/** A model's parameters by group and its FLOPs for each token, exact for the checkout's own gpt.py (features.py). */
import type { ModelFigures } from "../../core/figures.ts";
import type { Features } from "../../core/params.ts";

export interface ModelShape {
  depth: number;
  /** null = the script has no such setting: 64 and 128 are written into it. */
  aspectRatio: number | null;
  headDim: number | null;
  sequence: number;
  windowPattern: string;
  vocabulary: number;
  vocabularyAssumed: boolean;
}

const ceilTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
const numberOf = (features: Features, name: string): number | null => (typeof features[name] === "number" ? features[name] : null);

/** Width and heads (scripts/base_train.py: depth·64 at 3a5e0bc, nudged up to a multiple of the head since 63bb583). */
function width(shape: ModelShape, features: Features): { dim: number; heads: number } {
  const head = shape.headDim ?? 128;
  const base = shape.depth * (shape.aspectRatio ?? 64);
  if (features["heads_nudged"] !== true) return { dim: base, heads: Math.max(1, Math.ceil(base / head)) };
  const dim = ceilTo(base, head);
  return { dim, heads: dim / head };
}

/** Sum over the layers of how far back each looks; the last one sees all (gpt.py _compute_window_sizes). */
function windows({ depth, sequence, windowPattern }: ModelShape, features: Features): number {
  const divisor = numberOf(features, "short_window_divisor");
  if (divisor === null) return depth * sequence;
  const short = ceilTo(sequence / divisor, numberOf(features, "short_window_tile") ?? 1);
  const pattern = windowPattern.toUpperCase() || "L";
  // Counted, not walked: a depth that somebody mistypes may be any number.
  const before = depth - 1;
  const long = Math.floor(before / pattern.length) * longs(pattern) + longs(pattern.slice(0, before % pattern.length)) + 1;
  return long * sequence + (depth - long) * Math.min(short, sequence);
}

const longs = (pattern: string): number => pattern.split("L").length - 1;

/** nanochat's transformer (gpt.py@3a5e0bc to 92d63d4). */
function transformer(shape: ModelShape, features: Features): ModelFigures {
  const { depth } = shape;
  const { dim, heads } = width(shape, features);
  const vocabulary = ceilTo(shape.vocabulary, numberOf(features, "vocabulary_multiple") ?? 1);
  const valueLayers = features["value_embeds"] === true ? Math.ceil(depth / 2) : 0;
  const gates = valueLayers * (numberOf(features, "ve_gate_channels") ?? 0) * heads;
  const smear = numberOf(features, "smear_width");
  const matrices = 12 * depth * dim * dim + gates;
  const head = vocabulary * dim;
  const groups = {
    wte: head,
    value_embeds: valueLayers * head,
    lm_head: head,
    transformer_matrices: matrices,
    // Two factors a layer, and for the smear its gate and two factors more.
    scalars: (features["layer_scalars"] === true ? 2 * depth : 0) + (smear === null ? 0 : smear + 2),
  };
  const parameters = Object.values(groups).reduce((sum, count) => sum + count, 0);
  const matmul = matrices + head + (features["matmul_flops_are_structural"] === true ? (smear ?? 0) : 0);
  return figures(shape, dim, heads, groups, {
    scalingParameters: features["scaling_is_matrices_and_head"] === true ? matrices + head : parameters,
    flopsPerToken: 6 * matmul + 12 * dim * windows(shape, features),
  });
}

// pocket/nanochat/gpt.py: rows of the hashed table, tokens that share a softmax, contexts beside the n-grams.
const POCKET_ROWS = 2 ** 15;
const POCKET_GROUP = 16;
const POCKET_WORDS = 3;

/** The pocket model: tables in place of attention. */
function pocket(shape: ModelShape, features: Features): ModelFigures {
  const { depth, vocabulary } = shape;
  const { dim, heads } = width(shape, features);
  const outputs = Math.ceil(vocabulary / POCKET_GROUP);
  const head = (outputs + outputs * POCKET_GROUP) * dim;
  const groups = {
    wte: vocabulary * dim,
    value_embeds: POCKET_ROWS * dim,
    lm_head: head,
    transformer_matrices: depth * dim * dim,
    scalars: depth * dim + outputs + outputs * POCKET_GROUP,
  };
  const entries = depth * dim * dim + (outputs + POCKET_GROUP) * dim;
  return figures(shape, dim, heads, groups, {
    scalingParameters: groups.transformer_matrices + head,
    flopsPerToken: 6 * entries + 2 * (1 + heads + POCKET_WORDS) * dim,
  });
}

function figures(
  { depth, vocabulary, vocabularyAssumed }: ModelShape,
  dim: number,
  heads: number,
  groups: Readonly<Record<string, number>>,
  rest: Pick<ModelFigures, "scalingParameters" | "flopsPerToken">,
): ModelFigures {
  const named = Object.entries(groups).flatMap(([name, parameters]) => (parameters > 0 ? [{ name, parameters }] : []));
  const parameters = named.reduce((sum, group) => sum + group.parameters, 0);
  return { depth, dim, heads, vocabulary, vocabularyAssumed, groups: named, parameters, ...rest };
}

export const modelFigures = (shape: ModelShape, features: Features): ModelFigures =>
  features["pocket"] === true ? pocket(shape, features) : transformer(shape, features);
