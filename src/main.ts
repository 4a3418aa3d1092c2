/** The program's only door: a supervisor of a run, or a face for a person. Heavy parts are loaded when they are needed. */
import { onCrash } from "./lib/crashes.ts";
import { crashText } from "./lib/redact.ts";
import { learnOwnSecrets } from "./services/secrets.ts";

const [first, ...rest] = process.argv.slice(2);
learnOwnSecrets();
// Read when the runtime started; they are no settings of a supervisor or trainer.
const RUNTIME = [
  "JSC_forceRAMSize",
  "JSC_smallHeapGrowthFactor",
  "GC_TIMER_DISABLE",
  "JSC_thresholdForJITAfterWarmUp",
  "JSC_thresholdForOptimizeAfterWarmUp",
  "JSC_useFTLJIT",
];
for (const setting of RUNTIME) delete process.env[`BUN_${setting}`];

/** A bug of ours. Said here and not by the runtime, which would quote whatever it finds. */
function crash(error: unknown): never {
  process.stderr.write(`nanochat-cli came to an end because of an error of its own; runs are not affected.\n${crashText(error)}\n`);
  process.exit(1);
}
onCrash(crash);

// The launcher's shell has what it waits for ignore these; whoever listens and stops listening gets their usual effect.
for (const signal of ["SIGINT", "SIGQUIT"] as const) {
  const nothing = (): void => undefined;
  process.on(signal, nothing).off(signal, nothing);
}

async function main(): Promise<void> {
  if (first === "supervise") {
    const { superviseRun } = await import("./supervisor/main.ts");
    process.exit(await superviseRun(rest[0] ?? ""));
  }
  const { runCli } = await import("./cli/program.ts");
  let shown = false;
  process.exitCode = await runCli(process.argv.slice(2), {
    show: async (context, options) => {
      shown = true;
      return (await import("./show-tui.ts")).showTui(context, options);
    },
    keys: async (context) => (await import("./tui-lists.ts")).listKeys(context),
    themes: async (context) => (await import("./tui-lists.ts")).listThemes(context),
  });
  // Who has left the interface waits for nothing that it was still looking after: an adoption, the end of a deleted run's trainer.
  if (shown) process.exit();
}

// No `await` of the module itself: byte code is made of modules without (bin/build.mjs).
main().catch(crash);
