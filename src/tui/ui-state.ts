/** What is on the screen, kept over restarts and crashes (ui-state.json): reading it leniently, and taking it down. */
import type { DraftSource, DraftWork } from "../core/draft.ts";
import type { RunBefore } from "../core/run.ts";
import type { ScreenSpec } from "../core/screen.ts";
import { isNumber, isRecord, isString, listOf, optional, orNull, recordOf, shaped } from "../lib/shape.ts";
import { AXES, SMOOTHINGS } from "../panels/series.ts";
import { type ChartView, GUIDES } from "../panels/view.ts";
import { readScreen, screenValue } from "../screens/document.ts";
import type { TabId } from "./app.ts";
import type { AppContext } from "./context.ts";
import type { AppState } from "./state.ts";

const VERSION = 1;

/** Changes of a screen that are in no file yet. */
export interface UnsavedScreen {
  spec: ScreenSpec;
  /** As it was in its file. */
  kept: ScreenSpec;
}

/** Changes of a screen that this version cannot show, as they were written. */
export interface LostScreen {
  name: string;
  title: string;
  written: Record<string, unknown>;
  why: string;
}

/** The plan on the Config tab: what it was made from, and what has been changed since. */
export interface KeptDraft {
  source: DraftSource;
  work: DraftWork;
}

export interface UiState {
  /** Chosen by hand, or null. */
  theme: string | null;
  tab: TabId | null;
  run: string | null;
  screen: string | null;
  /** Runs that stood beside it. */
  baselines: readonly string[];
  /** Those of them that it goes on from, which came by themselves. */
  before: readonly RunBefore[];
  state: Partial<Pick<AppState, "focus" | "maximised" | "stage" | "selected" | "filter" | "panelFilter" | "recent" | "logTurned">>;
  chart: Partial<ChartView>;
  screens: UnsavedScreen[];
  lost: readonly LostScreen[];
  draft: KeptDraft | null;
  /** Unsaved plans of other windows: the first of them is opened at a start when `draft` has no edits. */
  drafts: KeptDraft[];
  /** The line that was being typed to a model. */
  prompt: string;
  /** The first-run tour has been seen. */
  toured: boolean;
  /** Marks of what was in no file when one was asked about it and left. */
  left: readonly string[];
}

export const NOTHING_KEPT: UiState = {
  theme: null,
  tab: null,
  run: null,
  screen: null,
  baselines: [],
  before: [],
  state: {},
  chart: {},
  screens: [],
  lost: [],
  draft: null,
  drafts: [],
  prompt: "",
  toured: false,
  left: [],
};

/** What is on the screen, as it is written. */
export function takeDown(app: AppContext, kept: Pick<UiState, "theme" | "draft" | "lost">): Record<string, unknown> {
  const { state, screens, run, config } = app;
  const { focus, maximised, stage, selected, filter, panelFilter, recent, logTurned, chart } = state;
  const { source, draft } = config;
  return {
    version: VERSION,
    theme: kept.theme,
    tab: state.tab,
    run: run?.id ?? null,
    screen: screens.name,
    baselines: app.baselines.ids,
    before: app.baselines.before,
    state: { focus, maximised, stage, selected, filter, panelFilter, recent, logTurned },
    chart: { ...chart, selection: null },
    screens: [...screens.unsaved.map(unsavedValue), ...kept.lost.map(({ written }) => written)],
    draft: draft === null || source === null ? kept.draft : { source, work: draft.work() },
    prompt: app.chat.editor.text,
    toured: state.toured,
    left: state.left,
  };
}

/** Unsaved changes of a screen, as they are written. */
export const unsavedValue = ({ spec, kept }: UnsavedScreen): Record<string, unknown> => ({
  name: spec.name,
  spec: screenValue(spec),
  kept: screenValue(kept),
});

/** The works that were taken over at the start, as they are written. */
export const worksTaken = ({ screens, lost, draft, drafts }: UiState): Record<string, unknown> => ({
  screens: [...screens.map(unsavedValue), ...lost.map(({ written }) => written)],
  draft,
  drafts,
});

const TABS: readonly TabId[] = ["setup", "config", "checkpoints", "train", "eval", "runs"];

const isBefore = shaped({ id: isString, step: isNumber, script: isString });
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const among = <T extends string>(list: readonly T[], value: unknown): T | null => list.find((one) => one === value) ?? null;
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** Each part by itself: what is not as it should be is left out, and the rest is used. */
export function readUiState(value: Record<string, unknown> | null): UiState {
  if (value === null || value["version"] !== VERSION) return NOTHING_KEPT;
  const state = isRecord(value["state"]) ? value["state"] : {};
  return {
    theme: text(value["theme"]),
    tab: among(TABS, value["tab"]),
    run: text(value["run"]),
    screen: text(value["screen"]),
    baselines: listOf(isString)(value["baselines"]) ? (value["baselines"] as string[]) : [],
    before: listOf(isBefore)(value["before"]) ? (value["before"] as RunBefore[]) : [],
    state: {
      ...(recordOf(isString)(state["focus"]) ? { focus: state["focus"] as AppState["focus"] } : {}),
      ...(isBoolean(state["maximised"]) ? { maximised: state["maximised"] } : {}),
      ...(isNumber(state["stage"]) ? { stage: state["stage"] as number } : {}),
      ...(recordOf(isNumber)(state["selected"]) ? { selected: state["selected"] as AppState["selected"] } : {}),
      ...(recordOf(isString)(state["filter"]) ? { filter: state["filter"] as AppState["filter"] } : {}),
      ...(recordOf(isString)(state["panelFilter"]) ? { panelFilter: state["panelFilter"] as AppState["panelFilter"] } : {}),
      ...(isBoolean(state["logTurned"]) ? { logTurned: state["logTurned"] } : {}),
      ...(listOf(isString)(state["recent"]) ? { recent: state["recent"] as string[] } : {}),
    },
    chart: readChart(value["chart"]),
    ...readScreens(value["screens"]),
    ...readDrafts(value),
    prompt: text(value["prompt"]) ?? "",
    toured: value["toured"] === true,
    left: listOf(isString)(value["left"]) ? (value["left"] as string[]) : [],
  };
}

function readChart(value: unknown): Partial<ChartView> {
  if (!isRecord(value)) return {};
  const axis = among(AXES, value["axis"]);
  const scale = among(["linear", "log"] as const, value["scale"]);
  const smoothing = among(SMOOTHINGS, value["smoothing"]);
  const guides = among(GUIDES, value["guides"]);
  const { window, cursor } = value;
  return {
    ...(axis === null ? {} : { axis }),
    ...(scale === null ? {} : { scale }),
    ...(smoothing === null ? {} : { smoothing }),
    ...(guides === null ? {} : { guides }),
    ...(isWindow(window) ? { window } : {}),
    ...(typeof cursor === "number" ? { cursor } : {}),
  };
}

function isWindow(value: unknown): value is ChartView["window"] {
  if (!isRecord(value)) return false;
  if (value["kind"] === "all" || value["kind"] === "runs") return true;
  if (value["kind"] === "last") return isNumber(value["part"]) && (value["part"] as number) > 0 && (value["part"] as number) <= 1;
  return (
    value["kind"] === "range" && isNumber(value["from"]) && isNumber(value["to"]) && (value["from"] as number) < (value["to"] as number)
  );
}

/** Nothing of somebody's work is passed over: what is no screen to this version is handed on as it was written. */
function readScreens(value: unknown): Pick<UiState, "screens" | "lost"> {
  const screens: UnsavedScreen[] = [];
  const lost: LostScreen[] = [];
  for (const written of Array.isArray(value) ? value : []) {
    if (!isRecord(written) || typeof written["name"] !== "string" || !isRecord(written["spec"])) continue;
    const { name } = written;
    const { screen: spec, mistakes } = readScreen(name, written["spec"]);
    if (spec === null) lost.push({ name, title: text(written["spec"]["title"]) ?? name, written, why: mistakes[0]?.what ?? "" });
    // What its file said is only what an undo would lead to.
    else screens.push({ spec, kept: readScreen(name, written["kept"]).screen ?? { ...spec } });
  }
  return { screens, lost };
}

const scalar = (value: unknown): boolean => value === null || ["string", "number", "boolean"].includes(typeof value);

const isWork = shaped({
  edits: listOf(shaped({ script: isString, name: isString, value: scalar, layer: (layer) => layer === "override" || layer === "fix" })),
  inserted: listOf(shaped({ script: isString, set: recordOf(scalar) })),
  count: isNumber,
});

const isCheckpoint = shaped({
  ...{ stage: isString, tag: isString, step: isNumber, dir: isString, files: listOf(isRecord), bytes: isNumber, writtenAt: isString },
  ...{ valBpb: orNull(isNumber), modelConfig: orNull(isRecord), userConfig: orNull(isRecord), broken: orNull(isString) },
});

const isSource = (value: unknown): boolean =>
  shaped({ prefab: isString })(value) ||
  shaped({ run: isString })(value) ||
  shaped({ checkpoint: isCheckpoint, purpose: isString, note: optional(isString), as: optional(isString) })(value);

/** The plan to open, and those that wait. */
function readDrafts(value: Record<string, unknown>): Pick<UiState, "draft" | "drafts"> {
  const last = readDraft(value["draft"]);
  const waiting = Array.isArray(value["drafts"]) ? value["drafts"].map(readDraft).filter((draft) => draft !== null) : [];
  const [first, ...rest] = waiting;
  return first === undefined || (last !== null && last.work.count > 0) ? { draft: last, drafts: waiting } : { draft: first, drafts: rest };
}

// Checked field by field, which the type of a record cannot tell.
const readDraft = (value: unknown): KeptDraft | null =>
  shaped({ source: isSource, work: isWork })(value) ? (value as unknown as KeptDraft) : null;
