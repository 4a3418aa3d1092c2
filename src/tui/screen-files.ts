/** A screen's file: saving it, under its own name or another, beginning one, giving up changes, deleting it. */
import { basename } from "node:path";
import { sentence } from "../core/result.ts";
import { empty } from "../screens/tree.ts";
import type { AppContext } from "./context.ts";

/** What notices of a screen's changes are about: the newest says what became of them. */
export const CHANGES = "changes of a screen";

const NAME = /^[a-z0-9][a-z0-9._-]*$/;
const nameProblem = (text: string): string | null =>
  NAME.test(text) ? null : "Use small letters, digits, dots and dashes, a letter or digit first.";

async function save(app: AppContext, name: string, overwrite: boolean): Promise<void> {
  const { screens } = app;
  // A copy that is called like the other one could not be told from it in the row of screens.
  const title = name !== screens.name && screens.spec.title === screens.kept.title ? titleOf(name) : screens.spec.title;
  const saved = await screens.save(name, overwrite, title);
  app.touch();
  const replaces = screens.fileOf(name)?.overOurs === true ? `. ${inPlace(app)}` : "";
  if (saved.ok) return app.notify("good", `${keptText(saved.value)}${replaces}`, CHANGES);
  if (saved.failure.code !== "refused" || overwrite) return app.notify("bad", sentence(saved.failure));
  askToReplace(app, name, [saved.failure.what, saved.failure.why].filter(Boolean).join(": "));
}

const askToReplace = (app: AppContext, name: string, consequence: string): void =>
  app.overlays.ask({
    title: "Replace the screen",
    consequence,
    safe: "Keep the old one",
    choices: [{ key: "y", title: "Replace it", run: () => app.background(save(app, name, true)) }],
  });

/** `Kept in /h/screens/mine.yaml`, and where the file is as it stood, if something of it would have been lost. */
const keptText = ({ file, copy }: { file: string; copy: string | null }): string =>
  copy === null ? `Kept in ${file}` : `Kept in ${file}. What stood there, with its comments, is in ${basename(copy)} beside it`;

const inPlace = ({ keyOf }: AppContext): string =>
  `Yours takes the place of the shipped screen; ${keyOf("edit.delete")} in the editor brings that back`;

/** No file would be lost, but a screen that comes with the program would be seen no more. */
const saveUnder = (app: AppContext, name: string): void =>
  app.screens.fileOf(name)?.ours === true
    ? askToReplace(app, name, `${name} comes with the program. ${inPlace(app)}`)
    : app.background(save(app, name, false));

/** Into its own file; a shipped screen gets one of the user's with its name, which is used instead of it. */
export const saveOwn = (app: AppContext): Promise<void> | void =>
  // The name of one that was begun here is a makeshift: it is asked for when the screen becomes a file.
  app.screens.file === undefined ? saveAs(app) : save(app, app.screens.name, true);

export const saveAs = (app: AppContext): void =>
  app.overlays.askText({
    title: "Save the screen as",
    what: "A name for the screen: it becomes a file in the folder screens of the home, to be edited here or with an editor.",
    initial: proposedName(app),
    verb: "saves",
    check: nameProblem,
    answer: (name) => saveUnder(app, name),
  });

/** Of a screen that was begun here and given a title, that; of a shipped one a name beside its own. */
function proposedName({ screens: { file, name, spec, kept } }: AppContext): string {
  if (file !== undefined) return file.ours ? `my-${name}` : name;
  const titled = spec.title === kept.title ? "" : spec.title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return titled.replace(/^-|-$/g, "") || name;
}

/** `my-losses` is called `My losses`. */
const titleOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replace(/[-_.]+/g, " ");

function freeName(app: AppContext): string {
  const taken = new Set(app.screens.list.map(({ name }) => name));
  let number = 1;
  while (taken.has(`screen-${number}`)) number++;
  return `screen-${number}`;
}

/** A new one without panels, not yet in a file. */
export function beginScreen(app: AppContext): void {
  const name = freeName(app);
  app.screens.create(name, name.replace("screen-", "Screen "), empty());
}

export const retitle = (app: AppContext): void =>
  app.overlays.askText({
    title: "Title of the screen",
    what: "What stands in the row of screens.",
    initial: app.screens.spec.title,
    verb: "takes it",
    check: (text) => (text.trim() === "" ? "A title is a text." : null),
    answer: (title) => {
      app.screens.retitle(title.trim());
      app.touch();
    },
  });

export function reset(app: AppContext): void {
  const { name, spec, isEdited } = app.screens;
  app.overlays.ask({
    title: "Give up the changes",
    consequence: isEdited
      ? `What was changed of ${spec.title} since it was saved will be lost.`
      : `${spec.title} is in no file that can be used, and will be lost.`,
    safe: "Keep them",
    choices: [
      {
        key: "y",
        title: "Give them up",
        run: () => {
          app.screens.discard();
          const { screens } = app;
          app.notify("info", screens.name === name ? `${screens.spec.title} is as it was saved` : `${spec.title} is given up`, CHANGES);
        },
      },
    ],
  });
}

export function remove(app: AppContext): void {
  const { file, name } = app.screens;
  const after = file?.overOurs === true ? "; the one that comes with the program is shown again" : "";
  app.overlays.ask({
    title: "Delete the screen",
    consequence: `${file === undefined ? `${name}, which is in no file,` : file.file} will be deleted${after}.`,
    safe: "Keep it",
    choices: [
      {
        key: "y",
        title: "Delete it",
        run: () => {
          const removed = app.screens.remove();
          // What is shown now is another screen: the next key must not change that.
          if (removed.ok) app.screens.edit(false);
          app.notify(removed.ok ? "good" : "bad", removed.ok ? `${name} is deleted` : sentence(removed.failure));
        },
      },
    ],
  });
}

export const whyNotDelete = (app: AppContext): string | null =>
  app.screens.file?.ours === true ? "it comes with the program: save one of its name to have another instead" : null;
