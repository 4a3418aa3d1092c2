/** Where keys may lie already: the environment, netrc, W&B's and Hugging Face's own files, an `.mc_env`. Looks only; nothing is kept. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { readText } from "../lib/files.ts";
import { expandHome } from "../lib/paths.ts";
import { SECRETS, type SecretName } from "./secret-names.ts";
import { type Environment, valuesOf } from "./secrets.ts";

export const IMPORT_SOURCES = ["env", "netrc", "wandb", "hf", "mc_env"] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

/** Holds the value itself: not for showing. */
export interface FoundSecret {
  name: SecretName;
  value: string;
  /** `the environment`, `/home/ada/.netrc, machine api.wandb.ai` */
  from: string;
}

export interface Surroundings {
  env: Environment;
  /** `./wandb/settings` and `./.mc_env` are looked for here. */
  dir: string;
  /** Host and port of the W&B server that a key is wanted for. */
  wandbHost: string;
}

/** What one source has; none when it has nothing. `file` is for `mc_env`, which has no place of its own. */
export function lookInto(source: ImportSource, place: Surroundings, file?: string): Result<FoundSecret[]> {
  if (source === "mc_env") return fromEnvFile(resolve(place.dir, expandHome(file ?? ".mc_env")));
  return LOOKS[source](place);
}

const LOOKS: Readonly<Record<Exclude<ImportSource, "mc_env">, (place: Surroundings) => Result<FoundSecret[]>>> = {
  env: ({ env }) => ok(SECRETS.flatMap(({ name }) => (env[name] ? [{ name, value: env[name], from: "the environment" }] : []))),
  netrc: fromNetrc,
  wandb: (place) => {
    const settings = wandbSettings(place);
    if (!settings.ok) return settings;
    return ok(settings.value.flatMap(({ key, value, from }) => (SETTING_NAMES[key] ? [{ name: SETTING_NAMES[key], value, from }] : [])));
  },
  hf: fromHuggingFace,
};

function fromEnvFile(path: string): Result<FoundSecret[]> {
  const text = readText(path);
  if (!text.ok) return text;
  if (text.value === null) return fail("not-found", `There is no ${path}`, { remedy: "Name the file: `secrets import mc_env FILE`" });
  return ok([...valuesOf(text.value)].map(([name, value]) => ({ name, value, from: path })));
}

const homeOf = (env: Environment): string => env["HOME"] || homedir();

/** $NETRC, else ~/.netrc, else ~/_netrc: as requests looks for it, which wandb uses. */
function netrcPath(env: Environment): string {
  if (env["NETRC"]) return resolve(expandHome(env["NETRC"]));
  const usual = join(homeOf(env), ".netrc");
  return existsSync(usual) ? usual : join(homeOf(env), "_netrc");
}

function fromNetrc({ env, wandbHost }: Surroundings): Result<FoundSecret[]> {
  const path = netrcPath(env);
  const text = readText(path);
  if (!text.ok) return text;
  const value = netrcPassword(text.value ?? "", wandbHost);
  return ok(value === null ? [] : [{ name: "WANDB_API_KEY", value, from: `${path}, machine ${wandbHost}` }]);
}

/** The password of a machine in a netrc file, or null. Comments are lines, as in ftp(1); a `macdef` goes on to an empty line. */
export function netrcPassword(text: string, machine: string): string | null {
  const entries = text.replace(/^\s*#.*$/gm, "").replace(/^\s*macdef\s[\s\S]*?(?:\n\s*\n|$(?![\s\S]))/gm, "\n");
  const words = entries.split(/\s+/).filter(Boolean);
  let here = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "machine") here = words[++i] === machine;
    else if (word === "default") here = false;
    else if (word === "login" || word === "account") i++;
    else if (word === "password" && words[++i] !== undefined && here) return words[i] ?? null;
  }
  return null;
}

export interface WandbSetting {
  key: string;
  value: string;
  from: string;
}

/** Their names in wandb's settings files (wandb/old/settings.py@b6e2950). */
const SETTING_NAMES: Readonly<Record<string, SecretName>> = {
  api_key: "WANDB_API_KEY",
  base_url: "WANDB_BASE_URL",
  entity: "WANDB_ENTITY",
};

/** The `[default]` section of W&B's settings: the user's, then the folder's, of which a later one holds. */
export function wandbSettings({ env, dir }: Pick<Surroundings, "env" | "dir">): Result<WandbSetting[]> {
  const user = join(env["WANDB_CONFIG_DIR"] || join(homeOf(env), ".config", "wandb"), "settings");
  const found = new Map<string, WandbSetting>();
  for (const path of [user, join(dir, "wandb", "settings")]) {
    const text = readText(path);
    if (!text.ok) return text;
    for (const [key, value] of defaultSection(text.value ?? "")) found.set(key, { key, value, from: path });
  }
  return ok([...found.values()]);
}

/** `key = value` lines of an INI file's `[default]` section, as Python's configparser has them. */
function* defaultSection(text: string): Generator<[key: string, value: string]> {
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[(.*)\]\s*$/.exec(line)?.[1];
    if (section !== undefined) inside = section === "default";
    const [, key, value] = /^([^#;\s=:][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && key !== undefined && value) yield [key.toLowerCase(), value];
  }
}

/** Where `hf auth login` leaves its token: HF_TOKEN_PATH, else under HF_HOME (huggingface_hub/constants.py). */
function fromHuggingFace({ env }: Surroundings): Result<FoundSecret[]> {
  const home = env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homeOf(env), ".cache"), "huggingface");
  const path = env["HF_TOKEN_PATH"] || join(home, "token");
  const text = readText(path);
  if (!text.ok) return text;
  const value = text.value?.trim();
  return ok(value ? [{ name: "HF_TOKEN", value, from: path }] : []);
}
