/** The captures of this folder, and a workspace made of one; for tests only. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Parameter, ScriptInfo, WorkspaceInfo } from "../../core/params.ts";
import { parameter, script, workspace } from "../fixtures.ts";

/** Oldest first: from the first commit to one of July 2026, across all changes of the interface. */
export const COMMITS = ["3a5e0bc", "dfc8833", "9a71d13", "eb7bbc1", "63bb583", "2dffdc8", "a445144", "92d63d4"] as const;
export type Commit = (typeof COMMITS)[number];

type Rest = Partial<Pick<Parameter, "flag" | "choices" | "isFlag" | "required" | "aliases">>;
type Condensed = readonly [type: Parameter["type"], value: Parameter["default"], rest?: Rest];

interface Capture {
  features: WorkspaceInfo["features"];
  scripts: Record<string, { style: ScriptInfo["style"]; trainable: boolean; parameters: Record<string, Condensed> }>;
}

const usualFlag = (name: string): string => `--${name.replaceAll("_", "-")}`;

/** What is worth keeping of a described workspace. */
export const condense = ({ features, scripts }: WorkspaceInfo): Capture => ({
  features,
  scripts: Object.fromEntries(
    scripts.map(({ module, style, trainable, parameters }) => [
      module,
      { style, trainable, parameters: Object.fromEntries(parameters.map((one) => [one.name, condensed(one)])) },
    ]),
  ),
});

function condensed({ name, flag, type, default: value, choices, isFlag, required, aliases }: Parameter): Condensed {
  const rest: Rest = {
    ...(flag === usualFlag(name) ? {} : { flag }),
    ...(choices === null ? {} : { choices }),
    ...(isFlag ? { isFlag } : {}),
    ...(required ? { required } : {}),
    ...(aliases.length > 0 ? { aliases } : {}),
  };
  return Object.keys(rest).length > 0 ? [type, value, rest] : [type, value];
}

/** The workspace that a commit is. */
export function captured(commit: Commit, more: Partial<WorkspaceInfo> = {}): WorkspaceInfo {
  const capture = JSON.parse(readFileSync(join(import.meta.dir, `params-${commit}.json`), "utf8")) as Capture;
  const scripts = Object.entries(capture.scripts).map(([module, { style, trainable, parameters }]) => {
    const read = Object.entries(parameters).map(([name, [type, value, rest]]) =>
      parameter(name, type, value, { flag: usualFlag(name), ...rest }),
    );
    return script(module, read, { style, trainable });
  });
  return workspace(scripts, { commit, features: capture.features, ...more });
}
