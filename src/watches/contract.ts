/**
 * The contract of a watch. It hears, in order, what goes to the journal of one stage, and says when something is wrong
 * and when it is over. It is a small state machine: no clock, no file, bounded memory, a few microseconds a step.
 *
 * What it remembers comes from what it has heard alone: a supervisor that takes a run over lets it hear the last part of
 * the journal again (engine.ts `recall`), with nobody listening to what it says.
 */
import type { Alert, WatchId } from "../core/alert.ts";
import type { JournalEvent, LogLine } from "../core/journal.ts";
import type { Doing } from "./doing.ts";

/** Values that came together. `key` is the step, for the machine's own the second. */
export interface Point {
  key: number;
  /** Epoch milliseconds. */
  at: number;
  values: Readonly<Record<string, number>>;
}

/** What a watch found; stage, step and time are those of what it is hearing. */
export type Finding = Pick<Alert, "severity" | "cause" | "evidence" | "actions">;

/** The narrow door. `scope` tells alerts of one watch apart: a GPU, a metric; "" where there is one at most. */
export interface Say {
  /** Nothing happens when it is open already with this severity or a worse one: nothing is said twice. */
  raise(scope: string, finding: Finding): void;
  /** Nothing happens when it is not open. */
  clear(scope: string, why: string): void;
  /** True between the two: to judge with hysteresis. */
  isOpen(scope: string): boolean;
}

export interface Watch {
  /** Values of a step of the stage: of training, or of an evaluation at it. */
  step?(point: Point): void;
  /** Values of the machine, about once a second. */
  host?(point: Point): void;
  event?(event: JournalEvent): void;
  line?(line: LogLine): void;
  /** All that had been written has been heard. `nowMs` is the only clock. */
  tick?(nowMs: number): void;
  /** The stage has ended: what was held back is said now or never. */
  finish?(): void;
}

/** A setting of a watch, in alerts.yaml under its name. */
export interface OptionSpec {
  default: number;
  min: number;
  max: number;
  /** One clause, with the unit. */
  what: string;
}

/** The stage that is watched. */
export interface WatchedStage {
  stage: number;
  /** `scripts.base_train` */
  script: string;
  /** Whether the bridge tells of steps and phases. Without it the log is all there is. */
  bridged: boolean;
  /** Its text is so small that a model soon knows it by heart: that it overfits is to be expected. */
  pocket?: boolean;
}

type Specs = Readonly<Record<string, OptionSpec>>;

export interface WatchDefinition<S extends Specs = Specs> {
  id: Exclude<WatchId, "threshold">;
  title: string;
  /** When it is raised, one sentence. */
  what: string;
  options: S;
  /** Stages that it is of use for; absent = all. */
  applies?(stage: WatchedStage): boolean;
  /** What it says is not over when the stage is. */
  outlives?: boolean;
  begin(options: { readonly [K in keyof S]: number }, say: Say, doing: Doing, stage: WatchedStage): Watch;
}

/** Keeps the names of the options known to the compiler. */
export const watch = <S extends Specs>(definition: WatchDefinition<S>): WatchDefinition<S> => definition;
