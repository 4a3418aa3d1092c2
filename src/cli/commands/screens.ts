/** `screens`: trees of panels in files, to be listed, checked, and printed as they would stand on a terminal. */
import { basename } from "node:path";
import { fail, ok, type Result, sentence } from "../../core/result.ts";
import { counted } from "../../lib/format.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { factsOf, type RunFacts } from "../../panels/data.ts";
import { INITIAL_VIEW } from "../../panels/view.ts";
import { screenValue } from "../../screens/document.ts";
import { screenText } from "../../screens/screen-text.ts";
import { leaves } from "../../screens/tree.ts";
import type { RunView } from "../../services/run-view.ts";
import { listRuns } from "../../services/runs.ts";
import { deleteScreen, type FoundScreen, listScreens, readScreenFile } from "../../services/screens.ts";
import { mayDelete } from "../ask.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { table } from "../table.ts";
import { readSize } from "./panels.ts";
import { open, RUN } from "./run-choice.ts";
import { YES } from "./run-requests.ts";

const NAME: readonly [string, string] = ["<name>", "of the screen; `screens list` shows them"];

const homeOf = (context: Context): string | null => {
  const home = context.home();
  return home.ok ? home.value : null;
};

/** What the interface shows of a screen is its title: the one that is called so, if only one is. */
function titled(screens: readonly FoundScreen[], wanted: string): FoundScreen | undefined {
  const called = screens.filter(({ screen: { name, title } }) => [name, title].some((one) => one.toLowerCase() === wanted.toLowerCase()));
  return called.length === 1 ? called[0] : undefined;
}

function find(context: Context, wanted: string): Result<FoundScreen> {
  const { screens, broken } = listScreens(homeOf(context));
  const found = screens.find(({ screen }) => screen.name === wanted) ?? titled(screens, wanted);
  if (found !== undefined) return ok(found);
  const unusable = broken.find(({ name }) => name === wanted);
  if (unusable !== undefined) return fail("usage", `${unusable.file} cannot be used`, { why: unusable.why, remedy: "Mend that file" });
  const names = screens.map(({ screen }) => screen.name);
  return fail("not-found", `There is no screen ${wanted}`, { remedy: didYouMean(wanted, names, `There are ${names.join(", ")}`) });
}

const whose = ({ ours, overOurs }: FoundScreen): string => (ours ? "ours" : overOurs ? "yours, instead of ours" : "yours");

function list(context: Context): Result<Answer> {
  const { screens, broken } = listScreens(homeOf(context));
  for (const { file, why } of broken) context.face.note(`${file} cannot be used: ${why}`);
  const rows = screens.map((one) => [
    one.screen.name,
    one.screen.title,
    whose(one),
    leaves(one.screen.layout)
      .map(({ spec }) => spec.panel)
      .join(" "),
  ]);
  return answer(
    { screens: screens.map(({ screen, file, ours }) => ({ ...screen, file, ours })), broken },
    table(["name", "title", "whose", "panels"], rows),
  );
}

async function show(context: Context, wanted: string): Promise<Result<Answer>> {
  const found = find(context, wanted);
  if (!found.ok) return found;
  const { stringify } = await import("yaml");
  const { screen, file } = found.value;
  return answer({ ...screen, file }, `# ${file}\n${stringify(screenValue(screen), { lineWidth: 120 }).trimEnd()}`);
}

/** All files are read before it fails, so that one sees every mistake at once. */
function validate(files: readonly string[]): Result<Answer> {
  const read = files.map((file) => ({ file, result: readScreenFile(file, basename(file).replace(/\.ya?ml$/, "")) }));
  const lines = read.flatMap(({ file, result }) =>
    result.ok
      ? [`${file}: ${counted(leaves(result.value.layout).length, "panel")}`]
      : (result.failure.details ?? sentence(result.failure)).split("\n").map((line) => `${file}: ${line}`),
  );
  const bad = read.filter(({ result }) => !result.ok);
  if (bad.length === 0) return answer({ files: files.map((file) => ({ file, mistakes: [] })) }, lines.join("\n"));
  const [only] = bad;
  if (files.length === 1 && only !== undefined && !only.result.ok && only.result.failure.code === "not-found") return only.result;
  const which = files.length === 1 ? "The file" : `${bad.length} of ${files.length} files`;
  return fail("usage", `${which} ${bad.length === 1 ? "is no screen" : "are no screens"}`, {
    why: lines.join("\n"),
    remedy: "Mend what is named",
  });
}

async function render(context: Context, [run = "", wanted = ""]: readonly string[], given: unknown): Promise<Result<Answer>> {
  const found = find(context, wanted);
  if (!found.ok) return found;
  const size = readSize(given);
  if (!size.ok) return size;
  const opened = new Map<string, RunView>();
  const now = Date.now();
  const facts = (name: string): RunFacts | string => {
    const view = opened.get(name) ?? open(context, name);
    if ("ok" in view && !view.ok) return sentence(view.failure);
    const value = "ok" in view ? view.value : view;
    opened.set(name, value);
    return factsOf(value, null, now);
  };
  const main = facts(run);
  if (typeof main === "string") return fail("not-found", main);
  const home = homeOf(context);
  const listed = home === null ? null : listRuns(home);
  const draw = (): string =>
    screenText(found.value.screen, size.value, {
      symbols: context.globals.ascii ? "ascii" : "braille",
      factsOf: (name) => (name === undefined ? main : facts(name)),
      view: INITIAL_VIEW,
      ...(listed?.ok ? { runs: listed.value } : {}),
    });
  const first = draw();
  // Pictures and processes are looked at when somebody wants to see them.
  const waited = await Promise.all([...opened.values()].map((view) => view.settle()));
  const text = waited.includes(true) ? draw() : first;
  for (const view of opened.values()) view.close();
  return answer({ run: main.state.id, screen: wanted, rows: text.split("\n") }, text);
}

async function remove(context: Context, wanted: string, yes: boolean): Promise<Result<Answer>> {
  const found = find(context, wanted);
  if (!found.ok) return found;
  const agreed = found.value.ours ? ok(undefined) : await mayDelete(context, found.value.file, yes);
  if (!agreed.ok) return agreed;
  const removed = deleteScreen(found.value);
  if (!removed.ok) return removed;
  return answer(
    { deleted: found.value.file },
    `${found.value.file} is deleted${found.value.overOurs ? "; ours of that name is shown again" : ""}`,
  );
}

export const SCREEN_COMMANDS: readonly Command[] = [
  { name: "screens list", summary: "List the screens of the Train tab and their panels", run: async (context) => list(context) },
  { name: "screens show", summary: "Print one as its file says it", args: [NAME], run: (context, [name = ""]) => show(context, name) },
  {
    name: "screens validate",
    summary: "Check screen files, every mistake with its line",
    args: [["<files...>", "YAML files"]],
    run: async (_, files) => validate(files),
  },
  {
    name: "screens render",
    summary: "Print a screen of a run as it would stand on a terminal",
    args: [...RUN, NAME],
    options: [{ flags: "--size <columnsxrows>", what: "cells (120x30)" }],
    run: async (context, args, options) => render(context, args, options["size"]),
  },
  {
    name: "screens delete",
    summary: "Delete a screen of yours; ours of its name is shown again",
    args: [NAME],
    options: [YES],
    run: async (context, [name = ""], options) => remove(context, name, Boolean(options["yes"])),
  },
];
