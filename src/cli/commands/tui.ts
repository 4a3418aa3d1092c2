/** `nanochat-cli` alone: the TUI, or a short status and what to type where there is no terminal. */
import { shareShown, stepsDone } from "../../core/run.ts";
import { count, percent } from "../../lib/format.ts";
import { goesOn, listRuns } from "../../services/runs.ts";
import type { Command } from "../command.ts";
import { answer } from "../output.ts";

export const TUI_COMMANDS: readonly Command[] = [
  {
    name: "keys",
    summary: "List the keys of the terminal interface as they work here, with what is wrong in keymap.yaml; the exit code is 1 then",
    run: (context) => context.tui.keys(context),
  },
  {
    name: "themes",
    summary: "List the themes of the terminal interface, ours and yours, with what is wrong in a file; the exit code is 1 then",
    run: (context) => context.tui.themes(context),
  },
  {
    name: "",
    summary: "Open the terminal interface (the same as with no command)",
    hidden: true,
    async run(context) {
      if (context.interactive) return context.showTui(context, {});
      const home = context.home();
      const listed = home.ok ? listRuns(home.value) : home;
      const runs = listed.ok ? listed.value : [];
      const going = runs.filter(goesOn);
      const lines = going.map(({ id, progress, status }) => {
        const share = shareShown({ progress, status });
        return `  ${id}  step ${count(progress && stepsDone(progress))}${share === null ? "" : ` (${percent(share)})`}`;
      });
      const text = [
        going.length > 0 ? `${going.length} of ${runs.length} runs going:` : `No run is going (${runs.length} in all).`,
        ...lines,
        "",
        "nanochat-cli needs a terminal to draw on; without one, try:",
        "  nanochat-cli try             train the pocket model and talk to it",
        "  nanochat-cli train PREFAB    start a run (nanochat-cli prefabs list)",
        "  nanochat-cli runs list       what has run",
        "  nanochat-cli --help          everything else",
      ].join("\n");
      return answer({ going: going.map(({ id }) => id), runs: runs.length }, text);
    },
  },
];
