/** A run as a watch hears of it: steps, samples of the machine, lines and events, made up one after the other. */
import { type AlertStatus, alertsOf, isOpen } from "../core/alert.ts";
import type { JournalEvent, LogLine } from "../core/journal.ts";
import type { WatchedStage } from "./contract.ts";
import { WatchEngine } from "./engine.ts";
import { DEFAULT_SETTINGS, type WatchSettings } from "./settings.ts";

export const STAGE = { stage: 1, script: "scripts.base_train", bridged: true };
export const GIB = 2 ** 30;

export let events: JournalEvent[];
export let engine: WatchEngine;
/** Epoch milliseconds of what is told next. */
export let now: number;
export let step: number;
export let random: () => number;

export function watchWith(settings: Partial<WatchSettings> = {}, stage: Partial<WatchedStage> = {}): void {
  events = [];
  now = 1_000_000;
  step = 0;
  random = generator(7);
  engine = new WatchEngine({ ...STAGE, ...stage }, { ...DEFAULT_SETTINGS, ...settings }, (event) => events.push(event));
  event("config", { derived: { totalSteps: 10_000, tokensPerStep: 524_288 }, settings: { save_every: 1000 } });
}

export const alerts = (): AlertStatus[] => alertsOf(events);
export const keys = (): string[] => alerts().map(({ key }) => key);
export const open = (): string[] =>
  alerts()
    .filter(isOpen)
    .map(({ key }) => key);

export function event(kind: JournalEvent["kind"], body: Record<string, unknown>): void {
  engine.event({ stage: 1, at: now, step, kind, body });
}
export const phase = (name: string, state: "begin" | "end"): void => event("phase", { name, state });

export function line(level: LogLine["level"], text: string): void {
  engine.log({ stage: 1, at: now, stream: "stderr", rank: null, level, text });
}

/** A step of half a second, the machine's second with it. */
export function make(values: Record<string, number> = {}, seconds = 0.5): void {
  now += seconds * 1000;
  const noise = 1 + 0.02 * (random() - 0.5);
  engine.points(1, step, now, { "train/loss_raw": 3 * 0.9999 ** step * noise, "train/loss": 3, "train/dt": seconds * noise, ...values });
  step++;
  engine.tick(now);
}

export function steps(count: number, values: Record<string, number> = {}, seconds = 0.5): void {
  for (let i = 0; i < count; i++) make(values, seconds);
}

export function host(values: Record<string, number>, seconds = 1): void {
  for (let i = 0; i < seconds; i++) {
    now += 1000;
    engine.points(0, Math.floor(now / 1000), now, values);
    engine.tick(now);
  }
}

/** Time in which nothing comes. */
export function silence(seconds: number): void {
  for (const until = now + seconds * 1000; now < until; ) {
    now += 500;
    engine.tick(now);
  }
}

/** Time that nobody tells of. */
export function later(seconds: number): void {
  now += seconds * 1000;
}

/** Another engine hears what comes from here on. */
export function takeOver(next: WatchEngine): void {
  engine = next;
}

/** Park and Miller's, so that a test is the same each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
