/** A stage that is over, watched as if it went on now: for captures, and for "what would these settings have said". */
import type { JournalEvent } from "../core/journal.ts";
import type { WatchedStage } from "./contract.ts";
import { type Heard, hear, WatchEngine } from "./engine.ts";
import type { WatchSettings } from "./settings.ts";

const TICK_MS = 1000;

export function timeOf(heard: Heard): number {
  if (heard.kind === "event") return heard.event.at;
  return heard.kind === "line" ? heard.line.at : heard.at;
}

/** Lets an engine hear it all, with a clock that ticks as it did. */
function replay(engine: WatchEngine, heard: readonly Heard[]): void {
  let now = heard[0] === undefined ? 0 : timeOf(heard[0]);
  for (const one of heard) {
    for (const at = timeOf(one); now + TICK_MS < at; ) {
      now += TICK_MS;
      engine.tick(now);
    }
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
