/** The clock of a replay that stands still until it is told to move. */
import { START } from "../panels/fake-data.ts";
import type { Replay } from "../services/replay-view.ts";

export class FakeReplay implements Replay {
  readonly from = START;
  readonly to = START + 100_000;
  at = START;
  paused = false;

  constructor(
    public speed = 60,
    readonly goesOn = false,
  ) {}

  get step(): number {
    return Math.min(99, Math.floor((this.at - this.from) / 1000));
  }

  setSpeed(speed: number): void {
    this.speed = speed;
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
  }

  seek(at: number): void {
    this.at = Math.min(this.to, Math.max(this.from, at));
  }

  stepsOf(stage: number): { from: number; to: number } | null {
    return stage === 1 ? { from: 0, to: 99 } : { from: 0, to: 19 };
  }

  timeOf(_: number, step: number): number | null {
    return step < 100 ? START + step * 1000 : null;
  }
}
