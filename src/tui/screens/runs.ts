/** All runs, and the loss of the one that is selected. */
import type { KeyOf } from "../../core/keys.ts";
import type { Line, Scene } from "../../core/scene.ts";
import { wrap } from "../../lib/graphemes.ts";
import { factsOf, type RunFacts, type Size } from "../../panels/data.ts";
import { lossKind } from "../../panels/loss.ts";
import { runAboutPanel } from "../../panels/run-about.ts";
import { runsPanel } from "../../panels/runs.ts";
import { resumable } from "../../panels/way-on.ts";
import { chartScene } from "../chart-scene.ts";
import type { AppContext } from "../context.ts";
import { RUNS_DESIGNS, slotsOf } from "../layout.ts";
import { withNewest } from "../newest-rows.ts";
import type { Pane, Screen } from "../pane.ts";
import { listPane, textPane } from "../panes.ts";
import { selectedRow } from "../run-care-actions.ts";

function runsPane(app: AppContext): Pane {
  const { state, runs } = app;
  selectedRow(app);
  return listPane(app, {
    id: "runs",
    rows: runs.shown(state.filter.runs).length,
    look: `${runs.order} ${runs.all} ${[...runs.marked]} ${runs.unread(state.filter.runs)}`,
    beat: `${runs.version} ${app.versions.points} ${Math.floor(app.now / 1000)}`,
    scene: (size) =>
      runs.problem === null ? list(app, size) : { title: "runs", blocks: [{ block: { kind: "empty", why: runs.problem } }] },
  });
}

const list = (app: AppContext, size: Size): Scene =>
  app.runs.loaded
    ? runsPanel(withNewest(app, app.runs.shown(app.state.filter.runs)), size, {
        selected: app.state.selected.runs,
        filter: app.state.filter.runs,
        now: app.now,
        order: app.runs.order,
        marked: app.runs.marked,
        hidden: app.runs.hidden(),
        unread: app.runs.unread(app.state.filter.runs),
        keyOf: app.keyOf,
      })
    : { title: "runs", blocks: [{ block: { kind: "empty", why: "Reading the list of runs" } }] };

function previewPane(app: AppContext): Pane {
  const { preview } = app.runs;
  return {
    id: "preview",
    groups: ["chart"],
    shows: { kind: lossKind.kind },
    look: `${preview?.id} ${preview?.view === null} ${JSON.stringify(app.state.chart)}`,
    beat: String(preview?.version),
    everyMs: 200,
    scene: (size) => previewScene(app, size),
  };
}

function previewScene(app: AppContext, size: Size): Scene {
  const preview = app.runs.preview;
  if (preview === null) return { title: "preview", blocks: [{ block: { kind: "empty", why: "The loss of the selected run" } }] };
  if (preview.view === null)
    return { title: "preview", blocks: [{ block: { kind: "empty", why: preview.problem ?? "This run cannot be opened" } }] };
  const facts: RunFacts = factsOf(preview.view, null, app.now);
  const end = endLines(facts, size, app.keyOf);
  const chart = chartScene(lossKind, app, facts, { ...size, height: size.height - end.length });
  if (end.length === 0) return chart;
  return { ...chart, blocks: [...chart.blocks, { block: { kind: "text", lines: end }, rows: end.length }] };
}

/** Rows that are left to the chart. */
const LEAST_CHART = 8;

/** Why a run failed, in full, and how it goes on; nothing of one that did not. */
function endLines({ state, data }: RunFacts, { width, height }: Size, keyOf: KeyOf): Line[] {
  if (state.status !== "failed" && state.status !== "lost") return [];
  const left = resumable({ state, data });
  const why = wrap(`${state.status}${state.reason === null ? "" : `: ${state.reason}`}`, Math.max(1, width));
  const on =
    left === null
      ? []
      : wrap(
          `→ nanochat-cli checkpoints resume ${left.args}, or ${keyOf("checkpoints.resume")} on the Checkpoints tab${left.why === null ? "" : `: ${left.why}`}`,
          Math.max(1, width),
        );
  const lines: Line[] = [...why.map((text): Line => [{ text, tone: "bad" }]), ...on.map((text): Line => [{ text, tone: "accent" }])];
  return lines.slice(0, Math.max(0, height - LEAST_CHART));
}

/** Why the selected run ended, its tags and its note. */
function aboutPane(app: AppContext): Pane {
  const row = selectedRow(app);
  const { preview } = app.runs;
  const opened = preview !== null && preview.id === row?.id ? preview.view : null;
  return textPane(app, {
    id: "about",
    look: `${row?.id} ${app.runs.version} ${opened === null}`,
    beat: `${app.versions.points} ${preview?.version}`,
    scene: ({ width }) =>
      runAboutPanel(
        row === undefined ? undefined : withNewest(app, [row])[0],
        width,
        opened === null ? undefined : factsOf(opened, null, app.now),
      ),
  });
}

const PANES: Readonly<Record<string, (app: AppContext) => Pane>> = { preview: previewPane, about: aboutPane };

export const runsScreen: Screen = {
  slots: (_, size, body) => slotsOf(RUNS_DESIGNS, size, body),
  pane: (app, id) => (PANES[id] ?? runsPane)(app),
};
