/** `runs chart`: metrics of a run as a picture or a table, as they stand in the charts of the terminal interface. */
import type { Axis } from "../../core/journal.ts";
import { CLOCK_METRIC, metricId } from "../../core/metrics.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Scene } from "../../core/scene.ts";
import { chartKind } from "../../panels/chart.ts";
import { factsOf, type RunFacts } from "../../panels/data.ts";
import { usualOptions } from "../../panels/kind.ts";
import { sceneSvg } from "../../panels/plot-svg.ts";
import { missingBeside, sceneCsv, sceneTables } from "../../panels/plot-table.ts";
import { namedBaselines } from "../../panels/run-names.ts";
import { AXES } from "../../panels/series.ts";
import { type ChartView, INITIAL_CHART, INITIAL_VIEW } from "../../panels/view.ts";
import { CHART_FORMATS, type ChartFormat, formatOf, saveChart, USUAL_SIZE } from "../../services/chart-file.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { numbersOf } from "../numbers.ts";
import { type Answer, answer, stdout } from "../output.ts";
import { open, openBeside, RUN } from "./run-choice.ts";
import { AXIS, chooseStage, chooseWindow, metricRemedy, STAGE } from "./run-data.ts";

type Options = Readonly<Record<string, unknown>>;

const MOST_PIXELS = 20_000;
/** Pixels; a smoothing's decay. */
const NUMBERS = {
  smoothing: { least: 0, below: 1 },
  width: { least: 100, most: MOST_PIXELS },
  height: { least: 60, most: MOST_PIXELS },
};

function chart(context: Context, [wanted = "", ...given]: readonly string[], options: Options): Result<Answer | null> {
  const view = open(context, wanted);
  if (!view.ok) return view;
  const stage = chooseStage(view.value, options["stage"]);
  if (!stage.ok) return stage;
  const now = Date.now();
  const facts = factsOf(view.value, stage.value, now);
  const metrics = known(facts, given);
  if (!metrics.ok) return metrics;
  const window = chooseWindow(options);
  if (!window.ok) return window;
  const { axis, from, to } = window.value;
  const lacking = options["axis"] === undefined ? null : lackingAxis(facts, axis);
  if (lacking !== null) return lacking;
  const asked = numbersOf(options, NUMBERS);
  if (!asked.ok) return asked;
  const { smoothing = null, width = USUAL_SIZE.width, height = USUAL_SIZE.height } = asked.value;
  const beside = openBeside(context, view.value, (options["baseline"] as string[] | undefined) ?? []);
  if (!beside.ok) return beside;
  const look: ChartView = {
    ...INITIAL_CHART,
    axis,
    scale: options["log"] ? "log" : "linear",
    places: true,
    window:
      from === undefined && to === undefined
        ? { kind: "all" }
        : { kind: "range", ...ends(facts, metrics.value[0] ?? "", options, from, to) },
  };
  const scene = chartKind.scene({
    facts,
    // A column for each pixel of the picture, whose gutter is that of a panel.
    size: { width: Math.round(width / 2), height: 24 },
    options: { ...usualOptions(chartKind), metrics: metrics.value, smoothing },
    thresholds: [],
    view: { ...INITIAL_VIEW, chart: look },
    baselines: namedBaselines(
      facts,
      beside.value.map((other) => factsOf(other, null, now)),
    ),
  });
  const told = tell(context, scene, options, { width, height });
  for (const other of beside.value) other.close();
  view.value.close();
  return told;
}

/** A picture by another axis than the one that was asked for would be taken for it; null where the stage has that one. */
function lackingAxis({ data, stage }: RunFacts, asked: Axis): Result<never> | null {
  const lack = (axis: Axis): string | null => data.query({ stage, metric: CLOCK_METRIC, axis, columns: 1 }).axisReason;
  const why = lack(asked);
  if (why === null) return null;
  const there = AXES.filter((axis) => lack(axis) === null);
  return fail("not-found", `Stage ${stage} cannot be drawn by ${asked}`, { why, remedy: `Its axes are ${there.join(", ")}` });
}

function ends(
  facts: RunFacts,
  metric: string,
  options: Options,
  from: number | undefined,
  to: number | undefined,
): { from: number; to: number } {
  const axis = (options["axis"] as Axis | undefined) ?? "step";
  const { edges } = facts.data.query({ stage: facts.stage, metric, axis, columns: 1 });
  return { from: from ?? edges[0]!, to: to ?? edges[1]! };
}

/** Their ids, `*` and the scripts' own names understood; refused when one names nothing that the stage has. */
function known({ data, stage, plan }: RunFacts, given: readonly string[]): Result<string[]> {
  const there = data.metrics(stage);
  const ids = given.map((name) => (there.includes(name) ? name : metricId(name)));
  const missing = ids.findIndex((id) => !id.includes("*") && !there.includes(id) && !data.metrics(0).includes(id));
  if (missing < 0) return ok(ids);
  const name = given[missing] ?? "";
  return fail("not-found", `Stage ${stage} has no metric ${name}`, { remedy: metricRemedy(data, plan.stages.length, stage, name) });
}

/** Into the file, or without one to stdout. */
function tell(context: Context, scene: Scene, options: Options, size: { width: number; height: number }): Result<Answer | null> {
  const out = options["out"] as string | undefined;
  const asked = options["format"] as ChartFormat | undefined;
  const note = [...(scene.note === undefined ? [] : [scene.note]), ...missingBeside(scene)].join(" · ") || null;
  if (out === undefined) {
    if (note !== null) context.face.note(note);
    const isPicture = asked === "svg";
    if (context.face.json) return answer(isPicture ? { svg: sceneSvg(scene, size) } : { tables: sceneTables(scene) }, "");
    stdout().write(isPicture ? sceneSvg(scene, size) : sceneCsv(scene));
    return ok(null);
  }
  const saved = saveChart(scene, out, { format: asked ?? formatOf(out), replace: options["replace"] === true, size });
  if (!saved.ok) return saved;
  return answer({ file: saved.value, note }, `Written to ${saved.value}${note === null ? "" : `\n${note}`}`);
}

export const RUN_CHART_COMMAND: Command = {
  name: "runs chart",
  summary: "Draw metrics of a run as a picture, or as the table that it is made from",
  args: [...RUN, ["<metrics...>", "`train/loss`, `core/*`, or a script's own name such as `loss`"]],
  options: [
    STAGE,
    { flags: "--out <file>", what: "where to: its ending, .svg or .csv, is the format (else stdout)" },
    { flags: "--format <format>", what: "svg or csv, whatever the name says", choices: CHART_FORMATS },
    { flags: "--replace", what: "write over a file that is there" },
    AXIS,
    { flags: "--from <x>", what: "start of the window, on the axis; of `wall` a time, 2026-05-01T12:30" },
    { flags: "--to <x>", what: "its end" },
    { flags: "--log", what: "a logarithmic y axis" },
    {
      flags: "--smoothing <decay>",
      what: "an exponential average of that decay over the values, such as 0.99; of the loss over that of each step",
    },
    { flags: "--baseline <run>", what: "another run to lay beside", many: true },
    {
      flags: "--width <pixels>",
      what: `of the picture (${USUAL_SIZE.width}); the table has a row for each pixel between its axes that has points, or for each point where none has several`,
    },
    { flags: "--height <pixels>", what: `of the picture (${USUAL_SIZE.height})` },
  ],
  run: async (context, args, options) => chart(context, args, options),
};
