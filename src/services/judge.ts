/** Looks at what a checkpoint's fit depends on, and judges it. */
import type { Checkpoint, Fit } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { makerOf, storagesOf } from "./checkpoint-care.ts";
import { strayModels } from "./checkpoints.ts";
import { dataFacts } from "./data-facts.ts";
import { fitOf } from "./fit.ts";

/** `ranks`: processes of what would go on with it; null = as many as it was saved by. */
export function judge(
  one: Checkpoint,
  { info, baseDir, home }: { info: WorkspaceInfo; baseDir: string; home: string },
  ranks: number | null,
): Fit[] {
  const maker = makerOf(home, one);
  const storages = info.kind === "pocket" ? null : storagesOf(one);
  return fitOf(one, {
    info,
    data: dataFacts(baseDir, info.features),
    ranks,
    madeBy: maker?.commit ?? null,
    tokenizer: maker?.tokenizer ?? null,
    storages,
    strays: strayModels(one.dir),
  });
}
