/** Devices and processes: what there is to run on, and whether it is enough. */
import type { MachineFacts } from "../../core/machine.ts";
import { largestDivisor } from "../../lib/divisor.ts";
import { bytes, count } from "../../lib/format.ts";
import { deviceObstacle } from "../obstacles.ts";
import type { StageContext } from "./context.ts";
import { rule } from "./rule.ts";

const DEVICE_NAMES: Readonly<Record<MachineFacts["device"], string>> = { cuda: "a CUDA GPU", mps: "Apple silicon", cpu: "a CPU alone" };

/** Of a GPU's memory, when other programs hold more than this it is worth a word. */
const BUSY_FRACTION = 0.05;

/** Processes that plain Python starts on one machine and that share its cores (the pocket). */
const sharesCores = (stage: StageContext): boolean => stage.stage.launcher === "plain";

/** Entries of the embedding table: the scripts' padding, and what the tokenizer has or will have. */
function paddedVocabulary(stage: StageContext): { entries: number; padded: number } | null {
  const made = stage.before.find(({ short }) => short === "tok_train")?.number("vocab_size");
  const entries = made ?? stage.input.surroundings.data?.vocabulary ?? null;
  if (entries === null) return null;
  const multiple = stage.feature("vocabulary_multiple");
  const padding = typeof multiple === "number" && multiple > 0 ? multiple : 1;
  return { entries, padded: Math.ceil(entries / padding) * padding };
}

/** The largest device batch below the present one that fits, keeping the total batch divisible; null when none does. */
function smallerBatch(stage: StageContext): number | null {
  const batch = stage.inherited("device_batch_size");
  for (let smaller = Math.floor((batch ?? 1) / 2); smaller >= 1; smaller = Math.floor(smaller / 2)) {
    const { memory, batch: figures } = stage.figuresWith({ device_batch_size: smaller }) ?? {};
    if (memory?.verdict === "fits" && figures?.accumulation !== null) return smaller;
  }
  return null;
}

const memoryOf = (stage: StageContext) => stage.figures?.memory ?? null;

export const MACHINE_RULES = [
  rule({
    id: "device",
    appliesTo: "all",
    needs: ["device_type"],
    check: (stage) => {
      const [asked, machine] = [stage.text("device_type"), stage.machine];
      if (machine === null || (asked !== "cuda" && asked !== "mps") || asked === machine.device) return null;
      return { asked, there: machine.device };
    },
    severity: "error",
    field: "device_type",
    message: ({ asked, there }) => `device_type is ${asked}, and there is ${DEVICE_NAMES[there]}`,
    fix: (_, stage) => ({ set: { device_type: stage.defaultOf("device_type") === "" ? null : "" } }),
  }),
  rule({
    id: "device-idle",
    appliesTo: "training",
    needs: ["device_type"],
    check: (stage) =>
      stage.text("device_type") === "cpu" && stage.machine?.device === "cuda" ? { gpus: stage.machine.gpus.length } : null,
    severity: "warning",
    field: "device_type",
    message: ({ gpus }) => `device_type is cpu, and ${gpus === 1 ? "a GPU stands" : `${gpus} GPUs stand`} idle beside it`,
    fix: () => ({ set: { device_type: null } }),
  }),
  rule({
    id: "device-obstacle",
    appliesTo: "training",
    needs: [],
    check: (stage) => (stage.device === null ? null : deviceObstacle(stage.input.workspace.features, stage.device, stage.short)),
    severity: "error",
    field: "device_type",
    message: ({ message }) => message,
    remedy: ({ remedy }) => remedy,
  }),
  rule({
    id: "cuda-wanted",
    appliesTo: ["infer_bench", "chat_web"],
    needs: [],
    check: (stage) => {
      const wants = stage.short === "infer_bench" || (stage.number("num_gpus") ?? 1) > 1;
      return wants && (stage.device === "cpu" || stage.device === "mps") ? { device: stage.device } : null;
    },
    severity: "error",
    field: "device_type",
    message: ({ device }, { short }) =>
      short === "infer_bench"
        ? `infer_bench measures CUDA GPUs only, and this is ${device}`
        : `num_gpus above 1 needs CUDA, and this is ${device}`,
    remedy: () => "Leave it out on this machine",
    fix: (_, stage) => (stage.has("num_gpus") ? { set: { num_gpus: null } } : null),
  }),
  rule({
    id: "ranks-device",
    appliesTo: "all",
    needs: [],
    check: (stage) => {
      const { device } = stage;
      return stage.ranks > 1 && stage.stage.launcher === "torchrun" && (device === "cpu" || device === "mps") ? { device } : null;
    },
    severity: "error",
    field: "ranks",
    message: ({ device }, { ranks }) =>
      `${count(ranks)} processes on ${device} would not know of each other: nanochat joins them on CUDA only (nanochat/common.py)`,
    fix: () => ({ set: { ranks: 1 } }),
  }),
  rule({
    id: "ranks-gpus",
    appliesTo: "all",
    needs: [],
    check: (stage) => {
      const gpus = stage.machine?.gpus.length ?? 0;
      return stage.device === "cuda" && gpus > 0 && stage.ranks > gpus ? { gpus } : null;
    },
    severity: "error",
    field: "ranks",
    message: ({ gpus }, { ranks }) => `${count(ranks)} processes want a GPU each, and there ${gpus === 1 ? "is 1" : `are ${count(gpus)}`}`,
    fix: ({ gpus }) => ({ set: { ranks: gpus } }),
  }),
  rule({
    id: "gpus-idle",
    appliesTo: ["base_train"],
    needs: [],
    check: (stage) => {
      const gpus = stage.machine?.gpus.length ?? 0;
      return stage.device === "cuda" && stage.ranks < gpus ? { gpus } : null;
    },
    severity: "info",
    field: "ranks",
    message: ({ gpus }, { ranks }) => `${count(ranks)} of ${count(gpus)} GPUs ${ranks === 1 ? "is" : "are"} used`,
    remedy: ({ gpus }) => `--ranks ${gpus} uses all of them`,
  }),
  rule({
    id: "ranks-cores",
    appliesTo: "training",
    needs: [],
    check: (stage) => {
      const cpus = stage.input.surroundings.machine?.cpus ?? null;
      return sharesCores(stage) && cpus !== null && stage.ranks > cpus ? { cpus } : null;
    },
    severity: "warning",
    field: "ranks",
    message: ({ cpus }, { ranks }) =>
      `${count(ranks)} processes share ${cpus === 1 ? "1 core" : `${count(cpus)} cores`}: more of them make it slower`,
    fix: ({ cpus }) => ({ set: { ranks: cpus } }),
  }),
  rule({
    id: "vocabulary-divides",
    appliesTo: "training",
    needs: [],
    check: (stage) => {
      const found = paddedVocabulary(stage);
      return found === null || sharesCores(stage) || found.padded % stage.ranks === 0 ? null : found;
    },
    severity: "error",
    field: "ranks",
    message: ({ entries, padded }, { ranks }) =>
      `a vocabulary of ${count(padded)}${padded === entries ? "" : ` (${count(entries)} padded)`} cannot be shared evenly by ${count(ranks)} processes, as the optimizer does`,
    fix: ({ padded }, { ranks }) => ({ set: { ranks: largestDivisor(padded, ranks) } }),
  }),
  rule({
    id: "memory",
    appliesTo: "training",
    needs: ["device_batch_size"],
    check: (stage) => (memoryOf(stage)?.verdict === "too much" ? memoryOf(stage) : null),
    severity: "error",
    field: "device_batch_size",
    message: (memory, stage) =>
      `device_batch_size ${count(stage.inherited("device_batch_size"))} takes about ${bytes(memory.bytes)} on a device of ${bytes(memory.capacityBytes)} (${memory.sure})`,
    remedy: () => "Take a smaller device_batch_size, a smaller depth, or a larger GPU",
    fix: (_, stage) => {
      const smaller = smallerBatch(stage);
      return smaller === null ? null : { set: { device_batch_size: smaller } };
    },
  }),
  rule({
    id: "memory-tight",
    appliesTo: "training",
    needs: ["device_batch_size"],
    check: (stage) => (memoryOf(stage)?.verdict === "tight" ? memoryOf(stage) : null),
    severity: "warning",
    field: "device_batch_size",
    message: (memory, stage) =>
      `device_batch_size ${count(stage.inherited("device_batch_size"))} is tight: about ${bytes(memory.bytes)} of ${bytes(memory.capacityBytes)} (${memory.sure})`,
    fix: (_, stage) => {
      const smaller = smallerBatch(stage);
      return smaller === null ? null : { set: { device_batch_size: smaller } };
    },
  }),
  rule({
    id: "gpu-busy",
    appliesTo: "training",
    needs: [],
    check: (stage) => {
      if (stage.device !== "cuda") return null;
      const used = stage.machine?.gpus.slice(0, stage.ranks) ?? [];
      const busy = used.find(({ memoryBytes, usedBytes }) => memoryBytes && usedBytes && usedBytes > memoryBytes * BUSY_FRACTION);
      return busy === undefined ? null : { busy };
    },
    severity: "warning",
    field: "ranks",
    message: ({ busy }) =>
      `GPU ${busy.index} (${busy.name}) is not free: other programs hold ${bytes(busy.usedBytes)} of its ${bytes(busy.memoryBytes)}`,
    remedy: () => "End them, or leave that GPU out with CUDA_VISIBLE_DEVICES",
  }),
];
