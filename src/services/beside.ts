/** What loading a model costs a training that is going on: said before it is done, never found out afterwards. */
import { freemem, hostname } from "node:os";
import type { Checkpoint } from "../core/checkpoint.ts";
import { bytes } from "../lib/format.ts";
import { readPlan } from "../lib/run-files.ts";
import { goesOn, listRuns } from "./runs.ts";
import type { Device } from "./worker.ts";

/** What takes less of what is free than this is no question. */
const NEGLIGIBLE = 0.01;

/** A sentence when runs of this home are training here, else null. `home` null = there is none to look into. */
export function costBeside(home: string | null, checkpoint: Checkpoint, device: Device | null): string | null {
  const listed = home === null ? null : listRuns(home);
  const going = listed?.ok ? listed.value.filter(goesOn) : [];
  const [first] = going;
  if (first === undefined) return null;
  const plan = readPlan(first.dir);
  const pocket = plan.ok && plan.value.workspace.kind === "pocket";
  const model = checkpoint.files.find(({ name }) => name.startsWith("model_"))?.bytes ?? null;
  // Where there is a GPU it may be the one that is full.
  if (pocket && model !== null && model < freemem() * NEGLIGIBLE) return null;
  const memory = model === null ? "memory" : `about ${bytes(model)} of memory and more for the context`;
  const runs = going.length === 1 ? first.id : `${going.length} runs`;
  const where = device === null ? "the device that nanochat chooses, which may be the one in use," : device.type;
  const way = device?.type === "cpu" || pocket ? "" : " On the CPU (--device cpu) it leaves the GPUs alone.";
  return `${runs} ${going.length === 1 ? "is" : "are"} training on ${hostname()}: loading ${memory} on ${where} takes time from it, and may run it out of memory.${way}`;
}
