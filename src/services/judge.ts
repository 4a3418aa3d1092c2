/** Looks at what the fit of checkpoints depends on, and judges them. */
import type { Checkpoint, Fit } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { makersOf, storagesOf, writersOf } from "./checkpoint-care.ts";
import { eachRead, ratesBefore } from "./checkpoint-patches.ts";
import { strayModels } from "./checkpoints.ts";
import { dataFacts } from "./data-facts.ts";
import { fitOf } from "./fit.ts";

/** `ranks`: processes of what would go on with it; null = as many as it was saved by. */
type Judge = (one: Checkpoint, ranks: number | null) => Fit[];

/** For a whole list: what all of them share is looked at once. */
export function judgeOf({ info, baseDir, home }: { info: WorkspaceInfo; baseDir: string; home: string }): Judge {
  const data = dataFacts(baseDir, info.features);
  const [writers, events] = [writersOf(home), eachRead()];
  const makerOf = makersOf(home, writers);
  const strays = new Map<string, string[]>();
  return (one, ranks) => {
    if (!strays.has(one.dir)) strays.set(one.dir, strayModels(one.dir));
    const maker = makerOf(one);
    return fitOf(one, {
      info,
      data,
      ranks,
      madeBy: maker?.commit ?? null,
      madeDirty: maker?.dirty ?? null,
      tokenizer: maker?.tokenizer ?? null,
      storages: info.kind === "pocket" ? null : storagesOf(one),
      strays: strays.get(one.dir) ?? [],
      rates: () => ratesBefore(writers, one, events),
    });
  };
}
