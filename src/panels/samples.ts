/** What the model writes: the samples of the newest step that has any. */

import type { Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count } from "../lib/format.ts";
import { planned, type RunFacts, stageState, textField } from "./data.ts";
import { definePanel } from "./kind.ts";

/** More samples than any screen shows at once. */
const MOST_SAMPLES = 64;

/** Marks of the tokenizer that a script prints around a sample; they are no words of the model. */
const SPECIALS = /<\|[a-z_]+\|>/g;

export function samplesPanel(facts: RunFacts): Scene {
  const all = facts.data.events({ kinds: ["sample"], stage: facts.stage, limit: MOST_SAMPLES });
  const newest = all.at(-1);
  if (newest === undefined) return { title: "samples", blocks: [{ block: { kind: "empty", ...whyEmpty(facts) } }] };
  const lines = all
    .filter(({ step }) => step === newest.step)
    .map(({ body }) => sampleLine(textField(body, "prompt") ?? "", textField(body, "text") ?? ""));
  return {
    title: newest.step === null ? "samples" : `samples @ ${count(newest.step)}`,
    blocks: [{ block: { kind: "text", lines, overflow: "wrap" } }],
  };
}

/** The prompt dim, what the model made of it bright, on one line. */
function sampleLine(prompt: string, text: string): Line {
  const clean = (part: string): string => plain(part).replace(SPECIALS, "").replaceAll("\n", " ⏎ ");
  const whole = clean(text).trimStart();
  const asked = clean(prompt).trim();
  const answer = asked !== "" && whole.startsWith(asked) ? whole.slice(asked.length) : whole;
  return asked === ""
    ? [{ text: answer }]
    : [{ text: asked, tone: "muted" }, { text: answer.startsWith(" ") || answer === "" ? answer : ` ${answer}` }];
}

function whyEmpty(facts: RunFacts): { why: string; remedy?: string } {
  const every = planned(facts, "sample_every");
  if (every === undefined) return { why: "No samples: this script takes none" };
  if (typeof every === "number" && every <= 0) return { why: "No samples: sample_every is off", remedy: "set it in the next plan" };
  if (stageState(facts)?.status !== "running") return { why: "No samples: none were taken in this stage" };
  return { why: `No samples yet: they come every ${typeof every === "number" ? count(every) : "few"} steps` };
}

export const samplesKind = definePanel({
  kind: "samples",
  title: "samples",
  about: "What the model writes at the newest step that has samples",
  options: {},
  from: ["events"],
  everyMs: 200,
  least: { width: 30, height: 5 },
  scene: ({ facts }) => samplesPanel(facts),
});
