/** What can be kept in secrets.env: its name, whose it is, and what it must look like. */
import { fail, ok, type Result } from "../core/result.ts";
import { SHORTEST_SECRET } from "../lib/redact.ts";

export type AccountService = "wandb" | "hf";
export type SecretName = "WANDB_API_KEY" | "HF_TOKEN" | "WANDB_BASE_URL" | "WANDB_ENTITY";

export interface SecretKind {
  /** The variable that the trainer reads. */
  name: SecretName;
  /** What one types: `secrets set wandb`. */
  alias: string;
  title: string;
  service: AccountService;
  /** False for settings that belong to an account and may be shown. */
  secret: boolean;
  /** Where a key is made and revoked, for sentences. */
  page: string;
  /** Why the value cannot be one, or null. Blanks and quotes have been dealt with. */
  fault: (value: string) => string | null;
}

/** wandb's own rule: an optional prefix, up to the first dash, then 40 or more of these (wandb/sdk/lib/wbauth@b6e2950). */
const WANDB_KEY = /^(?:[^-]*-)?[\w-]{40,}$/;
const WANDB_PAGE = "https://wandb.ai/authorize";

export const SECRETS: readonly SecretKind[] = [
  {
    name: "WANDB_API_KEY",
    alias: "wandb",
    title: "W&B API key",
    service: "wandb",
    secret: true,
    page: WANDB_PAGE,
    fault: (value) =>
      WANDB_KEY.test(value) ? null : `a W&B key has at least 40 letters, digits, dashes or underscores, and this has ${value.length}`,
  },
  {
    name: "HF_TOKEN",
    alias: "hf",
    title: "Hugging Face token",
    service: "hf",
    secret: true,
    page: "https://huggingface.co/settings/tokens",
    fault: (value) => (value.length < SHORTEST_SECRET ? `it has only ${value.length} characters` : null),
  },
  {
    name: "WANDB_BASE_URL",
    alias: "wandb-url",
    title: "W&B server",
    service: "wandb",
    secret: false,
    page: WANDB_PAGE,
    fault: urlFault,
  },
  {
    name: "WANDB_ENTITY",
    alias: "wandb-entity",
    title: "W&B entity (user or team)",
    service: "wandb",
    secret: false,
    page: WANDB_PAGE,
    fault: (value) => (/^[\w.-]+$/.test(value) ? null : "an entity is made of letters, digits, dots, dashes and underscores"),
  },
];

const BY_NAME = new Map<string, SecretKind>(SECRETS.flatMap((kind) => [[kind.name, kind] as const, [kind.alias, kind] as const]));

export const secretKind = (name: SecretName): SecretKind => BY_NAME.get(name) as SecretKind;

/** By alias (`wandb`) or variable (`WANDB_API_KEY`). */
export function findSecretKind(given: string): Result<SecretKind> {
  const kind = BY_NAME.get(given);
  if (kind !== undefined) return ok(kind);
  // What was typed here may be the key itself: it is not repeated.
  return fail("usage", "There is no secret of that name", { remedy: `Name one of ${SECRETS.map(({ alias }) => alias).join(", ")}` });
}

/** A value as it is kept, or why it cannot be: never with the value in the sentence. */
export function checkValue(kind: SecretKind, given: string): Result<string> {
  const value = given.trim();
  const why = commonFault(kind, value) ?? kind.fault(value);
  if (why === null) return ok(kind.name === "WANDB_BASE_URL" ? value.replace(/\/+$/, "") : value);
  return fail("usage", `That is no ${kind.title}`, { why, remedy: kind.secret ? `Copy it whole from ${kind.page}` : "Give it as it is" });
}

function commonFault({ name }: SecretKind, value: string): string | null {
  if (value === "") return "it is empty";
  if (value.includes("\n")) return "it has more than one line";
  if (value.startsWith(`${name}=`) || value.startsWith("export ")) return `it is a whole assignment; give the part behind ${name}= alone`;
  // Quotes, dollars and backslashes would mean something to a shell that reads the file.
  return /^[\x21-\x7e]+$/.test(value) && !/['"`$\\]/.test(value) ? null : "it holds a blank, a quote, or another character that none has";
}

/** Why a service cannot be asked at this address, or null. */
export function urlFault(value: string): string | null {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) return "it is no http or https address";
  if (url.username !== "" || url.password !== "") return "it holds a user name or a password";
  return url.search === "" && url.hash === "" ? null : "it goes on behind its path";
}

/** An address without the user name and password that it may hold: what may be shown of it. */
export function bareUrl(value: string): string {
  const url = URL.parse(value);
  if (url === null || (url.username === "" && url.password === "")) return value;
  url.username = "";
  url.password = "";
  return url.href;
}

/** What may be shown of a value: the last four characters of a secret. */
export const shownValue = ({ secret, name }: SecretKind, value: string): string =>
  secret ? lastFour(value) : name === "WANDB_BASE_URL" ? bareUrl(value) : value;

/** Fewer characters than this, and four of them would be too many to show. */
const SHORTEST_SHOWN = 16;

/** All that is ever shown of a secret: `…a1b2`. */
export const lastFour = (value: string): string => (value.length < SHORTEST_SHOWN ? "…" : `…${value.slice(-4)}`);
