/** Pictures that the script logged: of each key the newest, or the one at the cursor, beside and below each other. */
import type { StoredEvent } from "../core/journal.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Block, Empty, Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count } from "../lib/format.ts";
import { fitsWords } from "../lib/wanted.ts";
import { chunks, stretchOf } from "./across.ts";
import { STEP, tiles } from "./chart-options.ts";
import { numberField, type PictureRead, textField } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText, inNumberOrder } from "./metric-list.ts";
import { momentOf } from "./moment.ts";
import { wrapLine } from "./paint.ts";
import { pageNote, scrolled, scrollTo, tileStep } from "./scrolling.ts";
import { stageEmpty } from "./stage-empty.ts";

const OPTIONS = {
  keys: { type: "text", default: "", title: "Keys", help: "Only pictures whose key holds these words; absent: all keys" },
  step: STEP,
  columns: tiles("Columns", "Pictures beside each other"),
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** Cells of a picture with what is said of it, below which nothing is made out. */
const LEAST = { width: 28, height: 11 };
const SMALLEST_WIDTH = 8;
/** Where there is so little height, only the first of the two lines is there. */
const LOWEST_WITH_TWO = 6;
/** Without a cursor those of the newest steps are wanted: the others need not be read. */
const MOST_EVENTS = 2000;
const MOST_CHARACTERS = 300;

const short = (text: string | null): string => plain((text ?? "").slice(0, MOST_CHARACTERS)).replaceAll("\n", " ");
const keyOf = ({ body }: StoredEvent): string => textField(body, "key") ?? "";
const indexOf = ({ body }: StoredEvent): number => numberField(body, "index") ?? 0;

/** Of each key the picture that was logged last until the moment that is looked at, else its first one. */
function picturesAt({ facts, options, view }: Input): StoredEvent[] {
  const moment = options.step === "cursor" ? momentOf(facts, view.chart) : null;
  const events = facts.data.events({ kinds: ["picture"], stage: facts.stage, ...(moment === null ? { limit: MOST_EVENTS } : {}) });
  const until = moment?.step ?? Number.POSITIVE_INFINITY;
  const found = new Map<string, StoredEvent>();
  for (const event of events) {
    const key = keyOf(event);
    if (!fitsWords(options.keys, [key]) || !fitsWords(view.filter, [key])) continue;
    const series = `${indexOf(event)} ${key}`;
    if (!found.has(series) || (event.step ?? 0) <= until) found.set(series, event);
  }
  return [...found.values()].sort((a, b) => inNumberOrder(keyOf(a), keyOf(b)) || indexOf(a) - indexOf(b));
}

interface Shape {
  columns: number;
  rows: number;
}

/** How many pictures stand beside and below each other. */
function shapeOf({ size, options }: Input, found: readonly StoredEvent[]): Shape {
  const fit = options.columns === null ? size.width / LEAST.width : Math.min(options.columns, size.width / SMALLEST_WIDTH);
  const most = { columns: Math.max(1, Math.min(found.length, Math.floor(fit))), rows: Math.max(1, Math.floor(size.height / LEAST.height)) };
  return options.columns === null ? largestShape(size, found, most) : most;
}

/** Where all have room in several ways, the one in which they are largest, by the shape of the first. */
function largestShape(size: Input["size"], found: readonly StoredEvent[], most: Shape): Shape {
  const [width, height] = [numberField(found[0]?.body ?? {}, "width") ?? 1, numberField(found[0]?.body ?? {}, "height") ?? 1];
  const scale = (columns: number): number => {
    const rows = Math.ceil(found.length / columns);
    // A cell is twice as high as it is wide.
    return rows > most.rows
      ? 0
      : Math.min(stretchOf(size.width, [0, columns]).width / width, ((Math.floor(size.height / rows) - 2) * 2) / height);
  };
  let columns = most.columns;
  for (let fewer = columns - 1; fewer > 0; fewer--) if (scale(fewer) > 0 && scale(fewer) >= scale(columns)) columns = fewer;
  return { ...most, columns };
}

function picturesPanel(input: Input): Scene {
  const { size, options, view } = input;
  const settings = filterText(options.keys, view.filter);
  const found = picturesAt(input);
  if (found.length === 0) return { title: "pictures", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const { columns, rows } = shapeOf(input, found);
  const all = chunks(found, columns);
  const part = scrolled(all, view.scroll, rows);
  const high = Math.max(1, Math.floor(size.height / Math.min(rows, all.length)));
  return {
    title: `pictures ${count(found.length)}`,
    name: "pictures",
    settings,
    note: pageNote(part.from * columns, part.rows.flat().length, found.length),
    blocks: part.rows.flatMap((row) => rowOf(input, row, columns, high)),
  };
}

/** Pictures beside each other, and under each what it is. */
function rowOf({ facts, size }: Input, events: readonly StoredEvent[], columns: number, high: number): Block[] {
  const told = high >= LOWEST_WITH_TWO ? 2 : 1;
  const seen = events.map((event): Seen => {
    const [beside, path] = [textField(event.body, "beside") ?? "", textField(event.body, "path") ?? ""];
    return { event, read: facts.picture?.({ beside, path }) ?? { ok: false, why: "pictures are not read here" } };
  });
  const { width } = stretchOf(size.width, [0, columns]);
  const rows = Math.min(Math.max(0, high - told), Math.max(...seen.map(({ read }) => rowsOf(read, width))));
  const words = seen.map((one) => withRoom(wordsOf(one).slice(0, told), width, Math.min(MORE_WORDS, high - told - rows)));
  const low = Math.min(high, Math.max(...words.map((lines) => lines.length)));
  return [
    ...seen.map(({ event, read }, column): Block => ({ block: pictureBlock(nameOf(event), read), rows, across: [column, columns] })),
    ...words.map((lines, column): Block => ({ block: { kind: "text", lines }, rows: low, across: [column, columns] })),
  ];
}

/** Rows that a caption may have besides its first, where its picture leaves some. */
const MORE_WORDS = 2;

/** The first line wrapped, if all of it has room then. */
function withRoom(lines: Line[], width: number, more: number): Line[] {
  const wrapped = wrapLine(lines[0] ?? [], Math.max(1, width));
  return wrapped.length <= 1 + more ? [...wrapped, ...lines.slice(1)] : lines;
}

interface Seen {
  event: StoredEvent;
  read: PictureRead;
}

/** Rows that it has a use for when it is so wide: a cell is twice as high as it is wide. */
const rowsOf = (read: PictureRead, width: number): number =>
  read.ok ? Math.max(1, Math.ceil((width * read.pixels.height) / read.pixels.width / 2)) : LEAST.height;

function pictureBlock(name: string, read: PictureRead): Block["block"] {
  if (read.ok) return { kind: "picture", name, width: read.width, height: read.height, pixels: read.pixels };
  const said: Line = read.pending ? [{ text: "Being read", tone: "muted" }] : [{ text: `Not drawn: ${plain(read.why)}`, tone: "warn" }];
  return { kind: "text", overflow: "wrap", lines: [said] };
}

/** Key, step and caption; pixels and file. */
function wordsOf({ event, read }: Seen): Line[] {
  const { body, step } = event;
  const [width, height] = read.ok ? [read.width, read.height] : [numberField(body, "width"), numberField(body, "height")];
  const file = short(textField(body, "path")).replace(/^media\/images\//, "");
  const caption = short(textField(body, "caption"));
  return [
    [
      { text: nameOf(event) },
      { text: ` @ ${count(step)}`, tone: "accent" },
      ...(caption === "" ? [] : [{ text: ` · ${caption}`, tone: "muted" as const }]),
    ],
    [{ text: `${width === null ? "" : `${count(width)}×${count(height)} pixels · `}${file}`, tone: "muted" }],
  ];
}

/** Of several that were logged together each has its number. */
const nameOf = (event: StoredEvent): string => `${short(keyOf(event))}${indexOf(event) > 0 ? ` ${indexOf(event) + 1}` : ""}`;

function whyEmpty({ facts, options, view }: Input): Omit<Empty, "kind"> {
  const any = facts.data.events({ kinds: ["picture"], stage: facts.stage, limit: 1 }).length > 0;
  if (any && view.filter !== "")
    return { why: `No picture is called “${plain(view.filter)}”`, remedy: `${view.keyOf("back")} clears the filter` };
  if (any) return { why: `No picture is called “${plain(options.keys)}”`, remedy: "keys is an option of this panel" };
  if (facts.state.imported === undefined)
    return { why: "No pictures: nanochat's scripts log none", remedy: "a W&B run that has some can be imported" };
  return { why: facts.data.metrics(facts.stage).length > 0 ? "No pictures: this run has logged none" : stageEmpty(facts) };
}

export const picturesKind = definePanel({
  kind: "pictures",
  title: "pictures",
  about: "Pictures of a W&B run that was imported, in colours where there are some: the newest of each key, or those at the cursor",
  options: OPTIONS,
  from: ["events"],
  everyMs: 500,
  least: { width: 30, height: 8 },
  keys: ["list"],
  looks: ["chart", "filter", "scroll"],
  scene: picturesPanel,
  scroll: (input, by) => {
    const all = picturesAt(input);
    const { columns, rows } = shapeOf(input, all);
    return { scroll: scrollTo(Math.ceil(all.length / columns), input.view.scroll, tileStep(by, input.size.height, rows), rows) };
  },
});
