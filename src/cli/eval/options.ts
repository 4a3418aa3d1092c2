/** What the options of `eval` come to: prompt, sampling, device, and a worker on it. */
import { type ChatMode, type Preset, type Sampling, usualSampling } from "../../core/chat.ts";
import type { Checkpoint } from "../../core/checkpoint.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { costBeside } from "../../services/beside.ts";
import { checkPrompt, decodePrompt } from "../../services/replies.ts";
import { type Device, parseDevice, WorkerChat } from "../../services/worker.ts";
import { consent } from "../ask.ts";
import type { Option } from "../command.ts";
import type { Context } from "../context.ts";

export type Options = Readonly<Record<string, unknown>>;

export const DEVICE: readonly Option[] = [
  { flags: "--device <device>", what: "cpu, mps, cuda or cuda:N (else what nanochat itself chooses)" },
  { flags: "--yes", what: "load beside a training without asking" },
];
export const SAMPLING: readonly Option[] = [
  { flags: "--prompt <text>", what: "what to say; `-` reads it from stdin" },
  { flags: "--preset <name>", what: "prompt and sampling of a preset; what is given beside it wins" },
  { flags: "--max-tokens <number>", what: "at most (256)" },
  { flags: "--temperature <number>", what: "0 is always the likeliest token (chat 0.6, continue 0.8)" },
  { flags: "--top-k <number>", what: "only the likeliest (50; 0 = all)" },
  { flags: "--seed <number>", what: "the same seed gives the same reply (42)" },
  ...DEVICE,
];
const RANGES = [
  { key: "maxTokens", flag: "--max-tokens", whole: true, least: 1 },
  { key: "temperature", flag: "--temperature", whole: false, least: 0 },
  { key: "topK", flag: "--top-k", whole: true, least: 0 },
  { key: "seed", flag: "--seed", whole: true, least: 0 },
] as const;

/** Flags before the preset before what is usual. */
export function readSampling(options: Options, preset: Preset | null, mode: ChatMode | null): Result<Sampling> {
  let sampling = usualSampling(mode);
  for (const { key, flag, whole, least } of RANGES) {
    const kept = preset?.[key];
    if (kept !== undefined) sampling = { ...sampling, [key]: kept };
    const given = options[key];
    if (given === undefined) continue;
    const value = Number(given);
    if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value)))
      return fail("usage", `${flag} ${given} is not possible`, { remedy: `Give a ${whole ? "whole " : ""}number from ${least}` });
    sampling = { ...sampling, [key]: key === "topK" && value === 0 ? null : value };
  }
  return ok(sampling);
}

export async function readPreset(context: Context, options: Options): Promise<Result<Preset | null>> {
  const wanted = options["preset"] as string | undefined;
  if (wanted === undefined) return ok(null);
  const home = context.home();
  const { findPreset } = await import("../../services/presets.ts");
  const found = findPreset(home.ok ? home.value : null, wanted);
  return found.ok ? ok(found.value.preset) : found;
}

/** The prompt, or null when there is none and a person can be asked. */
export async function readPrompt(context: Context, options: Options, preset: Preset | null): Promise<Result<string | null>> {
  const given = (options["prompt"] as string | undefined) ?? preset?.prompt;
  if (given === undefined) {
    if (context.interactive) return ok(null);
    return fail("usage", "There is no prompt", { remedy: 'Give one with --prompt "…" or --preset NAME, or pipe it with --prompt -' });
  }
  const prompt = given === "-" ? decodePrompt(await Bun.stdin.bytes()) : ok(given);
  return prompt.ok ? checkPrompt(prompt.value) : prompt;
}

function readDevice(options: Options): Result<Device | null> {
  const given = options["device"] as string | undefined;
  return given === undefined ? ok(null) : parseDevice(given);
}

/** Says what loading costs a training that goes on, and asks where there is somebody to ask. */
async function mayLoad(context: Context, checkpoint: Checkpoint, device: Device | null, options: Options): Promise<Result<void>> {
  const home = context.home();
  const cost = costBeside(home.ok ? home.value : null, checkpoint, device);
  if (cost === null) return ok(undefined);
  context.face.note(cost);
  return consent(context, {
    yes: Boolean(options["yes"]),
    question: "Load it all the same?",
    declined: "Nothing was loaded",
    remedy: "--yes loads without asking",
  });
}

export async function openWorker(context: Context, checkpoint: Checkpoint, options: Options): Promise<Result<WorkerChat>> {
  const device = readDevice(options);
  if (!device.ok) return device;
  const may = await mayLoad(context, checkpoint, device.value, options);
  return may.ok ? ok(new WorkerChat(() => context.workspace(), device.value)) : may;
}
