/** `machine`: what the processor, memory, disk, GPUs and processes do now, without a run. */
import { constants } from "node:os";
import { byUse, type MachineProcess } from "../../core/machine.ts";
import { gpuMetric } from "../../core/metrics.ts";
import { fail, type Result } from "../../core/result.ts";
import { bytes, clock } from "../../lib/format.ts";
import type { MachineSample } from "../../services/machine-watch.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { table } from "../table.ts";

const LOOK_EVERY_MS = 100;
/** Two samples are there within two seconds; nvidia-smi may take as long again. */
const PATIENCE_MS = 4000;

const USUAL_PROCESSES = 10;

/** Those that use the processor most, and those with the most memory on GPUs before them. */
const topOf = ({ processes }: MachineSample, most: number): MachineProcess[] => {
  const sorted = byUse(processes?.all ?? [], "cpu");
  return [...sorted.filter(({ gpuMemory }) => gpuMemory !== null), ...sorted.filter(({ gpuMemory }) => gpuMemory === null)].slice(0, most);
};

const asJson = (sample: MachineSample, most: number) => ({
  at: new Date(sample.at).toISOString(),
  values: sample.values,
  cores: sample.cores,
  gpus: Object.fromEntries(sample.gpus),
  processes: topOf(sample, most),
  problems: sample.problems,
});

const whole = (value: number | undefined): string => (value === undefined ? "–" : String(Math.round(value)));
const rate = (value: number | undefined): string => (value === undefined ? "–" : `${bytes(value)}/s`);
const size = (value: number | undefined): string => bytes(value ?? null);

function gpuText({ values }: MachineSample, index: number): string {
  const of = (what: Parameters<typeof gpuMetric>[1]): number | undefined => values[gpuMetric(index, what)];
  return `${whole(of("util"))}%  ${size(of("memory_used"))} / ${size(of("memory_total"))}  ${whole(of("power"))} W  ${whole(of("temperature"))}°C`;
}

/** A line for each part of the machine. */
function text(sample: MachineSample, most: number): string {
  const { values, cores, gpus, problems } = sample;
  const rows = [
    ["cpu", `${whole(values["host/cpu"])}%  load ${values["host/load1"]?.toFixed(1) ?? "–"}`],
    ["cores", cores.map((core) => `${Math.round(core)}%`).join(" ") || "–"],
    ["memory", `${size(values["host/memory_used"])} / ${size(values["host/memory_total"])}`],
    ["disk", `${size(values["host/disk_free"])} free, reads ${rate(values["host/disk_read"])}, writes ${rate(values["host/disk_write"])}`],
    ["network", `in ${rate(values["host/net_in"])}, out ${rate(values["host/net_out"])}`],
    ...[...gpus].map(([index, name]) => [`gpu ${index}`, `${gpuText(sample, index)}  ${name}`]),
  ];
  return [
    ...rows.map(([name = "", what]) => `${name.padEnd(9)}${what}`),
    ...problems.map((problem) => `▲ ${problem}`),
    ...processText(topOf(sample, most)),
  ].join("\n");
}

function processText(top: readonly MachineProcess[]): string[] {
  if (top.length === 0) return [];
  const hasGpus = top.some(({ gpuMemory }) => gpuMemory !== null);
  const rows = top.map(({ pid, user, name, cpu, memory, gpuMemory }) => [
    String(pid),
    user,
    cpu === null ? "–" : cpu.toFixed(1),
    bytes(memory),
    ...(hasGpus ? [bytes(gpuMemory)] : []),
    name,
  ]);
  return [
    "",
    table(
      ["pid", "user", "cpu %", "memory", ...(hasGpus ? ["on gpus"] : []), "command"],
      rows,
      new Set([0, 2, 3, ...(hasGpus ? [4] : [])]),
    ),
  ];
}

/** All of it in a line. */
function line(sample: MachineSample): string {
  const { at, values, gpus } = sample;
  const own = `cpu ${whole(values["host/cpu"])}%  mem ${size(values["host/memory_used"])}  disk ${size(values["host/disk_free"])} free`;
  return [clock(at, true), own, ...[...gpus.keys()].map((index) => `gpu ${index} ${gpuText(sample, index)}`)].join("  ");
}

/** What a process uses of the processor is what it has used between two looks. */
const isMeasured = ({ processes }: MachineSample): boolean => processes?.all.some(({ cpu }) => cpu !== null) === true;

async function look(context: Context, watch: boolean, most: number): Promise<Result<Answer | number>> {
  const { MachineWatch } = await import("../../services/machine-watch.ts");
  const found = context.baseDir();
  const machine = new MachineWatch({ baseDir: found.ok ? found.value : process.cwd() });
  let left: number | null = null;
  const leave = (signal: NodeJS.Signals): void => {
    left = 128 + constants.signals[signal];
  };
  process.once("SIGINT", leave);
  process.once("SIGTERM", leave);
  machine.start();
  const hasGpus = Bun.which("nvidia-smi") !== null;
  const until = performance.now() + PATIENCE_MS;
  let newest: MachineSample | null = null;
  // Of traffic the first sample knows nothing: it is what flows from one to the next.
  let samples = 0;
  const isWhole = (sample: MachineSample): boolean =>
    samples > 1 && (most === 0 || isMeasured(sample)) && (!hasGpus || sample.gpus.size > 0 || sample.problems.length > 0);
  while (left === null && (watch || performance.now() < until)) {
    const sample = machine.poll();
    newest = sample ?? newest;
    samples += sample === null ? 0 : 1;
    if (sample !== null && watch) context.face.line(asJson(sample, most), line(sample));
    if (sample !== null && !watch && isWhole(sample)) break;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  machine.stop();
  process.off("SIGINT", leave);
  process.off("SIGTERM", leave);
  if (left !== null) return { ok: true, value: left };
  if (newest !== null) return answer(asJson(newest, most), text(newest, most));
  return fail("failed", "This machine tells nothing of itself", {
    why: "there are no figures in /proc",
    remedy: "`nanochat-cli doctor` looks at what there is",
  });
}

function run(context: Context, options: Readonly<Record<string, unknown>>): Promise<Result<Answer | number | null>> {
  if (options["screen"] === true) return context.showTui(context, { machine: true });
  const most = Number(options["processes"] ?? USUAL_PROCESSES);
  if (!Number.isInteger(most) || most < 0)
    return Promise.resolve(
      fail("usage", `--processes ${options["processes"]} is no number of processes`, { remedy: "Give a whole number from 0" }),
    );
  return look(context, options["watch"] === true, most);
}

export const MACHINE_COMMAND: Command = {
  name: "machine",
  summary: "Tell what the processor, memory, disk, GPUs and processes of this machine do now, without a run",
  options: [
    { flags: "--watch", what: "a line each second, until ctrl+c" },
    { flags: "--screen", what: "in the terminal interface: charts, GPUs, processes by use, until q" },
    { flags: "--processes <number>", what: `how many processes are listed, those that use the most first (${USUAL_PROCESSES})` },
  ],
  run: (context, _args, options) => run(context, options),
};
