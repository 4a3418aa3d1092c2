/** The question to which step a replay goes: of the stage that is looked at, or of another one by its name. */
import { clock, count } from "../lib/format.ts";
import { currentStage, type RunFacts, stageTitle } from "../panels/data.ts";
import { stepsDone, totalSteps } from "../panels/pace.ts";
import type { Replay } from "../services/replay-view.ts";
import type { AppContext } from "./context.ts";

/** What is said of the pace is about this: it is over once that is another. */
export const PACE = "pace of the replay";

/** A stage that has steps, and which: both ends among them. */
interface Steps {
  stage: number;
  title: string;
  from: number;
  to: number;
}

const rangeText = ({ title, from, to }: Steps): string => `${title} has steps ${count(from)} to ${count(to)}`;

function stagesOf({ state }: RunFacts, replay: Replay): Steps[] {
  return state.stages.flatMap(({ index, name }) => {
    const steps = replay.stepsOf(index);
    return steps === null ? [] : [{ stage: index, title: stageTitle(name), ...steps }];
  });
}

/** `120`, or `chat_sft 120`: a part of the stage's name is enough. */
function placeOf(
  text: string,
  stages: readonly Steps[],
  here: Steps | undefined,
  replay: Replay,
): { steps: Steps; step: number; at: number } | { why: string } {
  const [, name, number] = /^(?:(\S+)\s+)?(\d+)$/.exec(text.trim()) ?? [];
  if (number === undefined) return { why: "A step is a number; before it the name of another stage may stand" };
  const steps = name === undefined ? here : stages.find(({ title }) => title.includes(name));
  if (steps === undefined)
    return { why: `${name === undefined ? "This stage has no steps" : `No stage is called ${name}`}: ${stages.map(rangeText).join(", ")}` };
  const at = replay.timeOf(steps.stage, Number(number));
  return at === null || Number(number) > steps.to
    ? { why: `${rangeText(steps)}, and no ${count(Number(number))}` }
    : { steps, step: Number(number), at };
}

/** Most scripts count steps from 0: at the one that is named, one more is made, which is what the panels say then. */
function hintOf(facts: RunFacts, { steps, step, at }: { steps: Steps; step: number; at: number }): string {
  const there = { ...facts, stage: steps.stage };
  const total = totalSteps(there);
  return `at ${clock(at, true)}, ${count(stepsDone(there, { key: step }))}${total === null ? "" : ` of ${count(total)}`} steps made`;
}

export function askForStep(app: AppContext): void {
  const facts = app.facts();
  const replay = app.run?.replay;
  if (facts === null || replay === undefined) return;
  const stages = stagesOf(facts, replay);
  const here = stages.find(({ stage }) => stage === (app.state.stage ?? currentStage(facts.state)));
  const others = stages.filter((one) => one !== here);
  const find = (text: string): ReturnType<typeof placeOf> => placeOf(text, stages, here, replay);
  const other = others.at(-1);
  app.overlays.askText({
    title: "Go to a step",
    what: [
      here === undefined ? "The stage that is shown has no steps." : `${rangeText(here)}.`,
      ...(other === undefined ? [] : [`${others.map(rangeText).join(", ")}: \`${other.title} ${other.from}\` goes there.`]),
    ].join(" "),
    verb: "goes there and stays",
    check: (text) => {
      const place = find(text);
      return "why" in place ? place.why : null;
    },
    hint: (text) => {
      const place = find(text);
      return "why" in place ? null : hintOf(facts, place);
    },
    answer: (text) => {
      const place = find(text);
      if ("why" in place) return;
      const told = replay.paused ? [] : [`Held at step ${count(place.step)}: ${app.keyOf("replay.pause")} goes on`];
      // A fast replay would be far past it before anybody has looked.
      replay.setPaused(true);
      replay.seek(place.at);
      if (place.steps !== here) {
        // The stage that ran at that moment, whichever was looked at.
        app.state.stage = null;
        told.push(rangeText(place.steps));
      }
      if (told.length > 0) app.notify("info", told.join(" · "), PACE);
      app.touch();
    },
  });
}
