/** Single figures of a run, each short enough to be written large. */
import { isPressing } from "../core/alert.ts";
import type { Threshold } from "../core/panel.ts";
import type { Tone } from "../core/scene.ts";
import { clock, count, duration, loss, percent, si, UNKNOWN } from "../lib/format.ts";
import { activity } from "./activity.ts";
import { alertLook, alertsIn } from "./alerts.ts";
import { limitSign, toneOf } from "./chart-limits.ts";
import { position, type RunFacts, stageState } from "./data.ts";
import { endsAt, secondsLeft, stepsDone, timeTaken, totalSteps } from "./pace.ts";
import type { Reading } from "./reading.ts";
import { standstill } from "./standstill.ts";

export interface Figure {
  /** Over it, in small letters. */
  label: string;
  /** What it is called where there is no room for that; absent = as in the options. */
  name?: string;
  text: string;
  tone: Tone;
  /** Characters that it may come to: what is drawn does not jump when a figure becomes one longer. */
  room: number;
  /** Cells that its label may come to, where that is more than its letters take by themselves. */
  labelRoom?: number;
}

interface Of {
  facts: RunFacts;
  reading: Reading;
  thresholds: readonly Threshold[];
}

type Maker = (of: Of) => Figure;

const metric =
  (label: string, id: string, text: (value: number | null) => string, room: number): Maker =>
  ({ reading, thresholds }) => {
    const value = reading.stage(id)?.value ?? null;
    const tone = toneOf(id, value, thresholds);
    return { label: `${limitSign(tone)}${label}`, text: text(value), tone: tone ?? "text", room };
  };

function doneOf(facts: RunFacts): number | null {
  if (stageState(facts)?.status === "done") return 1;
  const total = totalSteps(facts);
  const done = stepsDone(facts, position(facts));
  return done === null || !total ? null : done / total;
}

/** One unit is enough from across a room: `21M`, `3D`; capital letters, for the font has no others. */
const shortDuration = (seconds: number | null): string =>
  seconds === null ? UNKNOWN : (duration(seconds).split(" ")[0] ?? "").replace(/\.\d/, "");

const STILL_WORDS = { steps: "stalled", record: "unknown" } as const;

const ENDS_ROOM = "left, ends 00:00:00".length;

/** One word, and what the person across the room would do about it by its tone and sign. */
function stateOf({ facts }: Of): Figure {
  const { state, liveness } = facts;
  const doing = activity(facts, position(facts));
  const still = standstill(facts, position(facts));
  const word = liveness === "unattended" ? "alone" : liveness === "gone" ? "gone" : still === null ? state.status : STILL_WORDS[still.kind];
  return { label: `${doing.glyph} ${doing.text}`, text: word, tone: doing.tone === "good" ? "text" : doing.tone, room: 8 };
}

function alertsFigure({ facts }: Of): Figure {
  const pressing = alertsIn(facts.data).filter(isPressing);
  const worst = pressing.findLast(({ severity }) => severity === "bad");
  const bad = worst !== undefined;
  const first = worst ?? pressing.at(-1);
  return {
    label: first === undefined ? "alerts" : `${alertLook(bad ? "bad" : "warn")[0]} ${String(first.cause)}`,
    text: count(pressing.length),
    tone: pressing.length === 0 ? "text" : bad ? "bad" : "warn",
    room: 2,
  };
}

const FIGURES = {
  loss: metric("loss", "train/loss", (value) => loss(value, value !== null && Math.abs(value) >= 100 ? 1 : 4), 6),
  percent: ({ facts }) => ({ label: "done", text: percent(doneOf(facts)), tone: "text", room: 4 }),
  step: ({ facts, reading: { moment } }) => {
    if (moment !== null) return { label: "step", text: count(moment.step), tone: "text", room: 7 };
    const total = totalSteps(facts);
    const label = total === null ? "steps" : `of ${count(total)} steps`;
    return { label, name: "steps", text: count(stepsDone(facts, position(facts))), tone: "text", room: 7 };
  },
  eta: ({ facts }) => {
    if (stageState(facts)?.endedAt != null) {
      const [name, seconds] = timeTaken(facts, "took");
      return { label: name, name, text: shortDuration(seconds), tone: "text", room: 3 };
    }
    const seconds = secondsLeft(facts);
    return {
      label: seconds === null ? "left" : `left, ends ${endsAt(facts, seconds)}`,
      text: shortDuration(seconds),
      tone: "text",
      room: 3,
      labelRoom: ENDS_ROOM,
    };
  },
  rate: metric("tok/s", "train/tok_per_sec", si, 5),
  bpb: metric("val bpb", "val/bpb", (value) => loss(value), 6),
  mfu: metric("mfu", "train/mfu", (value) => (value === null || !Number.isFinite(value) ? UNKNOWN : value.toFixed(1)), 4),
  state: stateOf,
  alerts: alertsFigure,
  clock: ({ facts }) => ({ label: "clock", text: clock(facts.now), tone: "text", room: 5 }),
} as const satisfies Readonly<Record<string, Maker>>;

export type FigureName = keyof typeof FIGURES;
export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[];

export const figureOf = (name: FigureName, of: Of): Figure => FIGURES[name](of);
