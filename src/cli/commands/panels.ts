/** `panels` and `runs panel`: what screens are made of, as a list, as text and as JSON. */
import type { OptionValues } from "../../core/panel.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { factsOf, type RunFacts, type Size } from "../../panels/data.ts";
import type { PanelKind } from "../../panels/kind.ts";
import { optionsFromText, optionTakes, optionText } from "../../panels/option-text.ts";
import { findPanel, PANELS } from "../../panels/registry.ts";
import { namedBaselines } from "../../panels/run-names.ts";
import { sceneDocument } from "../../panels/scene-json.ts";
import { contentSize, sceneText } from "../../panels/scene-text.ts";
import { INITIAL_VIEW, type View } from "../../panels/view.ts";
import type { RunView } from "../../services/run-view.ts";
import { listRuns } from "../../services/runs.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { open, openBeside, RUN } from "./run-choice.ts";
import { chooseStage, STAGE } from "./run-data.ts";

type Given = Readonly<Record<string, unknown>>;

function list(): Result<Answer> {
  const json = PANELS.map(({ kind, title, about, counts, options, least, rows, from }) => ({
    kind,
    title,
    about,
    counts: counts ?? null,
    options,
    least,
    rows: rows ?? null,
    from,
  }));
  const text = PANELS.flatMap(({ kind, about, counts, options }) => [
    `${kind.padEnd(12)} ${about}`,
    ...(counts === undefined ? [] : [`  ${counts}`]),
    ...Object.entries(options).map(([name, option]) => `  ${name}=${optionText(option.default)}  ${option.help} (${optionTakes(option)})`),
  ]).join("\n");
  return answer(json, text);
}

function chooseKind(wanted: string): Result<PanelKind> {
  const kind = findPanel(wanted);
  if (kind !== undefined) return ok(kind);
  const names = PANELS.map((panel) => panel.kind);
  return fail("not-found", `There is no panel ${wanted}`, { remedy: didYouMean(wanted, names, "`nanochat-cli panels` lists them") });
}

/** Cells of a terminal are never more. */
const MOST_CELLS = 1000;
const USUAL: Size = { width: 120, height: 30 };

export function readSize(given: unknown): Result<Size> {
  if (given === undefined) return ok(USUAL);
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(String(given)) ?? [];
  const size = { width: Number(width), height: Number(height) };
  if (size.width >= 1 && size.height >= 1 && size.width <= MOST_CELLS && size.height <= MOST_CELLS) return ok(size);
  return fail("usage", `--size ${given} is no size`, { remedy: `Give columns and rows up to ${MOST_CELLS}: 120x30` });
}

function readView(given: unknown): Result<View> {
  if (given === undefined) return ok(INITIAL_VIEW);
  const step = Number(given);
  if (given === "" || !Number.isFinite(step)) return fail("usage", `--at ${given} is no step`, { remedy: "Give the number of a step" });
  return ok({ ...INITIAL_VIEW, chart: { ...INITIAL_VIEW.chart, axis: "step", cursor: step } });
}

interface Wanted {
  kind: PanelKind;
  options: OptionValues;
  size: Size;
  view: View;
  border: boolean;
}

function readWanted(name: string, given: Given): Result<Wanted> {
  const kind = chooseKind(name);
  if (!kind.ok) return kind;
  const options = optionsFromText(kind.value, (given["set"] as string[] | undefined) ?? []);
  if (!options.ok) return options;
  const size = readSize(given["size"]);
  if (!size.ok) return size;
  const view = readView(given["at"]);
  if (!view.ok) return view;
  return ok({ kind: kind.value, options: options.value, size: size.value, view: view.value, border: given["border"] !== false });
}

/** Fails for a step that the stage has not come to; one without any has nothing to be read at, which its panels say. */
function withinSteps({ data, stage }: RunFacts, step: number | null): Result<void> {
  const keys = data.metrics(stage).flatMap((metric) => data.latest(stage, metric)?.key ?? []);
  const last = Math.max(...keys);
  if (step === null || keys.length === 0 || (step >= 0 && step <= last)) return ok(undefined);
  return fail("usage", `--at ${step}: there is no such step`, {
    why: `the stage has been through steps 0 to ${last}`,
    remedy: "Give one of them, or with --stage another stage",
  });
}

/** The panel as it would stand on a screen now. */
function draw(
  context: Context,
  { kind, options, size, view, border }: Wanted,
  run: RunView,
  others: RunView[],
  given: unknown,
): Result<Answer> {
  const stage = given === undefined ? ok(null) : chooseStage(run, given);
  if (!stage.ok) return stage;
  const home = context.home();
  const listed = home.ok ? listRuns(home.value) : home;
  const now = Date.now();
  const facts = factsOf(run, stage.value, now);
  const there = withinSteps(facts, view.chart.cursor);
  if (!there.ok) return there;
  const scene = kind.scene({
    facts,
    size: contentSize(size, border),
    options,
    thresholds: [],
    view,
    baselines: namedBaselines(
      facts,
      others.map((other) => factsOf(other, null, now)),
    ),
    runs: listed.ok ? listed.value : undefined,
  });
  const text = sceneText(scene, size, { border, symbols: context.globals.ascii ? "ascii" : "braille" });
  return answer({ run: run.id, panel: kind.kind, ...sceneDocument(scene) }, text);
}

async function panel(context: Context, [run = "", name = ""]: readonly string[], given: Given): Promise<Result<Answer>> {
  const wanted = readWanted(name, given);
  if (!wanted.ok) return wanted;
  const opened = open(context, run);
  if (!opened.ok) return opened;
  const others = openBeside(context, opened.value, (given["baseline"] as string[] | undefined) ?? []);
  if (!others.ok) {
    opened.value.close();
    return others;
  }
  const drawNow = (): Result<Answer> => draw(context, wanted.value, opened.value, others.value, given["stage"]);
  const first = drawNow();
  // Pictures and processes are looked at when somebody wants to see them.
  const drawn = (await opened.value.settle()) ? drawNow() : first;
  for (const view of [opened.value, ...others.value]) view.close();
  return drawn;
}

export const PANEL_COMMANDS: readonly Command[] = [
  { name: "panels", summary: "List the panels that screens are made of, with their options", run: async () => list() },
  {
    name: "runs panel",
    summary: "Print one panel of a run as it is now",
    args: [...RUN, ["<kind>", "as `nanochat-cli panels` lists them"]],
    options: [
      { flags: "--set <option=value>", what: "an option of the panel", many: true },
      { flags: "--size <columnsxrows>", what: "cells, the frame included (120x30)" },
      STAGE,
      { flags: "--at <step>", what: "read at this step, as with a cursor on screen" },
      { flags: "--baseline <run>", what: "another run beside it", many: true },
      { flags: "--no-border", what: "title and note as lines, no frame around" },
    ],
    run: (context, args, options) => panel(context, args, options),
  },
];
