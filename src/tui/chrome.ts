/** The rows around a screen: tabs above, keys and status below. */
import type { Action } from "../core/action.ts";
import { type AlertStatus, isPressing, SEVERITY_SIGNS } from "../core/alert.ts";
import { isAlone, runName } from "../core/run.ts";
import type { Span } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import type { Region } from "../lib/canvas.ts";
import { clock, count, counted, middle, percent, roughly } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import { alertsIn } from "../panels/alerts.ts";
import { chosenStage, currentStage, planned, position, type RunFacts, stageTitle } from "../panels/data.ts";
import { secondsLeft, shareTold, stagesAfter, stepsDone, totalSteps } from "../panels/pace.ts";
import { staleSpan, statusSpan } from "../panels/runs.ts";
import { standstill } from "../panels/standstill.ts";
import { hasScreenRow } from "./body.ts";
import type { AppContext } from "./context.ts";
import { keyLabel } from "./keys.ts";
import type { Zones } from "./overlay.ts";
import { replaySpan } from "./replay-actions.ts";
import { TABS, tabOf } from "./tabs.ts";

const FULL_NAME_WIDTH = 70;
const SHORTEST_BREADCRUMB = 16;
/** Of a run in the status bar, where there is no room for all of its name. */
const LEAST_NAME = 8;
/** At a tab that has something new: what comes of a run is a checkpoint. */
export const NEWS = "◆";

/** Program, tabs with their numbers, and at the right where one is. Narrow: numbers, and the name of the active one. */
export function drawTabs(app: AppContext, row: Region, zones: Zones): void {
  const wide = row.width >= FULL_NAME_WIDTH;
  let x = wide ? row.put(1, 0, "nanochat-cli", { tone: "muted" }) + 1 : 0;
  TABS.forEach(({ id, title }, index) => {
    const active = id === app.state.tab;
    const name = wide || active ? ` ${index + 1} ${title} ` : ` ${index + 1} `;
    const text = app.state.news.has(id) ? `${name}${NEWS} ` : name;
    const tab = row.sub(x, 0, textWidth(text), 1);
    if (active) tab.fill("surface");
    tab.put(0, 0, text, { tone: active ? "accent" : "muted", bold: active });
    if (text !== name) tab.put(textWidth(name), 0, NEWS, { tone: "good" });
    zones.add(tab, { press: () => app.setTab(id), jump: { at: 0, to: () => app.setTab(id) } });
    x += textWidth(text);
  });
  const room = row.width - x - 3;
  const where = breadcrumb(app, Math.max(0, room));
  if (room >= SHORTEST_BREADCRUMB) row.put(row.width - textWidth(where) - 1, 0, where, { tone: "muted" });
}

/** The screens of a run, by their titles; the one that is shown is raised, one with unsaved changes has a dot. */
export function drawScreens(app: AppContext, row: Region, zones: Zones): void {
  const { editing, problem, name: shown } = app.screens;
  // What is being done to a screen, or is wrong with its file, needs the room of the others.
  const alone = editing || problem !== null;
  const all = app.screens.list.map(({ name, title }) => ({ name, text: ` ${title}${app.screens.isChanged(name) ? " •" : ""} ` }));
  const listed = alone ? all.filter(({ name }) => name === shown) : all;
  const { first, last } = alone ? { first: 0, last: listed.length } : visibleAround(listed, shown, row.width - PLUS);
  let x = 1;
  const arrow = (glyph: string, action: string): void => {
    const place = row.sub(x, 0, 2, 1);
    place.put(0, 0, glyph, { tone: "muted" });
    zones.add(place, { press: () => app.runAction(action) });
    x += 2;
  };
  if (first > 0) arrow("‹", "screen.previous");
  for (const { name, text } of listed.slice(first, last)) {
    const place = row.sub(x, 0, textWidth(text), 1);
    place.put(0, 0, text, { tone: name === shown ? "accent" : "muted", bold: name === shown, underline: name === shown });
    zones.add(place, { press: () => app.showScreen(name), jump: { at: 0, to: () => app.showScreen(name) } });
    x += textWidth(text) + 1;
  }
  if (last < listed.length) arrow("›", "screen.next");
  if (alone) drawScreenState(app, row.sub(x + 1, 0, row.width - x - 2, 1), zones);
  else {
    const plus = row.sub(x - 1, 0, 3, 1);
    plus.put(1, 0, "+", { tone: "muted" });
    zones.add(plus, { press: () => app.runAction("screen.new") });
  }
}

/** Cells of the row of screens that its ends and `+` take. */
const PLUS = 7;

/** Which of the screens have room, the one that is shown among them: from the first on, if it is. */
function visibleAround(all: readonly { name: string; text: string }[], shown: string, room: number): { first: number; last: number } {
  const widths = all.map(({ text }) => textWidth(text) + 1);
  const fits = (from: number, to: number): boolean => widths.slice(from, to).reduce((sum, width) => sum + width, 0) <= room;
  const at = all.findIndex(({ name }) => name === shown) + 1;
  let first = 0;
  while (first < at - 1 && !fits(first, at)) first++;
  let last = Math.max(at, first);
  while (last < all.length && fits(first, last + 1)) last++;
  return { first, last };
}

function drawScreenState(app: AppContext, place: Region, zones: Zones): void {
  const { editing, problem } = app.screens;
  place.line(0, 0, [
    { text: editing ? `editing · ${app.keyOf("edit.done")} done  ` : "", tone: "accent" },
    { text: problem === null ? "" : `▲ ${problem}`, tone: "warn" },
  ]);
  if (editing) zones.add(place, { press: () => app.runAction("edit.done") });
}

/** The run, by its name; on the Train tab the screen, and a stage that is looked at instead of the one that runs. */
/** In so many cells. A stage that was chosen is told whole before the rest: nothing else says that this is not what runs. */
function breadcrumb(app: AppContext, room: number): string {
  const facts = app.facts();
  if (facts === null) return "";
  const name = calledShort(facts);
  if (app.state.tab !== "train") return middle(name, room);
  const screen = `${app.screens.spec.title}${app.screens.isChanged() ? " •" : ""}`;
  const stage = chosenStage(facts) === undefined ? undefined : facts.state.stages.find(({ index }) => index === facts.stage);
  if (stage === undefined) return middle(`${name} › ${screen}`, room);
  const chosen = `${stageTitle(stage.name)} (chosen)`;
  const forms = [[name, chosen, screen], [chosen, screen], [chosen], [stageTitle(stage.name)]].map((parts) => parts.join(" › "));
  return forms.find((form) => textWidth(form) <= room) ?? middle(forms.at(-1)!, room);
}

/** A longer name leaves no room for what stands after it. */
const LONGEST_NAME = 32;

const calledShort = ({ state, about }: RunFacts): string => middle(plain(runName({ name: state.name, about })), LONGEST_NAME);

const lowerFirst = (title: string): string => title.charAt(0).toLowerCase() + title.slice(1);

/** From this place on, a hint is never pushed out by others: whoever knows these finds everything else. */
const ALWAYS = 90;
const FULL_EDIT_WIDTH = 100;

export interface Hint {
  action: Action<AppContext>;
  /** As shown: the first that does it where one is, or those of its family. */
  keys: string;
  title: string;
}

/** `key`: the one to show: where text is typed, one that writes nothing. Null = as things are there is nothing to say. */
export function hintOf(app: AppContext, action: Action<AppContext>, key: string): Hint | null {
  const { hint } = action;
  const [one, family] = hint?.keys ?? [];
  const own = one === undefined || key === one ? hint?.title : undefined;
  const title = typeof own === "function" ? own(app) : (own ?? lowerFirst(action.title));
  return title === null ? null : { action, keys: family !== undefined && key === one ? family : keyLabel(key), title };
}

const hintText = ({ keys, title }: Hint): string => `${keys} ${title}`;

/** As many hints as fit: those that are always there, the first ones that can be done now, then those that cannot. */
function fitting(hints: readonly Hint[], isOff: (hint: Hint) => boolean, cells: number): Hint[] {
  // Who edits a screen has more keys to learn than a narrow terminal has room for: help lists those that everybody has.
  const few = cells < FULL_EDIT_WIDTH && hints.some(({ action }) => action.group === "edit");
  const isFixed = ({ action }: Hint): boolean =>
    (action.footer ?? 0) >= ALWAYS && (!few || action.group === "edit" || action.id === "help");
  const rank = (hint: Hint): number => (isFixed(hint) ? 0 : isOff(hint) ? 2 : 1);
  const kept = new Set<Hint>();
  let left = cells;
  for (const hint of [...hints].sort((a, b) => rank(a) - rank(b))) {
    left -= textWidth(hintText(hint)) + 2;
    if (left < 0) break;
    kept.add(hint);
  }
  return hints.filter((hint) => kept.has(hint));
}

/** What can be done with the focused panel, earliest first; what cannot be done now is dim. */
export function drawFooter(app: AppContext, hints: readonly Hint[], row: Region, zones: Zones): void {
  const off = new Set(hints.filter(({ action }) => action.disabled(app) !== null));
  let x = 1;
  for (const shown of fitting(hints, (hint) => off.has(hint), row.width)) {
    const { action, keys, title } = shown;
    const text = hintText(shown);
    const isOff = off.has(shown);
    const hint = row.sub(x, 0, textWidth(text), 1);
    hint.line(0, 0, [
      { text: `${keys} `, tone: isOff ? "faint" : "accent", bold: !isOff },
      { text: title, tone: isOff ? "faint" : "muted" },
    ]);
    // No place to jump to: a letter that was meant for a panel must not save or stop anything.
    zones.add(hint, { press: () => app.runAction(action.id) });
    x += textWidth(text) + 2;
  }
}

/** `✕1 ▲2`: how many of each kind are open. */
function alertSpans(pressing: readonly AlertStatus[]): Span[] {
  const bad = pressing.filter(({ severity }) => severity === "bad").length;
  const counts = [["bad", bad] as const, ["warn", pressing.length - bad] as const].filter(([, of]) => of > 0);
  return counts.map(([tone, of], i) => ({ text: `${i === 0 ? "" : " "}${SEVERITY_SIGNS[tone]}${of}`, tone }));
}

/**
 * Mode, run, alerts, screen, machine, W&B, clock; as it narrows the stages to come go first, then W&B, machine and clock. The screen
 * goes as well where a row of all of them is there; where not, what is told of the run gets shorter before it.
 */
export function drawStatus(app: AppContext, row: Region): void {
  const shown = app.facts();
  // Whatever stage of it is being looked at.
  const facts = shown === null ? null : { ...shown, stage: currentStage(shown.state) };
  const { unseenBesideAlerts: problems } = app.notices;
  const { run, kept } = keptParts(app, facts, row.width);
  const separator: Span = { text: " │ ", tone: "faint" };
  // Of the program, not of the run: what the toasts have said and nobody has looked at.
  const notices: Span[] = [{ text: `${problems} ${problems === 1 ? "notice" : "notices"} ${app.keyOf("notices")}`, tone: "muted" }];
  const optional = [...(problems > 0 ? [{ spans: notices, rank: 1 }] : []), ...optionalParts(app, shown)];
  const next = facts === null ? [] : nextSpans(facts);
  if (partsWidth([...kept, ...optional.map(({ spans }) => spans), next]) - SEPARATOR <= row.width) run.push(...next);
  const parts = [...kept, ...droppedToFit(optional, row.width - partsWidth(kept))];
  row.line(
    1,
    0,
    parts.flatMap((part, index) => (index === 0 ? part : [separator, ...part])),
  );
}

/** What stays however narrow it is, and the part of it that is of the run. */
function keptParts(app: AppContext, facts: RunFacts | null, width: number): { run: Span[]; kept: Span[][] } {
  const pressing = facts === null ? [] : alertsIn(facts.data).filter(isPressing);
  const before: Span[][] = [
    [{ text: mode(app), tone: "accent", bold: true }],
    ...(app.readOnly ? [[{ text: "READ-ONLY", tone: "info" as const, bold: true }]] : []),
    ...(app.run?.replay === undefined ? [] : [[replaySpan(app.run.replay)]]),
  ];
  const runs = facts === null ? [[{ text: "no run", tone: "muted" as const }]] : runForms(facts, app);
  const screens: Span[][][] = hasScreenRow(app, app.size().height) ? [[]] : screenForms(app);
  const alerts = pressing.length > 0 ? [alertSpans(pressing)] : [];
  const forms = runs.flatMap((run) => screens.map((screen) => ({ run, kept: [...before, run, ...alerts, ...screen] })));
  const run = runs.at(-1)!;
  // Where not even its state and name have room, it is the end of the name that is cut, and not the count of alerts.
  const least = [
    [...before, run, ...alerts],
    [...before, ...alerts, run],
  ].map((kept) => ({ run, kept }));
  return [...forms, ...least].find(({ kept }) => partsWidth(kept) - 1 <= width) ?? least.at(-1)!;
}

/** The tab; while a screen is edited keys mean something else, and that is said. */
const mode = ({ state, screens }: AppContext): string =>
  state.tab === "train" && screens.editing ? "EDITING" : tabOf(state.tab).title.toUpperCase();

/** Cells between two parts. */
const SEPARATOR = 3;

/** Cells with the separators. */
const partsWidth = (parts: ReadonlyArray<readonly Span[]>): number =>
  parts.reduce((sum, part) => sum + textWidth(part.map(({ text }) => text).join("")) + SEPARATOR, -1);

interface StatusPart {
  spans: Span[];
  /** The highest goes first where it is narrow. */
  rank: number;
}

function optionalParts(app: AppContext, facts: RunFacts | null): StatusPart[] {
  const ranked = (rank: number, parts: Span[][]): StatusPart[] => parts.map((spans) => ({ spans, rank }));
  return [
    ...(facts === null ? [] : [...ranked(0, shownAbove(app)), ...ranked(2, hostSpans(facts)), ...ranked(3, wandbSpans(facts))]),
    // The first look at the local time takes the runtime ten milliseconds.
    ...(app.isSettled ? [{ spans: [{ text: clock(app.now), tone: "muted" as const }], rank: 1 }] : []),
  ];
}

function droppedToFit(parts: readonly StatusPart[], cells: number): Span[][] {
  const kept = [...parts];
  while (kept.length > 0 && partsWidth(kept.map(({ spans }) => spans)) + 1 > cells) {
    const highest = Math.max(...kept.map(({ rank }) => rank));
    kept.splice(
      kept.findIndex(({ rank }) => rank === highest),
      1,
    );
  }
  return kept.map(({ spans }) => spans);
}

/** Its steps do not come, though it is said to run. */
const STALLED: Span = { text: "▲ stalled", tone: "warn" };

/** How the run is: all, then ever less of it. */
function runForms(facts: RunFacts, { pace: { breathes }, run }: AppContext): Span[][] {
  const { state, liveness, now } = facts;
  const at = position(facts);
  const still = standstill(facts, at);
  const isSaid = still === null || isAlone(liveness);
  const status = isSaid ? statusSpan(state.status, liveness) : still.kind === "steps" ? STALLED : staleSpan(still.since);
  // A live run's dot breathes once in two seconds: the one sign that this screen is not a picture.
  const breath = breathes && still === null && state.status === "running" && liveness === "owned" && Math.floor(now / 1000) % 2 === 1;
  const total = totalSteps(facts);
  const done = stepsDone(facts, at);
  const name = calledShort(facts);
  const called = (text: string): Span[] => [{ ...status, tone: breath ? "muted" : status.tone }, { text: ` ${text}` }];
  const least = called(middle(name, LEAST_NAME));
  if (done === null) return [called(name), least];
  const part = total === null ? shareTold(facts) : done / total;
  const share = part === null ? "" : percent(part);
  // A replay says at which step it is: beside that another number, of those that are made, would look like a mistake.
  const made = run?.replay !== undefined ? "" : total === null ? counted(done, "step") : `${count(done)}/${count(total)}`;
  const far: Span = { text: [made, share].map((text) => (text === "" ? "" : ` ${text}`)).join("") };
  const left = secondsLeft(facts);
  // What is beside the word "unattended" is of when its supervisor wrote it last.
  const then = isSaid && still !== null ? ` as of ${clock(still.since, true)}` : null;
  const text = then ?? (left !== null && left > 0 ? ` eta ${roughly(left)}` : "");
  const eta: Span[] = text === "" ? [] : [{ text, tone: then === null ? "muted" : "warn" }];
  const short: Span = share === "" ? far : { text: ` ${share}` };
  return [[...called(name), far, ...eta], [...called(name), far], [...called(name), short], [...least, short], least];
}

/** What the time that is left is not of: the stages to come. Nothing where none is told. */
function nextSpans(facts: RunFacts): Span[] {
  const next = (secondsLeft(facts) ?? 0) > 0 ? stagesAfter(facts) : null;
  return next === null ? [] : [{ text: `, then ${next}`, tone: "muted" }];
}

/** The screen, where there is no row of all of them: which one of how many it is, and the keys to the others; then its name alone. */
function screenForms(app: AppContext): Span[][][] {
  if (app.state.tab !== "train") return [[]];
  const { spec, list } = app.screens;
  const at = list.findIndex(({ name }) => name === spec.name) + 1;
  const others = ` ${at}/${list.length} ${app.keyOf("screen.previous")} ${app.keyOf("screen.next")}`;
  return [`${spec.title}${others}`, spec.title].map((text) => [[{ text, tone: "muted" }]]);
}

/** The screen, where it stands in a row of all as well. */
const shownAbove = (app: AppContext): Span[][] =>
  app.state.tab === "train" && hasScreenRow(app, app.size().height) ? [[{ text: app.screens.spec.title, tone: "muted" }]] : [];

/** Whether the stage logs to W&B, by its plan; nothing for a script that never does. */
function wandbSpans(facts: RunFacts): Span[][] {
  const name = planned(facts, "run");
  if (name === undefined) return [];
  const mode = facts.plan.env["WANDB_MODE"] ?? "online";
  const off = name === null || name === "" || name === "dummy" || mode === "disabled";
  const [glyph, word] = off ? ["○", "off"] : mode === "offline" ? ["◐", "offline"] : ["●", "on"];
  return [[{ text: `W&B ${glyph} ${word}`, tone: "muted" }]];
}

function hostSpans({ data, liveness }: RunFacts): Span[][] {
  const cpu = data.latest(0, "host/cpu");
  if (cpu === null || liveness === "ended") return [];
  const gpus = data.metrics(0).filter((metric) => /^gpu\/\d+\/util$/.test(metric));
  if (gpus.length === 0) return [[{ text: `cpu ${Math.round(cpu.value)}%`, tone: "muted" }]];
  const mean = gpus.reduce((sum, metric) => sum + (data.latest(0, metric)?.value ?? 0), 0) / gpus.length;
  return [[{ text: `${gpus.length}×GPU ${Math.round(mean)}%`, tone: "muted" }]];
}
