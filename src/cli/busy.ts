/** What a log is told of evaluations and samples: one line when they are over, with what they came to. */
import type { StoredEvent } from "../core/journal.ts";
import { count, duration } from "../lib/format.ts";
import { type PanelData, textField } from "../panels/data.ts";
import { evaluationText, isEvaluation } from "../panels/evaluation-text.ts";

/** One that lasts longer than this is told of before it is over: nobody is to think that the run hangs. */
const LONG_MS = 2000;

/** Phases that other lines tell of: a checkpoint, a request, the samples themselves. */
const TOLD_OTHERWISE: ReadonlySet<string> = new Set(["save", "pause", "sample"]);

/** A phase that has begun and, once it has `ended`, waits for its value. */
interface Phase {
  begun: StoredEvent;
  ended: StoredEvent | null;
  isToldOf: boolean;
}

export class Busy {
  #phases: Phase[] = [];
  #samples: { step: number | null; many: number } | null = null;

  constructor(readonly data: PanelData) {}

  /** Takes what has no line of its own; with its stage a phase ends that has not been ended. */
  take(event: StoredEvent): void {
    if (event.kind === "stage") this.#phases = this.#phases.filter(({ ended }) => ended !== null);
    const name = textField(event.body, "name") ?? "";
    if (event.kind === "sample") this.#samples = { step: event.step, many: (this.#samples?.many ?? 0) + 1 };
    if (event.kind !== "phase" || TOLD_OTHERWISE.has(name)) return;
    if (event.body["state"] === "begin") this.#phases.push({ begun: event, ended: null, isToldOf: false });
    const open = this.#phases.find(({ begun, ended }) => ended === null && begun.body["name"] === name);
    if (event.body["state"] === "end" && open !== undefined) open.ended = event;
  }

  /**
   * The lines that can be told now. The value of an evaluation comes after its end: it is waited for until the run is at a later
   * `step`, or `isOver`, when something else is told that came after it.
   */
  lines(step: number | null, isOver: boolean, now = Date.now()): string[] {
    const isPast = (at: number | null): boolean => isOver || (step !== null && at !== null && step > at);
    const lines: string[] = [];
    this.#phases = this.#phases.filter((phase) => {
      const { begun, ended } = phase;
      if (ended !== null && !isPast(ended.step) && !hasValue(this.data, ended)) return true;
      if (ended !== null) lines.push(...overText(this.data, ended));
      else if (!phase.isToldOf && now - begun.at > LONG_MS) {
        phase.isToldOf = true;
        lines.push(`${begun.body["name"]} …`);
      }
      return ended === null;
    });
    if (this.#samples !== null && isPast(this.#samples.step)) {
      const { step: at, many } = this.#samples;
      lines.push(`${many === 1 ? "1 sample" : `${count(many)} samples`}${at === null ? "" : ` at step ${count(at)}`}`);
      this.#samples = null;
    }
    return lines;
  }
}

/** Whether the text of an evaluation has its value: what it came to, behind what it is. */
const hasValue = (data: PanelData, ended: StoredEvent): boolean =>
  !isEvaluation(textField(ended.body, "name") ?? "") || evaluationText(data, ended).includes(" · ");

/** Nothing of what is no evaluation and was over in a moment. */
function overText(data: PanelData, ended: StoredEvent): string[] {
  const seconds = Number(ended.body["seconds"] ?? 0);
  if (isEvaluation(textField(ended.body, "name") ?? "")) return [`${evaluationText(data, ended)} in ${duration(seconds)}`];
  return seconds * 1000 > LONG_MS ? [`${ended.body["name"]} took ${duration(seconds)}`] : [];
}
