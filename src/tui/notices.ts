/** Short messages in lines of their own above the keys, and their history. */
import type { Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import type { Region } from "../lib/canvas.ts";
import { clock } from "../lib/format.ts";
import { cut, textWidth, wrap } from "../lib/graphemes.ts";
import { ALERT_LOOK } from "../panels/alerts.ts";
import type { AppContext } from "./context.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, overlayWidth, pressable, type Zones } from "./overlay.ts";

/** `refused`: the answer to a key that does nothing now; who pressed it is there, so it is no problem that waits to be seen. */
export type Level = "info" | "good" | "refused" | "warn" | "bad";

export interface Notice {
  /** Epoch milliseconds. */
  at: number;
  level: Level;
  text: string;
  seen: boolean;
  /** Of an alert of the run, which is counted by itself. */
  isAlert: boolean;
  /** It says something of the run that is on the screen, without its name. */
  isOfRun: boolean;
  /** What it tells how far it has come, as `request save`; absent = it stands for itself. */
  about?: string;
}

export type NoticeOptions = Partial<Pick<Notice, "isAlert" | "isOfRun" | "about">>;

/** An alert has the sign that it has in lists and on charts. */
const lookOf = ({ level, isAlert }: Notice): readonly [glyph: string, tone: Tone] =>
  isAlert && (level === "bad" || level === "warn") ? ALERT_LOOK[level] : LOOK[level];

const SHOWN_MS = 5000;
const MOST_SHOWN = 3;
/** Of one; the history has the rest. */
const MOST_ROWS = 4;
/** Of the rows between tabs and keys, they cover at most so large a part, or where that is little so many, if they are no larger part than this. */
const COVERED_SHARE = 1 / 6;
const LEAST_COVERED = { rows: 4, share: 1 / 3 };
const MOST_KEPT = 200;
/** Air, glyph, air, and air at the end. */
const AROUND = 4;

const LOOK: Readonly<Record<Level, readonly [glyph: string, tone: Tone]>> = {
  info: ["·", "info"],
  good: ["○", "good"],
  refused: ["▲", "warn"],
  warn: ["▲", "warn"],
  bad: ["✕", "bad"],
};

export class Notices {
  readonly all: Notice[] = [];
  /** How many there were that are not kept any more. */
  dropped = 0;

  add(level: Level, text: string, now: number, { isAlert = false, isOfRun = isAlert, about }: NoticeOptions = {}): void {
    // The newest word of one thing takes the place of the one before; a problem stays until somebody has seen it.
    const isFollowed = (before: Notice): boolean => about !== undefined && before.about === about && !isUnseenProblem(before);
    const shown = plain(text);
    // What is said once more stands there once.
    for (const before of this.all) if (isFollowed(before) || (before.text === shown && before.level === level)) before.seen = true;
    this.all.push({ at: now, level, text: shown, seen: false, isAlert, isOfRun, ...(about === undefined ? {} : { about }) });
    if (this.all.length <= MOST_KEPT) return;
    this.all.shift();
    this.dropped++;
  }

  /** Those that are to be seen now: for five seconds, errors until somebody has seen them. */
  visible(now: number): Notice[] {
    return this.all.filter((notice) => !notice.seen && (notice.level === "bad" || isFresh(notice, now)));
  }

  /** When the next one disappears or is folded by itself, in epoch milliseconds, or null. */
  nextExpiry(now: number): number | null {
    const times = this.visible(now).flatMap((notice) => (isFresh(notice, now) ? [notice.at + SHOWN_MS] : []));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** What nobody has seen is of a run that is not the one on the screen any more: it names it from now on. */
  nameRun(run: string): void {
    for (const notice of this.all.filter(({ isOfRun, seen }) => isOfRun && !seen)) {
      notice.text = `${plain(run)}: ${notice.text}`;
      notice.isOfRun = false;
      // What is asked of the next run is about something else; an alert's is its own.
      if (!notice.isAlert) delete notice.about;
    }
  }

  /** Whoever looks at the list of alerts has seen them. */
  settleAlerts(): void {
    for (const notice of this.all) if (notice.isAlert) notice.seen = true;
  }

  /** What these are about is over: they stay no longer than any other, and in the history. */
  fade(over: ReadonlySet<string>): void {
    for (const notice of this.all)
      if (notice.about !== undefined && over.has(notice.about) && notice.level === "bad") notice.level = "warn";
  }

  /** Somebody knows of what these are about. */
  settle(known: ReadonlySet<string>): void {
    for (const notice of this.all) if (notice.about !== undefined && known.has(notice.about)) notice.seen = true;
  }

  dismiss(): void {
    for (const notice of this.all) notice.seen = true;
  }

  get unseenProblems(): number {
    return this.all.filter(isUnseenProblem).length;
  }

  /** Whether there are some that stay on the screen until they have been seen. */
  get unseenErrors(): boolean {
    return this.all.some(({ level, seen }) => !seen && level === "bad");
  }

  /** Those that are no alerts of the run. */
  get unseenBesideAlerts(): number {
    return this.all.filter((notice) => isUnseenProblem(notice) && !notice.isAlert).length;
  }
}

const REFUSAL = "refusal";

/** Answers a key that does nothing now with the reason; the newest answer is the only one that is shown. */
export const refuse = (app: Pick<AppContext, "notify">, title: string, reason: string): void =>
  app.notify("refused", `${title}: ${reason}`, REFUSAL);

/** Something was done: why something else could not be is of no use any more. */
export const answered = (app: Pick<AppContext, "notices">): void => app.notices.settle(new Set([REFUSAL]));

const isFresh = ({ at }: Notice, now: number): boolean => now - at < SHOWN_MS;

const isUnseenProblem = ({ level, seen }: Notice): boolean => !seen && (level === "bad" || level === "warn");

/**
 * Draws the visible ones into the last rows, the first in turn at the bottom: there they lie over the ends of panels and not over
 * titles, tabs and what is typed into. Each takes its rows from edge to edge: in part of a row it would run into the borders
 * beneath. Returns how many rows are left above.
 */
export function drawToasts({ notices, now, keyOf }: Pick<AppContext, "notices" | "now" | "keyOf">, region: Region, zones: Zones): number {
  let bottom = region.height;
  const room = region.width - AROUND;
  if (room < 8) return bottom;
  const part = (share: number): number => Math.floor(region.height * share);
  const least = Math.max(1, Math.min(LEAST_COVERED.rows, part(LEAST_COVERED.share)));
  const most = Math.min(bottom, Math.max(least, part(COVERED_SHARE)));
  for (const { look, rows } of bandsOf(inTurn(notices.visible(now)), { now, keyOf }, room, most)) {
    const [glyph, tone] = look;
    bottom -= rows.length;
    const band = region.sub(0, bottom, region.width, rows.length);
    band.fill("surface");
    band.put(1, 0, glyph, { tone, bold: true });
    rows.forEach((row, y) => {
      band.put(3, y, row);
    });
    zones.add(band, { press: () => notices.dismiss() });
  }
  return bottom;
}

/**
 * In which order they get room: the answer to a key that was just pressed, the newest that is bad of the run itself, which counts for
 * more than what comes of it, such as that nobody could be told; then the newest first.
 */
function inTurn(visible: readonly Notice[]): Notice[] {
  const worst = visible.findLast(({ level, isAlert }) => level === "bad" && isAlert);
  const turn = (notice: Notice): number => (notice.level === "refused" ? 0 : notice === worst ? 1 : 2);
  return [...visible].reverse().sort((a, b) => turn(a) - turn(b));
}

interface Band {
  look: readonly [glyph: string, tone: Tone];
  rows: string[];
}

/** In their turn, in at most so many rows; those that have none are counted in the last of them. */
function bandsOf(notices: readonly Notice[], app: Pick<AppContext, "now" | "keyOf">, room: number, most: number): Band[] {
  const bands: Band[] = [];
  let left = most;
  for (const [i, notice] of notices.entries()) {
    const waiting = notices.length - i;
    // An only row is that of the first: how many there are does not say what one is about.
    const space = left - (waiting > 1 && most > 1 ? 1 : 0);
    if (space < 1 || i === MOST_SHOWN)
      return left < 1 ? bands : [...bands, { look: LOOK.info, rows: [cut(`${waiting} more: ${app.keyOf("notices")} lists them`, room)] }];
    const band = { look: lookOf(notice), rows: rowsOf(notice, app, room, Math.min(space, MOST_ROWS)) };
    left -= band.rows.length;
    bands.push(band);
  }
  return bands;
}

/** Its text in at most so many rows: in one when it has been there for a while, for it lies over what one looks at. */
function rowsOf(notice: Notice, { now, keyOf }: Pick<AppContext, "now" | "keyOf">, room: number, most: number): string[] {
  // The others go by themselves.
  const closes = notice.level === "bad" ? ` · ${keyOf("back")} closes` : "";
  const all = wrap(`${notice.text}${closes}`, room);
  const height = isFresh(notice, now) ? most : 1;
  if (all.length <= height) return all;
  const rows = all.slice(0, height - 1);
  return [...rows, `${cut(all.slice(height - 1).join(" "), room - textWidth(closes))}${closes}`];
}

/** At most so large; around a text stand border, air, time and glyph. */
const HISTORY = { width: 90, height: 24, around: 15 };

/** The history, newest first; opening it counts as having seen them all. */
export class NoticesOverlay implements Overlay {
  #scroll = 0;

  constructor(
    private readonly notices: Notices,
    private readonly close: () => void,
  ) {
    notices.dismiss();
  }

  key({ name }: Key): void {
    if (name === "down" || name === "j") this.#scroll++;
    else if (name === "up" || name === "k") this.#scroll = Math.max(0, this.#scroll - 1);
    else if (name !== "pagedown" && name !== "pageup") this.close();
  }

  draw(region: Region, zones: Zones): null {
    const width = overlayWidth(region, HISTORY.width);
    const rows = [...this.notices.all].reverse().flatMap((notice) => {
      const { at, text } = notice;
      const [glyph, tone] = lookOf(notice);
      return wrap(text, Math.max(1, width - HISTORY.around)).map((row, index) => ({
        at: index === 0 ? clock(at, true) : "",
        glyph: index === 0 ? glyph : "",
        tone,
        row,
      }));
    });
    const height = Math.min(HISTORY.height, Math.max(1, rows.length) + 2);
    const note = rows.length + 2 > height ? "↓↑ scroll · esc closes" : "esc closes";
    const inside = overlayBox(region, { width, height, title: "notices", note });
    zones.add(region, {
      press: () => this.close(),
      wheel: (by) => {
        this.#scroll += by;
      },
    });
    pressable(inside, note, zones, (key) => this.key(key));
    if (rows.length === 0) inside.put(0, 0, "Nothing so far", { tone: "muted" });
    this.#scroll = Math.max(0, Math.min(this.#scroll, rows.length - inside.height));
    rows.slice(this.#scroll, this.#scroll + inside.height).forEach(({ at, glyph, tone, row }, y) => {
      inside.put(0, y, at, { tone: "muted" });
      inside.put(9, y, glyph, { tone });
      inside.put(11, y, row);
    });
    return null;
  }
}
