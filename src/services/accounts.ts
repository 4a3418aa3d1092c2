/** The accounts that a trainer reports to: is there a key, whose is it, and what did the last check say. */
import { join } from "node:path";
import { readJson, writeJson } from "../lib/files.ts";
import { sha256 } from "../lib/hash.ts";
import { cacheDir } from "../lib/paths.ts";
import { isRecord, isString, listOf, oneOf, orNull, shaped } from "../lib/shape.ts";
import { type AccountCheck, type Judgement, wrongHost } from "./account-check.ts";
import type { AskLimits } from "./account-http.ts";
import { askHuggingFace, HF_HOST } from "./hf-account.ts";
import { lookInto, wandbSettings } from "./secret-import.ts";
import { type AccountService, bareUrl, lastFour, type SecretKind, type SecretName, secretKind, urlFault } from "./secret-names.ts";
import { type EffectiveSecret, type Environment, effectiveSecret, readSecrets } from "./secrets.ts";
import { askWandb, WANDB_HOST } from "./wandb-account.ts";

interface Service {
  title: string;
  key: SecretName;
  /** That names another server. */
  variable: string;
  ask: (key: string, baseUrl: string, limits?: Partial<AskLimits>) => Promise<Judgement>;
}

const SERVICES: Readonly<Record<AccountService, Service>> = {
  wandb: { title: "W&B", key: "WANDB_API_KEY", variable: "WANDB_BASE_URL", ask: askWandb },
  hf: { title: "Hugging Face", key: "HF_TOKEN", variable: "HF_ENDPOINT", ask: askHuggingFace },
};

export const ACCOUNT_SERVICES = Object.keys(SERVICES) as AccountService[];

/** The variable that holds a service's key. */
export const keyOf = (service: AccountService): SecretKind => secretKind(SERVICES[service].key);

export interface CheckOptions {
  env?: Environment;
  /** Values to check instead of those that a trainer would get, before they are kept. */
  candidate?: Partial<Record<SecretName, string>>;
  limits?: Partial<AskLimits>;
}

/** Asks one service about its key. Never fails: that it could not be found out is an outcome too. What it says is remembered. */
export async function checkAccount(
  service: AccountService,
  { env = process.env, candidate = {}, limits }: CheckOptions = {},
): Promise<AccountCheck> {
  const { title, key, variable, ask } = SERVICES[service];
  const { name, page, title: keyTitle } = secretKind(key);
  const url = service === "wandb" && candidate.WANDB_BASE_URL ? candidate.WANDB_BASE_URL : accountUrl(service, env);
  const baseUrl = bareUrl(url).replace(/\/+$/, "");
  const about = { service, account: null, teams: [], baseUrl, checkedAt: new Date().toISOString() };
  const value = candidate[name] ?? effective(name, env)?.value;
  if (value === undefined) return { ...about, status: "missing", text: `There is no ${keyTitle}${whyNone()}`, remedy: setIt(service) };
  const fault = urlFault(url);
  const judged = fault === null ? await ask(value, baseUrl, limits) : wrongHost({ title, baseUrl, variable, page }, fault);
  const entity = service === "wandb" ? (candidate.WANDB_ENTITY ?? effective("WANDB_ENTITY", env)?.value) : undefined;
  const check = { ...about, ...judged, text: judged.text + strangerNote(judged, entity) };
  remember(check, value);
  return check;
}

/** All of them at once: what the doctor shows. */
export async function checkAccounts(options: CheckOptions = {}): Promise<Record<AccountService, AccountCheck>> {
  const [wandb, hf] = await Promise.all([checkAccount("wandb", options), checkAccount("hf", options)]);
  return { wandb, hf };
}

const setIt = (service: AccountService): string => `Give it with \`nanochat-cli secrets set ${service}\``;

/** A run would be sent to an entity that the key's owner does not belong to, and refused. */
function strangerNote({ status, account, teams }: Judgement, entity: string | undefined): string {
  if (status !== "valid" || entity === undefined || entity === account || teams?.includes(entity)) return "";
  return `; WANDB_ENTITY is ${entity}, which is none of these, so runs may be refused`;
}

function effective(name: SecretName, env: Environment): EffectiveSecret | null {
  const read = readSecrets();
  return effectiveSecret(name, read.ok ? read.value.values : new Map(), env);
}

/** ` (secrets.env is not used: …)`, when there may be a key in it. */
function whyNone(): string {
  const read = readSecrets();
  return read.ok ? "" : ` (${read.failure.what}: ${read.failure.why})`;
}

/** Where the trainer's own client would go: the environment, secrets.env, W&B's settings, the public service. */
export function accountUrl(service: AccountService, env: Environment = process.env): string {
  if (service === "hf") return env["HF_ENDPOINT"] || HF_HOST;
  const settings = wandbSettings({ env, dir: process.cwd() });
  const set = settings.ok ? settings.value.find(({ key }) => key === "base_url")?.value : undefined;
  return effective("WANDB_BASE_URL", env)?.value ?? set ?? WANDB_HOST;
}

// What the last check said --------------------------------------------------------------------------------------------

/** In the cache, for it can be found out again: outcomes by service, each with a mark of the key that it is about. */
const memory = (): string => join(cacheDir(), "accounts.json");

const REMEMBERED = {
  service: isString,
  status: oneOf("valid", "wrong-key", "missing", "wrong-host", "old-server", "busy", "server-error", "unreachable"),
  text: isString,
  remedy: orNull(isString),
  account: orNull(isString),
  teams: listOf(isString),
  baseUrl: isString,
  checkedAt: isString,
};

/** Tells one key from another and nothing else of it: twelve digits of a hash do not lead back to forty characters. */
const markOf = (key: string): string => sha256(key).slice(0, 12);

function remember(check: AccountCheck, key: string): void {
  const before = readJson(memory());
  const known = before.ok && before.value !== null ? before.value : {};
  // That it could not be kept is no reason to stop.
  writeJson(memory(), { ...known, version: 1, [check.service]: { ...check, mark: markOf(key) } });
}

/** What the last check of this very key said, or null when it has not been checked. */
export function rememberedCheck(service: AccountService, key: string): AccountCheck | null {
  const read = readJson(memory());
  const found = read.ok ? read.value?.[service] : null;
  if (!shaped(REMEMBERED)(found) || !isRecord(found) || found["mark"] !== markOf(key)) return null;
  const { mark: _, ...check } = found;
  return check as unknown as AccountCheck; // every field was checked above, which the type of a record cannot tell
}

/** What the last check of the W&B key that a trainer would get said, unless that it is valid; null when it was not checked. */
export function wandbDoubt(env: Environment = process.env): string | null {
  const own = effective("WANDB_API_KEY", env);
  const check = own === null ? null : rememberedCheck("wandb", own.value);
  return check === null || check.status === "valid" ? null : check.text;
}

// Is W&B ready for a run? ---------------------------------------------------------------------------------------------

export interface WandbReadiness {
  ready: boolean;
  /** Where the key comes from, or why none is needed. */
  how: "environment" | "secrets.env" | "netrc" | "wandb settings" | "offline" | "disabled" | "none";
  /** One sentence, without its full stop. */
  text: string;
  remedy: string | null;
}

/** `disabled` and the like, of WANDB_MODE (wandb/sdk/wandb_settings.py@b6e2950): then no key is needed. */
const MODES: Readonly<Record<string, Pick<WandbReadiness, "how" | "text">>> = {
  offline: { how: "offline", text: "WANDB_MODE is offline: W&B writes to the disk of this machine only, for a later `wandb sync`" },
  dryrun: { how: "offline", text: "WANDB_MODE is dryrun: W&B writes to the disk of this machine only, for a later `wandb sync`" },
  disabled: { how: "disabled", text: "WANDB_MODE is disabled: nothing is sent to W&B" },
};

/**
 * Whether a run whose name is not `dummy` can log to W&B. Without a key wandb asks for one, and ends the script where
 * there is no terminal to ask on, which a trainer never has. `env` is the trainer's, without what secrets.env adds.
 */
export function wandbReadiness(env: Environment = process.env): WandbReadiness {
  const mode = MODES[env["WANDB_MODE"] ?? ""];
  if (mode !== undefined) return { ready: true, remedy: null, ...mode };
  const own = effective("WANDB_API_KEY", env);
  if (own !== null) {
    return { ready: true, how: own.source, text: `The W&B key ${lastFour(own.value)} of ${sourceText(own)} is used`, remedy: null };
  }
  const elsewhere = keyOfWandbItself(env);
  if (elsewhere !== null) return elsewhere;
  return {
    ready: false,
    how: "none",
    text: `There is no W&B key${whyNone()}, and without one wandb ends the script at its start`,
    remedy: `${setIt("wandb")}, set WANDB_MODE to offline, or leave the run's name at dummy, which logs nothing`,
  };
}

/** A key that wandb finds without our help. */
function keyOfWandbItself(env: Environment): WandbReadiness | null {
  const place = surroundings(env);
  for (const [source, how] of [
    ["netrc", "netrc"],
    ["wandb", "wandb settings"],
  ] as const) {
    const found = lookInto(source, place);
    const key = found.ok ? found.value.find(({ name }) => name === "WANDB_API_KEY") : undefined;
    if (key) return { ready: true, how, text: `wandb itself finds the key ${lastFour(key.value)} in ${key.from}`, remedy: null };
  }
  return null;
}

export const sourceText = ({ source, shadowed }: EffectiveSecret): string =>
  source === "secrets.env" ? "secrets.env" : shadowed ? "the environment, which wins over secrets.env," : "the environment";

/** Where keys are looked for from here. */
export const surroundings = (env: Environment = process.env): { env: Environment; dir: string; wandbHost: string } => ({
  env,
  dir: process.cwd(),
  wandbHost: URL.parse(accountUrl("wandb", env))?.host ?? "api.wandb.ai",
});
