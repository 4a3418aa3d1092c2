/** A prefab for another kind of workspace: one sentence for a plan that can be looked at, and for one whose scripts are not even there. */
import type { WorkspaceInfo } from "../core/params.ts";
import type { Failure } from "../core/result.ts";
import type { Prefab } from "./prefab.ts";

/** Null = it is for this one. */
export const otherWorkspace = (
  { name, workspace }: Pick<Prefab, "name" | "workspace">,
  { dir, kind }: Pick<WorkspaceInfo, "dir" | "kind">,
): Failure | null =>
  workspace === undefined || (workspace === "pocket") === (kind === "pocket")
    ? null
    : {
        code: "usage",
        what: `Prefab ${name} is for a ${workspace} workspace, and ${dir} is ${kind === "pocket" ? "the pocket one" : "not"}`,
        remedy: workspace === "pocket" ? "`nanochat-cli try` uses the pocket workspace" : "Name a nanochat checkout with --workspace",
      };
