/** secrets.env: keys for the services that a trainer talks to, in the style of `.mc_env`, for its owner alone. */
import { chmodSync, closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { errorCode, ioReason, writeAtomic } from "../lib/files.ts";
import { configDir } from "../lib/paths.ts";
import { redactor } from "../lib/redact.ts";
import { SECRETS, type SecretName } from "./secret-names.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SecretsFile {
  path: string;
  exists: boolean;
  values: ReadonlyMap<SecretName, string>;
  /** What was amiss and has been mended, in sentences. */
  notes: readonly string[];
}

export const secretsPath = (): string => join(configDir(), "secrets.env");

const OTHERS = 0o077;
const LARGEST_BYTES = 64 * 1024;
const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/;
const ELSEWHERE = "Move it away, or name another folder with XDG_CONFIG_HOME";

/**
 * The secrets that are kept. A file or folder that others may read is closed to them first, and a note says so. Refused
 * when the file is not the user's own or no regular file: what somebody else put there must not reach a trainer.
 */
export function readSecrets(): Result<SecretsFile> {
  const text = readOwn(secretsPath());
  if (!text.ok) return text;
  const { content, notes } = text.value;
  return ok({ path: secretsPath(), exists: content !== null, values: valuesOf(content ?? ""), notes });
}

/**
 * Keeps a value, or with null forgets it. Comments, order and what we do not know stay as they are; an earlier value of
 * the same name does not. `value` is one that `checkValue` has passed.
 */
export function writeSecret(name: SecretName, value: string | null): Result<SecretsFile> {
  const path = secretsPath();
  const prepared = prepareFolder(dirname(path));
  if (!prepared.ok) return prepared;
  const before = readOwn(path);
  if (!before.ok) return before;
  const { content } = before.value;
  const notes = [...prepared.value, ...before.value.notes];
  if (content === null && value === null) return ok({ path, exists: false, values: new Map(), notes });
  const changed = replaceLine(content ?? HEADER, name, value);
  const written = writeAtomic(path, changed);
  if (!written.ok) return fail("io", written.failure.what, { why: written.failure.why, remedy: ELSEWHERE });
  if (value !== null && SECRETS.some((kind) => kind.name === name && kind.secret)) redactor.learn(name, value);
  return ok({ path, exists: true, values: valuesOf(changed), notes });
}

const HEADER = "# Secrets of nanochat-cli, for the trainer's environment alone. `nanochat-cli secrets list` shows them.\n";

function replaceLine(content: string, name: SecretName, value: string | null): string {
  const lines = content.replace(/\n$/, "").split("\n");
  const ours = (line: string): boolean => ASSIGNMENT.exec(line)?.[1] === name;
  const last = lines.findLastIndex(ours);
  const line = value === null ? [] : [`export ${name}='${value}'`];
  const kept = lines.flatMap((before, i) => (i === last ? line : ours(before) ? [] : [before]));
  return `${(last < 0 ? [...kept, ...line] : kept).join("\n")}\n`;
}

/** The assignments of a file in this style that are known by name; of two, the later one holds, as in a shell. */
export function valuesOf(content: string): Map<SecretName, string> {
  const values = new Map<SecretName, string>();
  // Loaded by who has secrets: it takes 3 ms, which every start would pay.
  const { parseEnv } = process.getBuiltinModule("node:util");
  for (const line of content.split(/\r?\n/)) {
    const name = ASSIGNMENT.exec(line)?.[1];
    const kind = SECRETS.find((one) => one.name === name);
    const value = kind && parseEnv(line)[kind.name];
    if (kind && value) values.set(kind.name, value);
  }
  return values;
}

/** Without `mend`, the mode is left as it is and nothing is said of it. */
function readOwn(path: string, mend = true): Result<{ content: string | null; notes: string[] }> {
  let fd: number;
  try {
    // Neither a link to somebody's file is followed, nor a pipe waited for.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return ok({ content: null, notes: [] });
    if (errorCode(error) === "ELOOP") return foreign(path, "it is a symbolic link");
    return fail("io", `${path} could not be read`, { why: ioReason(error), remedy: ELSEWHERE });
  }
  try {
    const stats = fstatSync(fd);
    const why = foreignness(stats);
    if (why !== null) return foreign(path, why);
    const notes = mend ? [...closeFolder(dirname(path)), ...closeFile(path, stats, fd)] : [];
    return ok({ content: readFileSync(fd, "utf8"), notes });
  } catch (error) {
    return fail("io", `${path} could not be read and closed to others`, { why: ioReason(error), remedy: ELSEWHERE });
  } finally {
    closeSync(fd);
  }
}

const foreign = (path: string, why: string): Result<never> => fail("refused", `${path} is not used`, { why, remedy: ELSEWHERE });

function foreignness(stats: Stats): string | null {
  if (!stats.isFile()) return "it is no regular file";
  if (!isOurs(stats)) return "it belongs to another user";
  return stats.size > LARGEST_BYTES ? `it has ${stats.size} bytes, far more than a few keys need` : null;
}

const isOurs = ({ uid }: Stats): boolean => process.getuid === undefined || uid === process.getuid();

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, "0");

/** Throws what chmod throws, like `closeFolder`: the caller says that as a failure of the file. */
function closeFile(path: string, { mode }: Stats, fd: number): string[] {
  if ((mode & OTHERS) === 0) return [];
  fchmodSync(fd, 0o600);
  return [`${path} was open to others (mode ${octal(mode)}); now it is not. If others use this machine, make new keys.`];
}

function closeFolder(folder: string): string[] {
  const { mode } = statSync(folder);
  if ((mode & OTHERS) === 0) return [];
  chmodSync(folder, 0o700);
  return [`${folder} was open to others (mode ${octal(mode)}); now it is not.`];
}

/** The folder, made or closed to others; the value is what was mended. */
function prepareFolder(folder: string): Result<string[]> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stats = statSync(folder);
    if (!stats.isDirectory()) return foreign(folder, "it is no folder");
    if (!isOurs(stats)) return foreign(folder, "it belongs to another user");
    return ok(closeFolder(folder));
  } catch (error) {
    return fail("io", `${folder} could not be made ready for secrets`, { why: ioReason(error), remedy: ELSEWHERE });
  }
}

export type SecretSource = "environment" | "secrets.env";

export interface EffectiveSecret {
  value: string;
  source: SecretSource;
  /** Both have one, and they differ: the environment's is used. */
  shadowed: boolean;
}

/** The value that a trainer would get: the user's own environment wins, as everywhere. An empty variable is not set. */
export function effectiveSecret(name: SecretName, kept: SecretsFile["values"], env: Environment = process.env): EffectiveSecret | null {
  const [own, stored] = [env[name], kept.get(name)];
  if (own) return { value: own, source: "environment", shadowed: stored !== undefined && stored !== own };
  return stored === undefined ? null : { value: stored, source: "secrets.env", shadowed: false };
}

export interface TrainerEnvironment {
  /** For the trainer's process and nothing else; it never goes into a file. */
  env: Record<string, string | undefined>;
  /** For the log: what was mended, or why secrets.env is not used. */
  notes: readonly string[];
}

/** The environment that a trainer is started in: our own, and what secrets.env has that it lacks. */
export function trainerEnvironment(own: Environment = process.env): TrainerEnvironment {
  const read = readSecrets();
  if (!read.ok) return { env: { ...own }, notes: [`${read.failure.what}: ${read.failure.why}. The trainer gets no key from it.`] };
  const env: Record<string, string | undefined> = { ...own };
  for (const { name } of SECRETS) {
    const effective = effectiveSecret(name, read.value.values, own);
    if (effective !== null) env[name] = effective.value;
  }
  learnSecrets(env);
  return { env, notes: read.value.notes };
}

/** huggingface_hub's older name of HF_TOKEN: not ours to keep, but ours to hide. */
const ALSO_HIDDEN = ["HUGGING_FACE_HUB_TOKEN"];

/** Teaches the process's redactor what is secret in an environment. */
export function learnSecrets(env: Environment): void {
  for (const name of [...SECRETS.filter(({ secret }) => secret).map((kind) => kind.name), ...ALSO_HIDDEN])
    redactor.learn(name, env[name] ?? "");
}

/** What this process may come across: the secrets of its environment and of secrets.env. Mends and says nothing. */
export function learnOwnSecrets(): void {
  learnSecrets(process.env);
  const read = readOwn(secretsPath(), false);
  if (read.ok && read.value.content !== null) learnSecrets(Object.fromEntries(valuesOf(read.value.content)));
}

/** Those of another process of ours, such as a trainer that was started from another shell. Only Linux tells. */
export function learnSecretsOfProcess(pid: number): void {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    learnSecrets(Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)])));
  } catch {
    // it has ended, or this system does not tell
  }
}
