/** What one can do with secrets; the same for every face. No value leaves by it, only the last four characters. */
import { fail, ok, type Result } from "../core/result.ts";
import type { AccountCheck } from "./account-check.ts";
import { ACCOUNT_SERVICES, type CheckOptions, checkAccount, keyOf, rememberedCheck, surroundings } from "./accounts.ts";
import { type FoundSecret, IMPORT_SOURCES, type ImportSource, lookInto } from "./secret-import.ts";
import {
  type AccountService,
  checkValue,
  lastFour,
  SECRETS,
  type SecretKind,
  type SecretName,
  secretKind,
  shownValue,
} from "./secret-names.ts";
import { effectiveSecret, readSecrets, type SecretSource, type SecretsFile, writeSecret } from "./secrets.ts";

export interface ListedSecret {
  name: SecretName;
  alias: string;
  title: string;
  service: AccountService;
  /** False for what may be shown whole: then `shown` is the value. */
  secret: boolean;
  /** Last four characters, or null when there is none. */
  shown: string | null;
  source: SecretSource | null;
  /** secrets.env has another one, which the environment's hides. */
  shadowed: boolean;
  /** What the last check of this very key said. */
  check: AccountCheck | null;
}

export interface SecretsListing {
  /** Of secrets.env. */
  path: string;
  exists: boolean;
  secrets: ListedSecret[];
  /** What was amiss with the file and has been mended. */
  notes: readonly string[];
}

export interface SetOutcome {
  name: SecretName;
  shown: string;
  path: string;
  /** The environment has another one, which a trainer started from here would get. */
  shadowed: boolean;
  /** Null when it was not asked for, or there is nothing to check. */
  check: AccountCheck | null;
  notes: readonly string[];
}

export interface ImportedSecret {
  name: SecretName;
  shown: string;
  from: string;
  /** `kept`: secrets.env has another value, which stays. `unusable`: `reason` says why. */
  action: "found" | "imported" | "same" | "kept" | "unusable";
  reason: string | null;
}

export interface SetOptions {
  /** Ask the service first; a key that it does not know is then not kept. */
  check: boolean;
}

export interface ImportOptions {
  /** For `mc_env`: its path. */
  file?: string;
  /** Replace values that secrets.env has already. */
  replace: boolean;
}

export interface SecretsService {
  list(): Result<SecretsListing>;
  set(name: SecretName, value: string, options: SetOptions): Promise<Result<SetOutcome>>;
  remove(name: SecretName): Result<{ name: SecretName; removed: boolean; path: string }>;
  /** What could be imported, and from where; nothing is. */
  find(): Array<ImportedSecret & { source: ImportSource }>;
  importFrom(source: ImportSource, options: ImportOptions): Result<ImportedSecret[]>;
  check(service: AccountService): Promise<AccountCheck>;
}

/** The secrets of this user; `options` are for tests. */
export function secretsService(options: CheckOptions = {}): SecretsService {
  const env = options.env ?? process.env;
  return {
    list: () => {
      const read = readSecrets();
      if (!read.ok) return read;
      const { path, exists, notes } = read.value;
      return ok({ path, exists, notes, secrets: SECRETS.map((kind) => listed(kind, read.value, env)) });
    },
    set: (name, value, { check }) => setSecret(secretKind(name), value, check, options),
    remove: (name) => {
      const before = readSecrets();
      const after = before.ok ? writeSecret(name, null) : before;
      if (!before.ok || !after.ok) return after as Result<never>;
      return ok({ name, removed: before.value.values.has(name), path: after.value.path });
    },
    find: () =>
      IMPORT_SOURCES.flatMap((source) => {
        const found = lookInto(source, surroundings(env));
        return found.ok ? found.value.map((secret) => ({ ...imported(secret, "found", null), source })) : [];
      }),
    importFrom: (source, { file, replace }) => {
      const found = lookInto(source, surroundings(env), file);
      return found.ok ? importAll(found.value, replace) : found;
    },
    check: (service) => checkAccount(service, options),
  };
}

function listed(kind: SecretKind, { values }: SecretsFile, env: NonNullable<CheckOptions["env"]>): ListedSecret {
  const { name, alias, title, service, secret } = kind;
  const found = effectiveSecret(name, values, env);
  return {
    name,
    alias,
    title,
    service,
    secret,
    shown: found && shownValue(kind, found.value),
    source: found?.source ?? null,
    shadowed: found?.shadowed ?? false,
    check: secret && found ? rememberedCheck(service, found.value) : null,
  };
}

async function setSecret(kind: SecretKind, given: string, wantCheck: boolean, options: CheckOptions): Promise<Result<SetOutcome>> {
  const { name, service, secret } = kind;
  const value = checkValue(kind, given);
  if (!value.ok) return value;
  const askable = secret || (name === "WANDB_BASE_URL" && keyIsThere(service, options));
  const check = wantCheck && askable ? await checkAccount(service, { ...options, candidate: { [name]: value.value } }) : null;
  if (secret && check?.status === "wrong-key") {
    return fail("refused", `The ${kind.title} ${lastFour(value.value)} was not kept`, {
      why: check.text,
      remedy: check.remedy ?? undefined,
    });
  }
  const written = writeSecret(name, value.value);
  if (!written.ok) return written;
  const { path, values, notes } = written.value;
  const shadowed = effectiveSecret(name, values, options.env)?.shadowed ?? false;
  return ok({ name, shown: shownValue(kind, value.value), path, shadowed, check, notes });
}

function keyIsThere(service: AccountService, { env }: CheckOptions): boolean {
  const read = readSecrets();
  return read.ok && effectiveSecret(keyOf(service).name, read.value.values, env) !== null;
}

const imported = ({ name, value, from }: FoundSecret, action: ImportedSecret["action"], reason: string | null): ImportedSecret => ({
  name,
  shown: shownValue(secretKind(name), value),
  from,
  action,
  reason,
});

function importAll(found: readonly FoundSecret[], replace: boolean): Result<ImportedSecret[]> {
  const before = readSecrets();
  if (!before.ok) return before;
  const outcome: ImportedSecret[] = [];
  for (const secret of found) {
    const value = checkValue(secretKind(secret.name), secret.value);
    const kept = before.value.values.get(secret.name);
    if (!value.ok) outcome.push(imported(secret, "unusable", value.failure.why ?? value.failure.what));
    else if (kept === value.value) outcome.push(imported(secret, "same", null));
    else if (kept !== undefined && !replace)
      outcome.push(imported(secret, "kept", `secrets.env has ${shownValue(secretKind(secret.name), kept)}`));
    else {
      const written = writeSecret(secret.name, value.value);
      if (!written.ok) return written;
      outcome.push(imported(secret, "imported", null));
    }
  }
  return ok(outcome);
}

/** The services whose keys are among what has been imported: worth a check. */
export const servicesOf = (secrets: readonly ImportedSecret[]): AccountService[] =>
  ACCOUNT_SERVICES.filter((service) => secrets.some(({ name, action }) => name === keyOf(service).name && action === "imported"));
