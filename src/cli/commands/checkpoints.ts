/** `checkpoints list`. */
import { ago, bytes, count, loss } from "../../lib/format.ts";
import { checkpointName } from "../../services/checkpoint-name.ts";
import { listCheckpoints } from "../../services/checkpoints.ts";
import type { Command } from "../command.ts";
import { answer, table } from "../output.ts";

export const CHECKPOINT_COMMANDS: readonly Command[] = [
  {
    name: "checkpoints list",
    summary: "List all checkpoints of the base dir, newest first",
    async run(context) {
      const baseDir = context.baseDir();
      if (!baseDir.ok) return baseDir;
      const found = listCheckpoints(baseDir.value);
      if (found.length === 0) return answer([], `No checkpoints in ${baseDir.value} yet: \`nanochat-cli train PREFAB\` makes some.`);
      const rows = found.map((one) => [
        checkpointName(one),
        count(one.step),
        loss(one.valBpb),
        bytes(one.bytes),
        ago(one.writtenAt),
        one.broken === null ? "whole" : `broken: ${one.broken}`,
      ]);
      const json = found.map((one) => ({ name: checkpointName(one), ...one }));
      return answer(json, table(["checkpoint", "step", "val bpb", "size", "written", "state"], rows, new Set([1, 2, 3])));
    },
  },
];
