/** What alerts.yaml comes to, and where it is looked for. Apart from the reading of it, which needs the schema library. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { configDir } from "../lib/paths.ts";
import { DEFAULT_SETTINGS, type WatchSettings } from "../watches/settings.ts";

/** Minutes since midnight, local time; `from` later than `to` goes over midnight. */
export interface QuietHours {
  from: number;
  to: number;
}

export interface AlertConfig {
  watches: WatchSettings;
  quiet: QuietHours | null;
  /** Program and arguments that are run with each alert. */
  command: readonly string[] | null;
  /** May be a secret: only its host is shown. */
  webhook: string | null;
  timeoutMs: number;
  /** What a terminal that shows the run does. */
  bell: boolean;
  desktop: boolean;
}

export const DEFAULT_CONFIG: AlertConfig = {
  watches: DEFAULT_SETTINGS,
  quiet: null,
  command: null,
  webhook: null,
  timeoutMs: 10_000,
  bell: true,
  desktop: true,
};

/** Folders in which alerts.yaml may be, lowest first: the user's own, then the home's. */
export const alertFolders = (home: string): string[] => [configDir(), home];

export function isQuiet(quiet: QuietHours | null, nowMs: number): boolean {
  if (quiet === null || quiet.from === quiet.to) return false;
  const date = new Date(nowMs);
  const now = date.getHours() * 60 + date.getMinutes();
  return quiet.from < quiet.to ? now >= quiet.from && now < quiet.to : now >= quiet.from || now < quiet.to;
}

/** `quiet hours until 07:00`: why nobody is told now, and from when on somebody is; local time of day, as alerts.yaml has it. */
export function quietText({ to }: QuietHours): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  return `quiet hours until ${two(Math.floor(to / 60))}:${two(to % 60)}`;
}

/** Where the command is run: nothing in it depends on where a run was started. */
export const COMMAND_DIR = "/";

/** Why a program that alerts.yaml names cannot be started, the end of a sentence; null where it can be. */
export function programFault(program: string): string | null {
  if (Bun.which(program, { cwd: COMMAND_DIR }) !== null) return null;
  return program.includes("/") ? "is no file that can be run" : "is on no PATH that is searched";
}

/** The part of a webhook's address that may be shown. */
export const hostOf = (webhook: string): string => URL.parse(webhook)?.host ?? "?";

/** Changes whenever one of the files is written, made or removed. */
export const stampOfAlerts = (home: string): string =>
  alertFolders(home)
    .map((dir) => statSync(join(dir, "alerts.yaml"), { throwIfNoEntry: false })?.mtimeMs ?? "")
    .join(" ");

/** Whether there is anything to be read. */
export const hasAlerts = (home: string): boolean => alertFolders(home).some((dir) => existsSync(join(dir, "alerts.yaml")));
