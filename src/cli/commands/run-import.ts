/** `runs import`: a run that was not started here, from the files that it left. */
import { fail, type Result, sentence } from "../../core/result.ts";
import { bytes, count, percent } from "../../lib/format.ts";
import type { ImportedRun, ImportOptions } from "../../services/run-import.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";

const SAY_EVERY_MS = 1000;

async function importPath(context: Context, path: string, options: Readonly<Record<string, unknown>>): Promise<Result<Answer | number>> {
  const home = context.home();
  if (!home.ok) return home;
  const { importRun } = await import("../../services/run-import.ts");
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  process.on("SIGINT", leave);
  process.on("SIGTERM", leave);
  let said = performance.now();
  const wanted: ImportOptions = {
    name: options["name"] as string | undefined,
    script: (options["script"] as string | undefined)?.replace(/^scripts\./, ""),
    signal: leaving.signal,
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
    leaving.abort();
    await following;
    return code;
  }
  const ended = (await following) ?? done;
  process.off("SIGINT", leave);
  process.off("SIGTERM", leave);
  if (!ended.ok) return ended;
  const run = ended.value;
  // Who follows leaves when it is enough: what was read by then is all that was wanted.
  if (following !== null) return answer(asJson(run), text(run));
  if (!run.aborted) return answer(asJson(run), text(run));
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

/** False as soon as somebody leaves. */
const pause = (ms: number, signal: AbortSignal | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const stop = (): void => resolve(false);
    signal?.addEventListener("abort", stop, { once: true });
    setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(true);
    }, ms);
  });

const asJson = ({ state, ...run }: ImportedRun) => ({
  ...run,
  name: state.name,
  status: state.status,
  reason: state.reason,
  stages: state.stages.map(({ name, status }) => ({ name, status })),
  step: state.progress?.step ?? null,
  files: state.imported?.files ?? [],
});

const many = (of: number, what: string): string => `${count(of)} ${what}${of === 1 ? "" : "s"}`;

function text({ id, state, again, read, metrics, lines }: ImportedRun): string {
  const step = state.progress === null ? "no step" : `up to step ${count(state.progress.step)}`;
  const what = `${many(metrics, "metric")}, ${many(lines, "log line")}, ${step}`;
  const first = again
    ? read > 0
      ? `Read on: ${bytes(read)} were new. ${id} has ${what}.`
      : `Nothing is new. ${id} has ${what}.`
    : `Imported ${state.name} as ${id}: ${what}.`;
  const clockless = state.imported?.kind === "log" ? ["The log tells no times: there are no charts by the clock."] : [];
  const stages = state.stages.length > 1 ? [`Its stages: ${state.stages.map(({ name }) => name).join(", ")}.`] : [];
  const end = state.reason === null ? [] : [`${state.reason}.`];
  return [first, ...stages, ...end, ...clockless, `Look at it: nanochat-cli runs attach ${id}`].join("\n");
}

export const RUN_IMPORT_COMMANDS: readonly Command[] = [
  {
    name: "runs import",
    summary: "Make a run of what another program left: a W&B file or folder, or the log of a training script",
    args: [["<path>", "a .wandb file, W&B's folder of one run, wandb/ or latest-run; or what a script printed. Again: reads on"]],
    options: [
      { flags: "--name <name>", what: "what the run is called here (else as it was)" },
      { flags: "--follow", what: "read on as the files grow, until the run ends" },
      { flags: "--attach", what: "then show it in the terminal interface" },
      { flags: "--script <script>", what: "which script it was, such as base_train (else as the files tell)" },
    ],
    run: (context, [path = ""], options) => importPath(context, path, options),
  },
];
