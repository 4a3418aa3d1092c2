/** Screens as files: ours, the user's and the workspace's; of one name the nearest counts. */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import type { ScreenSpec } from "../core/screen.ts";
import { ioReason, readText, writeAtomic, yamlFiles } from "../lib/files.ts";
import { configDir } from "../lib/paths.ts";
import { PACKAGE_DIR } from "../lib/self.ts";
import { linesOf, readYaml } from "../lib/yaml-place.ts";
import { readScreen, screenValue } from "../screens/document.ts";

export interface FoundScreen {
  screen: ScreenSpec;
  file: string;
  /** It comes with the program; the user's own of that name is used instead of it. */
  ours: boolean;
  /** There is one of ours of that name, which comes to light when the user's is deleted. */
  overOurs: boolean;
}

/** A screen file that cannot be used, and why: `line 7: There is no panel los. Did you mean loss?` */
export interface BrokenScreen {
  name: string;
  file: string;
  why: string;
}

export interface Screens {
  screens: FoundScreen[];
  broken: BrokenScreen[];
}

const SHIPPED = join(PACKAGE_DIR, "screens");

/** The shipped ones in the order in which one goes through them; those of the user follow by name. */
const ORDER = ["overview", "loss", "validation", "samples", "gpu", "timers", "logs", "compare", "night", "metrics", "machine"];

/** What a screen may be called: it is a file's name. */
export const SCREEN_NAME = /^[a-z0-9][a-z0-9._-]*$/;

const folders = (home: string | null): string[] => [
  SHIPPED,
  join(configDir(), "screens"),
  ...(home === null ? [] : [join(home, "screens")]),
];

/** All screens; a broken file is reported, and hides nothing. */
export function listScreens(home: string | null): Screens {
  const found = new Map<string, FoundScreen>();
  const broken: BrokenScreen[] = [];
  for (const dir of folders(home)) {
    for (const entry of yamlFiles(dir)) {
      const file = join(dir, entry);
      const name = entry.replace(/\.ya?ml$/, "");
      const read = readScreenFile(file, name);
      const overOurs = found.get(name)?.ours === true || found.get(name)?.overOurs === true;
      if (read.ok) found.set(name, { screen: read.value, file, ours: dir === SHIPPED, overOurs });
      else broken.push({ name, file, why: read.failure.why ?? read.failure.what });
    }
  }
  const place = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const screens = [...found.values()].sort(
    (a, b) => place(a.screen.name) - place(b.screen.name) || a.screen.name.localeCompare(b.screen.name),
  );
  return { screens, broken };
}

/** Changes when a file of a screen was written, made or deleted. */
export function screensStamp(home: string | null): string {
  return folders(home)
    .slice(1)
    .flatMap((dir) => yamlFiles(dir).map((entry) => stampOf(join(dir, entry))))
    .join();
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size } = statSync(file);
    return `${file} ${mtimeMs} ${size}`;
  } catch {
    return ""; // gone between the listing and the look
  }
}

/** Reads a file and checks it; what is wrong is told with its line. */
export function readScreenFile(file: string, name: string): Result<ScreenSpec> {
  const text = readText(file);
  if (!text.ok) return text;
  if (text.value === null) return fail("not-found", `There is no ${file}`, { remedy: "Name a file that is there" });
  const read = readYaml(text.value);
  if (!read.ok) return fail("usage", `${file} is no valid YAML`, { why: read.why, remedy: "Mend that line", details: read.why });
  const { screen, mistakes } = readScreen(name, read.value);
  if (screen !== null) return ok(screen);
  const lines = linesOf(text.value, mistakes);
  return fail("usage", `${file} is no screen`, { why: lines[0], remedy: "Mend that file", details: lines.join("\n") });
}

export interface SavedScreen {
  file: string;
  /** Where the file lies now as it stood before, when something of it would have been lost. */
  copy: string | null;
}

/**
 * Writes a screen into the home; a file that is there is only replaced when that is said. Its comments are kept. `kept`: as the
 * file was when it was read; one that says something else by now, or cannot be read, is put beside it first.
 */
export async function saveScreen(
  home: string,
  screen: ScreenSpec,
  overwrite: boolean,
  kept: ScreenSpec | null = null,
): Promise<Result<SavedScreen>> {
  if (!SCREEN_NAME.test(screen.name))
    return fail("usage", `A screen cannot be called ${screen.name}`, { remedy: "Use small letters, digits, dots and dashes" });
  const checked = readScreen(screen.name, screenValue(screen));
  if (checked.screen === null) return fail("usage", `The screen ${screen.name} cannot be kept`, { why: checked.mistakes[0]?.what });
  const file = join(home, "screens", `${screen.name}.yaml`);
  if (existsSync(file) && !overwrite)
    return fail("refused", `${file} is there already`, { why: "the screen in it would be lost", remedy: "Choose another name" });
  const before = readText(file);
  const old = before.ok ? before.value : null;
  const [{ stringify }, { rewriteYaml, YAML_STYLE }] = await Promise.all([import("yaml"), import("../lib/yaml-rewrite.ts")]);
  const rewritten = old === null ? null : rewriteYaml(old, screenValue(screen));
  const loses = old !== null && (isOther(file, screen.name, kept) || (rewritten === null && old.includes("#")));
  const copy = loses ? freeCopy(file) : null;
  if (copy !== null) {
    const copied = writeAtomic(copy, old ?? "");
    if (!copied.ok) return copied;
  }
  const written = writeAtomic(file, rewritten ?? stringify(screenValue(screen), YAML_STYLE));
  return written.ok ? ok({ file, copy }) : written;
}

/** Whether a file says something that nobody has seen here. */
function isOther(file: string, name: string, kept: ScreenSpec | null): boolean {
  const now = readScreenFile(file, name);
  return !now.ok || (kept !== null && JSON.stringify(now.value) !== JSON.stringify(kept));
}

/** Unsaved changes that are no screen, as a file that can be mended: it is told as any that is broken. */
export async function putScreenAside(home: string, name: string, value: unknown): Promise<Result<string>> {
  const [{ stringify }, { YAML_STYLE }] = await Promise.all([import("yaml"), import("../lib/yaml-rewrite.ts")]);
  const base = join(home, "screens", `${SCREEN_NAME.test(name) ? name : "screen"}-unsaved`);
  const file = free((number) => `${base}${number}.yaml`);
  const written = writeAtomic(file, stringify(value, YAML_STYLE));
  return written.ok ? ok(file) : written;
}

/** `mine.yaml.bak`, `mine.yaml.bak2`, …: the first that is not there. */
const freeCopy = (file: string): string => free((number) => `${file}.bak${number}`);

function free(named: (number: string) => string): string {
  let number = 1;
  const name = (): string => named(number === 1 ? "" : String(number));
  while (existsSync(name())) number++;
  return name();
}

/** Deletes the user's file of a screen; one of ours of that name comes to light again. */
export function deleteScreen({ file, ours, screen }: FoundScreen): Result<void> {
  if (ours) return fail("refused", `${screen.name} comes with the program`, { remedy: "Save one of the same name to use that instead" });
  try {
    rmSync(file);
    return ok(undefined);
  } catch (error) {
    return fail("io", `${file} could not be deleted`, { why: ioReason(error) });
  }
}
