/** `doctor` and `setup`: what is there, what is missing, and how to get it. */
import { fail, ok, type Result } from "../../core/result.ts";
import type { Check, LedgerStage, LedgerStageId } from "../../core/setup.ts";
import { missingStages } from "../../services/ledger.ts";
import { runFix } from "../../services/run-fix.ts";
import { consent } from "../ask.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { answer } from "../output.ts";
import { prose, table } from "../table.ts";

const CHECK_GLYPHS: Readonly<Record<Check["status"], string>> = { good: "○", warn: "▲", bad: "✕", unknown: "?", skipped: "–" };
const STAGE_GLYPHS: Readonly<Record<LedgerStage["status"], string>> = { done: "○", stale: "▲", missing: "·", broken: "✕", running: "◐" };

function checkText(checks: readonly Check[]): string {
  const rows = checks.map(({ status, title, verdict, fix }) => [
    CHECK_GLYPHS[status],
    title,
    verdict,
    fix === null ? "" : `--fix ${checks.find((one) => one.fix === fix)?.id}`,
  ]);
  const wrong = checks.filter(({ status }) => status === "bad" || status === "warn" || status === "unknown");
  const details = wrong.flatMap(({ title, evidence, remedy }) => [
    "",
    `${title}`,
    ...evidence.map((line) => `  ${line}`),
    ...(remedy === null ? [] : [`  → ${remedy}.`]),
  ]);
  return [table(["", "check", "", ""], rows, new Set(), { free: 2 }), ...prose(details)].join("\n");
}

async function fixOne(context: Context, checks: readonly Check[], id: string, yes: boolean): Promise<Result<number>> {
  const check = checks.find((one) => one.id === id);
  if (check === undefined)
    return fail("usage", `There is no check ${id}`, { remedy: `There are ${checks.map((one) => one.id).join(", ")}` });
  if (check.fix === null)
    return fail("refused", `${check.title} has no fix that could be run`, { remedy: check.remedy ?? "Nothing is wrong with it" });
  context.face.note(`$ ${check.fix.argv.join(" ")}   (in ${check.fix.cwd})`);
  const agreed = await consent(context, { yes, question: "Run it?", declined: "Nothing was run", remedy: "--yes runs it without asking" });
  if (!agreed.ok) return agreed;
  const done = await runFix(check.fix, (line) => context.face.note(line));
  return done.ok ? ok(0) : done;
}

const IDS: readonly LedgerStageId[] = ["dataset", "tokenizer", "base", "base_eval", "mid", "sft", "chat_eval", "rl"];

export const SETUP_COMMANDS: readonly Command[] = [
  {
    name: "doctor",
    summary: "Look at the machine, the Python, the checkout and the data, and say what would mend them",
    options: [
      { flags: "--fix <check>", what: "show the command that mends a check, and run it" },
      { flags: "--yes", what: "run it without asking" },
    ],
    async run(context, _args, options) {
      const workspace = await context.workspace();
      if (!workspace.ok) return workspace;
      const { info, python, baseDir } = workspace.value;
      const { examine } = await import("../../services/doctor.ts");
      const checks = await examine({ info, python, baseDir }, () => undefined);
      const wanted = options["fix"] as string | undefined;
      if (wanted !== undefined) return fixOne(context, checks, wanted, Boolean(options["yes"]));
      context.face.answer({ json: checks, text: checkText(checks) });
      return ok(checks.some(({ status }) => status === "bad") ? 1 : 0);
    },
  },
  {
    name: "setup",
    summary: "Show the stages on the way to a chat, and run what is missing",
    args: [["[stage]", `a stage to run (${IDS.join(", ")}), or \`all\` for everything that is missing`]],
    options: [
      { flags: "--prefab <name>", what: "whose settings the stages take (pocket, or runcpu)" },
      { flags: "--yes", what: "do not ask about warnings" },
    ],
    async run(context, [wanted], options) {
      const workspace = await context.workspace();
      if (!workspace.ok) return workspace;
      const { ledgerFor, runStages } = await import("../setup.ts");
      const prefab = options["prefab"] as string | undefined;
      const ledger = ledgerFor(context, workspace.value, prefab);
      if (wanted === undefined) {
        const rows = ledger.map(({ id, status, verdict, blocked, elsewhere, optional }) => [
          STAGE_GLYPHS[status],
          id,
          status,
          [
            verdict,
            (elsewhere !== undefined && (status === "done" || status === "running") ? null : blocked) ?? (optional ? "optional" : ""),
          ]
            .filter(Boolean)
            .join(" · "),
        ]);
        const next = missingStages(ledger);
        const hint =
          next.length === 0 ? "Everything to a chat is there: nanochat-cli eval chat" : `nanochat-cli setup all   runs ${next.join(", ")}`;
        return answer({ stages: ledger, missing: next }, `${table(["", "stage", "state", ""], rows)}\n\n${hint}`);
      }
      const id = IDS.find((one) => one === wanted);
      if (id === undefined && wanted !== "all")
        return fail("usage", `There is no stage ${wanted}`, { remedy: `There are ${IDS.join(", ")}, and all` });
      const { blocked = null, elsewhere } = ledger.find((one) => one.id === id) ?? {};
      if (blocked !== null)
        return fail("refused", `${wanted} cannot be run ${elsewhere === undefined ? "yet" : "here"}`, {
          why: blocked,
          remedy: elsewhere ?? "`nanochat-cli setup all` runs everything in order",
        });
      const launched = await runStages(context, id === undefined ? "missing" : [id], { prefab, yes: Boolean(options["yes"]) });
      if (!launched.ok) return launched;
      return answer(
        { id: launched.value.id, dir: launched.value.dir },
        `${launched.value.id} is running. Watch it: ${context.attachCommand(launched.value.id)}`,
      );
    },
  },
];
