/** Why a stage has no metric. */
import { type RunFacts, stageState } from "./data.ts";

const NONE: Readonly<Record<string, string>> = {
  pending: "No metric yet: this stage has not begun",
  running: "No metric yet: the first come with the first step",
};

export const stageEmpty = (facts: RunFacts): string => NONE[stageState(facts)?.status ?? ""] ?? "This stage has measured nothing";
