/** `describe` and `params`: what the checkout is, and every parameter as its source has it. */
import type { Parameter, ScriptInfo } from "../../core/params.ts";
import { fail, type Result } from "../../core/result.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { isTrusted, setTrusted } from "../../services/trust.ts";
import { findWorkspace } from "../../services/workspace.ts";
import { consent } from "../ask.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { table } from "../table.ts";

const shown = (parameter: Parameter): string => (parameter.defaultKnown ? String(parameter.default ?? "none") : parameter.defaultExpr);

const kind = ({ type, choices, isFlag }: Parameter): string => (choices ? choices.join("|") : isFlag ? "flag" : type);

const scriptRow = (script: ScriptInfo): string[] => [
  script.module,
  script.style,
  String(script.parameters.length),
  script.trainable ? "yes" : "",
  script.issues.join("; ") || (script.asked ? "read; the rest it told itself" : ""),
];

/** What would tell the rest, where the source of a checkout that nobody trusts yet leaves something open. */
async function hint(scripts: readonly ScriptInfo[], dir: string): Promise<string[]> {
  const { leavesOpen } = await import("../../bridge/ask.ts");
  const open = scripts.filter(leavesOpen).map(({ module }) => module);
  if (open.length === 0 || isTrusted(dir)) return [];
  return ["", `The source of ${open.join(", ")} does not tell every setting: \`nanochat-cli workspace trust\` lets the scripts tell.`];
}

const TRUSTED = "its scripts may be run up to where they read their settings, when their source does not tell all of them";

async function trust(context: Context, yes: boolean): Promise<Result<Answer>> {
  const found = findWorkspace(context.globals.workspace);
  if (!found.ok) return found;
  const { dir } = found.value;
  context.face.note(`With trust in ${dir}, ${TRUSTED}. That runs code of the checkout, with libraries stood in for.`);
  const remedy = "--yes trusts without asking";
  const agreed = await consent(context, { yes, question: "Trust it?", declined: "Nothing was changed", remedy });
  if (!agreed.ok) return agreed;
  const kept = setTrusted(dir, true);
  return kept.ok ? answer({ dir, trusted: true }, `${dir} is trusted: ${TRUSTED}`) : kept;
}

async function distrust(context: Context): Promise<Result<Answer>> {
  const found = findWorkspace(context.globals.workspace);
  if (!found.ok) return found;
  const kept = setTrusted(found.value.dir, false);
  return kept.ok ? answer({ dir: found.value.dir, trusted: false }, `${found.value.dir} is not trusted: its source alone is read`) : kept;
}

export const WORKSPACE_COMMANDS: readonly Command[] = [
  {
    name: "describe",
    summary: "Say what the workspace is: version, Python, folders, scripts",
    async run(context) {
      const workspace = await context.workspace();
      if (!workspace.ok) return workspace;
      const { info, found, python, baseDir, home } = workspace.value;
      const git = info.commit === null ? "no git checkout" : `${info.commit}${info.dirty ? ", with uncommitted changes" : ""}`;
      const text = [
        `workspace  ${info.dir} (${found.reason})`,
        `kind       ${info.kind} (${git})`,
        `python     ${python.ok ? `${python.value.argv.join(" ")} (${python.value.reason}, ${python.value.version})` : python.failure.what}`,
        `base dir   ${baseDir}`,
        `home       ${home}`,
        "",
        table(["script", "style", "parameters", "trains", "not read"], info.scripts.map(scriptRow), new Set([2])),
        ...(await hint(info.scripts, info.dir)),
      ].join("\n");
      return answer(
        {
          ...info,
          trusted: isTrusted(info.dir),
          reason: found.reason,
          python: python.ok ? python.value : { error: python.failure },
          baseDir,
          home,
        },
        text,
      );
    },
  },
  {
    name: "params",
    summary: "List every parameter of a script, as read from its source",
    args: [["[script]", "base_train, scripts.base_train, …; without one: the scripts"]],
    async run(context, [wanted]) {
      const workspace = await context.workspace();
      if (!workspace.ok) return workspace;
      const { scripts } = workspace.value.info;
      if (wanted === undefined) {
        const rows = scripts.map(scriptRow);
        return answer(scripts, table(["script", "style", "parameters", "trains", "not read"], rows, new Set([2])));
      }
      const script = scripts.find(({ module }) => module === wanted || module.endsWith(`.${wanted}`));
      if (script === undefined) {
        const names = scripts.flatMap(({ module }) => [module, module.slice(module.lastIndexOf(".") + 1)]);
        return fail("not-found", `${workspace.value.info.dir} has no script ${wanted}`, {
          remedy: didYouMean(wanted, names, `It has ${scripts.map(({ module }) => module).join(", ")}`),
        });
      }
      const rows = script.parameters.map((p) => [p.flag || p.name, kind(p), shown(p), p.help ?? ""]);
      const head = ["flag", "type", "default", "meaning"];
      const text = [table(head, rows), ...(await hint([script], workspace.value.info.dir))].join("\n");
      return answer(script, text);
    },
  },
  {
    name: "workspace trust",
    summary: "Let scripts of this checkout be run up to their settings, where their source does not tell all of them",
    options: [{ flags: "--yes", what: "do not ask" }],
    run: (context, _args, options) => trust(context, Boolean(options["yes"])),
  },
  {
    name: "workspace distrust",
    summary: "Take that back: the source alone is read",
    run: (context) => distrust(context),
  },
];
