/** What the model writes at a step, beside what it wrote to the same prompt the time before. */

import type { StoredEvent } from "../core/journal.ts";
import type { KeyOf } from "../core/keys.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Empty, Line, Scene, Span } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count } from "../lib/format.ts";
import { cannot, patchFields } from "./ability.ts";
import { STEP } from "./chart-options.ts";
import { planned, type RunFacts, stageState, textField } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { momentOf } from "./moment.ts";
import { wrapLine } from "./paint.ts";
import { scrolled, scrollTo } from "./scrolling.ts";
import { changedWords } from "./word-changes.ts";

const OPTIONS = {
  prompt: { type: "text", default: "", title: "Prompt", help: "Only prompts that hold this text" },
  step: STEP,
  changes: { type: "flag", default: true, title: "Changes", help: "Underlines the words that were not there the time before" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** More samples than any screen shows at once, those of the step before among them. */
const MOST_SAMPLES = 128;
/** Of one sample; no screen has room for more. */
const MOST_CHARACTERS = 20_000;

/** Marks of the tokenizer that a script prints around a sample; they are no words of the model. */
const SPECIALS = /<\|[a-z_]+\|>/g;

interface Sample {
  prompt: string;
  answer: string;
}

interface Taken {
  step: number | null;
  samples: Sample[];
}

function sampleOf({ body }: StoredEvent): Sample {
  const clean = (field: string): string =>
    plain((textField(body, field) ?? "").slice(0, MOST_CHARACTERS))
      .replace(SPECIALS, "")
      .replaceAll("\n", " ⏎ ");
  const prompt = clean("prompt").trim();
  const whole = clean("text").trimStart();
  return { prompt, answer: (prompt !== "" && whole.startsWith(prompt) ? whole.slice(prompt.length) : whole).trimStart() };
}

/** The step that is shown, and the one before it, of those at which samples were taken. */
function takenAt({ facts, options, view }: Input): { shown: Taken; before: Taken | null } | null {
  const moment = options.step === "cursor" ? momentOf(facts, view.chart) : null;
  const wanted = { kinds: ["sample"], stage: facts.stage } as const;
  // Looking back needs all of them; the newest are the last that came.
  const events = facts.data.events(moment === null ? { ...wanted, limit: MOST_SAMPLES } : wanted);
  if (events.length === 0) return null;
  const first = events[0]?.step ?? 0;
  const until = moment === null ? Number.POSITIVE_INFINITY : Math.max(first, moment.step);
  const at = events.findLastIndex(({ step }) => (step ?? first) <= until);
  const start = startOf(events, at);
  const shown = events.slice(start, at + 1);
  const older = start === 0 ? [] : events.slice(startOf(events, start - 1), start);
  const taken = (some: readonly StoredEvent[]): Taken => ({ step: some[0]?.step ?? null, samples: some.map(sampleOf) });
  return { shown: taken(shown), before: older.length > 0 ? taken(older) : null };
}

/** The first of those that were taken together with one of them. */
function startOf(events: readonly StoredEvent[], at: number): number {
  let start = at;
  while (start > 0 && events[start - 1]?.step === events[at]?.step) start--;
  return start;
}

function samplesPanel(input: Input): Scene {
  const { facts, size, options, view } = input;
  const found = takenAt(input);
  if (found === null) return { title: "samples", blocks: [{ block: { kind: "empty", ...whyEmpty(facts, view.keyOf) } }] };
  const title = found.shown.step === null ? "samples" : `samples @ ${count(found.shown.step)}`;
  const settings = options.prompt === "" ? undefined : `/${plain(options.prompt)}`;
  const lines = sampleLines(found.shown, options.changes ? found.before : null, options.prompt);
  if (lines.length === 0) {
    const why = `No prompt holds “${plain(options.prompt)}”`;
    return { title, settings, blocks: [{ block: { kind: "empty", why, remedy: "prompt is an option of this panel" } }] };
  }
  const rows = lines.flatMap((line) => wrapLine(line, Math.max(1, size.width)));
  const part = scrolled(rows, view.scroll, size.height);
  const changed = lines.some((line) => line.some((span) => span.underline));
  const notes = [changed ? `underlined: new since step ${count(found.before?.step)}` : "", part.note ?? ""].filter(Boolean);
  return { title, settings, note: notes.join(" · ") || undefined, blocks: [{ block: { kind: "text", lines: part.rows } }] };
}

function sampleLines({ samples }: Taken, before: Taken | null, filter: string): Line[] {
  const seen = new Map<string, number>();
  return samples.flatMap(({ prompt, answer }) => {
    // A script may ask the same prompt several times over: the n-th answer is beside the n-th.
    const n = seen.get(prompt) ?? 0;
    seen.set(prompt, n + 1);
    if (!prompt.toLowerCase().includes(filter.toLowerCase())) return [];
    const older = before?.samples.filter((sample) => sample.prompt === prompt)[n];
    return [[...(prompt === "" ? [] : [{ text: `${prompt} → `, tone: "muted" as const }]), ...answerSpans(answer, older?.answer)]];
  });
}

/** A model that has learnt little often writes blanks and nothing else, which would look like a sample that is missing. */
const NO_WORDS: Span = { text: "(no words)", tone: "muted" };

const answerSpans = (answer: string, before: string | undefined): Span[] =>
  answer === ""
    ? [NO_WORDS]
    : before === undefined
      ? [{ text: answer }]
      : changedWords(answer, before).map(({ text, changed }) => (changed ? { text, bold: true, underline: true } : { text }));

function whyEmpty(facts: RunFacts, keyOf: KeyOf): Omit<Empty, "kind"> {
  const { imported } = facts.state;
  if (imported !== undefined)
    return { why: `No samples: the ${imported.kind === "log" ? "log" : "W&B run"} that was imported tells of none` };
  const every = planned(facts, "sample_every");
  const running = stageState(facts)?.status === "running";
  const now = running && every !== undefined && cannot(facts, "sample") === null ? `${keyOf("run.sample")} takes some now` : undefined;
  if (every === undefined) return { why: "No samples: this script takes none" };
  if (typeof every === "number" && every <= 0) {
    const field = patchFields(facts.data, facts.stage)?.find(({ name }) => name === "sample_every");
    return {
      why: "No samples: sample_every is off",
      remedy: running && field?.frozen === null ? `${keyOf("run.patch")} patches it` : (now ?? "set it in the next plan"),
    };
  }
  if (!running) return { why: "No samples: none were taken in this stage" };
  return { why: `No samples yet: they come every ${typeof every === "number" ? count(every) : "few"} steps`, remedy: now };
}

export const samplesKind = definePanel({
  kind: "samples",
  title: "samples",
  about: "What the model writes at the newest step or where the cursor stands, and which words are new",
  options: OPTIONS,
  from: ["events"],
  everyMs: 200,
  least: { width: 30, height: 5 },
  keys: ["list"],
  looks: ["chart", "scroll"],
  scene: samplesPanel,
  scroll: (input, by) => {
    const found = takenAt(input);
    const lines = found === null ? [] : sampleLines(found.shown, null, input.options.prompt);
    const rows = lines.reduce((sum, line) => sum + wrapLine(line, Math.max(1, input.size.width)).length, 0);
    return { scroll: scrollTo(rows, input.view.scroll, by, input.size.height) };
  },
});
