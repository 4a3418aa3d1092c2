/** Files of the user's own that change how the program looks and which keys it takes; read here, understood by whom they are for. */
import { join } from "node:path";
import type { Result } from "../core/result.ts";
import { readText, yamlFiles } from "../lib/files.ts";
import { configDir } from "../lib/paths.ts";

export interface UserFile {
  /** Without folder and ending. */
  name: string;
  file: string;
  text: Result<string>;
}

/** Lowest first: the user's own, then the home's. */
const folders = (home: string | null): string[] => [configDir(), ...(home === null ? [] : [home])];

function read(dir: string, entry: string): UserFile[] {
  const file = join(dir, entry);
  const text = readText(file);
  return text.ok && text.value === null ? [] : [{ name: entry.replace(/\.ya?ml$/, ""), file, text: text as Result<string> }];
}

/** `themes/*.yaml` (docs/themes.md); of one name the last one counts. */
export const themeFiles = (home: string | null): UserFile[] =>
  folders(home)
    .map((dir) => join(dir, "themes"))
    .flatMap((dir) => yamlFiles(dir).flatMap((entry) => read(dir, entry)));

/** `keymap.yaml` (docs/keymap.md); a later one counts, action by action. */
export const keymapFiles = (home: string | null): UserFile[] => folders(home).flatMap((dir) => read(dir, "keymap.yaml"));
