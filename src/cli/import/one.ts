/** One run that was not started here, from the files that it left. */
import { fail, type Result, sentence } from "../../core/result.ts";
import { bytes, count, percent } from "../../lib/format.ts";
import type { ImportedRun, ImportOptions } from "../../services/run-import.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { leavingBySignal, pause } from "./leaving.ts";
import { asJson, text } from "./text.ts";

const SAY_EVERY_MS = 1000;

export async function importOne(
  context: Context,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Result<Answer | number>> {
  const home = context.homeForImport();
  if (!home.ok) return home;
  const { importRun } = await import("../../services/run-import.ts");
  const { signal, leave, over } = leavingBySignal();
  let said = performance.now();
  const wanted: ImportOptions = {
    name: options["name"] as string | undefined,
    script: (options["script"] as string | undefined)?.replace(/^scripts\./, ""),
    signal,
    onProgress: (read, of) => {
      if (performance.now() - said < SAY_EVERY_MS) return;
      said = performance.now();
      context.face.note(`${percent(read / of)}  ${bytes(read)} of ${bytes(of)}`);
    },
  };
  const follow = options["follow"] === true;
  const done = follow ? await firstLook(context, home.value, path, wanted) : await importRun(home.value, path, wanted);
  if (done.ok) for (const problem of done.value.problems) context.face.note(problem);
  const attach = done.ok && !done.value.aborted && options["attach"] === true && context.interactive;
  const following = done.ok && follow ? goOn(context, home.value, path, done.value, wanted, attach) : null;
  if (attach) {
    const code = await context.showTui(context, { initialRun: done.value.id, initialTab: "train" });
    leave();
    await following;
    return code;
  }
  const ended = (await following) ?? done;
  over();
  if (!ended.ok) return ended;
  const run = ended.value;
  // Who follows leaves when it is enough: what was read by then is all that was wanted.
  if (following !== null || !run.aborted) return answer(asJson(run), text(run, context.attachCommand(run.id)));
  return fail("interrupted", `The import into ${run.id} was broken off`, {
    why: `${bytes(run.read)} were read, and stay`,
    remedy: "The same command goes on from there",
  });
}

const LOOK_EVERY_MS = 1000;

/** Waits for a run that has written nothing yet. */
async function firstLook(context: Context, home: string, path: string, wanted: ImportOptions): Promise<Result<ImportedRun>> {
  const { awaitImport } = await import("../../services/import-follow.ts");
  return awaitImport(home, path, {
    ...wanted,
    again: () => pause(LOOK_EVERY_MS, wanted.signal),
    onWait: (failure) => context.face.note(sentence({ ...failure, remedy: "Waiting for it; ctrl+c leaves" })),
  });
}

/** Reads on beside what is on the screen, `quiet` where that is the terminal interface. */
async function goOn(
  context: Context,
  home: string,
  path: string,
  run: ImportedRun,
  wanted: ImportOptions,
  quiet: boolean,
): Promise<Result<ImportedRun>> {
  const { signal } = wanted;
  if (!quiet) context.face.note(`Following ${run.id}; ctrl+c leaves`);
  const { followImport } = await import("../../services/import-follow.ts");
  return followImport(home, path, run, {
    ...wanted,
    onProgress: () => {},
    again: () => pause(LOOK_EVERY_MS, signal),
    onRead: ({ state, read }) => {
      if (!quiet) context.face.note(`${bytes(read)} more, up to step ${count(state.progress?.step)}`);
    },
  });
}
