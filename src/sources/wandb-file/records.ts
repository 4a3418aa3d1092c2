/**
 * The records of a `.wandb` file that mean something to us. Numbers of fields from wandb/proto/wandb_internal.proto@b6e2950.
 */
import type { Fields } from "./protobuf.ts";

/** RunRecord.config: what the script gave to `wandb.init`. */
export const RUN_CONFIG = 4;

/** Numbers of the record types in a Record. */
export const RECORD = {
  history: 2,
  summary: 3,
  config: 5,
  stats: 7,
  alert: 10,
  outputRaw: 13,
  run: 17,
  exit: 18,
  header: 21,
  environment: 26,
} as const;

/** A `run` record: who the run is. Empty texts are of what was not given. */
export interface RunIdentity {
  id: string;
  entity: string;
  project: string;
  name: string;
  host: string;
  commit: string;
  notes: string;
  tags: string[];
  /** Epoch milliseconds; null when it is not told. */
  startedAt: number | null;
}

/** An `environment` record: where the run was made. There are several; what one does not tell is not in it. */
export interface WriterEnvironment {
  os?: string;
  python?: string;
  args?: string[];
  program?: string;
  root?: string;
  cpus?: number;
  /** `8 × NVIDIA H100 80GB HBM3` */
  gpus?: string;
  cuda?: string;
  memoryBytes?: number;
  commit?: string;
}

/** An `exit` record. */
export interface RunExit {
  code: number;
  runtimeSeconds: number;
}

/** A piece of what the script printed: a write of its, not a line. */
export interface OutputPiece {
  stream: "stdout" | "stderr";
  /** Epoch milliseconds. */
  at: number;
  text: string;
}

/** google.protobuf.Timestamp in epoch milliseconds. */
export function timestamp(message: Fields): number {
  let [seconds, nanoseconds] = [0, 0];
  while (message.next()) {
    if (message.number === 1) seconds = message.signed();
    else if (message.number === 2) nanoseconds = message.value;
  }
  return seconds * 1000 + nanoseconds / 1e6;
}

const GIT_COMMIT = 2;

export function readRun(message: Fields): RunIdentity {
  const run: RunIdentity = { id: "", entity: "", project: "", name: "", host: "", commit: "", notes: "", tags: [], startedAt: null };
  while (message.next()) {
    if (message.number === 1) run.id = message.text();
    else if (message.number === 2) run.entity = message.text();
    else if (message.number === 3) run.project = message.text();
    else if (message.number === 8) run.name = message.text();
    else if (message.number === 9) run.notes = message.text();
    else if (message.number === 10) run.tags.push(message.text());
    else if (message.number === 13) run.host = message.text();
    else if (message.number === 17) run.startedAt = timestamp(message.message());
    else if (message.number === 21) run.commit = textOf(message.message(), GIT_COMMIT);
  }
  return run;
}

export function readEnvironment(message: Fields): WriterEnvironment {
  const found: WriterEnvironment = {};
  let [gpu, gpus] = ["", 0];
  const nvidia: string[] = [];
  while (message.next()) {
    if (message.number === 1) found.os = message.text();
    else if (message.number === 2) found.python = message.text();
    else if (message.number === 5) found.args = [...(found.args ?? []), message.text()];
    else if (message.number === 6) found.program = message.text();
    else if (message.number === 9) found.commit = textOf(message.message(), GIT_COMMIT);
    else if (message.number === 11) found.root = message.text();
    else if (message.number === 17) found.cpus = message.value;
    else if (message.number === 18) gpu = message.text();
    else if (message.number === 19) gpus = message.value;
    else if (message.number === 24) nvidia.push(textOf(message.message(), 1));
    else if (message.number === 25) found.cuda = message.text();
    else if (message.number === 21) found.memoryBytes = numberOf(message.message(), 1);
  }
  const told = nvidia.length > 0 ? gpusText(nvidia) : gpu === "" ? "" : `${Math.max(1, gpus)} × ${gpu}`;
  return told === "" ? found : { ...found, gpus: told };
}

/** `8 × NVIDIA H100`, several kinds with commas. */
function gpusText(names: readonly string[]): string {
  const counted = new Map<string, number>();
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
  return [...counted].map(([name, of]) => `${of} × ${name}`).join(", ");
}

/** OutputRecord and OutputRawRecord are alike: 1 output_type, 2 timestamp, 3 line. */
export function readOutput(message: Fields): OutputPiece {
  const piece: OutputPiece = { stream: "stderr", at: 0, text: "" };
  while (message.next()) {
    if (message.number === 1) piece.stream = message.value === 1 ? "stdout" : "stderr";
    else if (message.number === 2) piece.at = timestamp(message.message());
    else if (message.number === 3) piece.text = message.text();
  }
  return piece;
}

export function readExit(message: Fields): RunExit {
  const exit: RunExit = { code: 0, runtimeSeconds: 0 };
  while (message.next()) {
    if (message.number === 1) exit.code = message.signed();
    else if (message.number === 2) exit.runtimeSeconds = message.signed();
  }
  return exit;
}

export function readAlert(message: Fields): { title: string; text: string } {
  const alert = { title: "", text: "" };
  while (message.next()) {
    if (message.number === 1) alert.title = message.text();
    else if (message.number === 2) alert.text = message.text();
  }
  return alert;
}

/** The version of the client that wrote the file: HeaderRecord.version_info.producer. */
export function readProducer(message: Fields): string {
  while (message.next()) if (message.number === 1) return textOf(message.message(), 1);
  return "";
}

function textOf(message: Fields, number: number): string {
  let text = "";
  while (message.next()) if (message.number === number) text = message.text();
  return text;
}

function numberOf(message: Fields, number: number): number {
  let value = 0;
  while (message.next()) if (message.number === number) value = message.value;
  return value;
}
