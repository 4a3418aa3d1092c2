/** The attached run, on the screen that was chosen: a tree of panels from a file or as it is being edited. */
import type { StoredEvent } from "../../core/journal.ts";
import { nameWithId, TERMINAL_STATUSES } from "../../core/run.ts";
import type { Scene } from "../../core/scene.ts";
import type { ScreenNode, ScreenSpec } from "../../core/screen.ts";
import { count, loss } from "../../lib/format.ts";
import { chosenStage, type RunFacts, type Size, titleOfStage } from "../../panels/data.ts";
import { entitled, type Ingredient, type PanelInput, type PanelKind, readOptions } from "../../panels/kind.ts";
import { innerSize } from "../../panels/paint.ts";
import { findPanel } from "../../panels/registry.ts";
import { nameOf } from "../../panels/run-names.ts";
import type { View } from "../../panels/view.ts";
import { spoiltLoss } from "../../panels/way-on.ts";
import { type Arranged, arrange, type Rect } from "../../screens/arrange.ts";
import { idlePanels, measurePanel } from "../../screens/measure.ts";
import { type Leaf, leaves } from "../../screens/tree.ts";
import { bodyRect } from "../body.ts";
import type { AppContext } from "../context.ts";
import { asShown } from "../newest-rows.ts";
import type { Pane, Screen } from "../pane.ts";

/** What stands where there is no run, or no panel. */
const PLACEHOLDER = "progress";

/** The screen as it stands on this terminal; `layout`: as it would stand with that. */
export const arranged = (app: AppContext, layout?: ScreenNode): Arranged => arrangedIn(app, bodyRect(app, app.size()), layout);

/** Of each screen, where its panels stood last: asked for several times at every key. */
const known = new WeakMap<ScreenNode, { rect: Rect; idle: string; arranged: Arranged }>();

function arrangedIn(app: AppContext, rect: Rect, layout = app.screens.spec.layout): Arranged {
  // Who edits a screen sees all of it as it is written.
  const facts = app.screens.editing ? null : app.facts();
  const ids = facts === null ? [] : idleNow(app, layout, facts);
  const idle = ids.join();
  const last = known.get(layout);
  if (last !== undefined && last.idle === idle && isSameRect(last.rect, rect)) return last.arranged;
  const found = arrange(layout, rect, measurePanel, ids);
  known.set(layout, { rect, idle, arranged: found });
  return found;
}

/** Of each screen, which of its panels had nothing when that was looked at last. */
const looked = new WeakMap<ScreenNode, { at: string; ids: readonly string[] }>();

/** Looked at once a second, and when the run is another one or what it does: it is asked for twenty times in each. */
function idleNow(app: AppContext, layout: ScreenNode, facts: RunFacts): readonly string[] {
  const at = `${facts.state.id} ${facts.stage} ${app.versions.state} ${Math.floor(facts.now / 1000)}`;
  const last = looked.get(layout);
  if (last?.at === at) return last.ids;
  const ids = idlePanels(layout, facts);
  looked.set(layout, { at, ids });
  return ids;
}

const isSameRect = (a: Rect, b: Rect): boolean => a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

/** The panel of a screen that has the focus, with its place in the tree. */
export const focusedLeaf = (app: AppContext): Leaf | undefined => leaves(app.screens.spec.layout).find(({ id }) => id === app.pane().id);

/** What has changed of what a panel is made from; of another run than the attached one, all of it counts as one. */
function versionsOf(app: AppContext, from: readonly Ingredient[], other: boolean): string {
  const version = (what: Ingredient): number =>
    what === "baselines" ? app.baselines.version : what === "runs" ? app.runs.version : other ? app.others.version : app.versions[what];
  return from.map(version).join();
}

/** Runs that the panels of a screen name, and whether one of them shows the list of all. */
export function screenNeeds({ layout }: ScreenSpec): { runs: ReadonlySet<string>; list: boolean } {
  const specs = leaves(layout).map(({ spec }) => spec);
  return {
    runs: new Set(specs.flatMap(({ run }) => run ?? [])),
    list: specs.some(({ panel }) => findPanel(panel)?.from.includes("runs") === true),
  };
}

/** What comes after the end, as the last line of the progress panel. */
function afterwards(app: AppContext, facts: RunFacts): string | null {
  if (!TERMINAL_STATUSES.has(facts.state.status)) return null;
  const chosen = chosenStage(facts);
  const [newest] = facts.data.events({ kinds: ["checkpoint"], limit: 1, ...(chosen === undefined ? {} : { stage: chosen }) });
  if (newest === undefined) return null;
  // A stage that has failed before it wrote one leaves that of an earlier one.
  const which = newest.stage === facts.stage ? "the new checkpoint" : `${titleOfStage(facts.state, newest.stage)} @ ${count(newest.step)}`;
  const spoilt = spoiltAtEnd(facts, newest);
  const broken = spoilt === null ? "" : ` (its loss is ${loss(spoilt)})`;
  return `${app.keyOf("run.chat")} chat with ${which}${chosen === undefined ? "" : " of this stage"}${broken}`;
}

/** Of a run that has ended nothing is added to the loss of a checkpoint: asked for at every frame, it is looked for once. */
const lossAtEnd = new WeakMap<StoredEvent, number | null>();

function spoiltAtEnd({ data }: RunFacts, checkpoint: StoredEvent): number | null {
  const known = lossAtEnd.get(checkpoint);
  if (known !== undefined) return known;
  const spoilt = spoiltLoss(data, checkpoint.stage, checkpoint.step);
  lossAtEnd.set(checkpoint, spoilt);
  return spoilt;
}

const filterKey = (app: AppContext, id: string): string => `${app.screens.name} ${id}`;

/** Only of a panel that looks at it; another place of the list is the first of it. */
const filterOf = (app: AppContext, id: string, { looks }: PanelKind): Pick<Pane, "filter"> =>
  looks?.includes("filter") !== true
    ? {}
    : {
        filter: {
          text: app.state.panelFilter[filterKey(app, id)] ?? "",
          set: (text) => {
            app.state.panelFilter[filterKey(app, id)] = text;
            app.state.scroll[id] = 0;
          },
        },
      };

function viewOf(app: AppContext, id: string, kind: PanelKind, facts: RunFacts | null): View {
  const { state } = app;
  return {
    chart: state.chart,
    log: { filter: state.filter.log, bottom: state.logBottom, turned: state.logTurned },
    filter: state.panelFilter[filterKey(app, id)] ?? "",
    scroll: state.scroll[id] ?? 0,
    afterwards: facts !== null && kind.looks?.includes("afterwards") === true ? afterwards(app, facts) : null,
    keyOf: app.keyOf,
  };
}

/** Takes over what a panel wants different in the view after it was scrolled. */
function lookAt(app: AppContext, id: string, change: Partial<View>): void {
  const { state } = app;
  if (change.chart !== undefined) state.chart = change.chart;
  if (change.log !== undefined) state.logBottom = change.log.bottom;
  if (change.scroll !== undefined) state.scroll[id] = change.scroll;
}

const noRun = (app: AppContext): Scene => ({
  title: "train",
  blocks: [{ block: { kind: "empty", why: app.runProblem ?? "No run is attached", remedy: wayToARun(app) } }],
});

/** Where runs are, and which of them goes on: whoever has lost one from sight may pay for another. */
function wayToARun(app: AppContext): string {
  const going = app.runs.rows.filter(({ liveness, problem }) => liveness !== "ended" && problem === null);
  const [first] = going;
  const rest = going.length > 1 ? ` and ${going.length - 1} more go on` : " goes on";
  const more = first === undefined ? " · nanochat-cli train pocket starts one" : `: ${nameWithId(first)}${rest}`;
  return `${app.keyOf("tab.runs")} lists the runs${more}`;
}

const notOpen = (app: AppContext, kind: PanelKind, run: string): Scene => ({
  title: `${kind.title} · ${run}`,
  blocks: [{ block: { kind: "empty", why: app.others.problemOf(run) ?? `Opening ${run}` } }],
});

const noPanels = (app: AppContext): Scene => ({
  title: app.screens.spec.title,
  blocks: [
    {
      block: {
        kind: "empty",
        why: "This screen has no panels",
        remedy: `${app.screens.editing ? "" : `${app.keyOf("screen.edit")} edits it, then `}${app.keyOf("edit.add")} adds one`,
      },
    },
  ],
});

/** A filtered log may be searched to its beginning: not with each line that comes. */
const FILTERED_LOG_MS = 300;

/** How often what goes on with the time is drawn anew: by seconds, and by minutes where it shows no others. */
const SECONDS_MS = 1000;
const MINUTES_MS = 60_000;
/** From then on an age has no seconds (`1h 04m ago`): nothing of a run is younger than its end. */
const AGES_BY_MINUTES_MS = 3_600_000;
const TENS_MS = 10_000;

/** Another number whenever what a panel shows of the time may be another. */
function turnOf({ timed }: PanelKind, facts: RunFacts | null, now: number): number {
  if (timed === undefined) return 0;
  return Math.floor(now / (facts?.liveness === "ended" ? intervalAfter(timed, now - Date.parse(facts.state.endedAt ?? "")) : SECONDS_MS));
}

/** Ages go on when the run has ended, by tens of seconds: each time draws a frame, and a viewer is left open for hours. */
const intervalAfter = (timed: "left" | "ages", sinceEnd: number): number =>
  timed === "ages" && sinceEnd < AGES_BY_MINUTES_MS ? TENS_MS : MINUTES_MS;

function placeholder(id: string, scene: () => Scene, look: string): Pane {
  return { id, groups: [], look, beat: "", everyMs: 1000, scene };
}

/** Cells that a panel has for a row; when it is not to be seen, as on a small terminal. */
function widthOf(app: AppContext, id: string): number {
  const rect = app.placed().find(({ pane }) => pane.id === id)?.rect;
  return rect === undefined ? 80 : innerSize(rect.width, rect.height).width;
}

function panelPane(app: AppContext, leaf: Leaf, kind: PanelKind): Pane {
  const { id, spec } = leaf;
  const facts = spec.run === undefined ? app.facts() : app.others.factsOf(spec.run, app.now);
  const view = viewOf(app, id, kind, facts);
  const turn = turnOf(kind, facts, app.now);
  const everyMs = spec.refreshSeconds === undefined ? kind.everyMs : spec.refreshSeconds * 1000;
  const { scroll } = kind;
  const input = (size: Size, seen: RunFacts): PanelInput | string => {
    const options = readOptions(kind, spec.options ?? {});
    if (!options.ok) return options.failure.what;
    return {
      facts: seen,
      size,
      options: options.value,
      thresholds: spec.thresholds ?? [],
      view,
      baselines: kind.from.includes("baselines") ? app.baselines.shown(app.now, seen) : [],
      ...(app.runs.loaded ? { runs: asShown(app, app.runs.rows) } : {}),
    };
  };
  return {
    id,
    groups: kind.keys ?? [],
    shows: { kind: kind.kind, options: spec.options },
    look: [
      facts === null ? `${app.runProblem} ${app.others.version}` : `${facts.state.id}/${facts.stage}`,
      `${app.screens.name} ${app.screens.version} ${kind.from.includes("baselines") ? app.baselines.version : ""}`,
      ...(kind.looks ?? []).map((part) => JSON.stringify(view[part])),
    ].join(" "),
    beat: `${app.versions.state} ${versionsOf(app, kind.from, spec.run !== undefined)} ${turn}`,
    everyMs: kind.kind === "log" && view.log.filter !== "" ? Math.max(everyMs, FILTERED_LOG_MS) : everyMs,
    scene: (size) => {
      if (facts === null) return spec.run === undefined ? noRun(app) : notOpen(app, kind, spec.run);
      const given = input(size, facts);
      if (typeof given === "string") return { title: kind.title, blocks: [{ block: { kind: "empty", why: given } }] };
      const scene = kind.scene(given);
      const { title } = entitled(scene, spec.title);
      return { ...scene, title: spec.run === undefined || spec.title !== undefined ? title : `${title} · ${nameOf(facts)}` };
    },
    ...filterOf(app, id, kind),
    ...(scroll === undefined
      ? {}
      : {
          move: (by: number, rows: number) => {
            const given = facts === null ? null : input({ width: widthOf(app, id), height: rows }, facts);
            if (given !== null && typeof given !== "string") lookAt(app, id, scroll(given, by));
          },
        }),
  };
}

export const trainScreen: Screen = {
  slots: (app, _, body) => {
    if (app.run === null) return [{ rect: body, panes: [PLACEHOLDER] }];
    const { slots } = arrangedIn(app, body);
    return slots.length === 0 ? [{ rect: body, panes: [PLACEHOLDER] }] : slots;
  },
  nameOf: (app, id) => {
    const spec = leaves(app.screens.spec.layout).find((leaf) => leaf.id === id)?.spec;
    return spec?.title ?? (spec === undefined ? id : (findPanel(spec.panel)?.title ?? id));
  },
  pane: (app, id) => {
    if (app.run === null) return placeholder(id, () => noRun(app), `${app.runProblem} ${wayToARun(app)}`);
    const all = leaves(app.screens.spec.layout);
    const leaf = all.find((one) => one.id === id) ?? all[0];
    const kind = leaf === undefined ? undefined : findPanel(leaf.spec.panel);
    if (leaf === undefined || kind === undefined) return placeholder(id, () => noPanels(app), `${app.screens.version}`);
    return panelPane(app, leaf, kind);
  },
};
