/** Where things of the user's live, by the XDG base directory rules. */
import { homedir } from "node:os";
import { join } from "node:path";

const xdg = (variable: string, fallback: string): string => {
  const given = process.env[variable];
  // The specification says to ignore a relative path.
  return given?.startsWith("/") ? given : join(homedir(), fallback);
};

/** Secrets, user prefabs, the last workspace. */
export const configDir = (): string => join(xdg("XDG_CONFIG_HOME", ".config"), "nanochat-cli");

/** The pocket workspace's home and base dir. */
export const dataDir = (): string => join(xdg("XDG_DATA_HOME", ".local/share"), "nanochat-cli");

/** Things that can be made again. */
export const cacheDir = (): string => join(xdg("XDG_CACHE_HOME", ".cache"), "nanochat-cli");

/** A leading `~` is the user's own folder. */
export const expandHome = (path: string): string => (path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path);
