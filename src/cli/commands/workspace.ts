/** `describe` and `params`: what the checkout is, and every parameter as its source has it. */
import { didYouMean } from "../../config/suggest.ts";
import type { Parameter, ScriptInfo } from "../../core/params.ts";
import { fail } from "../../core/result.ts";
import type { Command } from "../command.ts";
import { answer, table } from "../output.ts";

const shown = (parameter: Parameter): string => (parameter.defaultKnown ? String(parameter.default ?? "none") : parameter.defaultExpr);

const kind = ({ type, choices, isFlag }: Parameter): string => (choices ? choices.join("|") : isFlag ? "flag" : type);

const scriptRow = (script: ScriptInfo): string[] => [
  script.module,
  script.style,
  String(script.parameters.length),
  script.trainable ? "yes" : "",
  script.issues.join("; "),
];

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
      ].join("\n");
      return answer({ ...info, reason: found.reason, python: python.ok ? python.value : { error: python.failure }, baseDir, home }, text);
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
      return answer(script, table(["flag", "type", "default", "meaning"], rows));
    },
  },
];
