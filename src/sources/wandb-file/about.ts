/** What a `.wandb` file says of its run, without reading all of it: from its beginning and its end. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Sink } from "../../core/journal.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { ioReason } from "../../lib/files.ts";
import { count } from "../../lib/format.ts";
import { BLOCK, FILE_HEADER, type FrameHandler, Framing, headerFault } from "./framing.ts";
import { MalformedMessage } from "./protobuf.ts";
import type { RunIdentity } from "./records.ts";
import { type About, Translator } from "./translate.ts";

/** The first records say whose run it is; settings are in them, which may be long. */
const HEAD_BYTES = 8 * BLOCK;
const TAIL_BYTES = 4 * BLOCK;

export const NOWHERE: Sink = { points() {}, event() {}, log() {}, offset() {} };

/** Hands records to a translator, and forgets what they say; records that cannot be understood are passed over. */
export const recalling = (translator: Translator): FrameHandler => ({
  record(bytes) {
    try {
      translator.take(bytes, NOWHERE);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
    }
  },
  damage() {},
});

/** A file that was looked into. `exit` and `lastAt` are of its end. */
export type KnownAbout = About & { run: RunIdentity };

/** Fails in a sentence when there is no `.wandb` file of a version that is known, or it does not say whose run it is. */
export function readAbout(path: string): Result<KnownAbout> {
  let fd: number | null = null;
  try {
    fd = openSync(path, "r");
    return about(path, fd);
  } catch (error) {
    return fail("io", `${path} could not be read`, { why: ioReason(error), remedy: "Look at its permissions, or copy it here" });
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function about(path: string, fd: number): Result<KnownAbout> {
  const { size } = fstatSync(fd);
  const head = bytesOf(fd, 0, Math.min(size, HEAD_BYTES));
  if (size === 0)
    return fail("refused", `${path} is empty`, { why: "its run has written nothing yet", remedy: "Try again when it has", soon: true });
  const fault = headerFault(head.subarray(0, FILE_HEADER.length));
  if (fault !== null) {
    return fail("refused", `${path} cannot be imported`, { why: fault, remedy: "Name a run-….wandb file, its folder, or a plain log" });
  }
  const translator = new Translator(1);
  const handler = recalling(translator);
  const framing = new Framing(0);
  framing.push(head, handler);
  const from = Math.max(framing.offset, Math.floor(Math.max(0, size - TAIL_BYTES) / BLOCK) * BLOCK);
  if (from < size) new Framing(from).push(bytesOf(fd, from, size - from), handler);
  const { run } = translator.about;
  if (run !== null && run.id !== "") return ok({ ...translator.about, run });
  return fail("refused", `${path} does not say whose run it is`, {
    why: `its first records are torn or not written yet (${count(size)} bytes are there)`,
    remedy: "If the run is still going, try again in a minute",
    soon: true,
  });
}

function bytesOf(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, from));
}
