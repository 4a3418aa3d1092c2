/** What the terminal interface has, as answers of the command line. */
import type { Context } from "./cli/context.ts";
import { type Answer, answer } from "./cli/output.ts";
import { table } from "./cli/table.ts";
import { ok, type Result } from "./core/result.ts";
import { keymapFiles, themeFiles } from "./services/user-files.ts";
import { ACTIONS } from "./tui/actions.ts";
import { readKeymap } from "./tui/keymap.ts";
import { readThemes } from "./tui/theme-file.ts";

/** Without a home there are the files of the user's own folder. */
const homeOf = (context: Context): string | null => {
  const home = context.home();
  return home.ok ? home.value : null;
};

export function listThemes(context: Context): Result<Answer | number> {
  const { all, files } = readThemes(themeFiles(homeOf(context)));
  const own = (theme: (typeof all)[number]) => files.find((one) => one.theme === theme);
  const rows = all.map((theme) => [theme.name, theme.background, own(theme)?.file ?? "ours", theme.title]);
  const said = files.flatMap(({ file, mistakes, warnings }) => [
    ...mistakes.map((mistake) => `✕ ${file} is left out: ${mistake}`),
    ...warnings.map((warning) => `▲ ${file}: ${warning}`),
  ]);
  const themes = all.map(({ name, title, background, tones, bg, surface }, i) => ({
    name,
    title,
    background,
    file: own(all[i]!)?.file ?? null,
    tones: { ...tones, bg, surface },
  }));
  return told(
    { themes, files: files.map(({ file, mistakes, warnings }) => ({ file, mistakes, warnings })) },
    [table(["theme", "background", "whose", ""], rows), ...said].join("\n"),
    files.some(({ mistakes }) => mistakes.length > 0),
    context,
  );
}

export function listKeys(context: Context): Result<Answer | number> {
  const { actions, files, from } = readKeymap(ACTIONS, keymapFiles(homeOf(context)));
  const json = actions.map(({ id, title, group, keys }, i) => ({
    id,
    title,
    group,
    keys,
    default: ACTIONS[i]?.keys,
    file: from.get(id) ?? null,
  }));
  const rows = json.map(({ id, title, group, keys, file }) => [group, keys.join(" ") || "–", title, id, file === null ? "" : file]);
  const said = files.flatMap(({ file, mistakes }) => mistakes.map((mistake) => `✕ ${file}: ${mistake}`));
  const wrong = files.some(({ mistakes }) => mistakes.length > 0);
  // Before so long a table, and again where one looks when it has gone by.
  const text = [...said, table(["where", "keys", "what", "action", ""], rows), ...said].join("\n");
  return told({ actions: json, files }, text, wrong, context);
}

/** An answer whose exit code tells that something in a file is wrong. */
function told(json: unknown, text: string, wrong: boolean, context: Context): Result<Answer | number> {
  if (!wrong) return answer(json, text);
  context.face.answer({ json, text });
  return ok(1);
}
