/** `runs import`: runs that were not started here, from the files that they left. */
import { fail } from "../../core/result.ts";
import type { Command } from "../command.ts";
import { importAll } from "../import/all.ts";
import { importOne } from "../import/one.ts";

export const RUN_IMPORT_COMMANDS: readonly Command[] = [
  {
    name: "runs import",
    summary: "Make a run of what another program left: a W&B file or folder, or the log of a training script",
    args: [["<path>", "a .wandb file, W&B's folder of one run, wandb/ or latest-run; or what a script printed. Again: reads on"]],
    options: [
      { flags: "--name <name>", what: "what the run is called here (else as it was)" },
      { flags: "--all", what: "every run in W&B's folder; with --follow those that come later too, until ctrl+c" },
      { flags: "--follow", what: "read on as the files grow, until the run ends" },
      { flags: "--attach", what: "then show it in the terminal interface" },
      { flags: "--script <script>", what: "which script it was, such as base_train (else as the files tell)" },
    ],
    run: async (context, [path = ""], options) => {
      if (options["all"] !== true) return importOne(context, path, options);
      if (options["name"] !== undefined)
        return fail("usage", "--name and --all do not go together", {
          remedy: "Leave one of them out: runs that were imported are renamed with `runs rename`",
        });
      const script = (options["script"] as string | undefined)?.replace(/^scripts\./, "");
      return importAll(context, path, { follow: options["follow"] === true, attach: options["attach"] === true, script });
    },
  },
];
