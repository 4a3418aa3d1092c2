/** From which checkpoint a stage can go on whose end nobody saw. */
import type { StageIndex } from "../core/journal.ts";
import { JournalReader } from "../journal/reader.ts";
import { textField } from "../panels/data.ts";
import { soundCheckpoint } from "../panels/way-on.ts";
import type { Ending } from "./exit.ts";

/** By the losses in the journal: this process may have been there for none of them. `newest` where it cannot be read. */
export function checkpointsLeft(journal: string, stage: StageIndex, newest: Ending["checkpoint"]): Pick<Ending, "checkpoint" | "spoilt"> {
  const opened = JournalReader.open(journal);
  if (!opened.ok) return { checkpoint: newest, spoilt: null };
  const reader = opened.value;
  reader.refresh();
  const { last, spoilt } = soundCheckpoint(reader, stage);
  reader.close();
  if (spoilt === null) return { checkpoint: newest, spoilt };
  return { checkpoint: last === null ? null : { path: textField(last.body, "path"), step: last.step }, spoilt };
}
