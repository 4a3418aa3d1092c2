/** Copies of checkpoints under another tag: to go on from an old step without writing over what came after it. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Checkpoint } from "../core/checkpoint.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { ioReason, ioRemedy } from "../lib/files.ts";
import { isAlive, startTicks } from "../lib/process.ts";
import { checkpointName } from "./checkpoint-name.ts";
import { UNFINISHED_COPY } from "./checkpoints.ts";

/** What a copy under that tag will be: of the same stage, in a folder beside. */
export const copyAs = (one: Checkpoint, tag: string): Checkpoint => ({ ...one, tag, dir: join(dirname(one.dir), tag) });

/** `quick-2`: a tag that a copy of it can have. */
export function freeTag({ dir }: Pick<Checkpoint, "dir">): string {
  let number = 2;
  while (existsSync(`${dir}-${number}`)) number++;
  return `${basename(dir)}-${number}`;
}

/** Why there can be no copy under that tag; null when there can. */
export function copyRefused(one: Checkpoint, tag: string): { ok: false; failure: Failure } | null {
  const { stage, dir } = copyAs(one, tag);
  if (!existsSync(dir)) return null;
  return fail("refused", `There is ${stage}/${tag} already, in ${dir}`, {
    why: "a copy never goes into the folder of another model",
    remedy: `Choose another --as, such as ${freeTag(one)}`,
  });
}

/**
 * Copies all files of a checkpoint into a new folder of that tag: the whole of it, or nothing. Returns what takes the copy away
 * again, and nothing else that has come to it meanwhile.
 */
export async function copyCheckpoint(one: Checkpoint, tag: string, signal?: AbortSignal): Promise<Result<() => void>> {
  const refused = copyRefused(one, tag);
  if (refused !== null) return refused;
  const { dir } = copyAs(one, tag);
  const parent = dirname(dir);
  sweep(parent);
  const unfinished = join(parent, `${UNFINISHED_COPY}${process.pid}-${startTicks(process.pid) ?? ""}-${hostname()}`);
  try {
    mkdirSync(unfinished);
    for (const { name } of one.files) {
      await copyFile(join(one.dir, name), join(unfinished, name));
      signal?.throwIfAborted();
    }
    renameSync(unfinished, dir); // of two that copy to one tag the second fails: the folder is not empty any more
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const what = `${checkpointName(one)} could not be copied to ${dir}`;
    return signal?.aborted
      ? fail("interrupted", what, { why: "you broke it off", remedy: "Nothing of the copy is left" })
      : fail("io", what, { why: ioReason(error), remedy: ioRemedy(error) });
  }
  return ok(() => remove(dir, one));
}

/** What copies of processes of this machine that were killed have left. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent).filter((each) => each.startsWith(UNFINISHED_COPY))) {
    const [pid, ticks, ...host] = name.slice(UNFINISHED_COPY.length).split("-");
    const isOver = host.join("-") === hostname() && !isAlive(Number(pid), Number(ticks) || null);
    if (isOver) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function remove(dir: string, { files }: Checkpoint): void {
  for (const { name } of files) rmSync(join(dir, name), { force: true });
  try {
    rmdirSync(dir);
  } catch {
    // Somebody has put something there, which is not ours to delete.
  }
}
