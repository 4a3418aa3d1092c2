/**
 * The screen-reader face (`--screen-reader`): what changes is said in lines, what is typed are words or keys and enter. The
 * program is the same one; its frames are made and not shown, so that dialogs, filters and actions are where they always are.
 */
import { isPressing } from "../core/alert.ts";
import type { Liveness } from "../core/run.ts";
import { clock, count, counted, duration, percent } from "../lib/format.ts";
import { didYouMean } from "../lib/suggest.ts";
import { againText, alertsIn, inOrderOfNeed } from "../panels/alerts.ts";
import { checkpointName, replyText } from "../panels/chat.ts";
import { factsOf, position } from "../panels/data.ts";
import { eventsKind } from "../panels/events.ts";
import { readOptions } from "../panels/kind.ts";
import { secondsLeft, stagesAfter, stepsDone, totalSteps } from "../panels/pace.ts";
import { INITIAL_VIEW } from "../panels/view.ts";
import { actionFor } from "./actions.ts";
import type { AppContext } from "./context.ts";
import type { Input } from "./input.ts";
import { keyName, NAMED_KEYS } from "./key-names.ts";
import { rawKeyOf } from "./keys.ts";
import type { LineTerminal } from "./line-terminal.ts";
import { HeardCanvas, type Overlay, Zones } from "./overlay.ts";
import { spokenRows, spokenScene, spokenText } from "./spoken.ts";
import { tabOf } from "./tabs.ts";

const EVERY_SECONDS = 15;
/** How a run is that nobody looks after. */
const ALONE: Partial<Record<Liveness, string>> = { unattended: "looked after by nobody", gone: "without a process" };
const LEVELS = { info: "", good: "", refused: "Warning: ", warn: "Warning: ", bad: "Problem: " } as const;
const MOST_MEANT = 3;
const MOST_ALERTS = 3;
/** No action's key, and answered everywhere. */
const INTERRUPT = "ctrl+c";
/** An evaluation that has ended, and what came of it is logged a moment later: said then, once. */
const WITHOUT_FIGURE = / ▾ (?:CORE )?evaluation [\d,]+ in /;
const FIGURE_MS = 2000;
/** Wide enough for any sentence, and high enough that what has columns where it is low has one. */
const OVERLAY_SIZE = { width: 300, height: 200 };

export class Reader {
  #everyMs = EVERY_SECONDS * 1000;
  #said = { notices: 0, place: "", overlay: null as Overlay | null, status: "", step: -1, at: Number.NEGATIVE_INFINITY, replies: "" };
  /** What has happened that is known already, of one run. */
  #events: { run: string; known: ReadonlySet<string> } | null = null;
  /** Evaluations of which the figure is awaited, by their lines, with the time when they were first seen. */
  #held: ReadonlyMap<string, number> = new Map();
  /** What the dialog said last, and under which title. */
  #heard: { title: string; lines: ReadonlySet<string> } = { title: "", lines: new Set() };
  /** A line was typed, and nothing that came of it in the dialog has been said: keys may be taken later than they come. */
  #awaited = false;

  constructor(
    private readonly app: AppContext & { draw(): void; readonly input: Pick<Input, "filter"> },
    private readonly terminal: LineTerminal,
  ) {}

  /** Says what is new since the last time. */
  poll(): void {
    this.#sayNotices();
    this.#sayRun();
    this.#sayEvents();
    this.#sayReplies();
    this.#sayPlace();
    this.#sayOverlay();
  }

  /** A line that was typed. */
  line(typed: string): void {
    const words = typed.trim();
    const { app } = this;
    const command = words.startsWith("/") ? words.slice(1).trim() : null;
    this.#awaited = true;
    const takesText = app.overlays.current !== null || app.pane().editor !== undefined;
    if (command !== null || !takesText) this.#command(command ?? words);
    else if (words === "" || this.#isKey(words)) this.terminal.press(rawKeyOf(words === "" ? "enter" : (this.#isKey(words) ?? words)));
    else {
      this.terminal.paste(words);
      this.terminal.press(rawKeyOf("enter"));
    }
    // The focus goes with the frame, seen or not.
    this.app.draw();
    this.poll();
    this.#sayOverlay(true);
  }

  /** One letter, or a key by its name; its one spelling. */
  #isKey(words: string): string | null {
    const named = keyName(words);
    const alone = [...words].length === 1 || words.includes("+") || NAMED_KEYS.includes(words.toLowerCase());
    return "key" in named && alone ? named.key : null;
  }

  #command(words: string): void {
    const { app } = this;
    const [first = "", ...rest] = words.toLowerCase().split(/\s+/);
    const more = rest.join(" ");
    const own: Readonly<Record<string, () => void>> = {
      "": () => this.#where(),
      help: () => this.#help(),
      where: () => this.#where(),
      read: () => this.#read(more),
      panels: () => this.#say(`Panels: ${app.order().join(", ")}`),
      go: () => this.#go(more),
      screen: () => this.#screen(more),
      every: () => this.#every(Number(more)),
      // A large letter is another key.
      key: () => this.#key(words.slice(first.length).trim()),
    };
    const action = app.actions.find(({ id, title }) => [id, title.toLowerCase().replace("…", "")].includes(words.toLowerCase()));
    const key = this.#isKey(words);
    if (Object.hasOwn(own, first) && (rest.length === 0 || action === undefined)) own[first]?.();
    else if (action !== undefined) app.runAction(action.id);
    else if (key !== null) this.terminal.press(rawKeyOf(key));
    else this.#say(`${words} is nothing that can be done. ${this.#meant(words.toLowerCase(), Object.keys(own))}`);
  }

  /** What is called so by people who do not know our names for it, else what is spelled nearly so. */
  #meant(typed: string, own: readonly string[]): string {
    const { actions } = this.app;
    const called = actions.filter(({ words = [] }) => words.includes(typed)).map(({ title }) => title.toLowerCase().replace("…", ""));
    if (called.length > 0) return `Did you mean ${[...new Set(called)].slice(0, MOST_MEANT).join(", or ")}?`;
    return didYouMean(
      typed,
      [...own.filter(Boolean), ...actions.flatMap(({ id, title }) => [id, title.toLowerCase()])],
      "help lists what can.",
    );
  }

  #help(): void {
    const { app } = this;
    const groups = app.groups();
    const can = app.actions.filter((action) => groups.includes(action.group) && action.disabled(app) === null);
    this.#say("Type a word, or a key, and enter: where, read, read PANEL, panels, go PANEL, screen, screen NAME, every SECONDS, key NAME.");
    this.#say("Where a text is typed, a line is that text; /WORD is a word there too.");
    for (const { title, keys } of can) this.#say(`${title.replace("…", "")}${keys.length === 0 ? "" : `, key ${keys[0]}`}`);
  }

  #where(): void {
    this.#said.place = "";
    this.#said.at = Number.NEGATIVE_INFINITY;
    this.#said.step = -1;
    this.#said.overlay = null;
    this.poll();
    this.#sayAlerts();
  }

  #sayAlerts(): void {
    const facts = this.app.facts();
    const open = facts === null ? [] : inOrderOfNeed(alertsIn(facts.data)).filter(isPressing);
    if (open.length === 0) return;
    this.#say(`${counted(open.length, "alert")} open, ${this.app.keyOf("run.alerts")} lists them:`);
    for (const alert of open.slice(0, MOST_ALERTS)) this.#say(`${againText(alert)}${alert.cause}`);
  }

  /** A key by its name; one that there is not, or that does nothing here, is said. */
  #key(name: string): void {
    const { app } = this;
    const named = name.toLowerCase() === INTERRUPT ? { key: INTERRUPT } : keyName(name === "" ? "enter" : name);
    if ("why" in named) {
      this.#say(`key ${name}: ${named.why}.`);
      return;
    }
    const isTaken = app.overlays.current !== null || app.input.filter !== null || app.pane().editor !== undefined;
    const isAction = named.key === INTERRUPT || actionFor(app.actions, named.key, app.groups()) !== undefined;
    if (isTaken || isAction) this.terminal.press(rawKeyOf(named.key));
    else this.#say(`The key ${named.key} does nothing here.`);
  }

  #read(panel: string): void {
    const { app } = this;
    const id = panel === "" ? app.pane().id : (app.order().find((one) => one === panel || app.scene(one)?.title === panel) ?? null);
    const scene = id === null ? null : app.scene(id);
    if (scene === null) this.#say(`There is no panel ${panel} here. Panels: ${app.order().join(", ")}`);
    else for (const line of spokenScene(scene)) this.#say(line);
  }

  #go(panel: string): void {
    const order = this.app.order();
    if (order.includes(panel)) this.app.focus(panel);
    else this.#say(`There is no panel ${panel} here. Panels: ${order.join(", ")}`);
  }

  /** Shows another screen of the run, by its name or title; without one tells which there are. */
  #screen(wanted: string): void {
    const { app } = this;
    const found = app.screens.list.find(({ name, title }) => [name, title].some((one) => one.toLowerCase() === wanted));
    if (app.run === null) this.#say("There is no run to look at.");
    else if (wanted === "") this.#say(`Screens: ${this.#screens()}`);
    else if (found === undefined) this.#say(this.#noScreen(wanted));
    else {
      app.setTab("train");
      app.showScreen(found.name);
      // Said also when it is the one that was shown.
      this.#said.place = "";
    }
  }

  #screens(): string {
    const { list, broken, name: shown } = this.app.screens;
    const told = list.map(({ name }) => (name === shown ? `${name}, which is shown` : name));
    return [...told, ...broken.map(({ name }) => `${name}, which is broken`)].join("; ");
  }

  #noScreen(wanted: string): string {
    const { list, broken } = this.app.screens;
    const unusable = broken.find(({ name }) => name.toLowerCase() === wanted);
    if (unusable !== undefined) return `${unusable.file} cannot be used: ${unusable.why}`;
    const names = list.flatMap(({ name, title }) => [name, title.toLowerCase()]);
    return `There is no screen ${wanted}. ${didYouMean(wanted, names, "screen alone lists them.")}`;
  }

  #every(seconds: number): void {
    const fits = seconds >= 1 && seconds <= 3600;
    if (fits) this.#everyMs = seconds * 1000;
    this.#say(fits ? `Progress is said every ${count(seconds)} seconds.` : "every takes 1 to 3600 seconds.");
  }

  #sayNotices(): void {
    const { all, dropped } = this.app.notices;
    for (const { level, text } of all.slice(Math.max(0, this.#said.notices - dropped))) this.#say(`${LEVELS[level]}${text}`);
    this.#said.notices = dropped + all.length;
    this.app.notices.dismiss();
  }

  #sayRun(): void {
    const { app } = this;
    const state = app.run?.state();
    if (state === undefined) return;
    const status = `Run ${state.id} is ${ALONE[app.run?.liveness() ?? "ended"] ?? state.status}.`;
    if (status !== this.#said.status) this.#say(status);
    this.#said.status = status;
    const facts = app.facts();
    const at = facts === null ? null : position(facts);
    if (facts === null || at === null || at.key === this.#said.step || app.now - this.#said.at < this.#everyMs) return;
    const total = totalSteps(facts);
    const done = stepsDone(facts, at) ?? 0;
    const share = total === null ? " steps" : ` of ${count(total)} steps, ${percent(done / total)}`;
    const loss = facts.data.latest(facts.stage, "train/loss");
    const left = secondsLeft(facts);
    const next = stagesAfter(facts);
    this.#say(
      [
        `${count(done)}${share}`,
        ...(loss === null ? [] : [`loss ${loss.value.toFixed(4)}`]),
        ...(left === null ? [] : [`about ${duration(left)} left${next === null ? "" : ` before ${next}`}`]),
      ].join(", "),
    );
    this.#said.step = at.key;
    this.#said.at = app.now;
  }

  #sayEvents(): void {
    const { run, now } = this.app;
    const options = readOptions(eventsKind, {});
    if (run === null || !options.ok) return;
    const facts = factsOf(run, null, now);
    const size = { width: 200, height: 200 };
    const { blocks } = eventsKind.scene({ facts, size, options: options.value, thresholds: [], view: INITIAL_VIEW, baselines: [] });
    const lines = blocks.flatMap(({ block }) =>
      block.kind === "text" ? block.lines.map((line) => line.map(({ text }) => text).join("")) : [],
    );
    const before = this.#events?.run === run.id ? this.#events.known : null;
    const held = new Map<string, number>();
    for (const line of lines) {
      if (before === null || before.has(line)) continue;
      const since = this.#held.get(line) ?? now;
      if (WITHOUT_FIGURE.test(line) && now - since < FIGURE_MS) held.set(line, since);
      else this.#say(line);
    }
    this.#held = held;
    this.#events = { run: run.id, known: new Set(lines.filter((line) => !held.has(line))) };
  }

  /** A reply when it is whole: in pieces it could not be followed. */
  #sayReplies(): void {
    const { chat } = this.app;
    const last = chat.turns.at(-1);
    if (chat.generating || last?.role !== "assistant") return;
    const text = last.replies.map((reply) => `${reply.model} says: ${reply.problem ?? replyText(reply)}`).join("\n");
    const id = `${chat.turns.length} ${text}`;
    if (id === this.#said.replies) return;
    this.#said.replies = id;
    for (const line of text.split("\n")) this.#say(line);
  }

  #sayPlace(): void {
    const { app } = this;
    const loaded = app.chat.loaded;
    const screen = app.state.tab === "train" && app.run !== null ? `, screen ${app.screens.spec.title}` : "";
    const model = app.state.tab === "eval" && loaded !== null ? `, model ${checkpointName(loaded)}` : "";
    const place = `${tabOf(app.state.tab).title} tab${screen}${model}, panel ${app.pane().id}.`;
    if (place !== this.#said.place) this.#say(place);
    this.#said.place = place;
  }

  /** All of a dialog as it opens; behind what was typed what is different. What changes by itself, as a step does, is not followed. */
  #sayOverlay(isAsked = this.#awaited): void {
    const { current } = this.app.overlays;
    const isNew = current !== this.#said.overlay;
    if (!isNew && !isAsked) return;
    this.#said.overlay = current;
    const isSaid = current !== null && this.#sayRows(current, isNew);
    if (isNew || isSaid) this.#awaited = false;
    if (isNew && current !== null) this.#say("A key or a text and enter answers; esc and enter leaves.");
  }

  /** What it did not say last; under another title, as that of a preview, all of it. Returns whether there was anything. */
  #sayRows(overlay: Overlay, isNew: boolean): boolean {
    const canvas = new HeardCanvas(OVERLAY_SIZE.width, OVERLAY_SIZE.height);
    overlay.draw(canvas.region(), new Zones());
    const rows = spokenRows(canvas);
    const lines = rows.flatMap(({ text, selected }) => [
      ...(selected === text ? [] : [text]),
      ...(selected === null ? [] : [`Selected: ${selected}`]),
    ]);
    const title = rows[0]?.text ?? "";
    const isWhole = isNew || title !== this.#heard.title;
    const fresh = lines.filter((line) => isWhole || !this.#heard.lines.has(line));
    // A row that is no longer selected has been said.
    this.#heard = { title, lines: new Set([...lines, ...rows.map(({ text }) => text)]) };
    for (const line of fresh) this.#say(line);
    return fresh.length > 0;
  }

  #say(line: string): void {
    const text = spokenText(line);
    if (text !== "") this.terminal.say(text);
  }
}

/** When the program starts: what it is, and how one gets on. */
export const greeting = (now: number): string =>
  `nanochat-cli, ${clock(now)}. Lines are said as things change; help and enter says what can be typed.`;
