/** `machine`: what the processor, memory, disk and GPUs do now, without a run. */
import { gpuMetric } from "../../core/metrics.ts";
import { fail, type Result } from "../../core/result.ts";
import { bytes, clock } from "../../lib/format.ts";
import type { MachineSample } from "../../services/machine-watch.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";

const LOOK_EVERY_MS = 100;
/** Two samples are there within two seconds; nvidia-smi may take as long again. */
const PATIENCE_MS = 4000;

const asJson = ({ at, values, cores, gpus, problems }: MachineSample) => ({
  at: new Date(at).toISOString(),
  values,
  cores,
  gpus: Object.fromEntries(gpus),
  problems,
});

const whole = (value: number | undefined): string => (value === undefined ? "–" : String(Math.round(value)));
const rate = (value: number | undefined): string => (value === undefined ? "–" : `${bytes(value)}/s`);
const size = (value: number | undefined): string => bytes(value ?? null);

function gpuText({ values }: MachineSample, index: number): string {
  const of = (what: Parameters<typeof gpuMetric>[1]): number | undefined => values[gpuMetric(index, what)];
  return `${whole(of("util"))}%  ${size(of("memory_used"))} / ${size(of("memory_total"))}  ${whole(of("power"))} W  ${whole(of("temperature"))}°C`;
}

/** A line for each part of the machine. */
function text(sample: MachineSample): string {
  const { values, cores, gpus, problems } = sample;
  const rows = [
    ["cpu", `${whole(values["host/cpu"])}%  load ${values["host/load1"]?.toFixed(1) ?? "–"}`],
    ["cores", cores.map((core) => `${Math.round(core)}%`).join(" ") || "–"],
    ["memory", `${size(values["host/memory_used"])} / ${size(values["host/memory_total"])}`],
    ["disk", `${size(values["host/disk_free"])} free, reads ${rate(values["host/disk_read"])}, writes ${rate(values["host/disk_write"])}`],
    ["network", `in ${rate(values["host/net_in"])}, out ${rate(values["host/net_out"])}`],
    ...[...gpus].map(([index, name]) => [`gpu ${index}`, `${gpuText(sample, index)}  ${name}`]),
  ];
  return [...rows.map(([name = "", what]) => `${name.padEnd(9)}${what}`), ...problems.map((problem) => `▲ ${problem}`)].join("\n");
}

/** All of it in a line. */
function line(sample: MachineSample): string {
  const { at, values, gpus } = sample;
  const own = `cpu ${whole(values["host/cpu"])}%  mem ${size(values["host/memory_used"])}  disk ${size(values["host/disk_free"])} free`;
  return [clock(at, true), own, ...[...gpus.keys()].map((index) => `gpu ${index} ${gpuText(sample, index)}`)].join("  ");
}

async function look(context: Context, watch: boolean): Promise<Result<Answer | null>> {
  const { MachineWatch } = await import("../../services/machine-watch.ts");
  const found = context.baseDir();
  const machine = new MachineWatch({ baseDir: found.ok ? found.value : process.cwd() });
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  process.once("SIGINT", leave);
  process.once("SIGTERM", leave);
  machine.start();
  const hasGpus = Bun.which("nvidia-smi") !== null;
  const until = performance.now() + PATIENCE_MS;
  let newest: MachineSample | null = null;
  // Of traffic the first sample knows nothing: it is what flows from one to the next.
  let samples = 0;
  const isWhole = (sample: MachineSample): boolean => samples > 1 && (!hasGpus || sample.gpus.size > 0 || sample.problems.length > 0);
  while (!leaving.signal.aborted && (watch || performance.now() < until)) {
    const sample = machine.poll();
    newest = sample ?? newest;
    samples += sample === null ? 0 : 1;
    if (sample !== null && watch) context.face.line(asJson(sample), line(sample));
    if (sample !== null && !watch && isWhole(sample)) break;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  machine.stop();
  process.off("SIGINT", leave);
  process.off("SIGTERM", leave);
  if (watch) return { ok: true, value: null };
  if (newest !== null) return answer(asJson(newest), text(newest));
  return fail("failed", "This machine tells nothing of itself", {
    why: "there are no figures in /proc",
    remedy: "`nanochat-cli doctor` looks at what there is",
  });
}

export const MACHINE_COMMAND: Command = {
  name: "machine",
  summary: "Tell what the processor, memory, disk and GPUs of this machine do now, without a run",
  options: [{ flags: "--watch", what: "a line each second, until ctrl+c" }],
  run: (context, _args, options) => look(context, options["watch"] === true),
};
