/** Leaving the program: never with edits that no file has without a question that names them. */
import { counted } from "../lib/format.ts";
import type { RunView } from "./app.ts";
import { conversationsWith } from "./chat-session.ts";
import type { AppContext } from "./context.ts";
import { keepTranscripts } from "./keep-transcripts.ts";
import { MOST_MARKS } from "./ui-merge.ts";
import { unsavedValue } from "./ui-state.ts";
import { viewName } from "./view-name.ts";

/** What no file has yet, each in words; the screens' own order. */
export function unsavedEdits(app: AppContext): string[] {
  const { draft } = app.config;
  const edits = draft?.edits ?? 0;
  const screens = app.screens.list.filter(({ name }) => app.screens.isChanged(name));
  return [
    ...(edits === 0 ? [] : [`${counted(edits, "unsaved edit")} of ${draft?.title}`]),
    ...screens.map(({ title }) => `unsaved changes of the screen ${title}`),
  ];
}

/** Whether a run is attached, or shown again, that does not end with this program: not the machine in place of one. */
export const goesOn = (run: RunView | null): boolean =>
  run !== null && run.isRun !== false && (run.replay?.goesOn ?? run.liveness() !== "ended");

/** A mark of each work that no file has: the same of the same work, also after a restart. */
function workMarks({ screens, config }: AppContext): string[] {
  const { draft } = config;
  const works: unknown[] = screens.unsaved.map(unsavedValue);
  if (draft !== null && draft.edits > 0) works.push(draft.work());
  return works.map((work) => Bun.hash(JSON.stringify(work)).toString(36));
}

/** What would be lost, or is only here, by leaving, in sentences with the keys that keep it; empty = nothing that is to be asked about. */
function looseEnds(app: AppContext, marks: readonly string[]): string[] {
  // Nothing can be kept then, and nobody has come to make something.
  if (app.readOnly) return [];
  const edits = unsavedEdits(app).join("; ");
  const keep = app.keyOf(app.screens.list.some(({ name }) => app.screens.isChanged(name)) ? "screen.save" : "config.save");
  const isKept = app.services.saveUi !== null;
  const isKnown = isKept && marks.every((mark) => app.state.left.includes(mark));
  const ofEdits = isKept
    ? `Not saved: ${edits}. It is back at the next start here; ${keep} on its tab saves it.`
    : `This will be lost: ${edits}. ${keep} on its tab keeps it.`;
  const { unkept } = app.chat.conversations;
  const ofTalk = `Not saved: ${conversationsWith(unkept)}, which leaving loses.`;
  return [...(edits === "" || isKnown ? [] : [ofEdits]), ...(unkept.length > 0 ? [ofTalk] : [])];
}

/** Leaves, or asks first where something is in no file that the person has named: of edits once, until they are others. */
export function leave(app: AppContext, code: number): void {
  const marks = workMarks(app);
  const go = (): void => {
    const { run } = app;
    // Where lines stay, what is told behind the last one says it as well.
    if (run !== null && goesOn(run) && !app.echoes) app.notify("info", `${viewName(run)} goes on`);
    app.state.left = [...new Set([...marks, ...app.state.left])].slice(0, MOST_MARKS);
    app.leave(code);
  };
  const goWhereKept = (kept: string | null): void => {
    if (kept === null) return;
    app.chat.conversations.keptOnLeaving = kept;
    go();
  };
  const loose = looseEnds(app, marks);
  const hasTalk = !app.readOnly && app.chat.conversations.unkept.length > 0;
  const keepAndGo = {
    key: "k",
    title: "Keep what was said, and leave",
    run: () => app.background(keepTranscripts(app).then(goWhereKept)),
  };
  if (loose.length === 0) go();
  else
    app.overlays.ask({
      title: "Leave",
      consequence: loose.join(" "),
      safe: "Stay",
      choices: [...(hasTalk ? [keepAndGo] : []), { key: "y", title: "Leave", run: go }],
    });
}

/** What is told once the terminal is given back: what becomes of the run, how one comes back to it, and where all that was made is. */
export function farewell(app: AppContext, attachCommand: (id: string) => string): string[] {
  const { run } = app;
  const { keptOnLeaving } = app.chat.conversations;
  const loose = app.services.saveUi === null ? [] : unsavedEdits(app);
  const others = app.runs.othersGoing(run?.id ?? null, app.now).length;
  return [
    ...(run === null || run.isRun === false ? [] : [`${viewName(run)} ${becomes(run)}. To see it again: ${attachCommand(run.id)}`]),
    ...(others === 0 ? [] : [`${counted(others, "other run")} ${others === 1 ? "goes" : "go"} on.`]),
    ...(loose.length === 0 ? [] : [`Not saved: ${loose.join("; ")}. It is back when nanochat-cli is opened again here.`]),
    ...(keptOnLeaving === null ? [] : [`${keptOnLeaving}.`]),
  ];
}

/** `goes on`, `has ended: done` */
const becomes = (run: RunView): string =>
  goesOn(run) ? "goes on" : `has ended${run.replay === undefined ? `: ${run.state().status}` : ""}`;
