/** A stage that is over, watched as if it went on now: for captures, and for "what would these settings have said". */
import type { JournalEvent } from "../core/journal.ts";
import type { WatchedStage } from "./contract.ts";
import { type Heard, hear, WatchEngine } from "./engine.ts";
import type { WatchSettings } from "./settings.ts";

const TICK_MS = 1000;
/** Of a longer silence no more is heard: a run may have been resumed after weeks. */
const LONGEST_SILENCE_MS = 6 * 3600_000;

export function timeOf(heard: Heard): number {
  if (heard.kind === "event") return heard.event.at;
  return heard.kind === "line" ? heard.line.at : heard.at;
}

/** Lets an engine hear it all, with a clock that ticks as it did. */
export function replay(engine: WatchEngine, heard: readonly Heard[]): void {
  let now = heard[0] === undefined ? 0 : timeOf(heard[0]);
  for (const one of heard) {
    const at = timeOf(one);
    for (const until = Math.min(at, now + LONGEST_SILENCE_MS); now + TICK_MS < until; ) {
      now += TICK_MS;
      engine.tick(now);
    }
    if (at - now > TICK_MS) now = at;
    hear(engine, one);
  }
  engine.tick(now + TICK_MS);
}

/** The `alert` events that these settings would have made of a stage. */
export function alertsWith(settings: WatchSettings, stage: WatchedStage, heard: readonly Heard[]): JournalEvent[] {
  const events: JournalEvent[] = [];
  const engine = new WatchEngine(stage, settings, (event) => events.push(event));
  replay(engine, heard);
  return events;
}
