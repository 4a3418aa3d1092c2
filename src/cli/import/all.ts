/** All runs of one of W&B's folders, and with --follow those that come later. */
import { type Failure, fail, ok, type Result, sentence } from "../../core/result.ts";
import { bytes, counted } from "../../lib/format.ts";
import type { FolderImport } from "../../services/import-all.ts";
import type { ImportedRun } from "../../services/run-import.ts";
import type { Context } from "../context.ts";
import { leavingBySignal, pause } from "./leaving.ts";
import { asJson, text } from "./text.ts";

const LOOK_EVERY_MS = 1000;

interface Wanted {
  follow: boolean;
  attach: boolean;
  script: string | undefined;
}

/** The exit code: 1 where one of them could not be imported. */
export async function importAll(context: Context, folder: string, { follow, attach, script }: Wanted): Promise<Result<number>> {
  const home = context.homeForImport();
  if (!home.ok) return home;
  const { FolderImport } = await import("../../services/import-all.ts");
  const { signal, leave, over } = leavingBySignal();
  const imports = new FolderImport(home.value, folder, { script, signal });
  const first = await imports.look(follow);
  if (!first.ok && !(follow && first.failure.soon)) return first;
  const failures: Failure[] = [];
  const tell = (runs: readonly ImportedRun[], failed: readonly Failure[]): void => {
    failures.push(...failed);
    for (const failure of failed) context.face.note(sentence(failure));
    for (const run of runs) for (const problem of run.problems) context.face.note(`${run.id}: ${problem}`);
    for (const run of runs) context.face.line(asJson(run), text(run, context.attachCommand(run.id)));
  };
  if (first.ok) tell(first.value.runs, first.value.failures);
  else context.face.note(sentence({ ...first.failure, remedy: "Waiting for it; ctrl+c leaves" }));
  const shown = attach && context.interactive;
  const following = follow ? goOn(imports, signal, shown ? () => {} : tell) : Promise.resolve();
  if (shown) {
    const code = await context.showTui(context, { initialTab: "runs" });
    leave();
    await following;
    return code;
  }
  if (follow && !signal.aborted) context.face.note(`Following ${folder}; ctrl+c leaves`);
  await following;
  over();
  if (signal.aborted && !follow) return brokenOff(first.ok ? first.value.runs : []);
  return ok(failures.length > 0 ? 1 : 0);
}

type Tell = (runs: readonly ImportedRun[], failures: readonly Failure[]) => void;

async function goOn(imports: FolderImport, signal: AbortSignal, tell: Tell): Promise<void> {
  while (await pause(LOOK_EVERY_MS, signal)) {
    const next = await imports.look(true);
    if (!next.ok) continue; // the folder may be there again in a moment
    const news = next.value.runs.filter(({ read }) => read > 0);
    tell(news, next.value.failures);
  }
  await imports.settle();
}

const brokenOff = (runs: readonly ImportedRun[]): Result<never> =>
  fail("interrupted", `The import was broken off after ${counted(runs.length, "run")}`, {
    why: `${bytes(runs.reduce((sum, { read }) => sum + read, 0))} were read, and stay`,
    remedy: "The same command goes on from there",
  });
