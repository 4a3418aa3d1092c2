/** A plan for every rule that breaks it alone, and what its fix sets. */
import { CHECKPOINT_CASES } from "./rule-cases-checkpoints.ts";
import { NUMBER_CASES } from "./rule-cases-numbers.ts";
import { SETUP_CASES } from "./rule-cases-setup.ts";
import type { Case } from "./rule-inputs.ts";

export const CASES: readonly Case[] = [...SETUP_CASES, ...NUMBER_CASES, ...CHECKPOINT_CASES];
