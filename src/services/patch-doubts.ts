/** What a patch may do that is hardly meant: what its values tell, and what it would write over on disk. For all who ask before one. */
import { patchDoubts } from "../config/patch.ts";
import { savedOverText } from "../config/resaved.ts";
import type { PatchField } from "../core/bridge.ts";
import type { StageIndex } from "../core/journal.ts";
import { valuesBefore } from "../panels/ability.ts";
import { derived, type PanelData } from "../panels/data.ts";
import { stepsIn } from "./checkpoints.ts";

/** A loop that can be patched: the fields that its trainer told, and how far it has come. */
export interface Loop {
  data: Pick<PanelData, "events">;
  stage: StageIndex;
  fields: readonly PatchField[];
  /** Its newest step; null before the first. */
  at: number | null;
}

/** Sentences to warn with before it is asked for. */
export function doubtsOf(loop: Loop, values: Readonly<Record<string, number>>): string[] {
  const over = savedOver(loop, values["save_every"]);
  return [...patchDoubts(loop.fields, values, valuesBefore(loop.data, loop.stage)), ...(over === null ? [] : [over])];
}

function savedOver({ data, stage, fields, at }: Loop, every: number | undefined): string | null {
  const { checkpointDir, totalSteps, startStep } = derived({ data, stage });
  if (every === undefined || checkpointDir === undefined) return null;
  const from = at ?? startStep ?? -1;
  const now = fields.find(({ name }) => name === "save_every")?.value ?? -1;
  return savedOverText({ dir: checkpointDir, steps: stepsIn(checkpointDir) }, from, { end: totalSteps ?? null, every: now }, every);
}
